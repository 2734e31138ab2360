"""LightGBM's boosting and scikit-learn's forests, timed as `platform/ml/trees/examples/peer.rs` times ours.

`trees.py JOB`: the same job, and the same JSON as an answer.
"""

import ctypes
import json
import pathlib
import statistics
import sys
import time

import lightgbm
import numpy as np
from lightgbm.basic import _LIB, _safe_call
from sklearn import ensemble

#: How LightGBM may hold its histograms; which is fastest depends on the table, and trying takes it time.
LAYOUTS = ({}, {"force_col_wise": True}, {"force_row_wise": True})
OBJECTIVES = {"Binary": "binary", "Multiclass": "multiclass", "Squared": "regression"}


def boosting(job, parts):
    (features, target), (others, _) = parts
    parameters, rounds = of_lightgbm(job)
    data_parameters = {"max_bin": job["binning"]["max_bin"], "min_data_in_bin": 1, "verbosity": -1, "num_threads": job["threads"]}
    categorical = [place for place, levels in enumerate(job["levels"]) if levels]

    def fit(layout):
        data = lightgbm.Dataset(features, target, params=data_parameters | layout, categorical_feature=categorical)
        return lightgbm.train(parameters | layout, data, rounds)

    took = [timed(job["runs"], lambda layout=layout: fit(layout)) for layout in LAYOUTS]
    fits, model = min(took, key=lambda took: statistics.median(took[0]))
    batches, answers = timed(job["runs"], lambda: model.predict(others, num_threads=job["threads"]))
    row = one_by_one(job, [row[None] for row in others], lambda row: model.predict(row, num_threads=1))
    return fits, batches, row, by_the_c_interface(job, model, others), answers


def of_lightgbm(job):
    """Our names of parameters as LightGBM's; the defaults of the rest are the same."""
    ours = job["model"]["Boost"]
    tree, levels = ours["tree"], ours["categorical"]
    objective = ours["objective"]
    parameters = {
        "objective": OBJECTIVES[objective if isinstance(objective, str) else next(iter(objective))],
        "learning_rate": ours["learning_rate"],
        "num_leaves": tree["max_leaves"],
        "min_data_in_leaf": tree["min_child_samples"],
        "min_sum_hessian_in_leaf": tree["min_child_weight"],
        "lambda_l1": tree["lambda_l1"],
        "lambda_l2": tree["lambda_l2"],
        "cat_smooth": levels["cat_smooth"],
        "cat_l2": levels["cat_l2"],
        "max_cat_threshold": levels["max_cat_threshold"],
        "max_cat_to_onehot": levels["max_cat_to_onehot"],
        "min_data_per_group": levels["min_data_per_group"],
        "max_bin": job["binning"]["max_bin"],
        "min_data_in_bin": 1,
        "num_threads": job["threads"],
        "verbosity": -1,
    }
    if isinstance(objective, dict):
        parameters["num_class"] = objective["Multiclass"]["classes"]
    return parameters, ours["n_estimators"]


def by_the_c_interface(job, model, others):
    """Single rows past LightGBM's Python code: its function for one row after the other, called with pointers."""
    handle, length = ctypes.c_void_p(), ctypes.c_int64()
    result = np.empty(model.num_model_per_iteration())
    _safe_call(_LIB.LGBM_BoosterPredictForMatSingleRowFastInit(
        model._handle, ctypes.c_int(0), ctypes.c_int(0), ctypes.c_int(-1), ctypes.c_int(1),
        ctypes.c_int32(others.shape[1]), ctypes.c_char_p(b"num_threads=1"), ctypes.byref(handle),
    ))
    out, size = result.ctypes.data_as(ctypes.POINTER(ctypes.c_double)), ctypes.byref(length)
    predict = _LIB.LGBM_BoosterPredictForMatSingleRowFast
    rows = [row.ctypes.data_as(ctypes.c_void_p) for row in others]
    took = one_by_one(job, rows, lambda row: predict(handle, row, size, out))
    _safe_call(predict(handle, rows[-1], size, out))
    if not np.allclose(result, model.predict(others[-1:])):
        raise RuntimeError(f"LightGBM's interfaces differ: {result} and {model.predict(others[-1:])}")
    _safe_call(_LIB.LGBM_FastConfigFree(handle))
    return took


def forest(job, parts):
    (features, target), (others, _) = parts
    ours = job["model"]["Forest"]
    kind = ensemble.RandomForestRegressor if ours["task"] == "Regression" else ensemble.RandomForestClassifier

    def fit():
        return kind(
            ours["n_estimators"],
            max_features={"Sqrt": "sqrt", "All": 1.0}[ours["max_features"]],
            min_samples_leaf=ours["min_samples_leaf"],
            min_samples_split=ours["min_samples_split"],
            n_jobs=job["threads"],
            random_state=0,
        ).fit(features, target)

    fits, model = timed(job["runs"], fit)
    predict = getattr(model, "predict_proba", model.predict)
    batches, answers = timed(job["runs"], lambda: predict(others))
    # Threads are no help for one row.
    model.n_jobs = 1
    row = one_by_one(job, [row[None] for row in others], predict)
    return fits, batches, row, None, answers[:, 1] if answers.ndim == 2 and answers.shape[1] == 2 else answers


def timed(runs, work):
    took = []
    for _ in range(runs):
        begun = time.perf_counter()
        result = work()
        took.append(time.perf_counter() - begun)
    return took, result


def one_by_one(job, rows, predict):
    """Median seconds of one call, after a tenth of the calls to warm up."""
    calls = job["row_calls"]
    rows = rows[:calls]
    took = []
    for call in range(calls + calls // 10):
        row = rows[call % len(rows)]
        begun = time.perf_counter_ns()
        predict(row)
        took.append(time.perf_counter_ns() - begun)
    return statistics.median(took[calls // 10:]) / 1e9


def read(job):
    """The rows to learn from and the others, each as a matrix and the target."""
    values = np.fromfile(job["data"], "<f8")
    columns = len(job["levels"]) + 1
    first = job["rows"][0] * columns
    for part in (values[:first], values[first:]):
        part = part.reshape(columns, -1)
        yield np.ascontiguousarray(part[:-1].T), part[-1]


if __name__ == "__main__":
    job = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    work = boosting if "Boost" in job["model"] else forest
    fits, batches, row, fast_row, answers = work(job, list(read(job)))
    np.ascontiguousarray(answers, "<f8").tofile(job["answers"])
    print(json.dumps({"fit_s": fits, "batch_s": batches, "row_s": row, "fast_row_s": fast_row}))
