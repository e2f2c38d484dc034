#!/usr/bin/env python3
"""Golden values for the feature sets that combine others, and for a voice without peaks, in float64:
test/fixtures/voice/set_*.safetensors.

    python3 set_fixtures.py

Takes a cut of the samples of test/fixtures/voice/speech_1.safetensors, and computes voice56, logmel40 and deltas by
feature_oracle.py and voice_oracle.py. Needs numpy only. A fixture holds input/samples [N] and expect/features [T, F].
"""
import json
import struct
from pathlib import Path

import numpy as np

import feature_oracle
import voice_oracle
from safetensors_file import save_safetensors

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "voice"
CUT = slice(6000, 11000)


def samples_of(path):
    raw = path.read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    begin, end = json.loads(raw[8:8 + size])["input/samples"]["data_offsets"]
    return np.frombuffer(raw[8 + size + begin:8 + size + end], "<f4")


def log_mel(x):
    x = np.asarray(x, np.float64)
    x = x - x.mean()
    count = (len(x) - voice_oracle.WINDOW) // voice_oracle.HOP + 1
    frames = np.lib.stride_tricks.sliding_window_view(x, voice_oracle.WINDOW)[::voice_oracle.HOP][:count]
    spectrum = np.fft.rfft(frames * voice_oracle.hann(voice_oracle.WINDOW), voice_oracle.FFT, axis=1)
    power = np.abs(spectrum) ** 2 / voice_oracle.WINDOW
    return np.log(power @ voice_oracle.mel_bank(40).T + 1e-10)


def delta(f):
    """Slope of the straight line through five frames, by least squares; the first and last frames repeated."""
    padded = np.pad(f, ((2, 2), (0, 0)), mode="edge")
    return np.stack([np.polyfit(np.arange(-2, 3), padded[t:t + 5], 1)[0] for t in range(len(f))])


def save(set_id, x, f, names):
    target = FIXTURES / f"set_{set_id.replace('+', '_')}.safetensors"
    save_safetensors(target, {"input/samples": x.astype(np.float32), "expect/features": f.astype(np.float32)},
                     {"format": "alstm-features-2", "set": set_id, "rate": "16000", "window": "400", "hop": "160",
                      "names": ",".join(names)})
    print(target.name, f.shape)


if __name__ == "__main__":
    x = samples_of(FIXTURES / "speech_1.safetensors")[CUT]
    voice = voice_oracle.features(x)
    both = np.column_stack([feature_oracle.features(x), voice])
    names = feature_oracle.NAMES + [f"voice_{n}" if n in feature_oracle.NAMES else n for n in voice_oracle.NAMES]
    mel = log_mel(x)
    mel_names = [f"log_mel_{i + 1}" for i in range(40)]
    # no autocorrelation peak in the second half: its period is chosen among lags that are no peaks
    t = np.arange(4000) / 16000
    slow = np.where(t < 0.125, 0.3 * np.sin(2 * np.pi * 220 * t), 0.5 * np.sin(2 * np.pi * 20 * t)).astype(np.float32)
    save("voice20", slow, voice_oracle.features(slow), voice_oracle.NAMES)
    save("voice56", x, both, names)
    save("logmel40", x, mel, mel_names)
    save("voice20+delta", x, np.column_stack([voice, delta(voice)]),
         voice_oracle.NAMES + [f"delta_{n}" for n in voice_oracle.NAMES])
    save("logmel40+delta", x[:600], np.column_stack([log_mel(x[:600]), delta(log_mel(x[:600]))]),
         mel_names + [f"delta_{n}" for n in mel_names])
