"""How fast the network scores utterances: a batch at a time, and one of 3 s alone.

    python3 inference.py [the flags of train_step.py]

ms and utterancesPerSecond: a batch whose features stay on the device. latencyMs: one utterance of 298 frames, from
features in host memory to its logits in host memory. Under amp the network itself is in 16 bits.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from capture import capture
from network import Network
from settings import (
    Options,
    add_flags,
    half,
    made_up_batch,
    main,
    options_of,
    prepare_recurrence,
    set_precision,
    synchronizer,
)
from timing import Timing, time_blocks, warm_up

#: 3 s at a hop of 10 ms and a window of 25 ms.
LATENCY_FRAMES = 298


class Inference:
    """The network on one batch; its input is `features`, written in place. Call it in inference mode."""

    def __init__(self, options: Options) -> None:
        torch.manual_seed(0)
        self.options = options
        dtype = half(options.device) if options.precision == "amp" else torch.float32
        self.network = Network(options.network, options.how.cudnn).to(options.device, dtype).eval()
        prepare_recurrence(self.network, options.implementation, options.block_steps)
        self.features = made_up_batch(options)[0].to(dtype)
        self.scores: Callable[[], Tensor] = self.logits
        if options.how.compiled == "whole":
            self.scores = torch.compile(self.logits, dynamic=False, mode=options.how.mode)

    def logits(self) -> Tensor:
        """[B, C of all tasks]: one tensor, so that one copy brings all scores to the host."""
        return torch.cat(list(self.network(self.features).logits.values()), 1)

    def captured(self) -> None:
        """From now on a call replays the network as one CUDA graph."""
        replay, result = capture(self.scores)

        def replayed() -> Tensor:
            replay()
            return result

        self.scores = replayed

    def __call__(self) -> Tensor:
        if self.options.how.mode == "reduce-overhead":
            torch.compiler.cudagraph_mark_step_begin()
        return self.scores()


def time_inference(options: Options, from_host: bool) -> tuple[Timing, float]:
    """The timing, and the first run's milliseconds."""
    synchronize = synchronizer(options.device)
    inference = Inference(options)
    features = inference.features.cpu()
    if options.device == "cuda":
        features = features.pin_memory()

    def one() -> Tensor:
        inference.features.copy_(features, non_blocking=True)
        return inference().cpu()

    run = one if from_host else inference
    with torch.inference_mode():
        synchronize()
        began = time.perf_counter()
        if options.how.captured:
            inference.captured()
        scores = run()
        synchronize()
        first = time.perf_counter() - began
        if not bool(scores.isfinite().all()):
            raise RuntimeError("a score is not finite")
        warm_up(run, synchronize, seconds=min(0.5, options.seconds / 3), fewest=3)
        return time_blocks(run, synchronize, options.seconds), 1000 * first


def measure(options: Options) -> dict[str, Any]:
    """Times one shape, and one utterance alone. Raises BenchError where it would not fit."""
    options.check_memory()
    set_precision(options.precision)
    timing, first = time_inference(options, from_host=False)
    alone, _ = time_inference(replace(options, batch=1, frames=LATENCY_FRAMES), from_host=True)
    return {
        **options.report("inference"),
        "ms": timing.ms,
        "fastest": timing.fastest,
        "steps": timing.steps,
        "firstStepMs": first,
        "utterancesPerSecond": 1000 * options.batch / timing.ms,
        "framesPerSecond": 1000 * options.batch * options.frames / timing.ms,
        "latencyMs": alone.ms,
        "latencyFrames": LATENCY_FRAMES,
    }


def run() -> int:
    parser = argparse.ArgumentParser(description="time inference by the PyTorch network")
    add_flags(parser)
    print(json.dumps(measure(options_of(parser.parse_args()))))
    return 0


if __name__ == "__main__":
    sys.exit(main("inference", run))
