"""A piece of work recorded once as a CUDA graph and replayed by one launch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

Result = TypeVar("Result")
#: Runs on a side stream before recording: lazy state (Adam's moments, workspaces, kernels compiled by Triton)
#: must exist by then.
WARM_UPS = 3


def capture(run: Callable[[], Result]) -> tuple[Callable[[], None], Result]:
    """What replays it, and the result whose tensors every replay overwrites."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UPS):
            run()
    torch.cuda.current_stream().wait_stream(stream)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = run()
    return graph.replay, result
