"""What each peer learns from a table and answers to the rows held out.

`automl.py JOB`: the job is JSON with the `peer`, the `task`, `metric` and `target`, the files `train` and `test` (CSV,
without the target), the file `answers` to write as `microlearn predict` does, `seconds` and `threads`. Prints JSON.
"""

import json
import logging
import pathlib
import sys
import time
import warnings

import numpy as np
import pandas as pd

REGRESSION = "regression"


def flaml(job, features, target):
    from flaml import AutoML

    model = AutoML()
    task = REGRESSION if job["task"] == REGRESSION else "classification"
    model.fit(
        features, target, task=task, metric=job["metric"], time_budget=job["seconds"], n_jobs=job["threads"], seed=0, verbose=0,
    )
    return model, {"best": model.best_estimator}


def autogluon(job, features, target):
    from autogluon.tabular import TabularPredictor

    metric = {"rmse": "root_mean_squared_error"}.get(job["metric"], job["metric"])
    folder = str(pathlib.Path(job["answers"]).with_name("autogluon"))
    model = TabularPredictor(job["target"], problem_type=job["task"], eval_metric=metric, path=folder, verbosity=0)
    model.fit(
        features.assign(**{job["target"]: target}), presets="high_quality", time_limit=job["seconds"], num_cpus=job["threads"],
        # On small tables a member that was not refitted is asked for the folds it was bagged from.
        save_bag_folds=True,
    )
    return model, {"best": model.model_best}


def hist_gradient_boosting(job, features, target):
    from sklearn import ensemble

    kind = ensemble.HistGradientBoostingRegressor if job["task"] == REGRESSION else ensemble.HistGradientBoostingClassifier
    return kind(random_state=0).fit(features, target), {}


def lightgbm(job, features, target):
    import lightgbm

    kind = lightgbm.LGBMRegressor if job["task"] == REGRESSION else lightgbm.LGBMClassifier
    return kind(n_jobs=job["threads"], random_state=0, verbose=-1).fit(features, target), {}


PEERS = {
    "flaml": flaml, "autogluon": autogluon, "hist_gradient_boosting": hist_gradient_boosting, "lightgbm": lightgbm,
}


def read(job):
    """Words are categories to all of them; a word that was not learned from is missing."""
    names = {job["target"]: str} if job["task"] != REGRESSION else None
    train = pd.read_csv(job["train"], dtype=names)
    target = train.pop(job["target"])
    test = pd.read_csv(job["test"])
    for name in train.columns:
        if not pd.api.types.is_numeric_dtype(train[name]) or not pd.api.types.is_numeric_dtype(test[name]):
            train[name] = train[name].map(str, na_action="ignore").astype("category")
            test[name] = pd.Categorical(test[name].map(str, na_action="ignore"), categories=train[name].cat.categories)
    return train, target, test


def answer(job, model, test):
    """A number a row, or one a class, under the names that `microlearn predict` gives them."""
    if job["task"] == REGRESSION:
        return pd.DataFrame({"prediction": np.asarray(model.predict(test))})
    shares = pd.DataFrame(np.asarray(model.predict_proba(test)), columns=labels(model))
    return shares.add_prefix("p_")


def labels(model):
    """The classes in the order of the shares."""
    for name in ("class_labels", "classes_"):
        if (found := getattr(model, name, None)) is not None:
            return list(found)
    raise AttributeError("the model does not name its classes")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    job = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    train, target, test = read(job)
    begun = time.monotonic()
    model, more = PEERS[job["peer"]](job, train, target)
    fitted = time.monotonic()
    answers = answer(job, model, test)
    predicted = time.monotonic()
    answers.to_csv(job["answers"], index=False)
    # A library may have left its line open.
    print()
    print(json.dumps({"fit_s": fitted - begun, "predict_s": predicted - fitted} | more))
