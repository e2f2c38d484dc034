#!/usr/bin/env python3
"""Golden values for the network, from PyTorch autograd in float64: test/fixtures/network.

Independent of the project's code: it states the mathematics once more, in Python,
one time step at a time, and lets autograd differentiate it. Its plain LSTM and GRU
agree with torch.nn.LSTM and torch.nn.GRU, also stacked in two directions (--check).
Needs numpy and torch (Debian: python3-torch). Writes safetensors fixtures:

    python3 model_oracle.py OUT_DIR              # the standard set
    python3 model_oracle.py OUT_DIR --seed 7     # another draw of the same set
    python3 model_oracle.py OUT_DIR --only gru   # of the standard set those whose name holds "gru"
    python3 model_oracle.py --check              # against torch.nn.LSTM and torch.nn.GRU

A fixture's tensors (float32 unless said):
    param/<name>              a parameter, named and shaped as in model.safetensors:
                              layers.<i>.<...> where the config has layers, i counting all of them
    input/features            [B, T, F], zero past each length
    input/lengths             [B] int32, valid frames of each utterance
    input/functionals         [B, 8F + 1]: only where the config's functionals have the scope "functionals"
    target/<task>             [B] int32 class, -1 = unlabelled; of a regression head float32, NaN = unlabelled
    expect/logits/<task>      [B, C]; C = 1 for a regression head
    expect/pooling/weights    [B, T], zero past each length; T are the frames of the input: a group's weight
                              is shared evenly among the frames that a subsample layer made it of
    expect/pooling/output     [B, D], or [B, 2D] of "attention+deviation": D means, then D deviations
    expect/loss/<task>, expect/loss/total    [1]
    expect/grad/<name>        d total / d parameter
    expect/trajectory         [S] total loss before each of S optimiser steps
    expect/param_after/<name> the parameter after those S steps
Its metadata: format, config ("model" of a model folder's config.json), optimizer (JSON).
"""
import argparse
import json
import os

import numpy as np
import torch

from safetensors_file import save_safetensors

torch.set_default_dtype(torch.float64)


def recurrent_direction(x, p, prefix, cfg, reverse):
    """One utterance, one direction. x [T, I] -> y [T, H]. Steps are the layer's own: rows of x."""
    H, period, offsets = cfg["units"], cfg["period"], cfg["offsets"]
    Wx, Wh, b = (p[f"{prefix}.{n}"] for n in ("weight_ih", "weight_hh", "bias"))
    attention = p.get(f"{prefix}.attention")
    order = range(len(x) - 1, -1, -1) if reverse else range(len(x))
    c_prev, h_prev = torch.zeros(H), torch.zeros(H)   # C', h' of the step before
    C, h = [], []                                     # raw history, by step
    y = [None] * len(x)

    def combine(states):
        chosen = torch.stack([states[s] for s in steps])          # [K, H]
        if cfg["cell"] == "mean-lstm":
            return chosen.mean(0)
        return torch.softmax(chosen @ attention, 0) @ chosen

    for s, t in enumerate(order):
        steps = [s + 1 - k for k in offsets if s + 1 - k >= 0]
        combining = cfg["cell"] not in ("lstm", "gru") and (s + 1) % period == 0 and bool(steps)
        if is_gru(cfg):
            # Gates r, z, n as torch.nn.GRU's; n has a bias on either side of r. There is no C.
            xr, xz, xn = (Wx @ x[t] + b[:3 * H]).split(H)
            hr, hz, hn = (Wh @ h_prev).split(H)
            r, z = torch.sigmoid(xr + hr), torch.sigmoid(xz + hz)
            n = torch.tanh(xn + r * (hn + b[3 * H:]))
            h.append((1 - z) * n + z * h_prev)
        else:
            i, f, g, o = (Wx @ x[t] + Wh @ h_prev + b).split(H)
            C.append(torch.sigmoid(f) * c_prev + torch.sigmoid(i) * torch.tanh(g))
            c_prev = combine(C) if combining else C[s]
            h.append(torch.sigmoid(o) * torch.tanh(c_prev))
        h_prev = combine(h) if combining else h[s]
        y[t] = h_prev
    return torch.stack(y)


def is_gru(recurrent):
    return recurrent["cell"] in ("gru", "a-gru")


def recurrent_layer(x, p, prefix, cfg):
    """One utterance. x [T, I] -> y [T, H], or [T, 2H] of both directions."""
    y = recurrent_direction(x, p, f"{prefix}.forward", cfg, False)
    if cfg["bidirectional"]:
        y = torch.cat([y, recurrent_direction(x, p, f"{prefix}.backward", cfg, True)], 1)
    return y


def subsample_layer(x, by, how):
    """One utterance. x [T, D] -> one row a group of `by` frames, and how many frames each group has.

    The last group has what is left. Its mean is over those; concatenated, zeros stand for the others.
    """
    groups = [x[first:first + by] for first in range(0, len(x), by)]
    if how == "mean":
        rows = [group.mean(0) for group in groups]
    else:
        rows = [torch.cat([*group, torch.zeros((by - len(group)) * x.shape[1])]) for group in groups]
    return torch.stack(rows), [len(group) for group in groups]


def layers_of(cfg):
    """Of each layer, in the order of the data: what its parameters' names begin with, and its settings."""
    if "layers" in cfg:
        return [(f"layers.{i}", layer) for i, layer in enumerate(cfg["layers"])]
    return [("frontend", {"kind": "dense", **cfg["frontend"]}),
            ("recurrent", {"kind": "recurrent", **cfg["recurrent"]})]


def pool(y, p, pooling):
    """One utterance. y [T, D] -> its weights over time [T], and the pooled [D] or [2D]."""
    if pooling == "mean":
        a = torch.full((len(y),), 1.0 / len(y))
        return a, a @ y
    a = torch.softmax(y @ p["pooling.attention"], 0)
    mean = a @ y
    if pooling == "attention":
        return a, mean
    # attentive statistics pooling (Okabe et al. 2018)
    deviation = torch.sqrt((a[:, None] * (y - mean) ** 2).sum(0) + 1e-6)
    return a, torch.cat([mean, deviation])


QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def functionals_of(x):
    """One utterance. x [T, F] -> [8F + 1]: each statistic of all features, one after the other; ln(T) / 10."""
    T = len(x)
    mean = x.sum(0) / T
    deviation = torch.sqrt(((x - mean) ** 2).sum(0) / T)
    quantiles = torch.quantile(x, torch.tensor(QUANTILES), dim=0)   # [5, F]
    change = (x[1:] - x[:-1]).abs().mean(0) if T > 1 else torch.zeros(x.shape[1])
    return torch.cat([mean, deviation, *quantiles, change, torch.tensor([np.log(T) / 10])])


def forward(p, features, lengths, cfg, functionals=None):
    """functionals: [B, 8F + 1], where the config has them given."""
    weights, pooled, of_frames = [], [], []
    for x, n in zip(features, lengths):
        of_frames.append(functionals_of(x[:n]))
        y, sizes = x[:n], []   # sizes: of each subsample layer, the frames in each of its groups
        for name, layer in layers_of(cfg):
            if layer["kind"] == "dense":
                y = torch.relu(y @ p[f"{name}.weight"].T + p[f"{name}.bias"])
            elif layer["kind"] == "subsample":
                y, of_groups = subsample_layer(y, layer["by"], layer["how"])
                sizes.append(of_groups)
            else:
                y = recurrent_layer(y, p, name, layer)
        a, vector = pool(y, p, cfg["pooling"])
        pooled.append(vector)
        for of_groups in reversed(sizes):
            a = torch.stack([a[j] / size for j, size in enumerate(of_groups) for _ in range(size)])
        weights.append(torch.cat([a, torch.zeros(len(x) - n)]))
    pooled = torch.stack(pooled)
    into = pooled   # the heads' input
    if "functionals" in cfg:
        given = functionals if cfg["functionals"]["scope"] == "functionals" else torch.stack(of_frames)
        own = torch.relu(given @ p["functionals.weight"].T + p["functionals.bias"])
        into = torch.cat([pooled, own], 1)
    logits = {}
    for head in cfg["heads"]:
        v, name = reversed_gradient(into, head), f"heads.{head['task']}"
        if head["hidden"]:
            v = torch.relu(v @ p[f"{name}.hidden.weight"].T + p[f"{name}.hidden.bias"])
        logits[head["task"]] = v @ p[f"{name}.output.weight"].T + p[f"{name}.output.bias"]
    return torch.stack(weights), pooled, logits


class ReversedGradient(torch.autograd.Function):
    """The identity, whose gradient is -strength times that of its output (Ganin and Lempitsky 2015)."""

    @staticmethod
    def forward(ctx, x, strength):
        ctx.strength = strength
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return -ctx.strength * gradient, None


def reversed_gradient(pooled, head):
    """What a head reads: the pooled vector, behind a gradient reversal where the head has one."""
    return ReversedGradient.apply(pooled, head["reversal"]) if "reversal" in head else pooled


def is_regression(head):
    return head.get("loss") in ("mse", "ccc")


def regression_loss(x, y, kind):
    """x, y [N]: mean squared error, or 1 - CCC (Lin 1989) with population moments (0 where N < 2)."""
    if kind == "mse":
        return ((x - y) ** 2).mean() if len(y) else torch.zeros(())
    if len(y) < 2:
        return torch.zeros(())
    mx, my = x.mean(), y.mean()
    covariance = ((x - mx) * (y - my)).mean()
    return 1 - 2 * covariance / (((x - mx) ** 2).mean() + ((y - my) ** 2).mean() + (mx - my) ** 2)


def regression_targets(rng, batch, head, unlabelled):
    """[batch] float32: about `centre` of the head's draw, NaN where unlabelled."""
    targets = (CENTRES.get(head["task"], 0.0) + rng.normal(size=batch)).astype(np.float32)
    if unlabelled == "whole task":
        targets[1:] = np.nan   # one is left, too few for ccc
    elif unlabelled and batch > 2:
        targets[rng.integers(0, batch)] = np.nan
    return targets


# Means of the drawn targets, by task: one far from 0.
CENTRES = {"arousal": 3.0, "pitch": 1000.0}


def losses(logits, targets, cfg):
    """Each task's loss over its labelled rows, and the weighted sum.

    Cross-entropy is a mean over these rows; for the others see regression_loss.

    class_weights and label_smoothing of a head act as in torch.nn.functional.cross_entropy.
    """
    each, total = {}, torch.zeros(())
    for head in cfg["heads"]:
        task = head["task"]
        if is_regression(head):
            rows = ~torch.isnan(targets[task])
            each[task] = regression_loss(logits[task][rows, 0], targets[task][rows], head["loss"])
            total = total + head["weight"] * each[task]
            continue
        rows = targets[task] >= 0
        weight = head.get("class_weights")
        each[task] = (torch.nn.functional.cross_entropy(
            logits[task][rows], targets[task][rows],
            weight=None if weight is None else torch.tensor(weight),
            label_smoothing=head.get("label_smoothing", 0.0))
            if rows.any() else torch.zeros(()))
        total = total + head["weight"] * each[task]
    return each, total


def outputs_of(head):
    return 1 if is_regression(head) else head["classes"]


def shapes(cfg):
    out, width = {}, cfg["features"]   # width: of a row between two layers
    for name, layer in layers_of(cfg):
        if layer["kind"] == "subsample":
            width *= layer["by"] if layer["how"] == "concatenate" else 1
            continue
        U = layer["units"]
        if layer["kind"] == "dense":
            out[f"{name}.weight"], out[f"{name}.bias"] = (U, width), (U,)
            width = U
            continue
        for d in ["forward"] + (["backward"] if layer["bidirectional"] else []):
            gates = 3 if is_gru(layer) else 4
            out[f"{name}.{d}.weight_ih"] = (gates * U, width)
            out[f"{name}.{d}.weight_hh"] = (gates * U, U)
            out[f"{name}.{d}.bias"] = (4 * U,)   # of a GRU: r, z, n, and n's beside W_hn h'
            if layer["cell"] in ("a-lstm", "a-gru"):
                out[f"{name}.{d}.attention"] = (U,)
        width = U * (2 if layer["bidirectional"] else 1)
    D = width
    if cfg["pooling"] != "mean":
        out["pooling.attention"] = (D,)
    if cfg["pooling"] == "attention+deviation":
        D = 2 * D
    if "functionals" in cfg:
        units = cfg["functionals"]["units"]
        out["functionals.weight"], out["functionals.bias"] = (units, 8 * cfg["features"] + 1), (units,)
        D += units   # from here on of the heads' input
    for head in cfg["heads"]:
        n, inner = f"heads.{head['task']}", D
        if head["hidden"]:
            out[f"{n}.hidden.weight"], out[f"{n}.hidden.bias"] = (head["hidden"], D), (head["hidden"],)
            inner = head["hidden"]
        out[f"{n}.output.weight"], out[f"{n}.output.bias"] = (outputs_of(head), inner), (outputs_of(head),)
    return out


OPTIMIZERS = {
    "adam": lambda p, o: torch.optim.Adam(p, lr=o["lr"], betas=(o["beta1"], o["beta2"]), eps=o["eps"]),
    "adamw": lambda p, o: torch.optim.AdamW(p, lr=o["lr"], betas=(o["beta1"], o["beta2"]), eps=o["eps"],
                                            weight_decay=o["weight_decay"]),
    "rmsprop": lambda p, o: torch.optim.RMSprop(p, lr=o["lr"], alpha=o["alpha"], eps=o["eps"]),
    "sgd": lambda p, o: torch.optim.SGD(p, lr=o["lr"], momentum=o["momentum"]),
}
ADAM = {"name": "adam", "lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}


def write_fixture(path, cfg, batch, frames, lengths, seed, steps=3, scale=1.0, unlabelled=True, optimizer=ADAM):
    """optimizer: name, its settings, and clip_norm (global) if gradients are clipped before a step."""
    rng = np.random.default_rng(seed)
    f32 = lambda a: np.asarray(a, np.float32)
    raw = {n: f32(scale * rng.normal(size=s) / np.sqrt(s[-1])) for n, s in shapes(cfg).items()}
    x = f32(rng.normal(size=(batch, frames, cfg["features"])))
    for b, n in enumerate(lengths):
        x[b, n:] = 0
    targets = {}
    for k, head in enumerate(cfg["heads"]):
        if is_regression(head):
            targets[head["task"]] = regression_targets(rng, batch, head, unlabelled)
            raw[f"heads.{head['task']}.output.bias"] += np.float32(CENTRES.get(head["task"], 0.0))
            continue
        targets[head["task"]] = rng.integers(0, head["classes"], batch).astype(np.int32)
        if unlabelled == "whole task" and k == 1:
            targets[head["task"]][:] = -1
        elif unlabelled and k > 0 and batch > 1:
            targets[head["task"]][rng.integers(0, batch)] = -1
    given = None
    if cfg.get("functionals", {}).get("scope") == "functionals":
        given = f32(rng.normal(size=(batch, 8 * cfg["features"] + 1)))
    tf = None if given is None else torch.tensor(given.astype(np.float64))
    params = {n: torch.tensor(v.astype(np.float64), requires_grad=True) for n, v in raw.items()}
    tx = torch.tensor(x.astype(np.float64))
    tt = {k: torch.tensor(v.astype(np.int64 if v.dtype == np.int32 else np.float64)) for k, v in targets.items()}
    weights, pooled, logits = forward(params, tx, lengths, cfg, tf)
    each, total = losses(logits, tt, cfg)
    found = torch.autograd.grad(total, list(params.values()), allow_unused=True)
    grads = {n: torch.zeros_like(p) if g is None else g for (n, p), g in zip(params.items(), found)}
    update = OPTIMIZERS[optimizer["name"]](list(params.values()), optimizer)
    trajectory = []
    for _ in range(steps):
        for p in params.values():
            p.grad = torch.zeros_like(p)
        loss = losses(forward(params, tx, lengths, cfg, tf)[2], tt, cfg)[1]
        loss.backward()
        trajectory.append(loss.item())
        if optimizer.get("clip_norm"):
            torch.nn.utils.clip_grad_norm_(list(params.values()), optimizer["clip_norm"])
        update.step()
    out = {"input/features": x, "input/lengths": np.asarray(lengths, np.int32),
           "expect/pooling/weights": weights, "expect/pooling/output": pooled,
           "expect/loss/total": total.reshape(1), "expect/trajectory": trajectory}
    if given is not None:
        out["input/functionals"] = given
    for k, v in targets.items():
        out[f"target/{k}"], out[f"expect/logits/{k}"], out[f"expect/loss/{k}"] = v, logits[k], each[k].reshape(1)
    for n in raw:
        out[f"param/{n}"], out[f"expect/grad/{n}"], out[f"expect/param_after/{n}"] = raw[n], grads[n], params[n]
    plain = {k: v if isinstance(v, np.ndarray) and v.dtype == np.int32
             else f32(v.detach().numpy() if torch.is_tensor(v) else v) for k, v in out.items()}
    save_safetensors(path, plain, {"format": "alstm-fixture-1", "config": json.dumps(cfg),
                                   "optimizer": json.dumps(optimizer)})
    print(f"{os.path.basename(path):32} B={batch} T={frames} loss {total.item():.6f}")


def config(cell="a-lstm", units=8, features=5, frontend=8, offsets=(5, 3, 1), period=5,
           bidirectional=True, pooling="attention", hidden=8):
    return {"features": features, "frontend": {"units": frontend},
            "recurrent": cell_of(cell, units, bidirectional, offsets, period),
            **end_of(pooling, hidden)}


def config_of_layers(*layers, features=5, pooling="attention", hidden=8, functionals=None):
    branch = {} if functionals is None else {"functionals": functionals}
    return {"features": features, "layers": list(layers), **branch, **end_of(pooling, hidden)}


def cell_of(cell, units, bidirectional, offsets, period):
    return {"cell": cell, "units": units, "bidirectional": bidirectional,
            "offsets": list(offsets), "period": period}


def end_of(pooling, hidden):
    """What follows the last layer."""
    return {"pooling": pooling,
            "heads": [{"task": "emotion", "classes": 4, "hidden": hidden, "weight": 1.0},
                      {"task": "speaker", "classes": 3, "hidden": hidden, "weight": 0.3},
                      {"task": "gender", "classes": 2, "hidden": hidden, "weight": 0.6}],
            "dropout": 0.0}


def dense(units=8):
    return {"kind": "dense", "units": units}


def subsample(by, how):
    return {"kind": "subsample", "by": by, "how": how}


def recurrent(cell="a-lstm", units=8, bidirectional=True, offsets=(5, 3, 1), period=5):
    return {"kind": "recurrent", **cell_of(cell, units, bidirectional, offsets, period)}


def standard(out, seed, only=""):
    os.makedirs(out, exist_ok=True)
    j = lambda name: os.path.join(out, name + ".safetensors")
    fixture = lambda path, *rest, **more: (
        write_fixture(path, *rest, **more) if only in os.path.basename(path) else None)
    fixture(j("lstm"), config("lstm"), 3, 12, [12, 7, 1], seed)
    fixture(j("mean_lstm"), config("mean-lstm"), 3, 12, [12, 7, 5], seed + 1)
    fixture(j("alstm_period5"), config(), 3, 17, [17, 10, 4], seed + 2)
    fixture(j("alstm_every_step"), config(period=1), 3, 13, [13, 6, 2], seed + 3)
    fixture(j("alstm_offsets_321"), config(offsets=(3, 2, 1), period=3), 2, 14, [14, 9], seed + 4)
    fixture(j("alstm_unidirectional"), config(bidirectional=False, hidden=0), 2, 11, [11, 8], seed + 5)
    fixture(j("alstm_odd_shapes"), config(units=13, features=7, frontend=11, hidden=9), 5, 9, [9, 9, 8, 3, 1], seed + 6)
    fixture(j("alstm_mean_pool"), config(pooling="mean"), 2, 10, [10, 6], seed + 7)
    fixture(j("alstm_saturated"), config(), 3, 40, [40, 33, 21], seed + 8, scale=4.0)
    fixture(j("alstm_wide"), config(units=64, features=36, frontend=64, hidden=64), 4, 50, [50, 41, 33, 17], seed + 9, steps=2)
    fixture(j("alstm_256_one_way"), config(units=256, features=36, frontend=24, hidden=0, bidirectional=False), 2, 40, [40, 27], seed + 10, steps=1)
    fixture(j("alstm_long"), config(), 3, 400, [400, 301, 77], seed + 17, steps=1)
    fixture(j("alstm_offsets_53_every_step"), config(offsets=(5, 3), period=1), 2, 11, [11, 2], seed + 11)
    fixture(j("adamw_clipped"), config(), 3, 12, [12, 9, 5], seed + 12,
            optimizer={**ADAM, "name": "adamw", "weight_decay": 0.1, "clip_norm": 0.05})
    fixture(j("rmsprop"), config(), 3, 12, [12, 9, 5], seed + 13,
            optimizer={"name": "rmsprop", "lr": 1e-3, "alpha": 0.99, "eps": 1e-8})
    fixture(j("sgd_momentum"), config(), 3, 12, [12, 9, 5], seed + 14,
            optimizer={"name": "sgd", "lr": 0.05, "momentum": 0.9})
    weighted = config()
    weighted["heads"][0].update(class_weights=[0.5, 2.0, 1.0, 1.5], label_smoothing=0.1)
    fixture(j("class_weights_smoothing"), weighted, 6, 12, [12, 12, 9, 7, 5, 2], seed + 15)
    fixture(j("task_without_labels"), config(), 4, 10, [10, 8, 8, 3], seed + 16, unlabelled="whole task")
    fixture(j("gru"), config("gru"), 3, 12, [12, 7, 1], seed + 18)
    fixture(j("agru_period5"), config("a-gru"), 3, 17, [17, 10, 4], seed + 19)
    fixture(j("agru_every_step"), config("a-gru", period=1), 3, 13, [13, 6, 2], seed + 20)
    fixture(j("agru_one_way"), config("a-gru", offsets=(4, 2), period=2, bidirectional=False, hidden=0), 2, 11, [11, 8], seed + 21)
    fixture(j("agru_odd_shapes"), config("a-gru", units=13, features=7, frontend=11, hidden=9), 5, 9, [9, 9, 8, 3, 1], seed + 22)
    fixture(j("agru_wide"), config("a-gru", units=40, features=36, frontend=24, hidden=16), 4, 50, [50, 41, 33, 17], seed + 23, steps=2)
    standard_of_heads(lambda name, *rest, **more: fixture(j(name), *rest, **more), seed)
    standard_of_layers(lambda name, *rest, **more: fixture(j(name), *rest, **more), seed)


def regression(task, loss, hidden=8, weight=1.0, **more):
    return {"task": task, "loss": loss, "hidden": hidden, "weight": weight, **more}


def standard_of_heads(fixture, seed):
    """Of the standard set what has regression heads, or heads with gradient reversal."""
    def with_heads(*heads, **settings):
        own = config(**settings)
        return {**own, "heads": [*own["heads"][:1], *heads]}
    fixture("regression", with_heads(regression("arousal", "mse", weight=0.5), regression("valence", "ccc"),
                                     regression("dominance", "ccc", hidden=0, weight=0.3)),
            7, 12, [12, 12, 9, 7, 5, 2, 1], seed + 40)
    fixture("regression_far", with_heads(regression("pitch", "ccc", hidden=5, weight=2.0)), 6, 11, [11, 10, 7, 5, 4, 2], seed + 41,
            optimizer={**ADAM, "lr": 0.05})
    fixture("regression_unlabelled", with_heads(regression("arousal", "mse"), regression("valence", "ccc")),
            4, 10, [10, 8, 8, 3], seed + 42, unlabelled="whole task")
    reversing = config()
    reversing["heads"][1].update(reversal=0.7)
    reversing["heads"][2].update(hidden=0, reversal=0.25)
    fixture("gradient_reversal", {**reversing, "heads": [*reversing["heads"], regression("arousal", "ccc", reversal=0.4)]},
            5, 12, [12, 9, 7, 5, 2], seed + 43)


def standard_of_layers(fixture, seed):
    """Of the standard set what has a list of layers."""
    layers = config_of_layers
    fixture("stacked_lstm", layers(dense(), recurrent("lstm"), recurrent("lstm")), 3, 12, [12, 7, 1], seed + 24)
    fixture("stacked_alstm", layers(dense(11), recurrent(units=13), recurrent(units=6, period=1), features=7, hidden=9),
            4, 13, [13, 12, 6, 1], seed + 25, scale=2.0)
    fixture("stacked_mixed_one_way", layers(recurrent("gru", 9, False), recurrent("a-gru", 6, False, (3, 1), 2), features=7),
            3, 11, [11, 8, 2], seed + 26)
    fixture("stacked_four", layers(recurrent("lstm", 6), recurrent("mean-lstm", 7, False, (4, 2, 1), 3),
                                   recurrent("a-lstm", 5, True, (3, 1), 2), recurrent("gru", 6, False)),
            3, 14, [14, 9, 4], seed + 27, scale=2.0)
    fixture("subsample_mean", layers(subsample(3, "mean"), dense(), recurrent(period=2)), 4, 20, [20, 16, 8, 1], seed + 28)
    fixture("subsample_concatenate", layers(subsample(4, "concatenate"), dense(9), recurrent(period=3), features=7),
            4, 22, [22, 20, 13, 3], seed + 29)
    fixture("subsample_recurrent_first", layers(subsample(2, "mean"), recurrent("lstm", 7)), 3, 13, [13, 8, 1], seed + 30)
    fixture("subsample_between", layers(dense(), recurrent("lstm", 6), subsample(2, "concatenate"), recurrent(units=7, period=2)),
            4, 15, [15, 12, 7, 1], seed + 31, scale=2.0)
    fixture("subsample_after_dense", layers(dense(10), subsample(3, "mean"), recurrent("a-gru", 6, period=2)),
            3, 19, [19, 12, 5], seed + 32)
    fixture("subsample_twice", layers(subsample(2, "mean"), dense(), subsample(3, "concatenate"), recurrent(period=1), pooling="mean"),
            4, 25, [25, 18, 9, 1], seed + 33)
    # That of alstm_period5, draw for draw.
    fixture("layers_classic", layers(dense(), recurrent()), 3, 17, [17, 10, 4], seed + 2)
    fixture("subsample_16_stacked", layers(subsample(16, "mean"), dense(), recurrent("lstm"), recurrent("lstm")),
            4, 40, [40, 33, 16, 5], seed + 34, scale=2.0)
    standard_of_statistics(fixture, seed)


def standard_of_statistics(fixture, seed):
    """Of the standard set what pools deviations or has a branch for functionals."""
    layers, both = config_of_layers, "attention+deviation"
    branch = lambda units, scope: {"units": units, "scope": scope}
    fixture("deviation_lstm", layers(dense(), recurrent("lstm"), pooling=both), 3, 12, [12, 7, 1], seed + 35, scale=2.0)
    fixture("deviation_alstm_subsampled", layers(subsample(4, "mean"), dense(9), recurrent(units=7, period=2), pooling=both, features=7),
            4, 30, [30, 21, 9, 3], seed + 36, scale=2.0)
    fixture("deviation_one_way", layers(recurrent("gru", 5, False), pooling=both, hidden=0), 3, 20, [20, 11, 2], seed + 37, scale=2.0)
    fixture("functionals_frames", layers(subsample(2, "mean"), dense(), recurrent("lstm", 6), functionals=branch(7, "frames")),
            4, 41, [41, 21, 9, 1], seed + 38)
    fixture("functionals_given", layers(dense(6), recurrent(units=5, period=2), pooling="mean", hidden=0,
                                        functionals=branch(6, "functionals")), 4, 13, [13, 11, 4, 1], seed + 39)
    fixture("functionals_deviation", layers(subsample(8, "mean"), dense(), recurrent("lstm", 9), features=11, pooling=both,
                                            functionals=branch(16, "frames")), 5, 70, [70, 61, 40, 17, 5], seed + 40, scale=2.0)


def check():
    """The plain cells against torch.nn.LSTM and torch.nn.GRU of the same weights; prints the largest differences."""
    for name, kind in (("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU)):
        for title, both_ways, count in (("", False, 1), (", 2 layers bidirectional", True, 2)):
            torch_layer = kind(6, 5, count, bidirectional=both_ways)
            x = torch.randn(20, 6)
            y = x
            for k in range(count):
                p = {}
                for direction, end in (("forward", ""), ("backward", "_reverse"))[:1 + both_ways]:
                    own = {n: getattr(torch_layer, f"{n}_l{k}{end}").detach() for n in
                           ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
                    bias = own["bias_ih"] + own["bias_hh"]
                    if name == "gru":
                        bias = torch.cat([bias[:10], own["bias_ih"][10:], own["bias_hh"][10:]])
                    p.update({f"x.{direction}.weight_ih": own["weight_ih"],
                              f"x.{direction}.weight_hh": own["weight_hh"], f"x.{direction}.bias": bias})
                y = recurrent_layer(y, p, "x", cell_of(name, 5, both_ways, (5, 3, 1), 5))
            print(f"{name}{title}: {(y - torch_layer(x)[0]).abs().max().item():.1e}")


if __name__ == "__main__":
    a = argparse.ArgumentParser(description="write golden fixtures for the network")
    a.add_argument("out", nargs="?")
    a.add_argument("--seed", type=int, default=0)
    a.add_argument("--only", default="", help="part of a fixture's name")
    a.add_argument("--check", action="store_true", help="compare the plain cells with PyTorch's own")
    args = a.parse_args()
    if args.check:
        check()
    elif args.out is None:
        a.error("say where to write to, or --check")
    else:
        standard(args.out, args.seed, args.only)
