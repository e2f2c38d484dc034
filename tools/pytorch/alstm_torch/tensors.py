"""safetensors, with the package of that name if it is installed."""

from __future__ import annotations

import json
import os
import struct
from typing import Mapping

import torch
from torch import Tensor

try:
    from safetensors.torch import load_file as _library_load, save_file as _library_save
except ImportError:
    _library_load = _library_save = None


def read_tensors(path: str | os.PathLike) -> dict[str, Tensor]:
    """The tensors of a safetensors file. ValueError if it is not one, OSError if it cannot be read."""
    if _library_load is not None:
        try:
            return _library_load(path)
        except OSError:
            raise
        except Exception as error:  # the package's own derives from nothing narrower
            raise ValueError(f"{path}: not a usable safetensors file: {error}") from error
    with open(path, "rb") as file:
        content = file.read()
    try:
        (size,) = struct.unpack_from("<Q", content)
        header = json.loads(content[8 : 8 + size].decode("utf-8"))
        header.pop("__metadata__", None)
        tensors = {}
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            data = bytearray(content[8 + size + begin : 8 + size + end])
            flat = torch.frombuffer(data, dtype=_DTYPES[entry["dtype"]]) if data else torch.zeros(0)
            tensors[name] = flat.reshape(entry["shape"])
    except (struct.error, KeyError, TypeError, RuntimeError, UnicodeDecodeError, AttributeError) as error:
        raise ValueError(f"{path}: not a usable safetensors file: {error}") from error
    return tensors


def write_tensors(
    path: str | os.PathLike, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> None:
    """Writes float32 tensors as a safetensors file."""
    if _library_save is not None:
        _library_save(dict(tensors), path, dict(metadata or {}))
        return
    header: dict = {"__metadata__": dict(metadata)} if metadata else {}
    parts, at = [], 0
    for name in sorted(tensors):
        data = bytes(tensors[name].contiguous().view(-1).view(torch.uint8).tolist())
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    text = json.dumps(header).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
}
