"""What belongs into the comparison table, most important first. Knows no torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Shape = tuple[int, int, int]  # B, T, H

#: Beyond what compiling takes: a run that hangs is given up then.
RUN_LIMIT_S, COMPILE_LIMIT_S = 60.0, 150.0


@dataclass(frozen=True)
class Job:
    options: dict[str, Any]
    limit_s: float


@dataclass(frozen=True)
class Shapes:
    first: Shape
    second: Shape
    grid: tuple[Shape, ...]
    frontend_units: int
    head_hidden: int
    product: int


GPU = Shapes(
    first=(64, 500, 256),
    second=(32, 200, 128),
    grid=tuple((b, t, h) for h in (256, 128, 64) for b in (64, 32, 128, 8, 256) for t in (500, 250, 1000, 100)),
    frontend_units=256,
    head_hidden=256,
    product=4096,
)
#: Only to see that everything runs.
CPU = Shapes(
    first=(4, 30, 16),
    second=(2, 20, 8),
    grid=((4, 20, 8), (2, 10, 8)),
    frontend_units=16,
    head_hidden=8,
    product=256,
)


def jobs(
    device: str, seconds: float, quick: bool, fixtures: str | None, part: str = "all"
) -> Iterator[Job]:
    """Yields the jobs of a part, in the order in which a budget is best spent: what is compiled comes last."""
    every = list(_jobs(device, seconds, quick, fixtures))
    compiled = [job for job in every if "compile" in job.options.get("implementation", "")]
    first = [job for job in every if job not in compiled]
    yield from {"first": first, "compiled": compiled, "all": first + compiled}[part]


def _jobs(device: str, seconds: float, quick: bool, fixtures: str | None) -> Iterator[Job]:
    s = GPU if device == "cuda" else CPU
    short = min(seconds, max(0.3, seconds / 3))

    def step(shape: Shape, cell: str, implementation: str, precision: str, length: float, **more: Any) -> Job:
        b, t, h = shape
        options = {
            "kind": "train-step", "batch": b, "frames": t, "units": h, "frontend_units": s.frontend_units,
            "head_hidden": s.head_hidden, "cell": cell, "implementation": implementation,
            "precision": precision, "device": device, "seconds": length, **more,
        }  # fmt: skip
        return Job(options, COMPILE_LIMIT_S if "compile" in implementation else RUN_LIMIT_S)

    both = ((s.first, seconds), (s.second, short))
    graphs = ["graphs"] if device == "cuda" else []
    for implementation in ("cudnn", *(["cudnn-graphs"] if graphs else [])):
        for precision in ("f32", "tf32", "amp"):
            yield step(s.first, "lstm", implementation, precision, seconds)
    for implementation, cell, precision in (
        ("eager", "a-lstm", "f32"), ("eager", "a-lstm", "amp"),
        *((g, "a-lstm", p) for g in graphs for p in ("f32", "amp")),
    ):  # fmt: skip
        for shape, length in both:
            yield step(shape, cell, implementation, precision, length)
    for precision in ("f32", "tf32", "amp"):
        yield step(s.second, "lstm", "cudnn", precision, short)
    yield Job({"kind": "ceilings", "device": device, "size": s.product, "seconds": short}, RUN_LIMIT_S)
    if fixtures is not None:
        yield Job({"kind": "fixtures", "device": device, "folder": fixtures}, RUN_LIMIT_S)
    for precision in ("f32", "amp"):
        for cell, implementation in (("lstm", "cudnn"), *(("a-lstm", i) for i in ("eager", *graphs))):
            job = step(s.first, cell, implementation, precision, short)
            yield Job({**job.options, "kind": "inference"}, job.limit_s)
    if quick:
        return
    yield step(s.first, "a-lstm", "compile", "f32", short)
    if graphs:
        yield step(s.first, "a-lstm", "compile-graphs", "f32", short)
    for implementation in ("eager", *graphs):
        for precision in ("f32", "amp"):
            for shape, _ in both:
                yield step(shape, "a-lstm", implementation, precision, short, period=1)
    for precisions in (("f32", "amp"), ("tf32",)):
        for shape in s.grid:
            for precision in precisions:
                if shape not in (s.first, s.second):
                    yield step(shape, "lstm", "cudnn", precision, min(short, 0.3))
    for precision in ("amp", "f32"):
        for implementation in ("compile", *(["compile-graphs"] if graphs else [])):
            if precision == "amp":
                yield step(s.first, "a-lstm", implementation, precision, short)
            yield step(s.second, "a-lstm", implementation, precision, short)
    if graphs:
        for precision in ("f32", "amp"):
            yield step(s.second, "lstm", "cudnn-graphs", precision, short)
            yield step(s.first, "a-lstm", "compile-graphs", precision, short, period=1)
            yield step(s.second, "a-lstm", "compile-reduce-overhead", precision, short)
    for cell in ("lstm", "mean-lstm"):
        for implementation in ("eager", *graphs):
            yield step(s.first, cell, implementation, "f32", short)
    yield step(s.second, "a-lstm", "compile-whole", "f32", short)
