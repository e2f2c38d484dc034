"""Heads: outputs, losses of numbers, gradient reversal."""

from __future__ import annotations

from typing import Any, Mapping

import torch
from torch import Tensor

LOSSES = ("cross-entropy", "mse", "ccc")


def is_regression(head: Mapping) -> bool:
    """Whether the head predicts a number; otherwise it predicts a class."""
    return head.get("loss") in ("mse", "ccc")


def outputs_of(head: Mapping) -> int:
    """Number of outputs: one per class, or the number alone."""
    return 1 if is_regression(head) else head["classes"]


def check_head(head: Mapping) -> None:
    """ValueError if alstm does not accept it."""
    task, loss = head.get("task"), head.get("loss", "cross-entropy")
    if loss not in LOSSES:
        raise ValueError(f"the loss of head {task!r} is {loss!r}, want one of {', '.join(LOSSES)}")
    if is_regression(head) and "classes" in head:
        raise ValueError(f"head {task!r} predicts a number, but has classes")
    if not is_regression(head) and "classes" not in head:
        raise ValueError(f"head {task!r} has no classes")
    if not head.get("reversal", 0) >= 0:
        raise ValueError(f"the reversal of head {task!r} is {head['reversal']!r}, want a number from 0 up")


class ReversedGradient(torch.autograd.Function):
    """The identity, whose gradient is -strength times that of its output (Ganin and Lempitsky 2015)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return x.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradient, None


def head_input(pooled: Tensor, head: Mapping) -> Tensor:
    """What the head reads: the pooled vector, behind a gradient reversal if it has one."""
    return ReversedGradient.apply(pooled, head["reversal"]) if "reversal" in head else pooled


def regression_loss(head: Mapping, output: Tensor, target: Tensor) -> Tensor:
    """The loss of a head of numbers over the labelled rows: mean squared error, or 1 - CCC with population
    moments (Lin 1989); 0 if too few are labelled.

    output [B, 1], target [B] with NaN where unlabelled.
    """
    labelled = ~torch.isnan(target)
    x, y = output[labelled, 0], target[labelled]
    if head["loss"] == "mse":
        return ((x - y) ** 2).mean() if len(y) else output.new_zeros(())
    if len(y) < 2:
        return output.new_zeros(())
    shift = y.mean()  # first, so that little is rounded where the numbers are far from 0
    x, y = x - shift, y - shift
    dx, dy, gap = x - x.mean(), y - y.mean(), x.mean() - y.mean()
    return 1 - 2 * (dx * dy).mean() / ((dx**2).mean() + (dy**2).mean() + gap**2)
