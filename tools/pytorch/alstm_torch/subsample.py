"""Subsampling: a batch's frames to steps, and weights of steps back to frames."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def groups_of(lengths: Tensor, by: int) -> Tensor:
    """Frames of each utterance -> number of groups, [B]; the last may be short."""
    return (lengths + by - 1) // by


def subsample(x: Tensor, lengths: Tensor, by: int, how: str) -> Tensor:
    """x [B, T, D] -> [B, ceil(T / by), D] or, concatenated, [B, ceil(T / by), by * D].

    Group j starts at frame by * j. A short last group is averaged over its frames, or
    padded with zeros. Values past an utterance's length are not used.
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

    lengths: before the layer. Values past them must not be used.
    """
    return (weights / sizes_of(lengths, by, weights.shape[1])).repeat_interleave(by, 1)


def sizes_of(lengths: Tensor, by: int, groups: int) -> Tensor:
    """Frames in each group, [B, groups]; 1 for groups past an utterance's last."""
    first = by * torch.arange(groups, device=lengths.device)
    return (lengths[:, None] - first).clamp(1, by)
