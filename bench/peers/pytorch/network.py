"""The network of SPEC section 1 in PyTorch, time-major (features [T, B, F]), and its losses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from recurrence import Cell, CudnnRecurrence, LoopRecurrence


@dataclass(frozen=True)
class Head:
    """A task: its classes, hidden units (0: the output layer alone) and weight in the loss."""

    task: str
    classes: int
    hidden: int = 256
    weight: float = 1.0
    class_weights: tuple[float, ...] | None = None
    label_smoothing: float = 0.0


@dataclass(frozen=True)
class NetworkConfig:
    heads: tuple[Head, ...]
    features: int = 36
    frontend_units: int = 256
    units: int = 256
    bidirectional: bool = True
    cell: Cell = Cell()
    pooling: str = "attention"  # or mean
    dropout: float = 0.5


class Output(NamedTuple):
    logits: dict[str, Tensor]  # [B, C] each
    weights: Tensor  # [T, B], the pooling's; zero past each length
    pooled: Tensor  # [B, D]


class Pooling(nn.Module):
    """Eq. 1, 2: the softmax over the valid frames of w . y weighs the frames; or their mean."""

    def __init__(self, units: int, kind: str) -> None:
        super().__init__()
        self.attention = nn.Parameter(torch.zeros(units)) if kind == "attention" else None

    def forward(self, y: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        """y [T, B, D], lengths [B] or None -> weights [T, B], pooled [B, D]."""
        frames, batch, _ = y.shape
        scores = y.new_zeros(frames, batch) if self.attention is None else torch.matmul(y, self.attention)
        if lengths is not None:
            beyond = torch.arange(frames).unsqueeze(1) >= lengths
            scores = scores.masked_fill(beyond.to(y.device), -torch.inf)
        weights = scores.softmax(0)
        return weights, torch.einsum("tb,tbd->bd", weights.to(y.dtype), y)


class HeadLayers(nn.Module):
    def __init__(self, inputs: int, head: Head, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.hidden = nn.Linear(inputs, head.hidden) if head.hidden else None
        self.output = nn.Linear(head.hidden or inputs, head.classes)

    def forward(self, x: Tensor) -> Tensor:
        if self.hidden is not None:
            x = functional.dropout(self.hidden(x).relu(), self.dropout, self.training)
        logits: Tensor = self.output(x)
        return logits


class Network(nn.Module):
    """Its parameters are SPEC's, except that the recurrent layer stores its own as suits it."""

    def __init__(self, config: NetworkConfig, cudnn: bool) -> None:
        super().__init__()
        self.config = config
        directions = 2 if config.bidirectional else 1
        width = directions * config.units
        self.frontend = nn.Linear(config.features, config.frontend_units)
        self.recurrent: CudnnRecurrence | LoopRecurrence
        if cudnn:
            if config.cell.kind != "lstm":
                raise ValueError(f"cuDNN has no {config.cell.kind} cell")
            self.recurrent = CudnnRecurrence(config.frontend_units, config.units, directions)
        else:
            self.recurrent = LoopRecurrence(config.frontend_units, config.units, directions, config.cell)
        self.pooling = Pooling(width, config.pooling)
        self.heads = nn.ModuleDict({h.task: HeadLayers(width, h, config.dropout) for h in config.heads})
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> Output:
        """features [T, B, F]; lengths [B] on the CPU, or None where every utterance has T frames."""
        dropout = self.config.dropout
        z = functional.dropout(self.frontend(features).relu(), dropout, self.training)
        y = functional.dropout(self.recurrent(z, lengths), dropout, self.training)
        weights, pooled = self.pooling(y, lengths)
        return Output({task: head(pooled) for task, head in self.heads.items()}, weights, pooled)

    def spec(self, of: Callable[[nn.Parameter], Tensor]) -> dict[str, Tensor]:
        """What `of` says of each parameter (its value, its gradient), by SPEC's names and shapes."""
        plain = {n: of(p) for n, p in self.named_parameters() if not n.startswith("recurrent.")}
        return plain | {f"recurrent.{n}": t for n, t in self.recurrent.spec(of).items()}

    @torch.no_grad()
    def load(self, tensors: dict[str, Tensor]) -> None:
        """Takes every parameter by SPEC's names; refuses missing, unknown and misshapen ones."""
        want = {n: t.shape for n, t in self.spec(lambda p: p.detach()).items()}
        if want.keys() != tensors.keys():
            raise ValueError(f"parameters differ: {sorted(want.keys() ^ tensors.keys())}")
        for name, tensor in tensors.items():
            if tensor.shape != want[name]:
                raise ValueError(f"{name} is {tuple(tensor.shape)}, not {tuple(want[name])}")
        for name, parameter in self.named_parameters():
            if not name.startswith("recurrent."):
                parameter.copy_(tensors[name])
        prefix = "recurrent."
        self.recurrent.load({n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)})


def losses(
    logits: dict[str, Tensor],
    targets: dict[str, Tensor],
    heads: Collection[Head],
    unlabelled: Collection[str] = (),
) -> tuple[dict[str, Tensor], Tensor]:
    """Each task's mean cross-entropy over its labelled rows (-1 = none), and their weighted sum.

    `unlabelled` names the tasks without any label in this batch (the host knows): their loss is 0.
    """
    each: dict[str, Tensor] = {}
    total: Tensor | None = None
    for head in heads:
        scores = logits[head.task]
        if head.task in unlabelled:
            each[head.task] = scores.new_zeros(())
            continue
        loss = functional.cross_entropy(
            scores,
            targets[head.task],
            weight=None if head.class_weights is None else scores.new_tensor(head.class_weights),
            ignore_index=-1,
            label_smoothing=head.label_smoothing,
        )
        each[head.task] = loss
        total = head.weight * loss if total is None else total + head.weight * loss
    if total is None:
        raise ValueError("no task has a label")
    return each, total
