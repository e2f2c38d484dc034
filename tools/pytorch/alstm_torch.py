"""The A-LSTM network of the alstm package in PyTorch: one file, for models that alstm has trained.

Copy this file beside your own code. It needs torch alone; where the package `safetensors` is installed
it reads and writes the weights, else a small reader and writer below do.

    import torch
    from alstm_torch import import_recurrent, load_model

    model = load_model("runs/first/model")          # a model folder, or a run folder
    out = model([features_a, features_b])           # normalised features, [T, F] each, of any lengths
    out.probabilities["emotion"]                    # [B, classes], in the order of model.labels["emotion"]
    out.attention[0]                                # [T], sums to 1

    model.save("retrained")                         # alstm predict retrained speech.wav
    model.load_recurrent(import_recurrent(torch.nn.LSTM(256, 256, bidirectional=True)))

What is computed (letters: B batch, T frames, F features, U frontend units, H recurrent units a direction,
D = 2H, or H one way):

    features [T, F] -> dense + ReLU [T, U] -> recurrent layer [T, D] -> pooling [D] -> heads

An A-LSTM (Tao & Liu, "Advanced LSTM", ICASSP 2018, arXiv 1710.10197) replaces cell state and output of
every `period`-th step by a weighted sum over those `offsets` steps back: the weights are a softmax of the
states' products with a learned vector `attention` [H]; a mean LSTM has equal weights, an A-GRU does with its
one state h what an A-LSTM does with both. Steps are counted within the utterance, from 0; the backward
direction begins at the utterance's own last frame.

Features are the 36 that `alstm features FILE --out DIR` writes, as `normalised` where the model normalises
by utterance. From a shell, a JSON object a line:

    python3 alstm_torch.py runs/first/model features/*.safetensors

Gradients flow through all of it. Dropout acts in train() where SPEC has it, with torch's random bits, which
are not those of alstm. The loop over frames is Python's: this is for checking, converting and small jobs.
"""

from __future__ import annotations

import json
import math
import os
import struct
import sys
from dataclasses import dataclass
from typing import Mapping, Sequence

import torch
from torch import Tensor, nn

try:
    from safetensors.torch import load_file as _library_load, save_file as _library_save
except ImportError:
    _library_load = _library_save = None

__all__ = ["ALSTM", "Output", "import_recurrent", "load_model", "parameter_shapes", "read_tensors", "write_tensors"]

FORMAT = "alstm-model-1"
CELLS = ("lstm", "mean-lstm", "a-lstm", "gru", "a-gru")
POOLINGS = ("attention", "mean")
#: The only features that alstm takes; `normalisation` and `statistics` stand beside these.
FEATURES = {"rate": 16000, "window": 400, "hop": 160}
FEATURE_COUNT = 36


@dataclass
class Output:
    """What the network says of a batch of B utterances."""

    #: By task, [B, classes].
    logits: dict[str, Tensor]
    #: Of each utterance the weight of each frame in the pooling, [T]; they sum to 1.
    attention: list[Tensor]

    @property
    def probabilities(self) -> dict[str, Tensor]:
        """By task, [B, classes]; a row sums to 1."""
        return {task: torch.softmax(logits, -1) for task, logits in self.logits.items()}


def parameter_shapes(model: Mapping) -> dict[str, tuple[int, ...]]:
    """Names and shapes (out x in) of the parameters of a model configuration."""
    recurrent, U = model["recurrent"], model["frontend"]["units"]
    H = recurrent["units"]
    directions = _directions(model)
    D = H * len(directions)
    shapes: dict[str, tuple[int, ...]] = {
        "frontend.weight": (U, model["features"]),
        "frontend.bias": (U,),
    }
    for direction in directions:
        name = f"recurrent.{direction}"
        gates = 3 if _is_gru(recurrent["cell"]) else 4
        shapes[f"{name}.weight_ih"] = (gates * H, U)
        shapes[f"{name}.weight_hh"] = (gates * H, H)
        shapes[f"{name}.bias"] = (4 * H,)  # of a GRU: r, z, n, and what stands beside W_hn h
        if recurrent["cell"] in ("a-lstm", "a-gru"):
            shapes[f"{name}.attention"] = (H,)
    if model["pooling"] == "attention":
        shapes["pooling.attention"] = (D,)
    for head in model["heads"]:
        name, width = f"heads.{head['task']}", D
        if head["hidden"]:
            shapes[f"{name}.hidden.weight"] = (head["hidden"], D)
            shapes[f"{name}.hidden.bias"] = (head["hidden"],)
            width = head["hidden"]
        shapes[f"{name}.output.weight"] = (head["classes"], width)
        shapes[f"{name}.output.bias"] = (head["classes"],)
    return shapes


class ALSTM(nn.Module):
    """The network.

    config: "model" of a model folder's config.json.
    labels: by task the names of its classes, sorted by code point; needed to save.
    features: "features" of config.json: how the features are normalised.
    provenance: "provenance" of config.json, taken over when it is saved.
    """

    def __init__(
        self,
        config: Mapping,
        labels: Mapping[str, Sequence[str]] | None = None,
        features: Mapping | None = None,
        provenance: Mapping | None = None,
    ) -> None:
        super().__init__()
        _check_config(config)
        self.config = json.loads(json.dumps(config))
        self.labels = {task: list(names) for task, names in (labels or {}).items()}
        self.features = dict(features or {**FEATURES, "normalisation": "utterance"})
        self.provenance = dict(provenance or {})
        # A list and its names, as torch allows no dots in the names of parameters.
        shapes = parameter_shapes(self.config)
        self._names = tuple(shapes)
        gru = _is_gru(self.config["recurrent"]["cell"])
        self.weights = nn.ParameterList(nn.Parameter(_start_value(*item, gru)) for item in shapes.items())

    def tensors(self) -> dict[str, Tensor]:
        """The parameters themselves, by the names of the format, such as `recurrent.forward.weight_hh`."""
        return dict(zip(self._names, self.weights))

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Sets every parameter. ValueError where names or shapes are not the model's, or a value not finite."""
        own = self.tensors()
        if missing := sorted(own.keys() - tensors.keys()):
            raise ValueError(f"tensor {missing[0]!r} is missing")
        self._set(tensors)

    def load_recurrent(self, tensors: Mapping[str, Tensor]) -> None:
        """Sets some parameters, such as those from `import_recurrent`; the others stay."""
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

    def forward(self, features: Sequence[Tensor]) -> Output:
        """features: normalised, of each utterance [T, F], at least one frame; lengths may differ."""
        if not features:
            raise ValueError("the batch has no utterance")
        for i, matrix in enumerate(features):
            if matrix.dim() != 2 or matrix.shape[0] < 1 or matrix.shape[1] != self.config["features"]:
                want = f"[T, {self.config['features']}] with at least one frame"
                raise ValueError(f"utterance {i} has shape {list(matrix.shape)}, want {want}")
        w, dropout = self.tensors(), self.config["dropout"]
        drop = lambda x: nn.functional.dropout(x, dropout, self.training)
        some = w["frontend.weight"]
        lengths = torch.tensor([len(matrix) for matrix in features], device=some.device)
        x = nn.utils.rnn.pad_sequence([m.to(some) for m in features], batch_first=True)  # [B, T, F]
        x = drop(torch.relu(x @ w["frontend.weight"].T + w["frontend.bias"]))
        ys = [self._direction(x, lengths, direction, w) for direction in _directions(self.config)]
        y = drop(torch.cat(ys, -1))  # [B, T, D]
        valid = torch.arange(y.shape[1], device=y.device) < lengths[:, None]  # [B, T]
        if self.config["pooling"] == "attention":
            scores = y @ w["pooling.attention"]
        else:
            scores = torch.zeros(valid.shape, dtype=y.dtype, device=y.device)
        weights = torch.softmax(scores.masked_fill(~valid, -math.inf), -1)
        pooled = (weights[:, None] @ y).squeeze(1)  # [B, D]
        logits = {}
        for head in self.config["heads"]:
            name, v = f"heads.{head['task']}", pooled
            if head["hidden"]:
                v = drop(torch.relu(v @ w[f"{name}.hidden.weight"].T + w[f"{name}.hidden.bias"]))
            logits[head["task"]] = v @ w[f"{name}.output.weight"].T + w[f"{name}.output.bias"]
        return Output(logits, [row[:n] for row, n in zip(weights, lengths.tolist())])

    def _direction(self, x: Tensor, lengths: Tensor, direction: str, w: Mapping[str, Tensor]) -> Tensor:
        """x [B, T, U] -> [B, T, H]. What is past an utterance's length is not meant to be used."""
        recurrent, name = self.config["recurrent"], f"recurrent.{direction}"
        T, H, gru = x.shape[1], recurrent["units"], _is_gru(recurrent["cell"])
        steps = torch.arange(T, device=x.device).expand(len(x), T)
        if direction == "backward":  # each row from its own last frame; its own inverse
            steps = torch.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
        at = lambda z: z.gather(1, steps[..., None].expand(-1, -1, z.shape[-1]))
        bias = w[f"{name}.bias"]
        projected = at(x @ w[f"{name}.weight_ih"].T + bias[: 3 * H if gru else None])  # [B, T, gates * H]
        hidden, vector = w[f"{name}.weight_hh"].T, w.get(f"{name}.attention")
        c = h = x.new_zeros(len(x), H)
        cells: list[Tensor] = []  # the raw states of all steps: what is combined later
        outputs: list[Tensor] = []
        y: list[Tensor] = []
        for s in range(T):
            back = [s + 1 - k for k in recurrent["offsets"] if s + 1 - k >= 0]
            combining = recurrent["cell"] not in ("lstm", "gru") and (s + 1) % recurrent["period"] == 0 and back
            if gru:
                (xr, xz, xn), (hr, hz, hn) = projected[:, s].chunk(3, -1), (h @ hidden).chunk(3, -1)
                n = torch.tanh(xn + torch.sigmoid(xr + hr) * (hn + bias[3 * H :]))
                h = n + torch.sigmoid(xz + hz) * (h - n)
            else:
                i, f, g, o = (projected[:, s] + h @ hidden).chunk(4, -1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                cells.append(c)
                if combining:
                    c = _combine([cells[b] for b in back], vector)
                h = torch.sigmoid(o) * torch.tanh(c)
            outputs.append(h)
            if combining:
                h = _combine([outputs[b] for b in back], vector)
            y.append(h)
        return at(torch.stack(y, 1))

    def save(self, folder: str | os.PathLike) -> None:
        """Writes a model folder that alstm takes; float32. ValueError where alstm would refuse it."""
        if self.config["features"] != FEATURE_COUNT:
            raise ValueError(f"the model takes {self.config['features']} features, alstm has {FEATURE_COUNT}")
        tasks = [head["task"] for head in self.config["heads"]]
        if sorted(self.labels) != sorted(tasks):
            raise ValueError(f"labels are of {sorted(self.labels)}, heads of {sorted(tasks)}")
        for head in self.config["heads"]:
            names = self.labels[head["task"]]
            if len(names) != head["classes"] or names != sorted(set(names)) or "" in names:
                raise ValueError(f"labels of {head['task']} are not {head['classes']} different names, sorted")
        tensors = {name: value.detach().float().cpu().contiguous() for name, value in self.tensors().items()}
        for name, value in tensors.items():
            if not torch.isfinite(value).all():
                raise ValueError(f"tensor {name!r} holds a value that is not finite")
        provenance = {"version": "", "adapter": "PyTorch", "driver": torch.__version__, "data": "", "seed": 0}
        config = {
            "format": FORMAT,
            "model": self.config,
            "labels": self.labels,
            "features": self.features,
            "provenance": {**provenance, **self.provenance},
        }
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "config.json")
        if os.path.exists(path):
            os.remove(path)  # no model until both files are there
        write_tensors(os.path.join(folder, "model.safetensors"), tensors, {"format": FORMAT})
        with open(path + ".tmp", "w", encoding="utf-8") as file:
            json.dump(config, file, indent=2, ensure_ascii=False)
            file.write("\n")
        os.replace(path + ".tmp", path)

    def normalise(self, features: Tensor) -> Tensor:
        """Raw features of one utterance [T, F] -> as the model takes them; not for models by speaker."""
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


def load_model(folder: str | os.PathLike) -> ALSTM:
    """The model of a model folder, or of a run folder; in eval(). ValueError where it is none."""
    inner = os.path.join(folder, "model")
    if os.path.exists(os.path.join(inner, "config.json")):
        folder = inner
    path = os.path.join(folder, "config.json")
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    if config.get("format") != FORMAT:
        raise ValueError(f"{path}: format {config.get('format')!r}, want {FORMAT!r}")
    model = ALSTM(config["model"], config["labels"], config["features"], config["provenance"])
    model.load_tensors(read_tensors(os.path.join(folder, "model.safetensors")))
    return model.eval()


def import_recurrent(layer: nn.LSTM | nn.GRU, cell: str | None = None) -> dict[str, Tensor]:
    """The weights of a torch.nn.LSTM or torch.nn.GRU as recurrent parameters: the gates' order is the same
    (i, f, g, o; r, z, n), and two biases that only ever act as their sum become one.

    cell: of the model they are for; default "lstm" or "gru". An "a-lstm" or "a-gru" also gets `attention` of
    zeros: equal weights to begin with.
    ValueError for a cell of the other kind, several layers, or a projection (proj_size), which this network
    has not.
    """
    gru = isinstance(layer, nn.GRU)
    cell = cell or ("gru" if gru else "lstm")
    if cell not in CELLS or _is_gru(cell) != gru:
        fitting = ", ".join(name for name in CELLS if _is_gru(name) == gru)
        raise ValueError(f"cell is {cell!r}, want for a {type(layer).__name__} one of {fitting}")
    if layer.num_layers != 1 or layer.proj_size:
        raise ValueError("want a recurrent layer with num_layers=1, without proj_size")
    H, tensors = layer.hidden_size, {}
    for direction, end in zip(("forward", "backward")[: 1 + layer.bidirectional], ("", "_reverse")):
        own = lambda kind: getattr(layer, f"{kind}_l0{end}").detach().clone()
        name = f"recurrent.{direction}"
        tensors[f"{name}.weight_ih"] = own("weight_ih")
        tensors[f"{name}.weight_hh"] = own("weight_hh")
        bias = torch.zeros(4 * H)
        if layer.bias and gru:
            of_x, of_h = own("bias_ih"), own("bias_hh")
            bias = torch.cat([of_x[: 2 * H] + of_h[: 2 * H], of_x[2 * H :], of_h[2 * H :]])
        elif layer.bias:
            bias = own("bias_ih") + own("bias_hh")
        tensors[f"{name}.bias"] = bias
        if cell in ("a-lstm", "a-gru"):
            tensors[f"{name}.attention"] = torch.zeros(H)
    return tensors


def read_tensors(path: str | os.PathLike) -> dict[str, Tensor]:
    """The tensors of a safetensors file. ValueError where it is none."""
    if _library_load is not None:
        return _library_load(path)
    with open(path, "rb") as file:
        content = file.read()
    try:
        (size,) = struct.unpack_from("<Q", content)
        header = json.loads(content[8 : 8 + size].decode("utf-8"))
        header.pop("__metadata__", None)
        tensors = {}
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            data = bytearray(content[8 + size + begin : 8 + size + end])
            flat = torch.frombuffer(data, dtype=_DTYPES[entry["dtype"]]) if data else torch.zeros(0)
            tensors[name] = flat.reshape(entry["shape"])
    except (struct.error, KeyError, TypeError, RuntimeError, UnicodeDecodeError, AttributeError) as error:
        raise ValueError(f"{path}: not a usable safetensors file: {error}") from error
    return tensors


def write_tensors(
    path: str | os.PathLike, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> None:
    """Writes float32 tensors as a safetensors file."""
    if _library_save is not None:
        _library_save(dict(tensors), path, dict(metadata or {}))
        return
    header: dict = {"__metadata__": dict(metadata)} if metadata else {}
    parts, at = [], 0
    for name in sorted(tensors):
        data = bytes(tensors[name].contiguous().view(-1).view(torch.uint8).tolist())
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    text = json.dumps(header).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
}


def _is_gru(cell: str) -> bool:
    return cell in ("gru", "a-gru")


def _directions(model: Mapping) -> tuple[str, ...]:
    return ("forward", "backward") if model["recurrent"]["bidirectional"] else ("forward",)


def _combine(states: list[Tensor], vector: Tensor | None) -> Tensor:
    """States [B, H] of some steps -> their sum [B, H] weighted by softmax(vector . state); equal without."""
    chosen = torch.stack(states, 1)  # [B, K, H]
    if vector is None:
        return chosen.mean(1)
    return (torch.softmax(chosen @ vector, 1)[:, None] @ chosen).squeeze(1)


def _start_value(name: str, shape: tuple[int, ...], gru: bool) -> Tensor:
    """Glorot, orthogonal a gate for weight_hh, zeros, and ones for the forget gate."""
    value = torch.zeros(shape)
    if name.endswith("weight_hh"):
        for gate in value.split(shape[1]):
            nn.init.orthogonal_(gate)
    elif len(shape) == 2:
        nn.init.xavier_uniform_(value)
    elif name.startswith("recurrent.") and name.endswith(".bias") and not gru:
        value.chunk(4)[1].fill_(1)
    return value


def _check_config(config: Mapping) -> None:
    recurrent = config["recurrent"]
    offsets = recurrent["offsets"]
    if recurrent["cell"] not in CELLS:
        raise ValueError(f"recurrent.cell is {recurrent['cell']!r}, want one of {', '.join(CELLS)}")
    if config["pooling"] not in POOLINGS:
        raise ValueError(f"pooling is {config['pooling']!r}, want one of {', '.join(POOLINGS)}")
    if not offsets or min(offsets) < 1 or len(set(offsets)) != len(offsets):
        raise ValueError(f"recurrent.offsets are {offsets}, want different integers from 1 up")
    if recurrent["period"] < 1:
        raise ValueError(f"recurrent.period is {recurrent['period']}, want an integer from 1 up")
    if not config["heads"]:
        raise ValueError("the model has no head")


def _main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        print("usage: python3 alstm_torch.py MODEL FEATURES.safetensors...", file=sys.stderr)
        return 2
    model = load_model(arguments[0])
    for path in arguments[1:]:
        stored = read_tensors(path)
        by_utterance = model.features.get("normalisation", "utterance") == "utterance"
        matrix = stored["normalised"] if by_utterance else model.normalise(stored["features"])
        with torch.no_grad():
            out = model([matrix])
        result: dict = {"path": path}
        for task, rows in out.probabilities.items():
            scores = dict(zip(model.labels[task], rows[0].tolist()))
            result[task] = {"label": max(scores, key=lambda name: scores[name]), "scores": scores}
        result["attention"] = out.attention[0].tolist()
        print(json.dumps(result, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
