"""Writes test/fixtures/statistics/*.json: scores by scikit-learn, intervals and tests by SciPy.

    pip install scikit-learn scipy numpy
    python tools/oracle/statistics_fixtures.py

Written with scikit-learn 1.9.1, SciPy 1.17.1 and NumPy 2.4.6. The tests read the JSON alone.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn import metrics

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "statistics"
SCIPY_SEEDS = 40


def score_case(name, truth, predicted, classes):
    """Scores without the unlabelled, as `evaluate` gives them."""
    kept = [(t, p) for t, p in zip(truth, predicted) if t != -1]
    t, p = np.array(kept).T
    everything = list(range(classes))
    by_class = metrics.precision_recall_fscore_support(
        t, p, labels=everything, zero_division=0
    )
    precision, recall, f1, support = (values.tolist() for values in by_class)
    return {
        "name": name,
        "truth": [int(x) for x in truth],
        "predicted": [int(x) for x in predicted],
        "classes": classes,
        "accuracy": metrics.accuracy_score(t, p),
        "maf": metrics.f1_score(t, p, average="macro", zero_division=0),
        "map": metrics.precision_score(t, p, average="macro", zero_division=0),
        # The labels of the truth alone: what balanced_accuracy_score averages over.
        "uar": metrics.balanced_accuracy_score(t, p),
        "confusion": metrics.confusion_matrix(t, p, labels=everything).tolist(),
        "byClass": {"precision": precision, "recall": recall, "f1": f1, "support": support},
    }


def score_cases():
    random = np.random.default_rng(1)
    yield score_case("all right", [0, 1, 2, 1], [0, 1, 2, 1], 3)
    yield score_case("all wrong", [0, 1, 2], [1, 2, 0], 3)
    yield score_case("classes in neither truth nor prediction", [0, 0, 1, 3, 3], [0, 1, 1, 3, 0], 5)
    yield score_case("a class predicted but never true", [0, 0, 1, 1], [0, 2, 1, 2], 3)
    yield score_case("a class true but never predicted", [0, 0, 1, 2], [0, 1, 1, 1], 3)
    yield score_case("only one class predicted", [0, 1, 2, 2, 1], [1, 1, 1, 1, 1], 3)
    yield score_case("only one class true", [2, 2, 2, 2], [2, 0, 2, 1], 3)
    yield score_case("one class, one utterance", [0], [0], 1)
    yield score_case("unlabelled utterances", [0, -1, 1, -1, 1, 0], [0, 1, 1, 0, 0, 1], 2)
    for classes in range(2, 8):
        for draw in range(2):
            n = int(random.integers(5, 60))
            share = random.dirichlet(np.ones(classes))  # some classes are rare or absent
            truth = random.choice(classes, n, p=share)
            truth[random.random(n) < 0.1] = -1
            truth[0] = 0
            right = random.random(n) < 0.6
            predicted = np.where(right & (truth >= 0), truth, random.integers(0, classes, n))
            yield score_case(f"{classes} classes, draw {draw}", truth, predicted, classes)


def average_case():
    """A confusion matrix that is the mean of three runs' on one test set."""
    random = np.random.default_rng(7)
    truth = random.integers(0, 4, 50)
    runs = [np.where(random.random(50) < 0.5, truth, random.integers(0, 4, 50)) for _ in range(3)]
    one = score_case("mean of three runs", np.tile(truth, 3), np.concatenate(runs), 4)
    counts = [metrics.confusion_matrix(truth, run, labels=range(4)).tolist() for run in runs]
    return {"runs": counts, "pooled": {k: one[k] for k in ("accuracy", "maf", "map", "uar", "byClass")}}


def bootstrap_case(name, values, level=0.95):
    """Ends of the BCa interval of the mean: mean and standard deviation over SciPy's seeds."""
    ends = []
    for seed in range(SCIPY_SEEDS):
        result = stats.bootstrap(
            (np.array(values),),
            np.mean,
            n_resamples=10_000,
            confidence_level=level,
            method="BCa",
            rng=np.random.default_rng(seed),
        )
        ends.append([result.confidence_interval.low, result.confidence_interval.high])
    return {
        "name": name,
        "values": values,
        "level": level,
        "seeds": SCIPY_SEEDS,
        "mean": np.mean(ends, axis=0).tolist(),
        "deviation": np.std(ends, axis=0, ddof=1).tolist(),
    }


def bootstrap_cases():
    random = np.random.default_rng(2)
    rounded = lambda values: np.round(values, 4).tolist()
    skewed = rounded(random.lognormal(0, 1.2, 14))
    return [
        bootstrap_case("five units", [0.412, 0.455, 0.503, 0.521, 0.644]),
        bootstrap_case("nine accuracies", rounded(random.normal(0.5, 0.08, 9))),
        bootstrap_case("skewed to the right", skewed),
        bootstrap_case("skewed to the left", [-x for x in skewed]),
        bootstrap_case("skewed, level 0.8", skewed, 0.8),
        bootstrap_case("far from zero", [1e6 + x for x in rounded(random.normal(0, 1, 10))]),
    ]


def strata_case(name, groups):
    """The same for the mean over all values of several samples, each resampled by itself."""
    total = sum(len(group) for group in groups)
    ends = []
    for seed in range(SCIPY_SEEDS):
        result = stats.bootstrap(
            tuple(np.array(group) for group in groups),
            lambda *samples, axis: sum(np.sum(sample, axis=axis) for sample in samples) / total,
            n_resamples=10_000,
            method="BCa",
            rng=np.random.default_rng(seed),
        )
        ends.append([result.confidence_interval.low, result.confidence_interval.high])
    return {
        "name": name,
        "values": [x for group in groups for x in group],
        "strata": [str(k) for k, group in enumerate(groups) for _ in group],
        "seeds": SCIPY_SEEDS,
        "mean": np.mean(ends, axis=0).tolist(),
        "deviation": np.std(ends, axis=0, ddof=1).tolist(),
    }


def strata_cases():
    random = np.random.default_rng(8)
    draw = lambda mean, sd, n: np.round(random.normal(mean, sd, n), 4).tolist()
    skewed = np.round(random.lognormal(0, 1, 9), 4).tolist()
    return [
        strata_case("three corpora", [draw(0, 0.03, 9), draw(0.05, 0.02, 10), draw(-0.02, 0.05, 24)]),
        strata_case("two skewed ones far apart", [skewed, [10 + x for x in skewed[:6]]]),
    ]


def sign_flip_case(name, differences):
    result = stats.permutation_test(
        (np.array(differences),),
        lambda x, axis: np.mean(x, axis=axis),
        permutation_type="samples",
        n_resamples=np.inf,
        alternative="two-sided",
        vectorized=True,
        batch=10_000,
    )
    return {"name": name, "differences": differences, "p": float(result.pvalue)}


def sign_flip_cases():
    random = np.random.default_rng(3)
    draw = lambda mean, n: np.round(random.normal(mean, 1, n), 3).tolist()
    return [
        sign_flip_case("two of one sign", [0.3, 0.1]),
        sign_flip_case("five of one sign", [0.01, 0.02, 0.03, 0.04, 0.05]),
        sign_flip_case("equal differences, many ties", [0.1] * 9 + [-0.1] * 2),
        sign_flip_case("zeros among them", [0, 0, 0.2, 0.3, -0.1, 0.4, 0]),
        sign_flip_case("negative mean", [-0.4, -0.1, 0.2, -0.3, -0.6, 0.05, -0.2]),
        sign_flip_case("ties that rounding hides", [0.1, 0.2, 0.3, -0.3, 0.6, 0.7]),
        *[sign_flip_case(f"{n} drawn, mean {m}", draw(m, n)) for n, m in [(6, 0), (9, 0.5), (12, 0.7), (16, 0.4)]],
    ]


def sampled_sign_flip_case():
    """More units than have all their signs tried: a million draws by NumPy."""
    differences = np.round(np.random.default_rng(4).normal(0.35, 1, 24), 3)
    signs = np.random.default_rng(5)
    hits = 0
    for _ in range(10):
        drawn = signs.choice([-1.0, 1.0], (100_000, 24)) @ differences
        hits += int(np.sum(np.abs(drawn) >= abs(differences.sum()) - 1e-12))
    return {"differences": differences.tolist(), "p": hits / 1_000_000}


def normal_table():
    points = [-8, -5, -3.1, -1.96, -1, -0.3, 0, 0.01, 0.7, 1.5, 2.5758, 4, 6]
    shares = [1e-9, 5e-5, 0.001, 0.025, 0.2, 0.5, 0.51, 0.9, 0.975, 0.99995]
    return {
        "cumulative": [[x, float(stats.norm.cdf(x))] for x in points],
        "quantile": [[p, float(stats.norm.ppf(p))] for p in shares],
    }


def write(name, content):
    FIXTURES.mkdir(parents=True, exist_ok=True)
    (FIXTURES / f"{name}.json").write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="y_pred contains classes not in y_true")
    warnings.filterwarnings("ignore", message="A single label was found")
    write("scores", {"cases": list(score_cases()), "average": average_case()})
    write("bootstrap", {"cases": bootstrap_cases(), "normal": normal_table()})
    write("sign-flip", {"cases": sign_flip_cases(), "sampled": sampled_sign_flip_case()})
    write("bootstrap-strata", {"cases": strata_cases()})
