"""Runs jobs for all.py: a line of JSON in, a line of JSON out; ends after a failure that may have left a mess.

First line out: what computes here. A job: {"kind": ..., ...Options' fields}; an answer: {"result": ...} or
{"error": ..., "alive": whether the next job may come here}.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import torch

import ceilings
import check_fixtures
import inference
import train_step
from settings import BenchError, Options, adapter_name, first_line, set_precision


def check(device: str, folder: str) -> dict[str, Any]:
    """All fixtures in a folder, in f32 without TF32."""
    set_precision("f32")
    files = sorted(Path(folder).glob("*.safetensors"))
    if not files:
        raise BenchError(f"{folder}: no fixtures")
    results = [
        check_fixtures.compare(path, implementation, device, torch.float32)
        for path in files
        for implementation in check_fixtures.runs(path, None)
    ]
    bad = [result for result in results if not result["ok"]]
    return {"kind": "fixtures", "precision": "f32", "runs": len(results), "ok": not bad, "bad": bad}


def do(job: dict[str, Any]) -> dict[str, Any]:
    kind = job.pop("kind")
    if kind == "ceilings":
        return ceilings.measure(job["device"], job["size"], job["seconds"])
    if kind == "fixtures":
        return check(job["device"], job["folder"])
    measure = {"train-step": train_step.measure, "inference": inference.measure}[kind]
    return measure(Options(**{**job, "offsets": tuple(job.get("offsets", (5, 3, 1)))}))


def main() -> None:
    warnings.filterwarnings("ignore", category=UserWarning, module="torch")
    device = sys.argv[1]
    # Answers go to the real standard output; whatever else a library prints goes to standard error.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(message: dict[str, Any]) -> None:
        print(json.dumps(message), file=answers, flush=True)

    if device == "cuda" and not torch.cuda.is_available():
        answer({"error": "no CUDA device here"})
        return
    cudnn = torch.backends.cudnn.version() if device == "cuda" else None
    answer(
        {
            "adapter": adapter_name(device),
            "version": torch.__version__,
            "cuda": torch.version.cuda,
            "cudnn": cudnn,
        }
    )
    for line in sys.stdin:
        alive = True
        try:
            answer({"result": do(json.loads(line))})
        except BenchError as error:
            answer({"error": str(error), "alive": True})
        except Exception as error:  # whatever a compiler or a driver throws: reported, and a fresh process next
            answer({"error": f"{type(error).__name__}: {first_line(error)}", "alive": False})
            alive = False
        if not alive:
            break
        torch.compiler.reset()
        gc.collect()
        if device == "cuda":
            torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
