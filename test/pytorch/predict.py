"""What alstm_torch says of models: one JSON object on standard output.

python3 predict.py (MODEL FEATURES)...: model folders, each with a safetensors file of what it is to predict:
`features/0`, `features/1` and so on, [T, F] each, and `functionals`, [B, 8F + 1], if it takes them. They are read with
the package safetensors, if it is installed, and with the reader of alstm_torch itself."""

import json
import os
import sys

import torch

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "..", "tools", "pytorch"))
sys.dont_write_bytecode = True
import alstm_torch  # noqa: E402

torch.set_num_threads(1)


def answer(folder, path):
    model = alstm_torch.load_model(folder)
    given = alstm_torch.read_tensors(path)
    features = [given[f"features/{b}"] for b in range(sum(name.startswith("features/") for name in given))]
    with torch.no_grad():
        out = model(features, given.get("functionals"))
    return {
        "license": model.license,
        "confidence": model.confidence,
        "labels": model.labels,
        "probabilities": {task: rows.tolist() for task, rows in out.probabilities.items()},
    }


def main(*paths):
    pairs = list(zip(paths[::2], paths[1::2]))
    said = [answer(*pair) for pair in pairs]
    alstm_torch.tensors._library_load = None
    print(json.dumps({"library": said, "own": [answer(*pair) for pair in pairs]}))


main(*sys.argv[1:])
