"""Model folders: config.json and model.safetensors."""

from __future__ import annotations

import json
import os
from typing import Mapping

import torch

from .config import has_layers, is_newer
from .heads import is_regression
from .network import ALSTM
from .tensors import read_tensors, write_tensors

#: Formats of a model with `frontend` and `recurrent`, and of one with `layers`, functionals or pooled deviations.
FORMAT, FORMAT_OF_LAYERS = "alstm-model-1", "alstm-model-2"
#: Keys of "features" in config.json that only the second has.
NEWER_FEATURES = {"set": "prosody36", "trimDb": None}


def load_model(folder: str | os.PathLike) -> ALSTM:
    """The model of a model folder or run folder, in eval(). ValueError if it is not one, OSError if
    there is no such folder."""
    inner = os.path.join(folder, "model")
    if os.path.exists(os.path.join(inner, "config.json")):
        folder = inner
    path = os.path.join(folder, "config.json")
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    if config.get("format") not in (FORMAT, FORMAT_OF_LAYERS):
        raise ValueError(f"{path}: format {config.get('format')!r}, want {FORMAT!r} or {FORMAT_OF_LAYERS!r}")
    if missing := [key for key in ("model", "labels", "features", "provenance") if key not in config]:
        raise ValueError(f"{path}: {missing[0]} is missing")
    if config["format"] != format_of(config["model"]):
        has = "has" if has_layers(config["model"]) else "has no"
        raise ValueError(f"{path}: format {config['format']!r}, but the model {has} layers")
    if config["format"] == FORMAT_OF_LAYERS:
        if missing := [key for key in NEWER_FEATURES if key not in config["features"]]:
            raise ValueError(f"{path}: features.{missing[0]} is missing")
    terms = (config.get("license"), config.get("confidence"))
    model = ALSTM(config["model"], config["labels"], config["features"], config["provenance"], *terms)
    model.load_tensors(read_tensors(os.path.join(folder, "model.safetensors")))
    return model.eval()


def save_model(model: ALSTM, folder: str | os.PathLike) -> None:
    """Writes a model folder for alstm, in float32. ValueError if alstm would refuse it, except for the feature
    set and its width, which only alstm knows. The licence stays; "confidence" does not, because it is of the weights as
    they were."""
    with_classes = [head for head in model.config["heads"] if not is_regression(head)]
    tasks = [head["task"] for head in with_classes]
    if sorted(model.labels) != sorted(tasks):
        raise ValueError(f"labels are of {sorted(model.labels)}, heads of {sorted(tasks)}")
    for head in with_classes:
        names = model.labels[head["task"]]
        if len(names) != head["classes"] or names != sorted(set(names)) or "" in names:
            raise ValueError(f"labels of {head['task']} are not {head['classes']} different names, sorted")
    tensors = {name: value.detach().float().cpu().contiguous() for name, value in model.tensors().items()}
    for name, value in tensors.items():
        if not torch.isfinite(value).all():
            raise ValueError(f"tensor {name!r} holds a value that is not finite")
    provenance = {"version": "", "adapter": "PyTorch", "driver": torch.__version__, "data": "", "seed": 0}
    config = {
        "format": format_of(model.config),
        "model": model.config,
        "labels": model.labels,
        "features": features_of(model),
        "provenance": {**provenance, **model.provenance},
    }
    if model.license is not None:
        config["license"] = model.license
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "config.json")
    if os.path.exists(path):
        os.remove(path)  # no model until both files exist
    write_tensors(os.path.join(folder, "model.safetensors"), tensors, {"format": config["format"]})
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2, ensure_ascii=False)
        file.write("\n")
    os.replace(path + ".tmp", path)


def format_of(model: Mapping) -> str:
    """The folder format of a model configuration."""
    return FORMAT_OF_LAYERS if is_newer(model) else FORMAT


def features_of(model: ALSTM) -> dict:
    """"features" of config.json in the model's format."""
    if is_newer(model.config):
        return {**model.features, **{k: v for k, v in NEWER_FEATURES.items() if k not in model.features}}
    for key, value in NEWER_FEATURES.items():
        if model.features.get(key, value) != value:
            raise ValueError(f"features.{key} is {model.features[key]!r}: only a model with layers can say so")
    return {k: v for k, v in model.features.items() if k not in NEWER_FEATURES}
