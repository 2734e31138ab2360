"""Makes contributions.json: two small models of LightGBM, node by node, and what it says of rows.

Made with lightgbm 4.7.0:
    pip install lightgbm==4.7.0 && python contributions.py

X holds the rows column by column (null is missing), levels the number of codes per column (0
numeric). A model has its objective, its trees as in dump_model() but without what no reader needs,
the raw scores, and the contributions (SHAP values; per row one for each column, then the expected
score).
"""

import json
import pathlib

import lightgbm as lgb
import numpy as np

LEVELS = [0, 0, 0, 0, 8]
TRAIN, TOLD = 320, 40
PARAMS = dict(
    learning_rate=0.2, num_leaves=8, min_child_samples=8, min_data_per_group=8, cat_smooth=2.0,
    verbose=-1, num_threads=1, deterministic=True, force_row_wise=True, boost_from_average=True,
    seed=1,
)
TREES = 12
KEPT = [
    "split_feature", "threshold", "decision_type", "default_left", "missing_type", "internal_count",
    "leaf_value", "leaf_count",
]


def draw(rows, rng):
    """Four columns of numbers, two of them with holes, and one of eight levels; a noisy score."""
    numbers = np.round(rng.normal(size=(rows, 4)), 3)
    level = rng.integers(0, 8, rows)
    score = numbers[:, 0] * (level % 3 - 1) + 0.8 * np.maximum(numbers[:, 1], numbers[:, 2])
    score += np.array([0.9, -1.2, 0.3, 1.5, -0.6, 0.0, -1.8, 0.7])[level] + 0.4 * numbers[:, 3]
    for column, effect in [(1, 1.0), (2, -1.0)]:
        hole = rng.random(rows) < 0.2
        numbers[hole, column] = np.nan
        score[hole] += effect
    return np.c_[numbers, level], score + rng.normal(scale=0.3, size=rows)


def told(rng):
    """Rows like those learned from; the last ones hold what was never learned from."""
    X, _ = draw(TOLD, rng)
    X[-1] = np.nan
    X[-2, 4] = 11  # an unknown level
    X[-3, 4] = -1
    X[-4, 4] = np.nan
    X[-5, [0, 3]] = np.nan  # columns without holes
    X[-6, :4] = [1e9, -1e9, 1e9, -1e9]
    X[-7, :4] = 0
    return X


def trimmed(node):
    out = {name: node[name] for name in KEPT if name in node}
    for side in ("left_child", "right_child"):
        if side in node:
            out[side] = trimmed(node[side])
    return out


def nodes(node):
    yield node
    for side in ("left_child", "right_child"):
        if side in node:
            yield from nodes(node[side])


def check(trees):
    """Every kind of split occurs, and the counts that weigh the branches add up."""
    inner = [node for tree in trees for node in nodes(tree) if "split_feature" in node]
    count = lambda node: node.get("internal_count", node.get("leaf_count"))
    assert all(count(n) == count(n["left_child"]) + count(n["right_child"]) for n in inner)
    assert any(n["decision_type"] == "==" and "||" in n["threshold"] for n in inner)
    numeric = [n for n in inner if n["decision_type"] == "<="]
    kinds = {(n["missing_type"], n["default_left"]) for n in numeric}
    assert {("NaN", True), ("NaN", False)} <= kinds and "None" in {kind for kind, _ in kinds}


def cases(X, score, rows):
    for objective, y in [("binary", score > 0), ("regression", score)]:
        data = lgb.Dataset(X, np.asarray(y, float), categorical_feature=[4])
        model = lgb.train({**PARAMS, "objective": objective}, data, TREES)
        trees = [trimmed(info["tree_structure"]) for info in model.dump_model()["tree_info"]]
        assert len(trees) == TREES
        check(trees)
        yield dict(
            objective=objective,
            trees=trees,
            raw=model.predict(rows, raw_score=True).tolist(),
            contributions=model.predict(rows, pred_contrib=True).tolist(),
        )


if __name__ == "__main__":
    rng = np.random.default_rng(11)
    X, score = draw(TRAIN, rng)
    rows = told(rng)
    number = lambda v: None if np.isnan(v) else int(v) if v == int(v) else float(v)
    out = dict(
        X=[[number(v) for v in column] for column in rows.T], levels=LEVELS,
        models=list(cases(X, score, rows)),
    )
    path = pathlib.Path(__file__).with_name("contributions.json")
    path.write_text(json.dumps(out, separators=(",", ":"), allow_nan=False))
