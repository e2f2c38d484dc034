"""Everything PyTorch contributes to the comparison, into DIR/pytorch.json.

    python3 all.py --out DIR [--seconds 3] [--quick] [--part all|first|compiled] [--budget-s 240] [--device cuda]
        [--fixtures DIR]

The most important runs come first; the budget's end leaves the rest out (listed under notRun). Runs happen in a
process of their own, which is replaced when one fails or overstays; the file is whole after every result.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from jobs import Job, jobs

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parents[2] / "test" / "fixtures" / "network"
START_LIMIT_S = 90.0


class WorkerError(Exception):
    """The worker did not answer as it should."""


class Worker:
    """A process of worker.py, in a group of its own (compilers start children)."""

    def __init__(self, device: str, limit_s: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), device],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.answers: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self.about = self._answer(limit_s)
        except WorkerError:
            self.end()
            raise

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.answers.put(line)
        self.answers.put(None)

    def _answer(self, limit_s: float) -> dict[str, Any]:
        try:
            line = self.answers.get(timeout=max(0.0, limit_s))
        except queue.Empty:
            raise WorkerError(f"no answer within {limit_s:.0f} s") from None
        if line is None:
            raise WorkerError(f"the process ended with status {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def do(self, options: dict[str, Any], limit_s: float) -> dict[str, Any]:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(options) + "\n")
            self.process.stdin.flush()
        except OSError as error:
            raise WorkerError(f"the process is gone: {error}") from None
        return self._answer(limit_s)

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Record:
    """What is found, rewritten to its file whenever something is added."""

    def __init__(self, path: Path, about: dict[str, Any]) -> None:
        self.path = path
        self.content: dict[str, Any] = {**about, "results": [], "failures": [], "notRun": []}
        self.write()

    def add(self, section: str, entry: dict[str, Any]) -> None:
        self.content[section].append(entry)
        self.write()

    def write(self) -> None:
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps(self.content, indent=1) + "\n")
        partial.replace(self.path)


def describe(options: dict[str, Any]) -> str:
    names = ("kind", "cell", "period", "implementation", "precision", "batch", "frames", "units")
    return " ".join(str(options[name]) for name in names if name in options)


def run_all(args: argparse.Namespace) -> int:
    end = time.monotonic() + args.budget_s
    fixtures = str(args.fixtures) if args.fixtures and args.fixtures.is_dir() else None
    args.out.mkdir(parents=True, exist_ok=True)
    worker: Worker | None = Worker(args.device, START_LIMIT_S)
    try:
        assert worker is not None
        if "error" in worker.about:
            print(f"all: {worker.about['error']}", file=sys.stderr)
            return 1
        record = Record(args.out / "pytorch.json", worker.about)
        for job in jobs(args.device, args.seconds, args.quick, fixtures, args.part):
            remaining = end - time.monotonic()
            if remaining < 2 + 2 * job.options.get("seconds", 1):
                record.add("notRun", job.options)
                continue
            if worker is None:
                try:
                    worker = Worker(args.device, min(START_LIMIT_S, remaining))
                except WorkerError as error:
                    record.add("failures", {"args": job.options, "error": str(error)})
                    continue
                remaining = end - time.monotonic()
            if not attempt(worker, job, min(job.limit_s, remaining), record):
                worker.end()
                worker = None
    finally:
        if worker is not None:
            worker.end()
    counts = {name: len(record.content[name]) for name in ("results", "failures", "notRun")}
    print(json.dumps({"out": str(record.path), **counts}))
    return 0 if record.content["results"] else 1


def attempt(worker: Worker, job: Job, limit_s: float, record: Record) -> bool:
    """Runs one job; says whether the worker can take another."""
    began = time.monotonic()
    try:
        answer = worker.do(job.options, limit_s)
    except WorkerError as error:
        answer = {"error": str(error), "alive": False}
    taken = time.monotonic() - began
    if "result" in answer:
        result = answer["result"]
        record.add("results", result)
        found = f"{result['ms']:.3f} ms" if "ms" in result else "done"
    else:
        record.add("failures", {"args": job.options, "error": answer["error"]})
        found = answer["error"]
    print(f"{describe(job.options)}: {found} ({taken:.1f} s)", file=sys.stderr, flush=True)
    return bool(answer.get("alive", True))


def main() -> int:
    parser = argparse.ArgumentParser(description="run every PyTorch peer, most important first")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seconds", type=float, default=3.0, help="of timed steps in the most important runs")
    parser.add_argument("--quick", action="store_true", help="two shapes, nothing compiled")
    parser.add_argument(
        "--part", choices=["all", "first", "compiled"], default="all", help="compiled: what torch.compile makes"
    )
    parser.add_argument("--budget-s", type=float, default=240.0)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda", help="cpu: tiny shapes, a trial")
    parser.add_argument("--fixtures", type=Path, default=FIXTURES, help="golden fixtures to check first-hand")
    args = parser.parse_args()
    if not (args.seconds > 0 and args.budget_s > 0):
        parser.error("want --seconds and --budget-s more than 0")
    try:
        return run_all(args)
    except (WorkerError, OSError) as error:
        print(f"all: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
