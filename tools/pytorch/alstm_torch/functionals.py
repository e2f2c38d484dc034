"""Functionals: statistics of each feature over the frames of an utterance."""

from __future__ import annotations

import math

import torch
from torch import Tensor

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def functionals_of(frames: Tensor) -> Tensor:
    """frames [T, F] of one utterance -> [8F + 1]: the means of all features, then their population standard
    deviations, the five quantiles (linear between order statistics), the means of |x_t - x_(t-1)|; last ln(T) / 10."""
    places = torch.tensor(QUANTILES, dtype=frames.dtype, device=frames.device)
    change = (frames[1:] - frames[:-1]).abs().mean(0) if len(frames) > 1 else torch.zeros_like(frames[0])
    rows = [frames.mean(0), frames.std(0, unbiased=False), *torch.quantile(frames, places, dim=0), change]
    return torch.cat([*rows, frames.new_tensor([math.log(len(frames)) / 10])])
