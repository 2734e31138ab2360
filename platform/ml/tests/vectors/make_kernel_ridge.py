"""Writes kernel_ridge.json: what scikit-learn's KernelRidge answers, and what it answers for each row
when it has learned from the others.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn
    /tmp/venv/bin/python make_kernel_ridge.py > kernel_ridge.json
"""

import json
import sys

import numpy as np
import sklearn
from sklearn.kernel_ridge import KernelRidge

rng = np.random.default_rng(20261123)
rows, columns = 40, 3
# Multiples of 1/64 are exact in 32 bits, in which rows are stored.
x = np.round(rng.normal(size=(rows, columns)) * 64) / 64
asked = np.round(rng.normal(size=(10, columns)) * 64) / 64
y = np.sin(x[:, 0]) + 0.5 * x[:, 1] ** 2 + 0.1 * rng.normal(size=rows) + 3.0

cases = []
for kernel in ["rbf", "laplacian"]:
    for alpha, gamma in [(0.3, 0.1), (0.01, 0.5), (2.0, 2.0)]:
        fitted = KernelRidge(kernel=kernel, alpha=alpha, gamma=gamma)
        mean = y.mean()
        answers = mean + fitted.fit(x, y - mean).predict(asked)
        left_out = []
        for row in range(rows):
            others = np.arange(rows) != row
            fitted.fit(x[others], y[others] - mean)
            left_out.append(float(y[row] - mean - fitted.predict(x[[row]])[0]))
        cases.append(dict(kernel=kernel, alpha=alpha, gamma=gamma, answers=list(answers), residuals=left_out))

json.dump(
    dict(
        scikit_learn=sklearn.__version__,
        x=x.T.tolist(),
        y=y.tolist(),
        asked=asked.T.tolist(),
        cases=cases,
    ),
    sys.stdout,
    indent=1,
)
print()
