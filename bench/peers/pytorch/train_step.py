"""How long a whole training step takes: forward, losses, backward, clipping at 5, Adam, gradients freed.

    python3 train_step.py [--batch 64 --frames 500 --units 256 --cell lstm --precision f32
        --implementation cudnn --device cuda --seconds 3 ...]

Data stays on the device. Prints one JSON object: ms is the median of a step, firstStepMs what came before the
first replay or step was done (compilation, warm-up before a capture, and the capture).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.amp.grad_scaler import GradScaler

from capture import capture
from network import Network, losses
from settings import (
    Options,
    add_flags,
    autocast,
    made_up_batch,
    main,
    options_of,
    prepare_recurrence,
    set_precision,
    synchronizer,
)
from timing import time_blocks, warm_up

CLIP_NORM, LEARNING_RATE = 5.0, 1e-3


class TrainStep:
    """One optimiser step on a fixed batch, without a wait for the device; returns the loss."""

    def __init__(self, options: Options) -> None:
        torch.manual_seed(0)
        self.options = options
        self.network = Network(options.network, options.how.cudnn).to(options.device).train()
        prepare_recurrence(self.network, options.implementation, options.block_steps)
        self.features, self.targets = made_up_batch(options)
        self.parameters = [p for p in self.network.parameters() if p.requires_grad]
        # Fused: one kernel, and under a GradScaler no wait for "was there an infinity?".
        self.optimizer = torch.optim.Adam(
            self.parameters, lr=LEARNING_RATE, fused=True, capturable=options.how.captured
        )
        # bfloat16 (amp on a CPU) would need no scaling; it is scaled all the same, to run the same code.
        enabled = options.precision == "amp"
        self.scaler = GradScaler(options.device, init_scale=2.0**13, enabled=enabled)
        whole = options.how.compiled == "whole"
        self.forward: Callable[[], Tensor] = (
            torch.compile(self.total_loss, dynamic=False, mode=options.how.mode) if whole else self.total_loss
        )

    def total_loss(self) -> Tensor:
        with autocast(self.options):
            logits = self.network(self.features).logits
            return losses(logits, self.targets, self.options.network.heads)[1]

    def __call__(self) -> Tensor:
        if self.options.how.mode == "reduce-overhead":
            torch.compiler.cudagraph_mark_step_begin()
        loss = self.forward()
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        torch.nn.utils.clip_grad_norm_(self.parameters, CLIP_NORM)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.detach()


def measure(options: Options) -> dict[str, Any]:
    """Times one shape. Raises BenchError where it would not fit."""
    options.check_memory()
    set_precision(options.precision)
    synchronize = synchronizer(options.device)
    cuda = options.device == "cuda"
    if cuda:
        torch.cuda.init()
        torch.cuda.reset_peak_memory_stats()
    step = TrainStep(options)
    synchronize()
    began = time.perf_counter()
    run: Callable[[], object]
    if options.how.captured:
        replay, captured_loss = capture(step)
        replay()
        run = replay
    else:
        step()
        run = step
    synchronize()
    first = time.perf_counter() - began
    warm_up(run, synchronize, seconds=min(0.5, options.seconds / 3), fewest=3)
    timing = time_blocks(run, synchronize, options.seconds)
    loss = (captured_loss if options.how.captured else step()).item()
    if not math.isfinite(loss):
        raise RuntimeError(f"the loss is {loss} after {timing.steps} steps")
    return {
        **options.report("train-step"),
        "ms": timing.ms,
        "fastest": timing.fastest,
        "steps": timing.steps,
        "firstStepMs": 1000 * first,
        "framesPerSecond": 1000 * options.batch * options.frames / timing.ms,
        "loss": loss,
        "peakBytes": torch.cuda.max_memory_allocated() if cuda else None,
    }


def run() -> int:
    parser = argparse.ArgumentParser(description="time a training step of the PyTorch network")
    add_flags(parser)
    print(json.dumps(measure(options_of(parser.parse_args()))))
    return 0


if __name__ == "__main__":
    sys.exit(main("train_step", run))
