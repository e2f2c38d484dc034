"""What a model configuration says: checked, and the parameters that follow from it."""

from __future__ import annotations

from typing import Mapping

CELLS = ("lstm", "mean-lstm", "a-lstm", "gru", "a-gru")
POOLINGS = ("attention", "mean")
#: "features" of a model whose format names no set (prosody36); `normalisation` and `statistics` stand beside.
FEATURES = {"rate": 16000, "window": 400, "hop": 160}


def is_gru(cell: str) -> bool:
    return cell in ("gru", "a-gru")


def combines(cell: str) -> bool:
    """Whether states of steps before are combined."""
    return cell not in ("lstm", "gru")


def attends(cell: str) -> bool:
    """Whether they are by learned weights."""
    return cell in ("a-lstm", "a-gru")


def directions_of(model: Mapping) -> tuple[str, ...]:
    return ("forward", "backward") if model["recurrent"]["bidirectional"] else ("forward",)


def parameter_shapes(model: Mapping) -> dict[str, tuple[int, ...]]:
    """Names and shapes (out x in) of the parameters of a model configuration."""
    recurrent, U = model["recurrent"], model["frontend"]["units"]
    H = recurrent["units"]
    directions = directions_of(model)
    D = H * len(directions)
    shapes: dict[str, tuple[int, ...]] = {
        "frontend.weight": (U, model["features"]),
        "frontend.bias": (U,),
    }
    for direction in directions:
        name = f"recurrent.{direction}"
        gates = 3 if is_gru(recurrent["cell"]) else 4
        shapes[f"{name}.weight_ih"] = (gates * H, U)
        shapes[f"{name}.weight_hh"] = (gates * H, H)
        shapes[f"{name}.bias"] = (4 * H,)  # of a GRU: r, z, n, and what stands beside W_hn h
        if attends(recurrent["cell"]):
            shapes[f"{name}.attention"] = (H,)
    if model["pooling"] == "attention":
        shapes["pooling.attention"] = (D,)
    for head in model["heads"]:
        name, width = f"heads.{head['task']}", D
        if head["hidden"]:
            shapes[f"{name}.hidden.weight"] = (head["hidden"], D)
            shapes[f"{name}.hidden.bias"] = (head["hidden"],)
            width = head["hidden"]
        shapes[f"{name}.output.weight"] = (head["classes"], width)
        shapes[f"{name}.output.bias"] = (head["classes"],)
    return shapes


def check_config(config: Mapping) -> None:
    recurrent = config["recurrent"]
    offsets = recurrent["offsets"]
    if recurrent["cell"] not in CELLS:
        raise ValueError(f"recurrent.cell is {recurrent['cell']!r}, want one of {', '.join(CELLS)}")
    if config["pooling"] not in POOLINGS:
        raise ValueError(f"pooling is {config['pooling']!r}, want one of {', '.join(POOLINGS)}")
    if not offsets or min(offsets) < 1 or len(set(offsets)) != len(offsets):
        raise ValueError(f"recurrent.offsets are {offsets}, want different integers from 1 up")
    if recurrent["period"] < 1:
        raise ValueError(f"recurrent.period is {recurrent['period']}, want an integer from 1 up")
    if not config["heads"]:
        raise ValueError("the model has no head")
