"""Writes target_encoding.json: what scikit-learn's TargetEncoder makes of levels.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn
    /tmp/venv/bin/python make_target_encoding.py > target_encoding.json
"""

import json
import sys

import numpy as np
import sklearn
from sklearn.preprocessing import TargetEncoder

rng = np.random.default_rng(20261123)
rows, levels = 120, (3, 12)
x = np.column_stack([rng.integers(0, count, rows) for count in levels]).astype(float)
# A level that no row has, and cells that are missing.
x[x[:, 1] == 7, 1] = 8
x[rng.random(rows) < 0.1, 1] = np.nan
asked = np.array([[0, 0], [1, 5], [2, 7], [0, np.nan], [2, 11]], dtype=float)
noise = rng.normal(size=rows)
score = np.nan_to_num(x[:, 1], nan=4.0) / 6 + noise
targets = {
    "binary": (score > 1).astype(int),
    "multiclass": np.digitize(score, [0.3, 1.4]),
    "continuous": np.round(score * 64) / 64,
}

cases = []
for kind, y in targets.items():
    for smooth in (0.0, 5.0):
        encoder = TargetEncoder(smooth=smooth, target_type=kind).fit(x, y)
        answers = encoder.transform(asked)
        cases.append(dict(kind=kind, smooth=smooth, y=y.tolist(), answers=answers.T.tolist()))


def told(column):
    return [None if np.isnan(value) else value for value in column]


json.dump(
    dict(
        scikit_learn=sklearn.__version__,
        levels=levels,
        x=[told(column) for column in x.T],
        asked=[told(column) for column in asked.T],
        cases=cases,
    ),
    sys.stdout,
    indent=1,
)
print()
