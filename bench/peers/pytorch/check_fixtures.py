"""Compares this PyTorch network with golden fixtures, by SPEC's tolerances.

    python3 check_fixtures.py FIXTURE... [--device cuda] [--precision f32|f64|tf32] [--implementation ...]

Each fixture is run by the loop, compared in logits, pooling, losses, every gradient, the loss before each
optimiser step and the parameters' change; a plain LSTM by torch.nn.LSTM too. The peers have no GRU: its
fixtures are passed over. Prints a line of JSON a run.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from network import Head, Network, NetworkConfig, losses
from recurrence import Cell
from safetensors_reader import read_safetensors
from settings import BenchError, main, prepare_recurrence, set_precision

CELLS = ("lstm", "mean-lstm", "a-lstm")
OUTPUTS, GRADIENTS, CHANGES = 1e-4, 1e-3, 1e-2
OPTIMIZERS = {
    "adam": lambda p, o: torch.optim.Adam(p, lr=o["lr"], betas=(o["beta1"], o["beta2"]), eps=o["eps"]),
    "adamw": lambda p, o: torch.optim.AdamW(
        p, lr=o["lr"], betas=(o["beta1"], o["beta2"]), eps=o["eps"], weight_decay=o["weight_decay"]
    ),
    "rmsprop": lambda p, o: torch.optim.RMSprop(p, lr=o["lr"], alpha=o["alpha"], eps=o["eps"]),
    "sgd": lambda p, o: torch.optim.SGD(p, lr=o["lr"], momentum=o["momentum"]),
}


def network_config(config: dict[str, Any]) -> NetworkConfig:
    recurrent = config["recurrent"]
    heads = tuple(
        Head(
            head["task"],
            head["classes"],
            head["hidden"],
            head["weight"],
            tuple(head["class_weights"]) if head.get("class_weights") else None,
            head.get("label_smoothing", 0.0),
        )
        for head in config["heads"]
    )
    return NetworkConfig(
        heads=heads,
        features=config["features"],
        frontend_units=config["frontend"]["units"],
        units=recurrent["units"],
        bidirectional=recurrent["bidirectional"],
        cell=Cell(recurrent["cell"], tuple(recurrent["offsets"]), recurrent["period"]),
        pooling=config["pooling"],
        dropout=config["dropout"],
    )


def read(path: Path) -> tuple[dict[str, NDArray[np.generic]], dict[str, str]]:
    try:
        return read_safetensors(path)
    except (OSError, ValueError) as error:
        raise BenchError(f"{path}: {error}") from None


def gradient(parameter: torch.nn.Parameter) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad.clone()


def compare(path: Path, implementation: str, device: str, dtype: torch.dtype) -> dict[str, Any]:
    tensors, metadata = read(path)
    if metadata.get("format") != "alstm-fixture-1":
        raise BenchError(f"{path}: not a network fixture")
    config, optimizer = json.loads(metadata["config"]), json.loads(metadata["optimizer"])

    def tensor(name: str) -> Tensor:
        return torch.from_numpy(tensors[name]).to(device, dtype)

    def group(prefix: str) -> dict[str, Tensor]:
        return {n.removeprefix(prefix): tensor(n) for n in tensors if n.startswith(prefix)}

    wanted = network_config(config)
    network = Network(wanted, cudnn=implementation == "cudnn").to(device, dtype)
    start = group("param/")
    network.load(start)
    # Short blocks, so that these short utterances cross several.
    prepare_recurrence(network, implementation, wanted.cell.period * math.ceil(4 / wanted.cell.period))
    features = tensor("input/features").transpose(0, 1).contiguous()
    lengths = torch.from_numpy(tensors["input/lengths"]).long()
    targets = {h.task: torch.from_numpy(tensors[f"target/{h.task}"]).long().to(device) for h in wanted.heads}
    unlabelled = [task for task, labels in targets.items() if not bool((labels >= 0).any())]

    got: dict[str, Tensor] = {}
    update = OPTIMIZERS[optimizer["name"]]([p for p in network.parameters() if p.requires_grad], optimizer)
    trajectory = []
    for step in range(len(tensors["expect/trajectory"])):
        update.zero_grad()
        output = network(features, lengths)
        each, total = losses(output.logits, targets, wanted.heads, unlabelled)
        total.backward()
        trajectory.append(total.detach().reshape(1))
        if step == 0:
            got |= {f"logits/{task}": t for task, t in output.logits.items()}
            got |= {f"loss/{task}": t.reshape(1) for task, t in each.items()}
            got |= {f"grad/{n}": t for n, t in network.spec(gradient).items()}
            got |= {"loss/total": total.reshape(1), "pooling/output": output.pooled}
            got["pooling/weights"] = output.weights.t()
        if optimizer.get("clip_norm"):
            torch.nn.utils.clip_grad_norm_(network.parameters(), optimizer["clip_norm"])
        update.step()
    got["trajectory"] = torch.cat(trajectory)
    changed = network.spec(lambda p: p.detach().clone())
    got |= {f"param_after/{n}": t - start[n] for n, t in changed.items()}

    expected = group("expect/")
    if expected.keys() != got.keys():
        raise BenchError(f"{path}: tensors differ: {sorted(expected.keys() ^ got.keys())}")
    worst_name, worst_error, worst_tolerance = "", 0.0, OUTPUTS
    for name, want in expected.items():
        tolerance = OUTPUTS
        if name.startswith("grad/"):
            tolerance = GRADIENTS
        if name.startswith("param_after/"):
            tolerance, want = CHANGES, want - start[name.removeprefix("param_after/")]
        difference = torch.linalg.vector_norm(got[name].detach().double() - want.double())
        error = (difference / torch.linalg.vector_norm(want.double()).clamp(min=1e-6)).item()
        error = error if math.isfinite(error) else 1e30
        if error / tolerance > worst_error / worst_tolerance:
            worst_name, worst_error, worst_tolerance = name, error, tolerance
    return {
        "path": path.name,
        "implementation": implementation,
        "ok": worst_error <= worst_tolerance,
        "worst": {"tensor": worst_name, "error": worst_error, "tolerance": worst_tolerance},
    }


def runs(path: Path, chosen: str | None) -> Iterator[str]:
    """How a fixture is run; not at all where its cell is none of the peers'."""
    cell = json.loads(read(path)[1].get("config", "{}")).get("recurrent", {}).get("cell")
    if cell not in CELLS:
        return
    if chosen is None or chosen != "cudnn":
        yield chosen or "eager"
    if cell == "lstm" and chosen in (None, "cudnn"):
        yield "cudnn"


def run() -> int:
    parser = argparse.ArgumentParser(description="compare the PyTorch network with golden fixtures")
    parser.add_argument("fixtures", nargs="+", type=Path, metavar="FIXTURE")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--precision", choices=["f32", "tf32", "f64"], default="f32")
    parser.add_argument(
        "--implementation", choices=["eager", "cudnn", "compile"], help="default: eager, and cudnn for an LSTM"
    )
    args = parser.parse_args()
    if args.precision != "f64":
        set_precision(args.precision)
    dtype = torch.float64 if args.precision == "f64" else torch.float32
    good = True
    for path in args.fixtures:
        for implementation in runs(path, args.implementation):
            result = compare(path, implementation, args.device, dtype)
            good = good and bool(result["ok"])
            print(json.dumps(result), flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main("check_fixtures", run))
