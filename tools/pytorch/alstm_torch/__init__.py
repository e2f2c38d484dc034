"""The A-LSTM network of the alstm package in PyTorch, for models that alstm has trained.

Copy this folder next to your code. It needs only torch; if the package `safetensors` is installed, it reads
and writes the weights, otherwise a small built-in reader and writer do.

    import torch
    from alstm_torch import import_recurrent, load_model, save_model

    model = load_model("runs/first/model")          # a model folder, or a run folder
    out = model([features_a, features_b])           # normalised features, [T, F] each, any lengths
    out.probabilities["emotion"]                    # [B, classes], in the order of model.labels["emotion"]
    out.values["arousal"]                           # [B], of a task that predicts numbers
    out.attention[0]                                # [T], sums to 1

    model.load_recurrent(import_recurrent(torch.nn.LSTM(256, 256, bidirectional=True)))
    save_model(model, "retrained")                  # alstm predict retrained speech.wav

The network (B batch, T frames, F features, U units of the input layer, H recurrent units per direction,
D = 2H, or H if unidirectional):

    features [T, F] -> dense + ReLU [T, U] -> recurrent layer [T, D] -> pooling [D] -> heads

or a list of layers in place of these two; the last is recurrent:

    layers = [
        {"kind": "subsample", "by": 2, "how": "mean"},          # or "concatenate": [T, F] -> [T / 2, 2F]
        {"kind": "dense", "units": 256},
        {"kind": "recurrent", "cell": "lstm", "units": 256, "bidirectional": True, "offsets": [1], "period": 1},
        {"kind": "recurrent", "cell": "a-lstm", "units": 256, "bidirectional": True, "offsets": [5, 3, 1], "period": 5},
    ]
    stacked = ALSTM({"features": 36, "layers": layers, "pooling": "attention", "heads": heads, "dropout": 0.5}, labels)
    stacked.load_recurrent(import_recurrent(torch.nn.LSTM(256, 256, bidirectional=True), at=2))

A subsample layer turns every `by` frames of an utterance into one step: their mean, or concatenated. The last
group of an utterance has the remaining frames, padded with zeros if they are concatenated.

An A-LSTM (Tao & Liu, "Advanced LSTM", ICASSP 2018, arXiv 1710.10197) replaces cell state and output at
every `period`-th step with a weighted sum of those `offsets` steps back: the weights are a softmax of the
states' dot products with a learned vector `attention` [H]. A mean LSTM has equal weights; an A-GRU does with its
single state h what an A-LSTM does with both. Steps are those of the layer, counted within the utterance from 0;
the backward direction starts at the utterance's own last step.

Features are those that `alstm features FILE --out DIR` writes, as `normalised` if the model normalises
per utterance. From a shell, one JSON object per line:

    python3 -m alstm_torch runs/first/model features/*.safetensors

Gradients flow through everything. In train(), dropout follows each dense and each recurrent layer, including the
heads' hidden layers but not their outputs, with torch's random bits, which differ from alstm's. The loop over frames
runs in Python: use this for checking, converting and small jobs.
"""

from .config import parameter_shapes
from .convert import import_recurrent
from .folder import load_model, save_model
from .network import ALSTM, Output
from .tensors import read_tensors, write_tensors

__all__ = [
    "ALSTM",
    "Output",
    "import_recurrent",
    "load_model",
    "parameter_shapes",
    "read_tensors",
    "save_model",
    "write_tensors",
]
