"""Where a training step's time goes, by kernel: torch.profiler over some steps, the top 20 as JSON.

    python3 profile_cudnn.py [the flags of train_step.py; default: cuDNN's LSTM, f32, B 64, T 500, H 256]

On a CPU the rows are operators, by their own time.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from torch.profiler import ProfilerActivity, profile

from settings import BenchError, Options, add_flags, main, options_of, set_precision, synchronizer
from timing import warm_up
from train_step import TrainStep

STEPS, ROWS = 10, 20


def measure(options: Options) -> dict[str, Any]:
    if options.how.captured:
        raise BenchError("a replayed graph is not profiled: want cudnn, eager or compile")
    options.check_memory()
    set_precision(options.precision)
    cuda = options.device == "cuda"
    synchronize = synchronizer(options.device)
    step = TrainStep(options)
    warm_up(step, synchronize, seconds=min(0.5, options.seconds), fewest=3)
    began = time.perf_counter()
    for _ in range(STEPS):
        step()
    synchronize()
    wall = 1000 * (time.perf_counter() - began) / STEPS
    with profile(activities=[ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * cuda) as profiler:
        for _ in range(STEPS):
            step()
        synchronize()
    rows = []
    for event in profiler.key_averages():
        # An annotation (the optimiser's step, say) spans kernels that are listed themselves.
        if event.is_user_annotation or (cuda and event.device_type.name != "CUDA"):
            continue
        microseconds = event.self_device_time_total if cuda else event.self_cpu_time_total
        rows.append({"name": event.key, "calls": event.count / STEPS, "ms": microseconds / 1000 / STEPS})
    total = sum(row["ms"] for row in rows)
    if not total > 0:
        raise BenchError("the profiler recorded no time on the device")
    rows.sort(key=lambda row: -row["ms"])
    return {
        **options.report("profile"),
        "steps": STEPS,
        "msUnprofiled": wall,
        "msInKernels": total,
        "kernels": len(rows),
        "top": [{**row, "share": row["ms"] / total} for row in rows[:ROWS]],
    }


def run() -> int:
    parser = argparse.ArgumentParser(description="profile a training step by kernel")
    add_flags(parser)
    print(json.dumps(measure(options_of(parser.parse_args())), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main("profile_cudnn", run))
