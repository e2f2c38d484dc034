"""Checks a model configuration and derives its parameters."""

from __future__ import annotations

from typing import Any, Mapping

from .heads import check_head, outputs_of

CELLS = ("lstm", "mean-lstm", "a-lstm", "gru", "a-gru")
POOLINGS = ("attention", "mean", "attention+deviation")
#: What functionals are of; the first if a configuration does not say.
SCOPES = ("frames", "functionals")
#: "features" of a model whose format names no set (prosody36), in addition to `normalisation` and `statistics`.
FEATURES = {"rate": 16000, "window": 400, "hop": 160}
KINDS = ("dense", "subsample", "recurrent")
WAYS = ("mean", "concatenate")
MOST_BY = 16
MOST_RECURRENT = 4


def is_gru(cell: str) -> bool:
    return cell in ("gru", "a-gru")


def combines(cell: str) -> bool:
    """Whether states of earlier steps are combined."""
    return cell not in ("lstm", "gru")


def attends(cell: str) -> bool:
    """Whether they are combined with learned weights."""
    return cell in ("a-lstm", "a-gru")


def directions_of(recurrent: Mapping) -> tuple[str, ...]:
    return ("forward", "backward") if recurrent["bidirectional"] else ("forward",)


def has_layers(model: Mapping) -> bool:
    """Whether the configuration has a list of layers; otherwise it has `frontend` (the input layer) and `recurrent`."""
    return "layers" in model


def layers_of(model: Mapping) -> list[tuple[str, Mapping]]:
    """For each layer, in data order: the prefix of its parameters' names, and its settings."""
    if has_layers(model):
        return [(f"layers.{i}", layer) for i, layer in enumerate(model["layers"])]
    return [
        ("frontend", {**model["frontend"], "kind": "dense"}),
        ("recurrent", {**model["recurrent"], "kind": "recurrent"}),
    ]


def is_newer(model: Mapping) -> bool:
    """Whether it has what alstm-model-1 cannot say."""
    return has_layers(model) or "functionals" in model or model["pooling"] == "attention+deviation"


def functional_count(features: int) -> int:
    """Functionals of an utterance with so many features a frame."""
    return 8 * features + 1


def takes_functionals(model: Mapping) -> bool:
    """Whether a batch has to give functionals: else the network computes them, or has no branch for them."""
    return model.get("functionals", {}).get("scope", SCOPES[0]) == "functionals"


def parameter_shapes(model: Mapping) -> dict[str, tuple[int, ...]]:
    """Names and shapes (out x in) of the parameters of a model configuration."""
    D = model["features"]  # the width of a row between two layers
    shapes: dict[str, tuple[int, ...]] = {}
    for name, layer in layers_of(model):
        if layer["kind"] == "dense":
            shapes[f"{name}.weight"] = (layer["units"], D)
            shapes[f"{name}.bias"] = (layer["units"],)
            D = layer["units"]
        elif layer["kind"] == "recurrent":
            shapes.update(recurrent_shapes(name, layer, D))
            D = layer["units"] * len(directions_of(layer))
        elif layer["how"] == "concatenate":
            D *= layer["by"]
    if model["pooling"] != "mean":
        shapes["pooling.attention"] = (D,)
    if model["pooling"] == "attention+deviation":
        D *= 2
    if branch := model.get("functionals"):
        shapes["functionals.weight"] = (branch["units"], functional_count(model["features"]))
        shapes["functionals.bias"] = (branch["units"],)
        D += branch["units"]  # from here on the width of the heads' input
    for head in model["heads"]:
        name, width = f"heads.{head['task']}", D
        if head["hidden"]:
            shapes[f"{name}.hidden.weight"] = (head["hidden"], D)
            shapes[f"{name}.hidden.bias"] = (head["hidden"],)
            width = head["hidden"]
        shapes[f"{name}.output.weight"] = (outputs_of(head), width)
        shapes[f"{name}.output.bias"] = (outputs_of(head),)
    return shapes


def recurrent_shapes(name: str, recurrent: Mapping, width: int) -> dict[str, tuple[int, ...]]:
    H, shapes = recurrent["units"], {}
    gates = 3 if is_gru(recurrent["cell"]) else 4
    for direction in directions_of(recurrent):
        shapes[f"{name}.{direction}.weight_ih"] = (gates * H, width)
        shapes[f"{name}.{direction}.weight_hh"] = (gates * H, H)
        shapes[f"{name}.{direction}.bias"] = (4 * H,)  # for a GRU: r, z, n, and the bias of W_hn h
        if attends(recurrent["cell"]):
            shapes[f"{name}.{direction}.attention"] = (H,)
    return shapes


def check_config(config: Mapping) -> None:
    """ValueError if alstm does not accept it."""
    check_layers(config)
    for name, layer in layers_of(config):
        check_layer(name, layer)
    check_choice("pooling", config["pooling"], POOLINGS)
    if "functionals" in config:
        check_integer("functionals.units", config["functionals"].get("units"))
        check_choice("functionals.scope", config["functionals"].get("scope", SCOPES[0]), SCOPES)
    if not config["heads"]:
        raise ValueError("the model has no head")
    for head in config["heads"]:
        check_head(head)


def check_layers(config: Mapping) -> None:
    """Checks the list of layers and its order."""
    if not has_layers(config):
        if missing := [key for key in ("frontend", "recurrent") if key not in config]:
            raise ValueError(f"the model has neither layers nor {missing[0]}")
        return
    if both := [key for key in ("frontend", "recurrent") if key in config]:
        raise ValueError(f"the model has layers and {both[0]}, want one of them")
    layers = config["layers"]
    if not isinstance(layers, (list, tuple)) or not layers:
        raise ValueError(f"layers are {layers!r}, want a list with a recurrent layer at its end")
    for name, layer in layers_of(config):
        kind = layer.get("kind") if isinstance(layer, Mapping) else layer
        if kind not in KINDS:
            raise ValueError(f"{name}.kind is {kind!r}, want one of {', '.join(KINDS)}")
    kinds = [layer["kind"] for layer in layers]
    if kinds[-1] != "recurrent":
        raise ValueError(f"layers.{len(kinds) - 1}.kind is {kinds[-1]!r}, want 'recurrent' for the last layer")
    if kinds.count("recurrent") > MOST_RECURRENT:
        raise ValueError(f"{kinds.count('recurrent')} of the layers are recurrent, want {MOST_RECURRENT} or fewer")


def check_layer(name: str, layer: Mapping) -> None:
    """Checks the settings of one layer."""
    if layer["kind"] == "subsample":
        check_integer(f"{name}.by", layer.get("by"), MOST_BY)
        check_choice(f"{name}.how", layer.get("how"), WAYS)
        return
    check_integer(f"{name}.units", layer.get("units"))
    if layer["kind"] == "dense":
        return
    check_choice(f"{name}.cell", layer.get("cell"), CELLS)
    if not isinstance(layer.get("bidirectional"), bool):
        raise ValueError(f"{name}.bidirectional is {layer.get('bidirectional')!r}, want True or False")
    offsets = layer.get("offsets")
    whole = isinstance(offsets, (list, tuple)) and all(is_integer(k) for k in offsets)
    if not whole or not offsets or min(offsets) < 1 or len(set(offsets)) != len(offsets):
        raise ValueError(f"{name}.offsets are {offsets}, want different integers from 1 up")
    check_integer(f"{name}.period", layer.get("period"))


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def check_integer(name: str, value: Any, most: int | None = None) -> None:
    if not is_integer(value) or value < 1 or (most is not None and value > most):
        raise ValueError(f"{name} is {value!r}, want an integer from 1 {'up' if most is None else f'to {most}'}")


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}, want one of {', '.join(choices)}")
