"""What the tests ask of tools/pytorch/alstm_torch: one JSON object of answers on standard output.

python3 check.py FIXTURES MODEL FEATURES OUT: network fixtures, a model folder, a safetensors file with the
features of utterances, and a folder to write into."""

import json
import os
import sys

import torch

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "..", "tools", "pytorch"))
sys.dont_write_bytecode = True
import alstm_torch  # noqa: E402

torch.set_num_threads(1)


def relative_error(got, expected):
    return ((got - expected).norm() / expected.norm().clamp(min=1e-6)).item()


def header_of(path):
    with open(path, "rb") as file:
        return json.loads(file.read(int.from_bytes(file.read(8), "little")))


def fixture_error(tensors, config):
    """The largest relative error of logits and pooling weights."""
    model = alstm_torch.ALSTM(config).eval()
    model.load_tensors({k[6:]: v for k, v in tensors.items() if k.startswith("param/")})
    lengths = tensors["input/lengths"].tolist()
    with torch.no_grad():
        out = model([x[:n] for x, n in zip(tensors["input/features"], lengths)])
    weights = tensors["expect/pooling/weights"]
    errors = [relative_error(out.attention[b], weights[b, :n]) for b, n in enumerate(lengths)]
    for task, logits in out.logits.items():
        errors.append(relative_error(logits, tensors[f"expect/logits/{task}"]))
    return max(errors)


def gradient_error(path):
    """The largest relative error of a gradient."""
    tensors = alstm_torch.read_tensors(path)
    model = alstm_torch.ALSTM(json.loads(header_of(path)["__metadata__"]["config"]))
    model.load_tensors({k[6:]: v for k, v in tensors.items() if k.startswith("param/")})
    out = model([x[:n] for x, n in zip(tensors["input/features"], tensors["input/lengths"].tolist())])
    total = 0
    for head in model.config["heads"]:
        target = tensors[f"target/{head['task']}"].long()
        loss = torch.nn.functional.cross_entropy(out.logits[head["task"]], target, ignore_index=-1)
        total = total + head["weight"] * loss
    total.backward()
    expected = {name: tensors[f"expect/grad/{name}"] for name in model.tensors()}
    return max(relative_error(p.grad, expected[name]) for name, p in model.tensors().items())


def layer_answers(kind, cell):
    """A torch.nn.LSTM or GRU of fixed weights, what it gives for a ragged batch, and what is imported of it."""
    torch.manual_seed(7)
    layer = kind(3, 4, bidirectional=True, batch_first=True)
    batch = [torch.rand(n, 3) for n in (6, 1, 4)]
    imported = alstm_torch.import_recurrent(layer)
    config = {
        "features": 3,
        "frontend": {"units": 3},
        "recurrent": {"cell": cell, "units": 4, "bidirectional": True, "offsets": [1], "period": 1},
        "pooling": "mean",
        "heads": [{"task": "emotion", "classes": 8, "hidden": 0, "weight": 1.0}],
        "dropout": 0.0,
    }
    # Features from 0 up pass the frontend, and the logits are the means of the layer's outputs.
    rest = {
        "frontend.weight": torch.eye(3),
        "frontend.bias": torch.zeros(3),
        "heads.emotion.output.weight": torch.eye(8),
        "heads.emotion.output.bias": torch.zeros(8),
    }
    model = alstm_torch.ALSTM(config).eval()
    model.load_tensors({**rest, **imported})
    with torch.no_grad():
        means = torch.stack([layer(x[None])[0][0].mean(0) for x in batch])
        got = model(batch).logits["emotion"]
    return {
        "error": relative_error(got, means),
        "batch": [x.tolist() for x in batch],
        "means": means.tolist(),
        "config": config,
        "tensors": {name: value.tolist() for name, value in {**rest, **imported}.items()},
    }


def refusals(model):
    def message(attempt):
        try:
            attempt()
        except ValueError as error:
            return str(error)
        return "accepted"

    tensors = {name: value.detach() for name, value in model.tensors().items()}
    vector = tensors["pooling.attention"]
    return [
        message(lambda: model.load_tensors({**tensors, "pooling.attention": vector[1:]})),
        message(lambda: model.load_tensors({**tensors, "pooling.attention": vector * float("nan")})),
        message(lambda: model.load_tensors({k: v for k, v in tensors.items() if k != "pooling.attention"})),
        message(lambda: model([torch.zeros(0, 36)])),
        message(lambda: alstm_torch.import_recurrent(torch.nn.LSTM(2, 2, 2))),
        message(lambda: alstm_torch.import_recurrent(torch.nn.GRU(2, 2), "a-lstm")),
    ]


def main(fixtures, folder, features, out):
    paths = [os.path.join(fixtures, name) for name in sorted(os.listdir(fixtures))]
    config_of = lambda path: json.loads(header_of(path)["__metadata__"]["config"])
    model = alstm_torch.load_model(folder)
    stored = alstm_torch.read_tensors(features)
    with torch.no_grad():
        said = model([stored[name] for name in sorted(stored)])
    alstm_torch.save_model(model, os.path.join(out, "copy"))
    library = alstm_torch.tensors._library_load is not None
    alstm_torch.tensors._library_load = alstm_torch.tensors._library_save = None
    again = alstm_torch.load_model(os.path.join(out, "copy"))
    alstm_torch.save_model(again, os.path.join(out, "own"))
    answers = {
        "fixtures": {
            os.path.basename(path): fixture_error(alstm_torch.read_tensors(path), config_of(path))
            for path in paths
        },
        "gradients": {
            name: gradient_error(os.path.join(fixtures, f"{name}.safetensors"))
            for name in ("alstm_every_step", "alstm_offsets_53_every_step", "mean_lstm", "gru", "agru_every_step")
        },
        "library": library,
        "model": {
            "probabilities": {task: rows.tolist() for task, rows in said.probabilities.items()},
            "attention": [row.tolist() for row in said.attention],
        },
        "layers": {
            "lstm": layer_answers(torch.nn.LSTM, "lstm"),
            "gru": layer_answers(torch.nn.GRU, "gru"),
        },
        "refusals": refusals(model),
    }
    print(json.dumps(answers))


main(*sys.argv[1:])
