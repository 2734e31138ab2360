"""Writes metrics.json: scores and curves of scikit-learn for small made-up predictions.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn
    /tmp/venv/bin/python make_metrics.py > metrics.json
"""

import json
import sys

import numpy as np
import sklearn
from sklearn import metrics as m
from sklearn.calibration import calibration_curve

rng = np.random.default_rng(20240607)


def floats(values):
    """Shortest texts that read back exactly; JSON knows no infinity."""
    return [repr(float(v)) for v in values]


def binary_case(name, truth, score, positive=1):
    truth = np.asarray(truth)
    score = np.asarray(score, dtype=float)  # probability of class 1
    proba = np.column_stack([1 - score, score])
    label = proba.argmax(axis=1)
    of_positive = proba[:, positive]
    is_positive = (truth == positive).astype(int)
    average = dict(pos_label=positive, average="binary", zero_division=0)
    scores = {
        "roc_auc": m.roc_auc_score(is_positive, of_positive),
        "average_precision": m.average_precision_score(is_positive, of_positive),
        "log_loss": m.log_loss(truth, proba, labels=[0, 1]),
        "accuracy": m.accuracy_score(truth, label),
        "balanced_accuracy": m.balanced_accuracy_score(truth, label),
        "f1": m.f1_score(truth, label, **average),
        "precision": m.precision_score(truth, label, **average),
        "recall": m.recall_score(truth, label, **average),
        "mcc": m.matthews_corrcoef(truth, label),
        "brier": m.brier_score_loss(is_positive, of_positive),
    }
    fpr, tpr, roc_at = m.roc_curve(is_positive, of_positive)
    precision, recall, pr_at = m.precision_recall_curve(is_positive, of_positive)
    curves = {
        "roc": [floats(fpr), floats(tpr), floats(roc_at)],
        "precision_recall": [floats(precision), floats(recall), floats(pr_at)],
    }
    for strategy in ["uniform", "quantile"]:
        observed, predicted = calibration_curve(
            is_positive, of_positive, n_bins=5, strategy=strategy
        )
        curves["calibration_" + strategy] = [floats(predicted), floats(observed)]
    return case(name, 2, positive, truth, proba, scores) | {
        "curves": curves,
        "confusion": m.confusion_matrix(truth, label, labels=[0, 1]).tolist(),
    }


def multiclass_case(name, truth, proba):
    truth, proba = np.asarray(truth), np.asarray(proba)
    classes = proba.shape[1]
    label = proba.argmax(axis=1)
    average = dict(average="macro", zero_division=0)
    scores = {
        "log_loss": m.log_loss(truth, proba, labels=range(classes)),
        "accuracy": m.accuracy_score(truth, label),
        "balanced_accuracy": m.balanced_accuracy_score(truth, label),
        "f1": m.f1_score(truth, label, **average),
        "precision": m.precision_score(truth, label, **average),
        "recall": m.recall_score(truth, label, **average),
        "mcc": m.matthews_corrcoef(truth, label),
    }
    if len(set(truth)) == classes:
        scores["roc_auc"] = m.roc_auc_score(truth, proba, multi_class="ovr", average="macro")
    return case(name, classes, 0, truth, proba, scores) | {
        "confusion": m.confusion_matrix(truth, label, labels=range(classes)).tolist()
    }


def regression_case(name, truth, predicted):
    truth, predicted = np.asarray(truth, float), np.asarray(predicted, float)
    scores = {
        "rmse": m.root_mean_squared_error(truth, predicted),
        "mse": m.mean_squared_error(truth, predicted),
        "mae": m.mean_absolute_error(truth, predicted),
        "median_ae": m.median_absolute_error(truth, predicted),
        "r2": m.r2_score(truth, predicted),
        "mape": m.mean_absolute_percentage_error(truth, predicted),
    }
    if min(truth.min(), predicted.min()) > -1:
        scores["rmsle"] = m.root_mean_squared_log_error(truth, predicted)
    return {
        "name": name,
        "truth": floats(truth),
        "predictions": floats(predicted),
        "scores": {k: repr(float(v)) for k, v in scores.items()},
    }


def case(name, classes, positive, truth, proba, scores):
    return {
        "name": name,
        "classes": classes,
        "positive": positive,
        "truth": [int(t) for t in truth],
        "predictions": floats(proba.reshape(-1)),
        "scores": {k: repr(float(v)) for k, v in scores.items()},
    }


def logistic(t):
    return 1 / (1 + np.exp(-t))


truth = rng.integers(0, 2, 60)
good = logistic(2 * (truth - 0.5) + rng.normal(size=60))
rare = (np.arange(50) < 3).astype(int)
cases = [
    binary_case("ordinary", truth, good),
    binary_case("class 0 is positive", truth, good, positive=0),
    binary_case("ties", truth, np.round(good, 1)),
    binary_case("rare", rare, logistic(rare - 2 + rng.normal(size=50))),
    binary_case("sure and wrong", [0, 1, 0, 1], [1.0, 0.0, 0.0, 1.0]),
    binary_case("one score", [0, 1, 1], [0.5, 0.5, 0.5]),
    binary_case("nothing found", [0, 1, 0, 1, 0], [0.1, 0.2, 0.3, 0.4, 0.0]),
]
truth = rng.integers(0, 4, 60)
raw = rng.normal(size=(60, 4)) + 1.5 * np.eye(4)[truth]
proba = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
cases.append(multiclass_case("ordinary", truth, proba))
absent = np.where(truth == 2, 1, truth)
cases.append(multiclass_case("a class is absent", absent, proba))
constant = np.tile([0.1, 0.2, 0.3, 0.4], (60, 1))
cases.append(multiclass_case("always the same", truth, constant))

values = rng.normal(size=41) * 10
plus = np.abs(values)
regression = [
    regression_case("ordinary", values, values + rng.normal(size=41)),
    regression_case("not negative", plus, np.abs(plus + rng.normal(size=41))),
    regression_case("even number of rows", values[:40], values[:40] * 1.1),
    regression_case("constant target", [3.0] * 5, [3.0, 3.1, 2.9, 3.0, 3.0]),
    regression_case("constant and right", [3.0] * 5, [3.0] * 5),
    regression_case("zeros", [0.0, 0.0, 1.0], [0.0, 0.5, 1.0]),
]
json.dump(
    {
        "made_by": f"make_metrics.py, scikit-learn {sklearn.__version__}",
        "classification": cases,
        "regression": regression,
    },
    sys.stdout,
)
