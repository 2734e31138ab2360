"""Makes boosters.json: small tables and the test scores LightGBM and scikit-learn reach on them.
Makes same_trees.json as well, of which same_trees.py tells.

Made with lightgbm 4.7.0 and scikit-learn 1.9.1:
    pip install lightgbm==4.7.0 scikit-learn==1.9.1 && python make.py

A table is {X: columns, levels: per column (0 numeric), y, train: number of leading rows to learn
from}; null is missing. A case names its table, the parameters, the score on the rows learned from and on the other rows.
"""

import json
import pathlib

import lightgbm as lgb
import numpy as np
from sklearn import datasets, ensemble, metrics

import same_trees


def table(X, y, levels=None):
    order = np.random.default_rng(7).permutation(len(y))
    X, y = np.asarray(X, float)[order], np.asarray(y, float)[order]
    return dict(X=X, y=y, levels=levels or [0] * X.shape[1], train=int(len(y) * 0.7))


def mixed(rows=900):
    """Numbers with holes, a column of 30 levels and one of 3; yes or no."""
    r = np.random.default_rng(3)
    effect = r.normal(size=30)
    level, few = r.integers(0, 30, rows), r.integers(0, 3, rows)
    a, b = np.round(r.normal(size=rows), 3), np.round(r.normal(size=rows), 3)
    score = a * (few == 1) - b * (few == 2) + 1.5 * effect[level]
    hole = r.random(rows) < 0.2
    score[hole] += 1.0
    a = np.where(hole, np.nan, a)
    return table(np.c_[a, b, level, few], r.random(rows) < 1 / (1 + np.exp(-score)), [0, 0, 30, 3])


def sklearn_table(load, **kw):
    return table(*load(return_X_y=True, **kw))


TABLES = dict(
    breast_cancer=sklearn_table(datasets.load_breast_cancer),
    wine=sklearn_table(datasets.load_wine),
    diabetes=sklearn_table(datasets.load_diabetes, scaled=False),
    mixed=mixed(),
)
BASE = dict(
    learning_rate=0.05, num_leaves=15, min_child_samples=10, verbose=-1, num_threads=1,
    deterministic=True, min_data_in_bin=1, boost_from_average=True, seed=1,
)
CASES = [
    ("breast_cancer", dict(objective="binary")),
    ("breast_cancer", dict(objective="binary", lambda_l1=0.5, lambda_l2=5.0, max_depth=4)),
    ("breast_cancer", dict(objective="binary", bagging_fraction=0.7, bagging_freq=1,
                           feature_fraction=0.5)),
    ("wine", dict(objective="multiclass", num_class=3)),
    ("diabetes", dict(objective="regression")),
    ("diabetes", dict(objective="regression_l1")),
    ("diabetes", dict(objective="quantile", alpha=0.8)),
    ("diabetes", dict(objective="poisson")),
    ("diabetes", dict(objective="tweedie", tweedie_variance_power=1.3)),
    ("mixed", dict(objective="binary")),
    ("mixed", dict(objective="binary", extra_trees=True)),
]
ROUNDS = 100


def pinball(y, p, alpha):
    return float(np.mean(np.maximum(alpha * (y - p), (alpha - 1) * (y - p))))


def score(objective, y, p, params):
    if objective in ("binary", "multiclass"):
        return metrics.log_loss(y, p)
    if objective == "regression_l1":
        return metrics.mean_absolute_error(y, p)
    if objective == "quantile":
        return pinball(y, p, params["alpha"])
    return metrics.root_mean_squared_error(y, p)


def lightgbm_cases():
    for name, params in CASES:
        t = TABLES[name]
        n, cats = t["train"], [i for i, l in enumerate(t["levels"]) if l]
        data = lgb.Dataset(t["X"][:n], t["y"][:n], categorical_feature=cats)
        model = lgb.train({**BASE, **params}, data, ROUNDS)
        value = lambda rows: round(
            float(score(params["objective"], t["y"][rows], model.predict(t["X"][rows]), params)), 6
        )
        yield dict(table=name, params=params, train=value(slice(n)), score=value(slice(n, None)))


def forest_cases():
    for name, kind, model in [
        ("breast_cancer", "random_forest", ensemble.RandomForestClassifier),
        ("breast_cancer", "extra_trees", ensemble.ExtraTreesClassifier),
        ("wine", "random_forest", ensemble.RandomForestClassifier),
        ("wine", "extra_trees", ensemble.ExtraTreesClassifier),
        ("diabetes", "random_forest", ensemble.RandomForestRegressor),
        ("diabetes", "extra_trees", ensemble.ExtraTreesRegressor),
    ]:
        t = TABLES[name]
        n, scores = t["train"], []
        for seed in range(5):
            fit = model(300, min_samples_leaf=2, random_state=seed).fit(t["X"][:n], t["y"][:n])
            if "Classifier" in model.__name__:
                scores.append(metrics.log_loss(t["y"][n:], fit.predict_proba(t["X"][n:])))
            else:
                p = fit.predict(t["X"][n:])
                scores.append(metrics.root_mean_squared_error(t["y"][n:], p))
        yield dict(table=name, kind=kind, score=round(float(np.mean(scores)), 6))


def numbers(values):
    return [None if np.isnan(v) else int(v) if v == int(v) else float(v) for v in values]


def compact(t):
    return dict(
        X=[numbers(column) for column in t["X"].T], y=numbers(t["y"]), levels=t["levels"],
        train=t["train"],
    )


def write(name, out):
    path = pathlib.Path(__file__).with_name(name)
    path.write_text(json.dumps(out, separators=(",", ":"), allow_nan=False))


if __name__ == "__main__":
    out = dict(
        tables={name: compact(t) for name, t in TABLES.items()}, rounds=ROUNDS,
        boosters=list(lightgbm_cases()), forests=list(forest_cases()),
    )
    write("boosters.json", out)
    write("same_trees.json", same_trees.document(numbers))
    for case in out["boosters"] + out["forests"]:
        print(case)
