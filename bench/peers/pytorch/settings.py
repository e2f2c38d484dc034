"""What every script here is told: the shape, the precision, the implementation; and how it fails."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from network import Head, Network, NetworkConfig
from recurrence import Cell, LoopRecurrence, advance

FEATURES = 36
#: SPEC's weights of the tasks in the loss; any other task weighs 1.
TASK_WEIGHTS = {"emotion": 1.0, "speaker": 0.3, "gender": 0.6}


class BenchError(Exception):
    """One clear line for the user."""


@dataclass(frozen=True)
class Implementation:
    """How the recurrence runs, and whether the whole step is captured in a CUDA graph."""

    cudnn: bool = False
    #: Of torch.compile: over blocks of steps, or over the network unrolled over all frames.
    compiled: str | None = None  # block or whole
    mode: str | None = None  # torch.compile's
    captured: bool = False


IMPLEMENTATIONS = {
    "cudnn": Implementation(cudnn=True),
    "cudnn-graphs": Implementation(cudnn=True, captured=True),
    "eager": Implementation(),
    "graphs": Implementation(captured=True),
    "compile": Implementation(compiled="block"),
    "compile-graphs": Implementation(compiled="block", captured=True),
    "compile-reduce-overhead": Implementation(compiled="block", mode="reduce-overhead"),
    "compile-whole": Implementation(compiled="whole"),
}


@dataclass(frozen=True)
class Options:
    """One run. all.py makes them from JSON, the scripts from flags of the same names."""

    batch: int = 64
    frames: int = 500
    units: int = 256
    frontend_units: int = 256
    head_hidden: int = 256
    heads: dict[str, int] = field(default_factory=lambda: {"emotion": 4, "speaker": 8, "gender": 2})
    pooling: str = "attention"
    cell: str = "lstm"
    offsets: tuple[int, ...] = (5, 3, 1)
    period: int = 5
    precision: str = "f32"
    implementation: str = "cudnn"
    device: str = "cuda"
    seconds: float = 3.0
    block_steps: int = 10
    memory_gib: float | None = None

    def __post_init__(self) -> None:
        for name in ("batch", "frames", "units", "frontend_units", "period", "block_steps"):
            if getattr(self, name) < 1:
                raise BenchError(f"--{name.replace('_', '-')} is {getattr(self, name)}, want at least 1")
        if self.head_hidden < 0 or not self.seconds > 0:
            raise BenchError("want --head-hidden at least 0 and --seconds more than 0")
        if not self.heads or min(self.heads.values()) < 1:
            raise BenchError("want at least one head, each with a class or more")
        if not self.offsets or min(self.offsets) < 1 or len(set(self.offsets)) < len(self.offsets):
            raise BenchError(f"--offsets {self.offsets}: want distinct integers of at least 1")
        for name, allowed in (
            ("pooling", ("attention", "mean")),
            ("cell", ("lstm", "mean-lstm", "a-lstm")),
            ("precision", ("f32", "tf32", "amp")),
            ("implementation", tuple(IMPLEMENTATIONS)),
            ("device", ("cuda", "cpu")),
        ):
            if getattr(self, name) not in allowed:
                raise BenchError(f"--{name} {getattr(self, name)}: want one of {', '.join(allowed)}")
        if self.how.cudnn and self.cell != "lstm":
            raise BenchError(f"cuDNN has no {self.cell} cell: want --implementation eager, graphs or compile")
        if self.how.compiled == "block" and self.block_steps % self.period and self.cell != "lstm":
            raise BenchError(f"--block-steps {self.block_steps} is no multiple of the period {self.period}")
        if self.device == "cuda" and not torch.cuda.is_available():
            raise BenchError("no CUDA device here: want --device cpu")
        if self.device == "cpu" and self.how.captured:
            raise BenchError(f"--implementation {self.implementation} needs --device cuda")

    @property
    def how(self) -> Implementation:
        return IMPLEMENTATIONS[self.implementation]

    @property
    def network(self) -> NetworkConfig:
        return NetworkConfig(
            heads=tuple(
                Head(task, classes, self.head_hidden, TASK_WEIGHTS.get(task, 1.0))
                for task, classes in self.heads.items()
            ),
            frontend_units=self.frontend_units,
            units=self.units,
            cell=Cell(self.cell, self.offsets, self.period),
            pooling=self.pooling,
        )

    @property
    def estimated_gib(self) -> float:
        """Roughly what a training step keeps: 4-byte values of each frame, gates and states twice over."""
        per_frame = 3 * self.frontend_units + 2 * self.units * (32 if not self.how.cudnn else 16)
        return self.batch * self.frames * per_frame * 4 / 2**30

    def check_memory(self) -> None:
        limit = self.memory_gib
        if limit is None:
            if self.device == "cpu":
                return
            limit = 0.8 * torch.cuda.get_device_properties(0).total_memory / 2**30
        if self.estimated_gib > limit:
            raise BenchError(f"skipped: needs about {self.estimated_gib:.1f} GiB, the limit is {limit:.1f}")

    def report(self, kind: str) -> dict[str, Any]:
        """The part of every result that says what was run."""
        cell = {"offsets": list(self.offsets), "period": self.period} if self.cell != "lstm" else {}
        return {
            "peer": "pytorch",
            "version": torch.__version__,
            "implementation": self.implementation,
            "cell": self.cell,
            **cell,
            "precision": self.precision,
            "kind": kind,
            "adapter": adapter_name(self.device),
            "shape": {
                "batch": self.batch,
                "frames": self.frames,
                "units": self.units,
                "frontendUnits": self.frontend_units,
                "headHidden": self.head_hidden,
                "heads": self.heads,
                "pooling": self.pooling,
                "features": FEATURES,
            },
        }


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of Options, with its defaults."""
    d = Options.__dataclass_fields__
    for name in ("batch", "frames", "units", "frontend_units", "head_hidden", "period", "block_steps"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=d[name].default)
    parser.add_argument("--heads", type=heads_of, default=None, metavar="TASK=CLASSES,...")
    parser.add_argument("--offsets", type=integers_of, default=(5, 3, 1), metavar="5,3,1")
    parser.add_argument("--pooling", default="attention", help="attention or mean")
    parser.add_argument("--cell", default="lstm", help="lstm, mean-lstm or a-lstm")
    parser.add_argument("--precision", default="f32", help="f32 (no TF32), tf32 or amp")
    parser.add_argument("--implementation", default=None, help=f"{', '.join(IMPLEMENTATIONS)}")
    parser.add_argument("--device", default="cuda", help="cuda or cpu")
    parser.add_argument("--seconds", type=float, default=3.0, help="of timed steps")
    parser.add_argument("--memory-gib", type=float, default=None, help="refuse shapes that need more")
    parser.add_argument("--json", action="store_true", help="taken and ignored: JSON is all there is")


def options_of(args: argparse.Namespace) -> Options:
    """From parsed flags; the implementation defaults to cuDNN for an LSTM and to eager otherwise."""
    values = {name: getattr(args, name) for name in Options.__dataclass_fields__}
    values["implementation"] = args.implementation or ("cudnn" if args.cell == "lstm" else "eager")
    if args.heads is None:
        del values["heads"]
    return Options(**values)


def heads_of(text: str) -> dict[str, int]:
    pairs = [pair.split("=") for pair in text.split(",")]
    if any(len(pair) != 2 or not pair[0] or not pair[1].isdigit() for pair in pairs):
        raise argparse.ArgumentTypeError(f"{text!r}: want emotion=4,speaker=8,...")
    return {task: int(classes) for task, classes in pairs}


def integers_of(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: want integers between commas") from None


def adapter_name(device: str) -> str:
    return torch.cuda.get_device_name(0) if device == "cuda" else "cpu"


def set_precision(precision: str) -> None:
    """TF32 off everywhere for f32, on for tf32; under amp it serves the products left in 32 bits.

    The older switches: the newer fp32_precision may not be mixed with them, and torch.compile reads them.
    """
    on = precision != "f32"
    torch.backends.cuda.matmul.allow_tf32 = on
    torch.backends.cudnn.allow_tf32 = on
    torch.set_float32_matmul_precision("high" if on else "highest")
    rnn = getattr(getattr(torch.backends.cudnn, "rnn", None), "fp32_precision", None)
    if rnn is not None and (rnn == "tf32") != on:
        raise BenchError(f"TF32 in cuDNN's LSTM is {rnn!r} after asking for {precision}")


def half(device: str) -> torch.dtype:
    """The narrow type of amp: float16 on a GPU; bfloat16 on a CPU, whose LSTM has no float16."""
    return torch.float16 if device == "cuda" else torch.bfloat16


def autocast(options: Options) -> AbstractContextManager[Any]:
    if options.precision != "amp":
        return nullcontext()
    return torch.autocast(options.device, dtype=half(options.device))


def prepare_recurrence(network: Network, implementation: str, block_steps: int = 10) -> None:
    """Puts a compiled block of steps in place of the loop's, where the implementation has one."""
    how = IMPLEMENTATIONS[implementation]
    recurrent = network.recurrent
    if how.compiled is None or not isinstance(recurrent, LoopRecurrence):
        return
    recurrent.pointwise = True
    if how.compiled == "block":
        recurrent.block_steps = block_steps
        # Static: the few kinds of block (first, inner, last) each get a compilation of their own.
        recurrent.advance = torch.compile(advance, dynamic=False, fullgraph=True, mode=how.mode)


def made_up_batch(options: Options) -> tuple[Tensor, dict[str, Tensor]]:
    """Features [T, B, F] and labels, on the device; the same for the same shape."""
    draw = torch.Generator().manual_seed(0)
    features = torch.randn(options.frames, options.batch, FEATURES, generator=draw)
    labels = {
        task: torch.randint(classes, (options.batch,), generator=draw).to(options.device)
        for task, classes in options.heads.items()
    }
    return features.to(options.device), labels


def synchronizer(device: str) -> Callable[[], None]:
    """Waits for what was queued on the device."""
    return torch.cuda.synchronize if device == "cuda" else lambda: None


def main(name: str, run: Callable[[], int]) -> int:
    """Runs a script; an expected failure becomes one line on standard error and exit status 1."""
    warnings.filterwarnings("ignore", category=UserWarning, module="torch")
    try:
        return run()
    except torch.OutOfMemoryError as error:
        print(f"{name}: out of memory: {first_line(error)}", file=sys.stderr)
    except (BenchError, OSError, ValueError, RuntimeError) as error:
        print(f"{name}: {first_line(error)}", file=sys.stderr)
    return 1


def first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
