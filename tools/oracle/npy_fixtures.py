#!/usr/bin/env python3
"""Writes test/fixtures/external/*.npy with numpy.save: what is read, and what is refused.

    python3 npy_fixtures.py
"""
from pathlib import Path

import numpy as np

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "external"

if __name__ == "__main__":
    FIXTURES.mkdir(exist_ok=True)
    x = np.array([[1, -2.5, 0.125], [65504, 6.103515625e-05, 5.960464477539063e-08]])
    for name, array in {
        "float16": x.astype("<f2"), "float32": x.astype("<f4"), "float64": x.astype("<f8"),
        "fortran": np.asfortranarray(x.astype("<f4")), "int32": x.astype("<i4"), "big_endian": x.astype(">f4"),
        "three_axes": x.astype("<f4")[None], "one_axis": x.astype("<f4")[0], "nan": np.where(x == 0.125, np.nan, x),
        "structured": np.zeros(2, [("a", "<f4")]), "no_frames": x.astype("<f4")[:0], "huge": x * 1e300,
    }.items():
        np.save(FIXTURES / f"{name}.npy", array)
    with open(FIXTURES / "version_2.npy", "wb") as file:
        np.lib.format.write_array(file, x.astype("<f4"), version=(2, 0))
