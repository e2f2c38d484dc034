"""Writes test/fixtures/statistics/svm.json with scikit-learn's SVC: RBF kernel, balanced classes.

    python tools/oracle/svm_fixtures.py
"""

import json
from pathlib import Path

import numpy as np
from sklearn.svm import SVC

FILE = Path(__file__).parents[2] / "test" / "fixtures" / "statistics" / "svm.json"


def case(classes: int, counts: list[int], dimensions: int, cost: float, gamma: float) -> dict:
    random = np.random.default_rng(classes)
    centres = random.normal(0, 0.7, (classes, dimensions))
    y = np.repeat(np.arange(classes), counts)
    y = random.permutation(y)
    x = np.round(centres[y] + random.normal(0, 1, (len(y), dimensions)), 3)
    labels = random.integers(0, classes, 40)
    test = np.round(centres[labels] + random.normal(0, 1, (40, dimensions)), 3)
    svc = SVC(C=cost, gamma=gamma, class_weight="balanced", tol=1e-3, break_ties=classes > 2).fit(x, y)
    decisions = svc.decision_function(test)
    return {
        "classes": classes,
        "cost": cost,
        "gamma": gamma,
        "rows": x.tolist(),
        "labels": y.tolist(),
        "test": test.tolist(),
        "supports": int(svc.n_support_.sum()),
        "predictions": svc.predict(test).tolist(),
        # [40, classes], one against the rest; for two classes the one decision of class 1
        "decisions": decisions.tolist(),
    }


if __name__ == "__main__":
    cases = [case(4, [30, 12, 20, 8], 6, 2, 0.05), case(2, [25, 10], 5, 1, 0.2)]
    FILE.write_text(json.dumps(cases) + "\n")
