"""Weights from other networks."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .config import CELLS, attends, is_gru


def import_recurrent(
    layer: nn.LSTM | nn.GRU, cell: str | None = None, at: int | None = None
) -> dict[str, Tensor]:
    """The weights of a torch.nn.LSTM or torch.nn.GRU as recurrent parameters: the gate order is the same
    (i, f, g, o; r, z, n), and two biases that only act as a sum become one.

    cell: of the target model; default "lstm" or "gru". An "a-lstm" or "a-gru" also gets `attention` of
    zeros: equal initial weights.
    at: index in the model's `layers`, from 0. A layer with num_layers=n gives n consecutive layers,
    of which this is the first. Without it the parameters are those of a model without `layers`.
    ValueError for a cell of the other kind, several layers without `at`, or a projection (proj_size), which
    this network does not have.
    """
    gru = isinstance(layer, nn.GRU)
    cell = cell or ("gru" if gru else "lstm")
    if cell not in CELLS or is_gru(cell) != gru:
        fitting = ", ".join(name for name in CELLS if is_gru(name) == gru)
        raise ValueError(f"cell is {cell!r}, want for a {type(layer).__name__} one of {fitting}")
    if layer.proj_size:
        raise ValueError("want a recurrent layer without proj_size")
    if at is not None and at < 0:
        raise ValueError(f"at is {at}, want an index into the model's layers, from 0 up")
    if at is None and layer.num_layers > 1:
        several = f"a torch.nn.{type(layer).__name__} with num_layers={layer.num_layers}"
        raise ValueError(f"{several} becomes as many layers: give at, the index of the first in the model's layers")
    tensors: dict[str, Tensor] = {}
    for n in range(layer.num_layers):
        tensors.update(one_layer(layer, n, cell, "recurrent" if at is None else f"layers.{at + n}"))
    return tensors


def one_layer(layer: nn.LSTM | nn.GRU, n: int, cell: str, prefix: str) -> dict[str, Tensor]:
    """Its layer with index n, under names that begin with `prefix`."""
    H, tensors = layer.hidden_size, {}
    for direction, end in zip(("forward", "backward")[: 1 + layer.bidirectional], ("", "_reverse")):
        own = lambda kind: getattr(layer, f"{kind}_l{n}{end}").detach().clone()
        name = f"{prefix}.{direction}"
        tensors[f"{name}.weight_ih"] = own("weight_ih")
        tensors[f"{name}.weight_hh"] = own("weight_hh")
        bias = torch.zeros(4 * H)
        if layer.bias and is_gru(cell):
            of_x, of_h = own("bias_ih"), own("bias_hh")
            bias = torch.cat([of_x[: 2 * H] + of_h[: 2 * H], of_x[2 * H :], of_h[2 * H :]])
        elif layer.bias:
            bias = own("bias_ih") + own("bias_hh")
        tensors[f"{name}.bias"] = bias
        if attends(cell):
            tensors[f"{name}.attention"] = torch.zeros(H)
    return tensors
