"""The recurrent layer of SPEC section 1: by torch.nn.LSTM (cuDNN), or step by step in PyTorch.

The loop is what a careful PyTorch user would write: one product gives W_ih x + b of all frames and both
directions, each step advances both directions by one batched product, states stand in lists (no
indexing of a big tensor, whose backward would write all of it at every step), one sigmoid serves
three gates, and weights are cast once a pass under autocast.

Letters: B batch, T frames, U frontend units, H units, d directions (1 or 2), n steps in a block.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

DIRECTIONS = ("forward", "backward")


@dataclass(frozen=True)
class Cell:
    """Which cell, and when it combines (SPEC section 1)."""

    kind: str = "a-lstm"  # lstm, mean-lstm or a-lstm
    offsets: tuple[int, ...] = (5, 3, 1)
    period: int = 5

    def offsets_at(self, step: int) -> list[int]:
        """How many raw states back (1 = this step's own) the combination at a step takes; may be none."""
        if self.kind == "lstm" or (step + 1) % self.period:
            return []
        return [k for k in self.offsets if k <= step + 1]

    @property
    def history(self) -> int:
        """Raw states from before a block that starts at a multiple of the period, that it needs."""
        return 0 if self.kind == "lstm" else max(0, max(self.offsets) - self.period)


def combine(states: Sequence[Tensor], attention: Tensor | None, pointwise: bool) -> Tensor:
    """Eq. 8, 9 (or 11, 12): the states [d, B, H] weighted by softmax(w . state); equally without w.

    Two forms of one sum: batched products are the fewest kernels when each runs alone, pointwise
    operations are what a compiler can fuse.
    """
    if len(states) == 1:
        return states[0]
    stacked = torch.stack(list(states), 2)  # [d, B, K, H]
    if attention is None:
        return stacked.mean(2)
    if pointwise:
        scores = (stacked * attention[:, None, None, :]).sum(3)
        return (scores.softmax(2).to(stacked.dtype).unsqueeze(3) * stacked).sum(2).to(stacked.dtype)
    d, b, k, h = stacked.shape
    scores = torch.bmm(stacked.view(d, b * k, h), attention.unsqueeze(2)).view(d * b, 1, k)
    return torch.bmm(scores.softmax(2).to(stacked.dtype), stacked.view(d * b, k, h)).view(d, b, h)


@dataclass
class State:
    """Between two steps: C', h' and the newest raw states, oldest first."""

    cell: Tensor  # [d, B, H]
    hidden: Tensor
    raw_cells: list[Tensor]
    raw_hiddens: list[Tensor]


def advance(
    cell: Cell,
    first: int,
    projected: Sequence[Tensor],
    weight: Tensor,
    attention: Tensor | None,
    c: Tensor,
    h: Tensor,
    raw_cells: Sequence[Tensor],
    raw_hiddens: Sequence[Tensor],
    pointwise: bool,
) -> tuple[list[Tensor], Tensor, Tensor, list[Tensor], list[Tensor]]:
    """Steps first, first + 1, ... : projected[n] is W_ih x + b [d, B, 4H], gates in the order i f o g."""
    units = h.shape[2]
    raw_c, raw_h = list(raw_cells), list(raw_hiddens)
    outputs = []
    for n, inputs in enumerate(projected):
        gates = torch.baddbmm(inputs, h, weight)
        i, f, o = gates[..., : 3 * units].sigmoid().chunk(3, 2)
        c = torch.addcmul(f * c, i, gates[..., 3 * units :].tanh())
        raw_c.append(c)
        back = cell.offsets_at(first + n)
        if back:
            c = combine([raw_c[-k] for k in back], attention, pointwise)
        h = o * c.tanh()
        raw_h.append(h)
        if back:
            h = combine([raw_h[-k] for k in back], attention, pointwise)
        outputs.append(h)
    keep = len(raw_c) - min(cell.history, len(raw_c))
    return outputs, c, h, raw_c[keep:], raw_h[keep:]


Advance = Callable[..., tuple[list[Tensor], Tensor, Tensor, list[Tensor], list[Tensor]]]


class Recurrence(Protocol):
    """What the network asks of either layer."""

    def __call__(self, x: Tensor, lengths: Tensor | None) -> Tensor:
        """x [T, B, U] -> [T, B, d H]; lengths [B] on the CPU, or None where all have T frames."""
        ...

    def spec(self, of: Callable[[nn.Parameter], Tensor]) -> dict[str, Tensor]:
        """What `of` says of each parameter (its value, its gradient), by SPEC's names and shapes."""
        ...

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Takes parameters by SPEC's names (without `recurrent.`)."""
        ...


def reversal(lengths: Tensor, frames: int) -> Tensor:
    """[T, B]: the frame that the backward direction sees at each step (its own inverse)."""
    t = torch.arange(frames).unsqueeze(1)
    return torch.where(t < lengths, lengths - 1 - t, t)


def reverse(x: Tensor, index: Tensor | None) -> Tensor:
    """Turns [T, B, ...] round in time, each utterance within its own length."""
    if index is None:
        return x.flip(0)
    return x[index, torch.arange(x.shape[1], device=x.device)]


def swap_gates(x: Tensor) -> Tensor:
    """Between SPEC's gate order i f g o and the loop's i f o g, along the first dimension."""
    i, f, third, fourth = x.chunk(4, 0)
    return torch.cat([i, f, fourth, third])


def start_values(inputs: int, units: int) -> dict[str, Tensor]:
    """SPEC's start values of one direction: Glorot uniform, orthogonal a gate, forget gate's bias 1."""
    weight_ih = nn.init.xavier_uniform_(torch.empty(4 * units, inputs))
    weight_hh = torch.cat([nn.init.orthogonal_(torch.empty(units, units)) for _ in range(4)])
    bias = torch.zeros(4 * units)
    bias[units : 2 * units] = 1
    return {"weight_ih": weight_ih, "weight_hh": weight_hh, "bias": bias, "attention": torch.zeros(units)}


class LoopRecurrence(nn.Module):
    """Any of the three cells, a step at a time; both directions together."""

    def __init__(self, inputs: int, units: int, directions: int, cell: Cell) -> None:
        super().__init__()
        self.units, self.directions, self.cell = units, directions, cell
        self.weight_ih = nn.Parameter(torch.empty(directions * 4 * units, inputs))
        self.weight_hh = nn.Parameter(torch.empty(directions, 4 * units, units))
        self.bias = nn.Parameter(torch.empty(directions * 4 * units))
        self.attention = nn.Parameter(torch.empty(directions, units)) if cell.kind == "a-lstm" else None
        #: Replaced by a compiled one, which is given block_steps steps at a time (None: all of them).
        self.advance: Advance = advance
        self.pointwise = False
        self.block_steps: int | None = None
        for d in DIRECTIONS[:directions]:
            self.load({f"{d}.{name}": t for name, t in start_values(inputs, units).items()})

    def forward(self, x: Tensor, lengths: Tensor | None) -> Tensor:
        frames, batch, _ = x.shape
        index = None if lengths is None else reversal(lengths, frames).to(x.device)
        projected = nn.functional.linear(x, self.weight_ih, self.bias)
        projected = projected.view(frames, batch, self.directions, 4 * self.units)
        if self.directions == 1:
            projected = projected.transpose(1, 2)
        else:
            projected = torch.stack([projected[:, :, 0], reverse(projected[:, :, 1], index)], 1)
        y = torch.stack(self.steps(projected))  # [T, d, B, H]
        if self.directions == 1:
            return y[:, 0]
        return torch.cat([y[:, 0], reverse(y[:, 1], index)], 2)

    def steps(self, projected: Tensor) -> list[Tensor]:
        """[T, d, B, 4H] -> the outputs of every step. Steps past a length are junk that nothing reads."""
        frames, d, batch, _ = projected.shape
        dtype = projected.dtype
        weight = self.weight_hh.to(dtype).transpose(1, 2)
        attention = None if self.attention is None else self.attention.to(dtype)
        c, h = (projected.new_zeros(d, batch, self.units) for _ in range(2))
        raw_c: list[Tensor] = []
        raw_h: list[Tensor] = []
        each, outputs = projected.unbind(0), []
        block = self.block_steps or frames
        for first in range(0, frames, block):
            # Every block whose history is complete looks alike, and shares one compilation.
            position = first if first < self.alike else self.alike
            out, c, h, raw_c, raw_h = self.advance(
                self.cell, position, each[first : first + block], weight, attention, c, h, raw_c, raw_h,
                self.pointwise,
            )  # fmt: skip
            outputs += out
        return outputs

    @property
    def alike(self) -> int:
        """The first multiple of the block from which on all offsets reach existing steps."""
        if self.cell.kind == "lstm":
            return 0
        block = self.block_steps or 1
        return block * math.ceil(max(self.cell.offsets) / block)

    def spec(self, of: Callable[[nn.Parameter], Tensor]) -> dict[str, Tensor]:
        out = {}
        for d, direction in enumerate(DIRECTIONS[: self.directions]):
            out[f"{direction}.weight_ih"] = swap_gates(of(self.weight_ih).chunk(self.directions)[d])
            out[f"{direction}.weight_hh"] = swap_gates(of(self.weight_hh)[d])
            out[f"{direction}.bias"] = swap_gates(of(self.bias).chunk(self.directions)[d])
            if self.attention is not None:
                out[f"{direction}.attention"] = of(self.attention)[d]
        return out

    @torch.no_grad()
    def load(self, tensors: dict[str, Tensor]) -> None:
        for d, direction in enumerate(DIRECTIONS[: self.directions]):
            if f"{direction}.weight_ih" not in tensors:
                continue
            self.weight_ih.chunk(self.directions)[d].copy_(swap_gates(tensors[f"{direction}.weight_ih"]))
            self.weight_hh[d].copy_(swap_gates(tensors[f"{direction}.weight_hh"]))
            self.bias.chunk(self.directions)[d].copy_(swap_gates(tensors[f"{direction}.bias"]))
            if self.attention is not None:
                self.attention[d].copy_(tensors[f"{direction}.attention"])


class CudnnRecurrence(nn.Module):
    """The plain LSTM by torch.nn.LSTM: cuDNN on a GPU. Its second bias stays 0 and is not trained."""

    def __init__(self, inputs: int, units: int, directions: int) -> None:
        super().__init__()
        self.directions = directions
        self.lstm = nn.LSTM(inputs, units, bidirectional=directions == 2)
        for suffix in self.suffixes.values():
            frozen = getattr(self.lstm, f"bias_hh_l0{suffix}")
            nn.init.zeros_(frozen)
            frozen.requires_grad_(False)
        for d in self.suffixes:
            self.load({f"{d}.{name}": t for name, t in start_values(inputs, units).items()})

    @property
    def suffixes(self) -> dict[str, str]:
        return dict(zip(DIRECTIONS[: self.directions], ("", "_reverse"), strict=False))

    def forward(self, x: Tensor, lengths: Tensor | None) -> Tensor:
        if lengths is None:
            y: Tensor = self.lstm(x)[0]
            return y
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
        return nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], total_length=x.shape[0])[0]

    def spec(self, of: Callable[[nn.Parameter], Tensor]) -> dict[str, Tensor]:
        return {
            f"{d}.{name}": of(getattr(self.lstm, f"{own}_l0{suffix}"))
            for d, suffix in self.suffixes.items()
            for name, own in (("weight_ih", "weight_ih"), ("weight_hh", "weight_hh"), ("bias", "bias_ih"))
        }

    @torch.no_grad()
    def load(self, tensors: dict[str, Tensor]) -> None:
        for name, own in self.spec(lambda parameter: parameter).items():
            if name in tensors:
                own.copy_(tensors[name])
