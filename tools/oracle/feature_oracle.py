#!/usr/bin/env python3
"""Golden values for the 36 short-term acoustic features, in float64.

States the definitions of the set `prosody36` in numpy. The first 34 agree with
pyAudioAnalysis (checked on speech: largest difference below 1e-12), the last
two are the harmonic ratio and pitch of `harmonicity`. Needs numpy only.

    python3 feature_oracle.py IN.wav OUT.safetensors [MORE_IN MORE_OUT ...]

IN is 16-bit PCM WAV, mono, 16 kHz. OUT holds
    input/samples     [N] float32 in -1..1, as decoded (int16 / 32768)
    expect/features   [T, 36] float32, before z-normalisation
    expect/normalised [T, 36] float32, after it
"""
import sys
import wave

import numpy as np

from safetensors_file import save_safetensors

EPS = np.finfo(np.float64).eps
NAMES = (["zcr", "energy", "energy_entropy", "spectral_centroid", "spectral_spread",
          "spectral_entropy", "spectral_flux", "spectral_rolloff"]
         + [f"mfcc_{i}" for i in range(1, 14)] + [f"chroma_{i}" for i in range(1, 13)]
         + ["chroma_std", "harmonic_ratio", "pitch"])


def mel_bank(rate, bins, linear=13, log=27, low=133.33, step=200 / 3, ratio=1.0711703):
    """Triangular filters [40, bins]. Bin n is taken to lie at n * rate / bins Hz."""
    edges = low + step * np.arange(linear)
    edges = np.concatenate([edges, edges[-1] * ratio ** np.arange(1, log + 3)])
    bank, hz = np.zeros((linear + log, bins)), np.arange(bins) * rate / bins
    for i, (a, b, c) in enumerate(zip(edges, edges[1:], edges[2:])):
        height = 2 / (c - a)
        first = [int(np.floor(e * bins / rate)) + 1 for e in (a, b, c)]
        rise, fall = slice(first[0], first[1]), slice(first[1], first[2])
        bank[i, rise] = height / (b - a) * (hz[rise] - a)
        bank[i, fall] = height / (c - b) * (c - hz[fall])
    return bank


def chroma_map(rate, bins):
    """[12, bins]: power spectrum -> 12 pitch classes, before division by total power."""
    semitone = np.round(12 * np.log2((np.arange(bins) + 1) * rate / (2 * bins) / 27.5)).astype(int)
    members = np.array([np.sum(semitone == s) for s in semitone])
    out = np.zeros((12, bins))
    for slot in set(semitone):
        last = np.nonzero(semitone == slot)[0][-1]        # the highest bin of a semitone stands for it
        out[slot % 12, last] += 1 / members[semitone[slot]]
    return out


def dct_basis(rows, n):
    """Orthonormal DCT-II, first `rows` rows, [rows, n]."""
    k, j = np.arange(rows)[:, None], np.arange(n)[None]
    basis = np.sqrt(2 / n) * np.cos(np.pi * k * (2 * j + 1) / (2 * n))
    basis[0] /= np.sqrt(2)
    return basis


def entropy(power, total, blocks=10):
    """Of the shares of `blocks` equal parts, in bits; power [T, N], total [T]."""
    size = power.shape[1] // blocks
    share = power[:, :size * blocks].reshape(len(power), blocks, size).sum(2) / (total[:, None] + EPS)
    return -(share * np.log2(share + EPS)).sum(1)


def harmonicity(x, rate):
    """(harmonic ratio 0..1, pitch in Hz or 0) of one frame."""
    n, longest = len(x), int(round(0.016 * rate))
    cumulative = np.concatenate([[0], np.cumsum(x ** 2)])
    lags = np.arange(longest + 2)
    r = np.array([np.dot(x[k:], x[:n - k]) for k in lags])
    norm = np.sqrt((cumulative[n] - cumulative[lags]) * cumulative[n - lags])
    gamma = r / (norm + EPS)
    below = np.nonzero(r <= 0)[0]
    if r[0] <= 0 or len(below) == 0:
        return 0.0, 0.0
    peaks = [k for k in range(max(below[0], 1) + 1, longest + 1)
             if gamma[k - 1] < gamma[k] >= gamma[k + 1] and gamma[k] > 0]
    if not peaks:
        return 0.0, 0.0
    ratio = max(gamma[k] for k in peaks)
    k = next(k for k in peaks if gamma[k] >= 0.85 * ratio)
    a, b, c = gamma[k - 1:k + 2]
    shift = 0.5 * (a - c) / (a - 2 * b + c) if a - 2 * b + c < 0 else 0.0
    return min(ratio, 1.0), rate / (k + shift) if ratio >= 0.45 else 0.0


def features(samples, rate=16000, window=400, hop=160):
    x = np.asarray(samples, np.float64)
    x = x - x.mean()
    x = x / (np.abs(x).max() + 1e-10)
    count = (len(x) - window) // hop + 1
    frames = np.stack([x[i * hop:i * hop + window] for i in range(count)])
    bins = window // 2
    magnitude = np.abs(np.fft.fft(frames, axis=1))[:, :bins] / bins
    magnitude[magnitude < 1e-12] = 0            # rounding noise of the transform is silence
    power = magnitude ** 2
    out = np.zeros((count, 36))
    out[:, 0] = np.abs(np.diff(np.sign(frames), axis=1)).sum(1) / 2 / (window - 1)
    energy = (frames ** 2).sum(1)
    out[:, 1] = energy / window
    out[:, 2] = entropy(frames ** 2, energy)
    hz = (np.arange(bins) + 1) * rate / (2 * bins)
    peak = magnitude.max(1, keepdims=True)
    shape = magnitude / np.where(peak == 0, EPS, peak)
    mass = shape.sum(1) + EPS
    centroid = (hz * shape).sum(1) / mass
    out[:, 3] = centroid / (rate / 2)
    out[:, 4] = np.sqrt(((hz - centroid[:, None]) ** 2 * shape).sum(1) / mass) / (rate / 2)
    total = power.sum(1)
    out[:, 5] = entropy(power, total)
    share = magnitude / (magnitude + EPS).sum(1, keepdims=True)
    out[1:, 6] = ((share[1:] - share[:-1]) ** 2).sum(1)
    over = np.cumsum(power, 1) + EPS > 0.90 * total[:, None]
    out[:, 7] = np.where(over.any(1), over.argmax(1) / bins, 0)
    out[:, 8:21] = np.log10(magnitude @ mel_bank(rate, bins).T + EPS) @ dct_basis(13, 40).T
    chroma = power @ chroma_map(rate, bins).T / np.where(total == 0, EPS, total)[:, None]
    out[:, 21:33] = chroma
    out[:, 33] = chroma.std(1)
    out[:, 34:36] = [harmonicity(f, rate) for f in frames]
    return out


def normalise(f):
    """Zero mean, unit variance of each feature over the utterance; constant features become 0."""
    std = f.std(0)
    return np.where(std > 1e-8, (f - f.mean(0)) / np.where(std > 1e-8, std, 1), 0)


def read_wav(path):
    with wave.open(path) as w:
        assert (w.getframerate(), w.getnchannels(), w.getsampwidth()) == (16000, 1, 2), path
        return np.frombuffer(w.readframes(w.getnframes()), "<i2").astype(np.float64) / 32768


if __name__ == "__main__":
    if len(sys.argv) < 3 or len(sys.argv) % 2 == 0:
        sys.exit(__doc__)
    for source, target in zip(sys.argv[1::2], sys.argv[2::2]):
        samples = read_wav(source)
        f = features(samples)
        save_safetensors(target, {"input/samples": samples.astype(np.float32),
                                  "expect/features": f.astype(np.float32),
                                  "expect/normalised": normalise(f).astype(np.float32)},
                         {"format": "alstm-features-1", "rate": "16000", "window": "400", "hop": "160",
                          "names": ",".join(NAMES)})
        print(target, f.shape)
