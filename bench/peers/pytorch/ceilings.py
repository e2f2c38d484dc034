"""What the card gives at best: matrix products of SIZE cubed in f32, TF32 and f16, and a copy in device memory.

    python3 ceilings.py [--device cuda --size 4096 --seconds 1]

Prints one JSON object. relativeError is the product's against float64 on some rows: it shows whether TF32 was
really off (about 1e-6) or on (about 1e-4 and more).
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import torch

from settings import BenchError, adapter_name, half, main, set_precision, synchronizer
from timing import time_blocks, warm_up

COPY_BYTES = 2**30
ROWS_CHECKED = 64


def product(precision: str, device: str, size: int, seconds: float) -> dict[str, Any]:
    set_precision("tf32" if precision == "tf32" else "f32")
    dtype = half(device) if precision == "f16" else torch.float32
    draw = torch.Generator().manual_seed(0)
    a, b = (torch.randn(size, size, generator=draw).to(device, dtype) for _ in range(2))
    out = torch.empty_like(a)

    def run() -> None:
        torch.mm(a, b, out=out)

    synchronize = synchronizer(device)
    warm_up(run, synchronize, seconds / 3, fewest=3)
    timing = time_blocks(run, synchronize, seconds)
    exact = a[:ROWS_CHECKED].double() @ b.double()
    error = (out[:ROWS_CHECKED].double() - exact).norm() / exact.norm()
    return {
        "ms": timing.ms,
        "fastest": timing.fastest,
        "teraflops": 2 * size**3 / timing.ms / 1e9,
        "relativeError": error.item(),
    }


def copy(device: str, seconds: float, size: int = COPY_BYTES) -> dict[str, Any]:
    """Bytes read and bytes written both count."""
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)

    def run() -> None:
        target.copy_(source)

    synchronize = synchronizer(device)
    warm_up(run, synchronize, seconds / 3, fewest=3)
    timing = time_blocks(run, synchronize, seconds)
    return {"ms": timing.ms, "bytes": size, "gigabytesPerSecond": 2 * size / timing.ms / 1e6}


def measure(device: str, size: int, seconds: float) -> dict[str, Any]:
    if device == "cuda" and not torch.cuda.is_available():
        raise BenchError("no CUDA device here: want --device cpu")
    if size < ROWS_CHECKED or not seconds > 0:
        raise BenchError(f"want --size at least {ROWS_CHECKED} and --seconds more than 0")
    return {
        "peer": "pytorch",
        "version": torch.__version__,
        "kind": "ceilings",
        "adapter": adapter_name(device),
        "size": size,
        "products": {p: product(p, device, size, seconds) for p in ("f32", "tf32", "f16")},
        "copy": copy(device, seconds),
    }


def run() -> int:
    parser = argparse.ArgumentParser(description="measure product and copy ceilings")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    parser.add_argument("--json", action="store_true", help="taken and ignored: JSON is all there is")
    args = parser.parse_args()
    print(json.dumps(measure(args.device, args.size, args.seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main("ceilings", run))
