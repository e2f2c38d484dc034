"""What the tests ask of tools/pytorch/alstm_torch: one JSON object of answers on standard output.

python3 check.py FIXTURES MODEL FEATURES OUT: network fixtures, a model folder, a safetensors file with the
features of utterances, and a folder to write into. Beside the model folder there is another, `layered`."""

import json
import os
import sys

import torch

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "..", "tools", "pytorch"))
sys.dont_write_bytecode = True
import alstm_torch  # noqa: E402
from alstm_torch.heads import is_regression, regression_loss  # noqa: E402

torch.set_num_threads(1)


#: Fixtures whose gradients are compared too.
WITH_GRADIENTS = (
    "alstm_every_step",
    "alstm_offsets_53_every_step",
    "mean_lstm",
    "gradient_reversal",
    "gru",
    "agru_every_step",
    "regression",
    "regression_far",
    "stacked_alstm",
    "stacked_four",
    "stacked_mixed_one_way",
    "subsample_16_stacked",
    "subsample_after_dense",
    "subsample_between",
    "subsample_concatenate",
    "subsample_mean",
    "subsample_recurrent_first",
    "subsample_twice",
    "deviation_alstm_subsampled",
    "deviation_lstm",
    "functionals_deviation",
    "functionals_frames",
    "functionals_given",
)


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
        out = model([x[:n] for x, n in zip(tensors["input/features"], lengths)], tensors.get("input/functionals"))
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
    lengths = tensors["input/lengths"].tolist()
    out = model([x[:n] for x, n in zip(tensors["input/features"], lengths)], tensors.get("input/functionals"))
    total = 0
    for head in model.config["heads"]:
        target = tensors[f"target/{head['task']}"]
        if is_regression(head):
            total = total + head["weight"] * regression_loss(head, out.logits[head["task"]], target)
            continue
        target = target.long()
        loss = torch.nn.functional.cross_entropy(out.logits[head["task"]], target, ignore_index=-1)
        total = total + head["weight"] * loss
    total.backward()
    expected = {name: tensors[f"expect/grad/{name}"] for name in model.tensors()}
    return max(relative_error(p.grad, expected[name]) for name, p in model.tensors().items())


EIGHT = {"task": "emotion", "classes": 8, "hidden": 0, "weight": 1.0}


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
        "heads": [EIGHT],
        "dropout": 0.0,
    }
    # Features from 0 up pass the input layer, and the logits are the means of the layer's outputs.
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


def stacked_answers(kind, cell, folder):
    """As layer_answers of one with two layers, behind an input layer that takes the first 3 of 36 features; and
    the model that has them, written to `folder` and read again."""
    torch.manual_seed(8)
    layer = kind(3, 4, 2, bidirectional=True, batch_first=True)
    batch = [torch.rand(n, 36) for n in (6, 1, 4)]
    recurrent = {"kind": "recurrent", "cell": cell, "units": 4, "bidirectional": True, "offsets": [1], "period": 1}
    config = {
        "features": 36,
        "layers": [{"kind": "dense", "units": 3}, recurrent, recurrent],
        "pooling": "mean",
        "heads": [EIGHT],
        "dropout": 0.0,
    }
    tensors = {
        "layers.0.weight": torch.eye(3, 36),
        "layers.0.bias": torch.zeros(3),
        "heads.emotion.output.weight": torch.eye(8),
        "heads.emotion.output.bias": torch.zeros(8),
        **alstm_torch.import_recurrent(layer, at=1),
    }
    model = alstm_torch.ALSTM(config, {"emotion": list("abcdefgh")}).eval()
    model.load_tensors(tensors)
    alstm_torch.save_model(model, folder)
    again = alstm_torch.load_model(folder)
    with torch.no_grad():
        means = torch.stack([layer(x[None, :, :3])[0][0].mean(0) for x in batch])
        got, reloaded = (each(batch).logits["emotion"] for each in (model, again))
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        written = json.load(file)
    return {
        "error": relative_error(got, means),
        "reloaded_error": relative_error(reloaded, means),
        "format": written["format"],
        "weights_format": header_of(os.path.join(folder, "model.safetensors"))["__metadata__"]["format"],
        "features": written["features"],
        "names": sorted(header_of(os.path.join(folder, "model.safetensors")).keys() - {"__metadata__"}),
        "same": again.config == config,
        "batch": [x.tolist() for x in batch],
        "means": means.tolist(),
    }


def message(attempt):
    try:
        attempt()
    except ValueError as error:
        return str(error)
    return "accepted"


def layer_refusals():
    """Of lists of layers, and of what becomes of several layers of torch."""
    dense, mean = {"kind": "dense", "units": 4}, {"kind": "subsample", "by": 2, "how": "mean"}
    last = {"kind": "recurrent", "cell": "gru", "units": 4, "bidirectional": False, "offsets": [1], "period": 1}
    rest = {"features": 3, "pooling": "mean", "heads": [EIGHT], "dropout": 0.0}
    of = lambda *layers, **more: message(lambda: alstm_torch.ALSTM({**rest, "layers": list(layers), **more}))
    return [
        of(),
        of(dense, mean),
        of(last, dense),
        of(last, last, last, last, last),
        of({"kind": "convolution"}, last),
        of({**mean, "by": 17}, last),
        of({**mean, "by": 0}, last),
        of({**mean, "how": "skip"}, last),
        of({"kind": "dense"}, last),
        of({**dense, "units": True}, last),
        of(dense, {**last, "cell": "rnn"}),
        of(dense, {**last, "bidirectional": 1}),
        of(dense, {**last, "offsets": [3, 3]}),
        of(dense, {**last, "period": 0}),
        of(dense, last, frontend=dense),
        message(lambda: alstm_torch.ALSTM(rest)),
        message(lambda: alstm_torch.import_recurrent(torch.nn.GRU(2, 2, 2))),
        message(lambda: alstm_torch.import_recurrent(torch.nn.GRU(2, 2), at=-1)),
        message(lambda: alstm_torch.import_recurrent(torch.nn.LSTM(2, 2, proj_size=1), at=0)),
    ]


def folder_refusals(folder):
    """Of a folder of a model with layers, each time with something else wrong in config.json; it is left as it
    was."""
    path = os.path.join(folder, "config.json")
    with open(path, encoding="utf-8") as file:
        text = file.read()

    def of(change):
        config = json.loads(text)
        change(config)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return message(lambda: alstm_torch.load_model(folder)).removeprefix(f"{path}: ")

    answers = [
        of(lambda config: config.update(format="alstm-model-1")),
        of(lambda config: config.update(format="alstm-model-3")),
        of(lambda config: config["features"].pop("set")),
        of(lambda config: config["model"]["layers"].pop()),
    ]
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return answers


def refusals(model):
    tensors = {name: value.detach() for name, value in model.tensors().items()}
    vector = tensors["pooling.attention"]
    return [
        message(lambda: model.load_tensors({**tensors, "pooling.attention": vector[1:]})),
        message(lambda: model.load_tensors({**tensors, "pooling.attention": vector * float("nan")})),
        message(lambda: model.load_tensors({k: v for k, v in tensors.items() if k != "pooling.attention"})),
        message(lambda: model([torch.zeros(0, 36)])),
        message(lambda: model([torch.zeros(2, 36)], torch.zeros(1, 289))),
        message(lambda: alstm_torch.import_recurrent(torch.nn.LSTM(2, 2, 2))),
        message(lambda: alstm_torch.import_recurrent(torch.nn.GRU(2, 2), "a-lstm")),
    ]


def main(fixtures, folder, features, out):
    paths = [os.path.join(fixtures, name) for name in sorted(os.listdir(fixtures))]
    config_of = lambda path: json.loads(header_of(path)["__metadata__"]["config"])
    model = alstm_torch.load_model(folder)
    stored = alstm_torch.read_tensors(features)
    layered = alstm_torch.load_model(os.path.join(os.path.dirname(folder), "layered"))
    matrices = [stored[name] for name in sorted(stored)]
    with torch.no_grad():
        said, said_by_layered = model(matrices), layered(matrices)
    alstm_torch.save_model(model, os.path.join(out, "copy"))
    alstm_torch.save_model(layered, os.path.join(out, "layered_copy"))
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
            for name in WITH_GRADIENTS
        },
        "library": library,
        "model": {
            "probabilities": {task: rows.tolist() for task, rows in said.probabilities.items()},
            "attention": [row.tolist() for row in said.attention],
        },
        "layered": {
            "logits": said_by_layered.logits["emotion"].tolist(),
            "attention": [row.tolist() for row in said_by_layered.attention],
        },
        "layers": {
            "lstm": layer_answers(torch.nn.LSTM, "lstm"),
            "gru": layer_answers(torch.nn.GRU, "gru"),
        },
        "stacked": {
            "lstm": stacked_answers(torch.nn.LSTM, "lstm", os.path.join(out, "stacked_lstm")),
            "gru": stacked_answers(torch.nn.GRU, "gru", os.path.join(out, "stacked_gru")),
        },
        "refusals": refusals(model),
        "layer_refusals": layer_refusals(),
        "folder_refusals": folder_refusals(os.path.join(out, "stacked_lstm")),
    }
    print(json.dumps(answers))


main(*sys.argv[1:])
