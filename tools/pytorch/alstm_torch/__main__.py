"""python3 -m alstm_torch MODEL FEATURES.safetensors...: one JSON object per line."""

from __future__ import annotations

import json
import sys

import torch

from .folder import load_model
from .tensors import read_tensors


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        print("usage: python3 -m alstm_torch MODEL FEATURES.safetensors...", file=sys.stderr)
        return 2
    model = load_model(arguments[0])
    for path in arguments[1:]:
        stored = read_tensors(path)
        by_utterance = model.features.get("normalisation", "utterance") == "utterance"
        matrix = stored["normalised"] if by_utterance else model.normalise(stored["features"])
        with torch.no_grad():
            out = model([matrix])
        result: dict = {"path": path}
        for task, rows in out.probabilities.items():
            scores = dict(zip(model.labels[task], rows[0].tolist()))
            result[task] = {"label": max(scores, key=lambda name: scores[name]), "scores": scores}
        for task, values in out.values.items():
            result[task] = {"value": values[0].item()}
        result["attention"] = out.attention[0].tolist()
        print(json.dumps(result, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
