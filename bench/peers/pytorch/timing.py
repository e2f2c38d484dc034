"""How long something takes on the device: in blocks, each waited for at its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

#: A block lasts about this long, so that the wait at its end costs little.
BLOCK_SECONDS = 0.1
FEWEST_BLOCKS = 3


@dataclass(frozen=True)
class Timing:
    ms: float  # median of the blocks' means
    fastest: float
    steps: int


def warm_up(run: Callable[[], object], synchronize: Callable[[], None], seconds: float, fewest: int) -> None:
    """So many runs at least, and for so long: clocks rise, caches fill, the allocator settles."""
    end = time.perf_counter() + seconds
    done = 0
    while done < fewest or time.perf_counter() < end:
        run()
        synchronize()
        done += 1


def time_blocks(run: Callable[[], object], synchronize: Callable[[], None], seconds: float) -> Timing:
    def block(steps: int) -> float:
        synchronize()
        began = time.perf_counter()
        for _ in range(steps):
            run()
        synchronize()
        return (time.perf_counter() - began) / steps

    length = min(BLOCK_SECONDS, seconds / FEWEST_BLOCKS)
    steps = max(1, round(length / block(max(1, round(0.02 / max(block(1), 1e-6))))))
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < FEWEST_BLOCKS or time.perf_counter() < end:
        times.append(block(steps))
    return Timing(1000 * median(times), 1000 * min(times), len(times) * steps)
