"""What make.py writes to same_trees.json: boosters whose trees LightGBM and this crate share.

Columns have few distinct values, so that both sides cut them into the same bins. LightGBM guesses
row counts from hessians, so limits on rows are only set where the hessian is one; elsewhere a
minimum of hessian keeps leaves from being so small that two columns cut them alike, a tie that
each side breaks its own way. Targets and weights are binary fractions, which single precision
holds.

A table is {X: columns, levels: per column (0 numeric), targets: by name, weights}; null is
missing. A case names its table, target and parameters beyond the base. In `same`, a booster learns
from all rows and has predictions for every fifth: those it learned from, since between the values
of a leaf's own rows the two sides put thresholds at different places. In `alike`, `score` is the
mean loss over ten folds (row modulo ten), each told by a booster that did not see it.
"""

import lightgbm as lgb
import numpy as np

BASE = dict(
    learning_rate=0.1, num_leaves=12, min_data_in_leaf=0, min_sum_hessian_in_leaf=4.4,
    min_data_per_group=5, cat_smooth=2.0, min_data_in_bin=1, enable_bundle=False,
    feature_pre_filter=False, verbose=-1, num_threads=1, deterministic=True, force_col_wise=True,
)
ROUNDS = 30
ROWS, FOLDS = 600, 10


def steps(r, low, high):
    return r.integers(low, high + 1, ROWS).astype(float)


def table(r, columns, levels, score):
    """One score, as it is and as a class, a count, and yes or no."""
    score = np.round(16 * (score + r.normal(scale=0.7, size=ROWS))) / 16
    targets = dict(
        number=score, sign=score > 0, count=np.floor(np.exp(0.5 * score)),
        third=np.digitize(score, [-0.8, 0.9]),
    )
    return dict(
        X=np.stack(columns, 1), levels=levels, weights=r.integers(1, 17, ROWS) / 4,
        targets={name: np.asarray(y, float) for name, y in targets.items()},
    )


def numbers():
    r = np.random.default_rng(21)
    a, b, c, d = steps(r, -5, 6), steps(r, 1, 9), steps(r, 0, 13), steps(r, -20, -1)
    score = 0.3 * a * (b > 4) - 0.25 * (b - 5) + np.sin(c) + 0.03 * d
    return table(r, [a, b, c, d], [0] * 4, score)


def holes():
    """Missing means much in the first column, little in the second, and is like a small number in
    the third."""
    r = np.random.default_rng(22)
    a, b, c, d = steps(r, -5, 6), steps(r, 1, 9), steps(r, 0, 13), steps(r, 1, 15)
    score = 0.3 * a * (b > 4) + np.sin(c) + 0.1 * (d - 8)
    for column, share, effect in [(a, 0.25, 1.5), (b, 0.15, 0.0), (c, 0.2, 0.8)]:
        hole = r.random(ROWS) < share
        score[hole] += effect
        column[hole] = np.nan
    return table(r, [a, b, c, d], [0] * 4, score)


def levels(share=0.0):
    """Columns of 24, 8 and 3 levels and a number; a share of the first column is missing, and
    that means much."""
    r = np.random.default_rng(23)
    many, some, few, a = steps(r, 0, 23), steps(r, 0, 7), steps(r, 0, 2), steps(r, -5, 6)
    score = r.normal(size=24)[many.astype(int)] + 0.3 * a * (few - 1)
    score += np.array([0.9, -0.7, 0.2, 0, 0, 0.5, -0.4, 0.1])[some.astype(int)]
    hole = r.random(ROWS) < share
    many[hole] = np.nan
    score[hole] += 2.5
    return table(r, [many, some, few, a], [24, 8, 3, 0], score)


TABLES = dict(numbers=numbers(), holes=holes(), levels=levels(), level_holes=levels(0.15))
TARGETS = dict(
    regression="number", regression_l1="number", quantile="number", binary="sign",
    multiclass="third", poisson="count", tweedie="count",
)
MANY = dict(lambda_l1=1.5, lambda_l2=4.0, min_gain_to_split=2.5, max_depth=3, num_leaves=6)
# What is one side's own, and so only has to work as well: the rows of a level are guessed from
# hessians (1), as are those of a leaf (2); a level that is missing never goes left in LightGBM
# (3); a quantile between two rows is interpolated, and of weighted rows it is another one (4); a
# split of a leaf that monotone constraints have clipped must beat that leaf at its clipped value
# here, in LightGBM at its free one (5).
ALIKE = [
    ("levels", "binary", {}),  # 1
    ("levels", "multiclass", {}),
    ("levels", "poisson", {}),
    ("levels", "binary", dict(cat_smooth=10.0, cat_l2=2.0, max_cat_threshold=4)),
    ("numbers", "binary", dict(min_data_in_leaf=20)),  # 2
    ("numbers", "poisson", dict(min_data_in_leaf=20)),
    ("numbers", "regression", dict(weights=True, min_data_in_leaf=20)),
    ("level_holes", "regression", {}),  # 3
    ("level_holes", "binary", {}),
    ("level_holes", "multiclass", {}),
    ("numbers", "quantile", dict(alpha=0.8)),  # 4
    ("numbers", "quantile", dict(alpha=0.1)),
    ("holes", "quantile", dict(alpha=0.4)),
    ("numbers", "regression_l1", dict(weights=True)),
    ("numbers", "quantile", dict(weights=True, alpha=0.6)),
    ("numbers", "regression", dict(monotone_constraints=[1, -1, 0, 1])),  # 5
    ("holes", "binary", dict(monotone_constraints=[1, -1, 0, 1])),
]


def same():
    """Cases that share every tree."""
    yield "numbers", "regression", {}
    yield "numbers", "regression", dict(learning_rate=0.3)
    yield "numbers", "regression", dict(boost_from_average=False)
    yield "numbers", "regression", dict(min_data_in_leaf=45)
    for objective in ("regression", "binary"):
        yield "numbers", objective, dict(lambda_l1=5.0)
        yield "numbers", objective, dict(lambda_l2=10.0)
        yield "numbers", objective, dict(min_gain_to_split=3.0)
        yield "numbers", objective, dict(min_sum_hessian_in_leaf=15.5)
        yield "numbers", objective, dict(max_depth=3)
        yield "numbers", objective, dict(num_leaves=5)
    for objective in ("regression", "binary", "multiclass", "poisson", "tweedie"):
        yield "numbers", objective, dict(weights=True)
        yield "numbers", objective, MANY
        yield "holes", objective, {}
    yield "numbers", "tweedie", dict(tweedie_variance_power=1.2)
    # Gradients of plus and minus one make ties, the fewer the larger the leaves are.
    yield "numbers", "regression_l1", dict(min_data_in_leaf=30)
    yield "numbers", "regression_l1", MANY
    yield "numbers", "quantile", dict(alpha=0.5, min_data_in_leaf=30)
    yield "holes", "regression_l1", dict(min_data_in_leaf=30)
    yield "holes", "regression", dict(weights=True, lambda_l1=5.0, num_leaves=5)
    # So low a tree has clipped leaves, and none of them is a candidate for a split.
    for name, objective in [("numbers", "regression"), ("holes", "binary")]:
        yield name, objective, dict(max_depth=2, monotone_constraints=[1, -1, 1, 1])
    yield "levels", "regression", {}
    yield "levels", "regression", dict(cat_smooth=18.5)
    yield "levels", "regression", dict(cat_l2=0.0)
    yield "levels", "regression", dict(max_cat_threshold=2)
    yield "levels", "regression", dict(min_data_per_group=60)
    # LightGBM counts a bin for what is missing as a level: just enough for eight, too few for three.
    yield "levels", "regression", dict(max_cat_to_onehot=9)
    yield "levels", "regression", dict(max_cat_to_onehot=3)
    yield "levels", "regression", MANY


def fitted(name, objective, params, rows=slice(None)):
    own, t = dict(params), TABLES[name]
    weights = t["weights"][rows] if own.pop("weights", False) else None
    if objective == "multiclass":
        own["num_class"] = 3
    data = lgb.Dataset(
        t["X"][rows], t["targets"][TARGETS[objective]][rows], weight=weights,
        categorical_feature=[i for i, l in enumerate(t["levels"]) if l],
    )
    return lgb.train({**BASE, "objective": objective, **own}, data, ROUNDS)


def loss(objective, y, p, weights, alpha):
    """Logarithmic loss, pinball loss or root of the squared error."""
    if objective == "binary":
        return np.average(-np.log(np.where(y == 1, p, 1 - p)), weights=weights)
    if objective == "multiclass":
        return np.average(-np.log(p[np.arange(len(y)), y.astype(int)]), weights=weights)
    if objective in ("quantile", "regression_l1"):
        return np.average(np.maximum(alpha * (y - p), (alpha - 1) * (y - p)), weights=weights)
    return np.average((y - p) ** 2, weights=weights) ** 0.5


def over_folds(name, objective, params):
    t, fold, losses = TABLES[name], np.arange(ROWS) % FOLDS, []
    y = t["targets"][TARGETS[objective]]
    weights = t["weights"] if "weights" in params else np.ones(ROWS)
    for out in range(FOLDS):
        told = fold == out
        p = fitted(name, objective, params, ~told).predict(t["X"][told])
        alpha = params.get("alpha", 0.5)
        losses.append(loss(objective, y[told], p, weights[told], alpha))
    return round(float(np.mean(losses)), 6)


def check_directions():
    """Where values are missing, some splits send them left and some right."""
    seen = set()

    def visit(node):
        if "split_feature" in node:
            seen.add((node["split_feature"], node["default_left"]))
            visit(node["left_child"])
            visit(node["right_child"])

    for tree in fitted("holes", "regression", {}).dump_model()["tree_info"]:
        visit(tree["tree_structure"])
    assert seen >= {(column, left) for column in range(3) for left in (False, True)}, seen


def document(numbers):
    """All of it; `numbers` makes a list for JSON."""
    tables = {
        name: dict(
            X=[numbers(column) for column in t["X"].T], levels=t["levels"],
            weights=numbers(t["weights"]),
            targets={name: numbers(y) for name, y in t["targets"].items()},
        )
        for name, t in TABLES.items()
    }
    check_directions()
    case = lambda name, objective, params: dict(
        table=name, objective=objective, target=TARGETS[objective], params=params
    )
    told = lambda *c: fitted(*c).predict(TABLES[c[0]]["X"][::5]).ravel().round(7)
    return dict(
        tables=tables, base=BASE, rounds=ROUNDS,
        same=[dict(case(*c), p=numbers(told(*c))) for c in same()],
        alike=[dict(case(*c), score=over_folds(*c)) for c in ALIKE],
    )
