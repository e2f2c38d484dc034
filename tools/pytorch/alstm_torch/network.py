"""The network as a torch.nn.Module."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Mapping, Sequence

import torch
from torch import Tensor, nn

from .config import (
    FEATURES,
    check_config,
    combines,
    directions_of,
    functional_count,
    is_gru,
    layers_of,
    parameter_shapes,
    takes_functionals,
)
from .functionals import functionals_of
from .heads import head_input, is_regression
from .subsample import groups_of, share, subsample


@dataclass
class Output:
    """The network's output for a batch of B utterances."""

    #: By task, [B, classes]; [B, 1] for a task that predicts a number.
    logits: dict[str, Tensor]
    #: For each utterance, the pooling weight of each frame, [T]; they sum to 1. Frames are those of the
    #: features: frames that a subsample layer made one step share its weight evenly.
    attention: list[Tensor]

    #: Tasks that predict numbers.
    regression: frozenset[str] = frozenset()

    @property
    def probabilities(self) -> dict[str, Tensor]:
        """By task with classes, [B, classes]; a row sums to 1."""
        return {task: torch.softmax(x, -1) for task, x in self.logits.items() if task not in self.regression}

    @property
    def values(self) -> dict[str, Tensor]:
        """By task that predicts a number, [B]."""
        return {task: x[:, 0] for task, x in self.logits.items() if task in self.regression}


class ALSTM(nn.Module):
    """The network.

    config: "model" of a model folder's config.json, with `layers` or with `frontend` and `recurrent`.
    labels: class names by task, sorted by code point; needed to save.
    features: "features" of config.json: how the features are normalised.
    provenance: "provenance" of config.json, kept when it is saved.
    license: "license" of config.json, an SPDX id, kept likewise.
    confidence: "confidence" of config.json, by task: below its "threshold" an answer is "not sure".
    """

    def __init__(
        self,
        config: Mapping,
        labels: Mapping[str, Sequence[str]] | None = None,
        features: Mapping | None = None,
        provenance: Mapping | None = None,
        license: str | None = None,
        confidence: Mapping | None = None,
    ) -> None:
        super().__init__()
        check_config(config)
        self.config = json.loads(json.dumps(config))
        self.labels = {task: list(names) for task, names in (labels or {}).items()}
        self.features = dict(features or {**FEATURES, "normalisation": "utterance"})
        self.provenance = dict(provenance or {})
        self.license = license
        self.confidence = dict(confidence or {})
        # A list and its names, because torch allows no dots in parameter names.
        shapes = parameter_shapes(self.config)
        self._names = tuple(shapes)
        forgetting = forget_biases(self.config)
        self.weights = nn.ParameterList(
            nn.Parameter(start_value(name, shape, name in forgetting)) for name, shape in shapes.items()
        )

    def tensors(self) -> dict[str, Tensor]:
        """The parameters themselves, by their names in the format: `recurrent.forward.weight_hh`, or
        `layers.1.forward.weight_hh` for a list of layers."""
        return dict(zip(self._names, self.weights))

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Sets every parameter. ValueError if names or shapes are not the model's, or a value is not finite."""
        own = self.tensors()
        if missing := sorted(own.keys() - tensors.keys()):
            raise ValueError(f"tensor {missing[0]!r} is missing")
        self._set(tensors)

    def load_recurrent(self, tensors: Mapping[str, Tensor]) -> None:
        """Sets some parameters, such as those from `import_recurrent`; the others are unchanged."""
        self._set(tensors)

    def _set(self, tensors: Mapping[str, Tensor]) -> None:
        own = self.tensors()
        for name, value in tensors.items():
            if name not in own:
                raise ValueError(f"the model has no parameter {name!r}")
            if tuple(value.shape) != tuple(own[name].shape):
                raise ValueError(f"tensor {name!r} has shape {list(value.shape)}, want {list(own[name].shape)}")
            if not torch.isfinite(value).all():
                raise ValueError(f"tensor {name!r} holds a value that is not finite")
        with torch.no_grad():
            for name, value in tensors.items():
                own[name].copy_(value)

    def forward(self, features: Sequence[Tensor], functionals: Tensor | None = None) -> Output:
        """features: normalised, [T, F] per utterance, at least one frame; lengths may differ.
        functionals: [B, 8F + 1], normalised by speaker; for a model that takes them, and for no other."""
        if not features:
            raise ValueError("the batch has no utterance")
        for i, matrix in enumerate(features):
            if matrix.dim() != 2 or matrix.shape[0] < 1 or matrix.shape[1] != self.config["features"]:
                want = f"[T, {self.config['features']}] with at least one frame"
                raise ValueError(f"utterance {i} has shape {list(matrix.shape)}, want {want}")
        wanted = [len(features), functional_count(self.config["features"])] if takes_functionals(self.config) else None
        if wanted != (None if functionals is None else list(functionals.shape)):
            shape = "none" if functionals is None else list(functionals.shape)
            raise ValueError(f"functionals are {shape}, want {wanted or 'none'}")
        w, dropout = self.tensors(), self.config["dropout"]
        drop = lambda x: nn.functional.dropout(x, dropout, self.training)
        some = self.weights[0]
        frames = lengths = torch.tensor([len(matrix) for matrix in features], device=some.device)
        y = nn.utils.rnn.pad_sequence([m.to(some) for m in features], batch_first=True)  # [B, T, F]
        shortened = []  # for each subsample layer, the lengths before it and its factor
        for name, layer in layers_of(self.config):
            if layer["kind"] == "dense":
                y = drop(torch.relu(y @ w[f"{name}.weight"].T + w[f"{name}.bias"]))
            elif layer["kind"] == "subsample":
                y = subsample(y, lengths, layer["by"], layer["how"])
                shortened.append((lengths, layer["by"]))
                lengths = groups_of(lengths, layer["by"])
            else:
                ys = [self._direction(y, lengths, name, layer, each, w) for each in directions_of(layer)]
                y = drop(torch.cat(ys, -1))  # [B, T, D]
        valid = torch.arange(y.shape[1], device=y.device) < lengths[:, None]  # [B, T]
        if self.config["pooling"] != "mean":
            scores = y @ w["pooling.attention"]
        else:
            scores = torch.zeros(valid.shape, dtype=y.dtype, device=y.device)
        weights = torch.softmax(scores.masked_fill(~valid, -math.inf), -1)
        pooled = (weights[:, None] @ y).squeeze(1)  # [B, D]
        if self.config["pooling"] == "attention+deviation":
            squares = (y - pooled[:, None]) ** 2
            deviation = torch.sqrt((weights[:, None] @ squares).squeeze(1) + 1e-6)
            pooled = torch.cat([pooled, deviation], -1)  # [B, 2D]
        if "functionals" in self.config:
            if functionals is None:
                functionals = torch.stack([functionals_of(matrix.to(some)) for matrix in features])
            branch = torch.relu(functionals.to(some) @ w["functionals.weight"].T + w["functionals.bias"])
            pooled = torch.cat([pooled, drop(branch)], -1)
        logits = {}
        for head in self.config["heads"]:
            name, v = f"heads.{head['task']}", head_input(pooled, head)
            if head["hidden"]:
                v = drop(torch.relu(v @ w[f"{name}.hidden.weight"].T + w[f"{name}.hidden.bias"]))
            logits[head["task"]] = v @ w[f"{name}.output.weight"].T + w[f"{name}.output.bias"]
        for before, by in reversed(shortened):
            weights = share(weights, before, by)
        attention = [row[:n] for row, n in zip(weights, frames.tolist())]
        numbers = frozenset(head["task"] for head in self.config["heads"] if is_regression(head))
        return Output(logits, attention, numbers)

    def _direction(
        self, x: Tensor, lengths: Tensor, layer: str, recurrent: Mapping, direction: str, w: Mapping[str, Tensor]
    ) -> Tensor:
        """x [B, T, D of the previous layer] -> [B, T, H]. Values past an utterance's length must not be
        used."""
        name = f"{layer}.{direction}"
        T, H, gru = x.shape[1], recurrent["units"], is_gru(recurrent["cell"])
        steps = torch.arange(T, device=x.device).expand(len(x), T)
        if direction == "backward":  # each row from its own last frame; its own inverse
            steps = torch.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
        at = lambda z: z.gather(1, steps[..., None].expand(-1, -1, z.shape[-1]))
        bias = w[f"{name}.bias"]
        projected = at(x @ w[f"{name}.weight_ih"].T + bias[: 3 * H if gru else None])  # [B, T, gates * H]
        hidden, vector = w[f"{name}.weight_hh"].T, w.get(f"{name}.attention")
        c = h = x.new_zeros(len(x), H)
        cells: list[Tensor] = []  # the raw states of all steps, to be combined later
        outputs: list[Tensor] = []
        y: list[Tensor] = []
        for s in range(T):
            back = [s + 1 - k for k in recurrent["offsets"] if s + 1 - k >= 0]
            combining = combines(recurrent["cell"]) and (s + 1) % recurrent["period"] == 0 and back
            if gru:
                (xr, xz, xn), (hr, hz, hn) = projected[:, s].chunk(3, -1), (h @ hidden).chunk(3, -1)
                n = torch.tanh(xn + torch.sigmoid(xr + hr) * (hn + bias[3 * H :]))
                h = n + torch.sigmoid(xz + hz) * (h - n)
            else:
                i, f, g, o = (projected[:, s] + h @ hidden).chunk(4, -1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                cells.append(c)
                if combining:
                    c = combine([cells[b] for b in back], vector)
                h = torch.sigmoid(o) * torch.tanh(c)
            outputs.append(h)
            if combining:
                h = combine([outputs[b] for b in back], vector)
            y.append(h)
        return at(torch.stack(y, 1))

    def normalise(self, features: Tensor) -> Tensor:
        """Raw features of one utterance [T, F] -> normalised for the model; not for models normalised by speaker."""
        scope = self.features.get("normalisation", "utterance")
        if scope == "speaker":
            raise ValueError("the model normalises over all utterances of a speaker: normalise them together")
        if scope == "training":
            statistics = self.features["statistics"]
            mean, deviation = (torch.tensor(statistics[k], dtype=torch.float64) for k in ("mean", "deviation"))
        else:
            wide = features.double()
            mean, deviation = wide.mean(0), wide.std(0, unbiased=False)
        constant = deviation <= 1e-8
        scaled = (features.double() - mean) / torch.where(constant, torch.ones_like(deviation), deviation)
        return torch.where(constant, torch.zeros_like(scaled), scaled).to(features.dtype)


def combine(states: list[Tensor], vector: Tensor | None) -> Tensor:
    """States [B, H] of some steps -> their sum [B, H] weighted by softmax(vector . state); equal weights without it."""
    chosen = torch.stack(states, 1)  # [B, K, H]
    if vector is None:
        return chosen.mean(1)
    return (torch.softmax(chosen @ vector, 1)[:, None] @ chosen).squeeze(1)


def forget_biases(config: Mapping) -> set[str]:
    """Names of the biases that include a forget gate's: those of every LSTM."""
    return {
        f"{name}.{direction}.bias"
        for name, layer in layers_of(config)
        if layer["kind"] == "recurrent" and not is_gru(layer["cell"])
        for direction in directions_of(layer)
    }


def start_value(name: str, shape: tuple[int, ...], forgetting: bool) -> Tensor:
    """Glorot, orthogonal per gate for weight_hh, zeros, and ones for the forget gate."""
    value = torch.zeros(shape)
    if name.endswith("weight_hh"):
        for gate in value.split(shape[1]):
            nn.init.orthogonal_(gate)
    elif len(shape) == 2:
        nn.init.xavier_uniform_(value)
    elif forgetting:
        value.chunk(4)[1].fill_(1)
    return value
