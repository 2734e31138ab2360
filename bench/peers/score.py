"""Scores answers with scikit-learn's metrics.

`score.py JOB`: the job is JSON with `task`, `truth` (numbers, or places in the list of classes) and `answers`: for each
who answered, a number a row, of a binary task the probability of the second class, of a multiclass task one a class.
"""

import json
import pathlib
import sys

import numpy as np
from sklearn import metrics


def score(task, truth, answer):
    if task == "binary":
        return metrics.roc_auc_score(truth, answer)
    if task == "multiclass":
        return metrics.log_loss(truth, shares(answer), labels=range(answer.shape[1]))
    return metrics.root_mean_squared_error(truth, answer)


def losses(task, truth, answer):
    """The loss of each row: logarithmic or squared."""
    if task == "regression":
        return (truth - answer) ** 2
    both = np.c_[1 - answer, answer] if task == "binary" else answer
    of_truth = shares(both)[np.arange(len(truth)), truth.astype(int)]
    return -np.log(np.clip(of_truth, 1e-15, 1))


def shares(answer):
    """Of answers that were rounded for printing, too, the sum is one."""
    return answer / answer.sum(axis=1, keepdims=True)


def apart(task, truth, ours, theirs):
    """The mean difference of the rows' losses in its standard errors; above 0, ours are larger."""
    difference = losses(task, truth, ours) - losses(task, truth, theirs)
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    return float(difference.mean() / error) if error > 0 else 0.0


if __name__ == "__main__":
    job = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    task, truth = job["task"], np.array(job["truth"], float)
    answers = {name: np.array(answer, float) for name, answer in job["answers"].items()}
    told = {"scores": {name: float(score(task, truth, answer)) for name, answer in answers.items()}}
    if len(answers) == 2:
        told["apart"] = apart(task, truth, *answers.values())
    print(json.dumps(told))
