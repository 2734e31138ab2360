#!/usr/bin/env python3
"""Compares our histogram trees with LightGBM's and scikit-learn's: same rows, parameters and threads.

Prints one Markdown table, and with --out writes it between the markers `<!-- trees -->` of that
file. README.md says what each number is. The peers are installed into a folder of their own.
"""

import array
import collections
import json
import pathlib
import shutil
import statistics
import tempfile

from harness.peers import told as answer_of
from harness.report import Row, at_most, plain, told
from harness.runner import run
from harness.tables import TABLES

NAMES = ("adult", "california-housing", "diamonds", "bank-marketing", "student-dropout")
THREADS = (1, 2)
#: How often a fit and a prediction of all rows are timed; the median is told.
RUNS = 3
#: Single predictions that are timed.
ROW_CALLS = 1000
#: What stands for a missing value in these files.
MISSING = ("", "?", "NA")

#: The most that boosting may take in parts of what LightGBM takes.
BARS = {"fit_s": 1, "row_s": 0.2}
#: Fits that are sampled, and the part of a fit that each function belongs to; the first that matches counts.
PROFILED_RUNS = 10
PARTS = (
    (("::model::predict", "::model::scorer"), None),
    (("::worker::Worker::build", "trees::hist"), "histograms"),
    (("trees::split", "::worker::Worker::run"), "splits"),
    (("trees::partition",), "sharing out rows"),
    (("trees::gradient", "trees::objective"), "gradients"),
    (("trees::boost",), "scores"),
    (("trees::binning",), "bins"),
    (("trees::grow", "trees::model"), "trees"),
)
#: Splits of each table over which scores are compared, and how much worse ours may be on average, in percent.
SPLITS, WORSE = 10, 0.2

#: LightGBM's defaults but for the number of rounds and a little L2, as a person would set it.
BOOSTING = {
    "n_estimators": 200,
    "learning_rate": 0.1,
    "tree": {"max_leaves": 31, "min_child_samples": 20, "min_child_weight": 1e-3, "lambda_l1": 0.0, "lambda_l2": 1.0},
    "categorical": {
        "cat_smooth": 10.0, "cat_l2": 10.0, "max_cat_threshold": 32, "max_cat_to_onehot": 4, "min_data_per_group": 100,
    },
    "bagging_fraction": 1.0,
    "bagging_freq": 0,
    "boost_from_average": True,
    "early_stopping": None,
    "eval_train": False,
}
#: scikit-learn's defaults but for the smallest leaf, which keeps probabilities from being 0 and 1.
FOREST = {
    "n_estimators": 100,
    "max_depth": None,
    "max_leaves": None,
    "min_samples_split": 2,
    "min_samples_leaf": 5,
    "min_impurity_decrease": 0.0,
    "bootstrap": True,
    "max_samples": 1.0,
    "random_thresholds": False,
    "cat_smooth": 10.0,
    "oob": False,
}


def boosting(binary, tables, peers):
    """Gradient boosting, against LightGBM."""
    for table, data in encoded(tables, native=True):
        yield from compared(f"{table.name}, boosting", "lightgbm", table, data, boosting_job(table, data), binary, peers, BARS)


def scores(binary, tables, peers):
    """Gradient boosting, against LightGBM, on several splits of each table."""
    for name in NAMES:
        worse = []
        for split in range(SPLITS):
            for table, data in encoded(tables, native=True, split=split, only=name):
                ours, theirs = (found["score"] for found in both(binary, table, data, peers))
                sign = 1 if table.metric == "roc_auc" else -1
                worse.append(100 * sign * (theirs - ours) / theirs)
        if worse:
            error = statistics.stdev(worse) / len(worse) ** 0.5
            note = f"± {error:.3f} standard error, {len(worse)} splits, from {min(worse):.3f} to {max(worse):.3f}"
            yield at_most(f"{name}, boosting: ours worse by", statistics.fmean(worse), WORSE, "%", note)


def boosting_job(table, data):
    """What is to be learned, and how."""
    objective = {"binary": "Binary", "regression": "Squared"}.get(table.task)
    objective = objective or {"Multiclass": {"classes": len(data["classes"])}}
    return job_of(data, {"Boost": BOOSTING | {"objective": objective}})


def job_of(data, model):
    return data["job"] | {"binning": {"max_bin": 255}, "model": model}


def both(binary, table, data, peers):
    """What ours and LightGBM's score is on the rows held out."""
    job = boosting_job(table, data) | {"threads": THREADS[-1], "runs": 1, "row_calls": 1}
    _, ours = ours_of(binary, job)
    peers.run("trees.py", job)
    outputs = len(data["classes"]) if table.task == "multiclass" else 1
    answers = {"ours": ours, "theirs": answers_in(job)}
    rows = {name: list(values) if outputs == 1 else in_rows(values, outputs) for name, values in answers.items()}
    found = peers.run("score.py", {"task": table.task, "truth": data["truth"], "answers": rows})["scores"]
    return [{"score": found[name]} for name in answers]


def forests(binary, tables, peers):
    """Random forests, against scikit-learn, which knows categories only as numbers; here ours do, too."""
    for table, data in encoded(tables, native=False):
        if table.task == "regression":
            task, columns = "Regression", "All"
        else:
            task, columns = {"Classification": {"classes": len(data["classes"]), "criterion": "Gini"}}, "Sqrt"
        job = job_of(data, {"Forest": FOREST | {"task": task, "max_features": columns}})
        yield from compared(f"{table.name}, forest", "scikit-learn", table, data, job, binary, peers)


def profiled(binary, tables, _peers):
    """Where the time of boosting goes, sampled with `perf` on one thread."""
    if not shutil.which("perf"):
        yield Row("boosting: where the time of a fit goes", "not measured: there is no `perf` here (Debian: linux-perf)")
        return
    for table, data in encoded(tables, native=True):
        job = boosting_job(table, data) | {"threads": 1, "runs": PROFILED_RUNS, "row_calls": 1}
        shares = collections.Counter(part_of(stack) for stack in stacks(binary, job))
        del shares[None]
        parts = (f"{part} {100 * share / shares.total():.0f} %" for part, share in shares.most_common())
        yield Row(f"{table.name}, boosting: where the time of a fit goes", ", ".join(parts))


def stacks(binary, job):
    """What was being called each time that was looked, the innermost first."""
    with tempfile.TemporaryDirectory(prefix="microlearn-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "job").write_text(json.dumps(job), encoding="utf-8")
        kept = str(scratch / "samples")
        look = ["perf", "record", "-q", "-e", "cpu-clock", "-F", "499", "--call-graph", "dwarf,4096", "-o", kept]
        answer_of([*look, binary, scratch / "job"], limit=3600)
        told = answer_of(["perf", "script", "-i", kept, "-F", "ip,sym", "--no-inline"], limit=600)
    for block in told.split("\n\n"):
        if lines := block.strip().splitlines():
            yield [line.strip().partition(" ")[2] for line in lines]


def part_of(stack):
    """The part of a fit in which the innermost function of ours is; none for what is no part of one."""
    ours = next((name for name in stack if name.startswith(("trees::", "<trees::"))), "")
    return next((part for names, part in PARTS if any(name in ours for name in names)), None)


def compared(title, peer, table, data, job, binary, peers, bars=None):
    """One table learned by both, on each number of threads."""
    for threads in THREADS:
        job |= {"threads": threads, "runs": RUNS, "row_calls": ROW_CALLS}
        ours, our_answers = ours_of(binary, job)
        theirs = peers.run("trees.py", job)
        if threads == THREADS[0]:
            answers = {"ours": our_answers, peer: answers_in(job)}
            yield scored(title, peer, table, data, answers, peers)
            yield ratio(f"{title}: one row", "row_s", ours, theirs, peer, bars)
            if theirs["fast_row_s"]:
                through_c = theirs | {"row_s": theirs["fast_row_s"]}
                yield ratio(f"{title}: one row, past Python", "row_s", ours, through_c, peer)
        words = f"{threads} thread" + "s" * (threads > 1)
        yield ratio(f"{title}: training, {words}", "fit_s", ours, theirs, peer, bars)
        yield ratio(f"{title}: predicting {data['job']['rows'][1]} rows, {words}", "batch_s", ours, theirs, peer)


def scored(title, peer, table, data, answers, peers):
    """How good both are on the rows held out; what is worse by chance alone is not worse."""
    outputs = len(data["classes"]) if table.task == "multiclass" else 1
    rows = {name: list(values) if outputs == 1 else in_rows(values, outputs) for name, values in answers.items()}
    found = peers.run("score.py", {"task": table.task, "truth": data["truth"], "answers": rows})
    ours, theirs = found["scores"]["ours"], found["scores"][peer]
    title, note = f"{title}: held-out {table.metric}", f"{peer} {plain(theirs)}; losses {found['apart']:+.1f} standard errors apart"
    return told(title, ours, note=note)


def ratio(title, what, ours, theirs, peer, bars=None):
    """Ours in parts of theirs."""
    ours, theirs = (statistics.median(took[what]) if isinstance(took[what], list) else took[what] for took in (ours, theirs))
    note = f"{time_of(ours)}, {peer} {time_of(theirs)}"
    if bars and what in bars:
        return at_most(title, ours / theirs, bars[what], "×", note)
    return told(title, ours / theirs, "×", note)


def time_of(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3)):
        if seconds >= size:
            return f"{plain(seconds / size)} {unit}"
    return f"{plain(seconds * 1e6)} µs"


def ours_of(binary, job):
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(job, file)
        file.flush()
        took = json.loads(answer_of([binary, file.name], limit=3600))
    return took, answers_in(job)


def answers_in(job):
    values = array.array("d")
    values.frombytes(pathlib.Path(job["answers"]).read_bytes())
    return values


def in_rows(values, outputs):
    return [list(values[place:place + outputs]) for place in range(0, len(values), outputs)]


# Tables as numbers


def encoded(folder, native, split=0, only=None):
    """Each table with its rows in a file of numbers; without `native`, levels are ordinary numbers."""
    wanted = [table for table in TABLES if table.name in ([only] if only else NAMES)]
    for table in sorted(wanted, key=lambda table: NAMES.index(table.name)):
        with tempfile.TemporaryDirectory(prefix="microlearn-bench-") as scratch:
            yield table, encode(table, folder, pathlib.Path(scratch), native, split)


def encode(table, folder, scratch, native, split):
    names, rows, targets = table.read(folder)
    learnt, held_out = table.split(targets, seed=split)
    classes = None if table.task == "regression" else sorted(set(targets))
    truth = [float(target) if classes is None else classes.index(target) for target in targets]
    columns, levels = [], []
    for place, name in enumerate(names):
        cells = [row[place].strip() for row in rows]
        numbers = None if name in table.levels else as_numbers(cells)
        known = [] if numbers else sorted({cells[row] for row in learnt} - set(MISSING))
        codes = {level: float(code) for code, level in enumerate(known)}
        columns.append(numbers or [codes.get(cell, float("nan")) for cell in cells])
        levels.append(len(known) if native else 0)
    with (scratch / "rows").open("wb") as file:
        for part in (learnt, held_out):
            for column in [*columns, truth]:
                array.array("d", [column[row] for row in part]).tofile(file)
    job = {
        "data": str(scratch / "rows"), "answers": str(scratch / "answers"),
        "rows": [len(learnt), len(held_out)], "levels": levels,
    }
    return {"job": job, "classes": classes, "truth": [truth[row] for row in held_out]}


def as_numbers(cells):
    """The numbers of a column, unless it holds words."""
    try:
        return [float("nan") if cell in MISSING else float(cell) for cell in cells]
    except ValueError:
        return None


SCENARIOS = {"a": boosting, "b": forests, "c": scores, "d": profiled}

if __name__ == "__main__":
    run("Trees", __doc__, SCENARIOS, ", ".join(f"{name}.csv" for name in NAMES), peers=("lightgbm", "scikit-learn"))
