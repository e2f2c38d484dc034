"""Several frames become one step: what a subsample layer does to a batch, and back again to its frames."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def groups_of(lengths: Tensor, by: int) -> Tensor:
    """Frames of each utterance -> its groups, [B]: the last one may be short."""
    return (lengths + by - 1) // by


def subsample(x: Tensor, lengths: Tensor, by: int, how: str) -> Tensor:
    """x [B, T, D] -> [B, ceil(T / by), D] or, concatenated, [B, ceil(T / by), by * D].

    Group j holds the frames by * j and on. A last one that is short is averaged over the frames that it has, or
    filled up with zeros. What is past an utterance's length is not used.
    """
    B, T, D = x.shape
    past = torch.arange(T, device=x.device) >= lengths[:, None]
    filled = nn.functional.pad(x.masked_fill(past[..., None], 0), (0, 0, 0, -T % by))
    groups = filled.view(B, -1, by, D)
    if how == "concatenate":
        return groups.flatten(2)
    return groups.sum(2) / sizes_of(lengths, by, groups.shape[1])[..., None]


def share(weights: Tensor, lengths: Tensor, by: int) -> Tensor:
    """Weights [B, groups] -> [B, groups * by]: each shared evenly by the frames of its group.

    lengths: before the layer. What is past them is not meant to be used.
    """
    return (weights / sizes_of(lengths, by, weights.shape[1])).repeat_interleave(by, 1)


def sizes_of(lengths: Tensor, by: int, groups: int) -> Tensor:
    """How many frames each group has, [B, groups]; 1 for those past an utterance's last."""
    first = by * torch.arange(groups, device=lengths.device)
    return (lengths[:, None] - first).clamp(1, by)
