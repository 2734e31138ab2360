#!/usr/bin/env python3
"""Compares `microlearn train` with other AutoML libraries and with boosting as it comes: same rows, time and threads.

Prints two Markdown tables, and with --out writes them between the markers `<!-- automl -->` of that file. README.md says
what each number is. Only MicroLearn is measured, unless --peers names others; what those reached is kept in peers/.
"""

import argparse
import csv
import datetime
import hashlib
import json
import math
import os
import pathlib
import statistics
import sys
import tempfile
import time

from harness import report
from harness.peers import FOLDER, PROGRAMS, Failed, Peers, told
from harness.report import plain
from harness.tables import TABLES

OURS = "microlearn"
#: The peers and what their results depend on; those that know a budget get the same as we do.
PEERS = {
    "flaml": ["FLAML", "lightgbm", "xgboost-cpu", "catboost", "scikit-learn"],
    "autogluon": ["autogluon.tabular", "lightgbm", "xgboost-cpu", "catboost", "scikit-learn"],
    "hist_gradient_boosting": ["scikit-learn"],
    "lightgbm": ["lightgbm"],
}
BUDGETED = ("flaml", "autogluon")
#: Seconds of training, unless told otherwise; other budgets have a section of their own.
USUAL = 60
#: Seconds beyond twice the budget after which a process is ended.
PATIENCE = 300
#: What counts as better must be seen in the digits that are printed.
SAME = 1e-4


def main():
    arguments = parsed()
    binary = arguments.binary.resolve()
    version, machine = report.version(binary), report.machine()
    kept = {name: Kept(name, arguments) for name in PEERS}
    environment = Peers(arguments.venv)
    for name in arguments.peers:
        kept[name].begin(environment.versions(*PEERS[name]), machine)
    rounds = []
    for table in arguments.only:
        for split in range(arguments.splits):
            with tempfile.TemporaryDirectory(prefix="microlearn-bench-") as scratch:
                one = Round(table, split, arguments, pathlib.Path(scratch), environment)
                one.measure(OURS, lambda one=one: one.ours(binary))
                for name in PEERS:
                    if name in arguments.peers:
                        one.measure(name, lambda name=name, one=one: one.peer(name))
                        kept[name].keep(one.key, one.results[name])
                    else:
                        one.results[name] = kept[name].of(one.key, one.rows)
                rounds.append(one)
    text = section(arguments, version, machine, rounds, kept)
    print(text)
    if arguments.out:
        report.rewrite(arguments.out, "automl" if arguments.budget == USUAL else f"automl-{arguments.budget}s", text)
    # Where a peer failed, the table says so; that we never do is a promise.
    sys.exit(any("failed" in one.results[OURS] for one in rounds))


def parsed():
    names = {table.name: table for table in TABLES}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path, help="the program to measure")
    parser.add_argument("--tables", required=True, type=pathlib.Path, help="the folder of tables; what it lacks is left out")
    parser.add_argument("--out", type=pathlib.Path, help="the file whose section is rewritten")
    parser.add_argument("--only", default=",".join(names), help="names of tables, for example `adult,iris`")
    parser.add_argument("--budget", default=USUAL, type=int, metavar="SECONDS", help="what training may take (60)")
    parser.add_argument("--threads", default=len(os.sched_getaffinity(0)), type=int, help="threads of each (all cores)")
    parser.add_argument("--splits", default=1, type=int, help="different splits of each table; the mean is told (1)")
    parser.add_argument("--peers", default="", metavar="NAME,…", help=f"measure these, too: {', '.join(PEERS)}, or `all`")
    parser.add_argument("--venv", default=FOLDER, type=pathlib.Path, help="the folder the peers are installed into")
    arguments = parser.parse_args()
    wanted = list(PEERS) if arguments.peers == "all" else [name for name in arguments.peers.split(",") if name]
    if unknown := [name for name in wanted if name not in PEERS]:
        parser.error(f"there is no peer {', '.join(unknown)}")
    asked = arguments.only.split(",")
    if unknown := [name for name in asked if name not in names]:
        parser.error(f"there is no table {', '.join(unknown)}; known are {', '.join(names)}")
    tables = [names[name] for name in names if name in asked]
    arguments.only = [table for table in tables if (arguments.tables / table.file).exists()]
    if not arguments.only:
        parser.error(f"{arguments.tables} holds none of these tables")
    arguments.peers = wanted
    return arguments


# One table, one split


class Round:
    """A table of which some rows are held out, and what everyone made of it."""

    def __init__(self, table, split, arguments, scratch, environment):
        self.table, self.arguments, self.scratch, self.environment = table, arguments, scratch, environment
        self.key = f"{table.name}/{split}"
        self.results = {}
        names, features, targets = table.read(arguments.tables)
        learnt, held_out = table.split(targets, split)
        self.classes = None if table.task == "regression" else sorted(set(targets))
        self.truth = [targets[row] if self.classes is None else self.classes.index(targets[row]) for row in held_out]
        write(scratch / "train.csv", [*names, table.target], [[*features[row], targets[row]] for row in learnt])
        write(scratch / "test.csv", names, [features[row] for row in held_out])
        both = (scratch / "train.csv").read_bytes() + (scratch / "test.csv").read_bytes()
        #: Results can be compared only where this is the same.
        self.rows = hashlib.sha256(both).hexdigest()[:16]

    def measure(self, name, learn):
        """Lets one of them learn and answer, and scores the answers."""
        self.answers = self.scratch / f"{name}.csv"
        try:
            result = learn()
            result["score"] = self.score()
        except (Failed, OSError, ValueError, KeyError) as error:
            result = {"failed": f"{type(error).__name__}: {error}" if not isinstance(error, Failed) else str(error)}
        self.results[name] = result | {"rows": self.rows}
        print(f"{self.key}: {name}: {json.dumps(result)}", file=sys.stderr, flush=True)

    def ours(self, binary):
        table, model = self.table, self.scratch / "model.mlmodel"
        command = [binary, "train", self.scratch / "train.csv", "--target", table.target, "--task", table.task]
        command += ["--metric", table.metric, "--budget", f"{self.arguments.budget}s", "--out", model, "--json"]
        environment = {"MICROLEARN__WORK__COMPUTE_SLOTS": str(self.arguments.threads)}
        begun = time.monotonic()
        story = json.loads(told(command, self.limit(), environment=environment))
        fitted = time.monotonic()
        told([binary, "predict", model, self.scratch / "test.csv", "--out", self.answers], self.limit())
        return {"fit_s": fitted - begun, "predict_s": time.monotonic() - fitted, "best": story["algorithm"]}

    def peer(self, name):
        table = self.table
        job = {
            "peer": name, "task": table.task, "metric": table.metric, "target": table.target,
            "train": str(self.scratch / "train.csv"), "test": str(self.scratch / "test.csv"),
            "answers": str(self.answers), "seconds": self.arguments.budget, "threads": self.arguments.threads,
        }
        return self.environment.run("automl.py", job, self.limit())

    def limit(self):
        return 2 * self.arguments.budget + PATIENCE

    def score(self):
        with self.answers.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if self.table.task == "regression":
            answer = [float(row["prediction"]) for row in rows]
        elif self.table.task == "binary":
            answer = [float(row[f"p_{self.classes[1]}"]) for row in rows]
        else:
            answer = [[float(row[f"p_{label}"]) for label in self.classes] for row in rows]
        if len(answer) != len(self.truth):
            raise ValueError(f"{len(answer)} answers to {len(self.truth)} rows")
        job = {"task": self.table.task, "truth": self.truth, "answers": {"it": answer}}
        return self.environment.run("score.py", job)["scores"]["it"]


def write(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


# What peers reached before


class Kept:
    """The results of one peer in a file; they hold for one machine and one set of versions."""

    def __init__(self, name, arguments):
        budget = f"-{arguments.budget}s" if name in BUDGETED else ""
        self.path = PROGRAMS / f"{name}{budget}.json"
        self.threads = arguments.threads
        self.told = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {"results": {}}

    def begin(self, versions, machine):
        """Results of other versions, or from elsewhere, are no longer of use."""
        about = {"versions": versions, "machine": machine.rpartition(", load")[0], "threads": self.threads}
        if any(self.told.get(name) != value for name, value in about.items()):
            self.told = about | {"results": {}}

    def keep(self, key, result):
        date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
        self.told["results"][key] = result | {"date": date}
        self.path.write_text(json.dumps(self.told, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def of(self, key, rows):
        """What was reached on exactly these rows with as many threads, if that was measured."""
        result = self.told["results"].get(key, {})
        return result if result.get("rows") == rows and self.told["threads"] == self.threads else {}

    def dates(self):
        return sorted(result["date"][:10] for result in self.told["results"].values())

    def line(self, name):
        if not self.told["results"]:
            return f"- {name}: not measured."
        dates = sorted({self.dates()[0], self.dates()[-1]})
        return f"- {name}: {self.told['versions']}; {' to '.join(dates)}; {self.told['machine']}."


# The report


def section(arguments, version, machine, rounds, kept):
    tables = {}
    for one in rounds:
        tables.setdefault(one.table.name, []).append(one)
    budget = f"{arguments.budget} s, {arguments.threads} threads"
    splits = f", mean of {arguments.splits} splits" if arguments.splits > 1 else ""
    lines = [report.heading("AutoML" if arguments.budget == USUAL else f"AutoML, {arguments.budget} s", machine, f"{version}; {budget}{splits}"), ""]
    body = [cells(many) for many in tables.values()]
    lines += report.table(["table", "rows held out", "metric", OURS, *PEERS], body)
    lines += ["", *report.table(
        ["against", "tables", "ours is no worse", "our error, geometric mean", "median", "our seconds", "its seconds"],
        [against(name, list(tables.values())) for name in PEERS],
    )]
    failed = [f"- {one.key}, {name}: {result['failed']}" for one in rounds for name, result in one.results.items() if "failed" in result]
    lines += ["", *(["Failed:", "", *failed, ""] if failed else []), "The peers:", ""]
    return "\n".join([*lines, *(kept[name].line(name) for name in PEERS)])


def cells(many):
    """One table: our score and what it comes from, each peer's score and our error in parts of its."""
    table = many[0].table
    best = "/".join(sorted({one.results[OURS].get("best", "failed") for one in many}))
    ours = mean_of(many, OURS, "score")
    row = [table.name, plain(len(many[0].truth)), table.metric, f"{plain(ours)} ({best})" if ours is not None else "failed"]
    for name in PEERS:
        theirs, relative = mean_of(many, name, "score"), relative_error(many, name)
        if theirs is None:
            row.append("failed" if any("failed" in one.results[name] for one in many) else "—")
        else:
            row.append(f"{plain(theirs)} (× {relative:.3f})" if relative is not None else plain(theirs))
    return row


def against(name, tables):
    """Over all tables on which the peer has a result; where we failed we are worse."""
    shared = [many for many in tables if mean_of(many, name, "score") is not None]
    if not shared:
        return [name, "0", "", "", "", "", ""]
    relative = [relative_error(many, name) for many in shared]
    found = [error for error in relative if error is not None]
    no_worse = sum(error <= 1 + SAME for error in found)
    mean = f"× {math.exp(statistics.fmean(map(math.log, found))):.3f}" if found else "—"
    median = f"× {statistics.median(found):.3f}" if found else "—"
    return [
        name, str(len(shared)), f"{no_worse} ({no_worse / len(shared):.0%})", mean, median,
        *(plain(max(mean_of(many, who, "fit_s") or 0 for many in shared)) for who in (OURS, name)),
    ]


def relative_error(many, name):
    """Our error in parts of theirs: below 1, ours is smaller."""
    errors = [error_of(many, who) for who in (OURS, name)]
    if None in errors:
        return None
    # Of an error of nothing at all there are no parts.
    ours, theirs = (max(error, 1e-6) for error in errors)
    return ours / theirs


def error_of(many, name):
    score = mean_of(many, name, "score")
    return score if score is None or many[0].table.metric != "roc_auc" else 1 - score


def mean_of(many, name, what):
    """The mean over the splits, if there is a result of each."""
    values = [one.results[name].get(what) for one in many]
    return None if None in values else statistics.fmean(values)


if __name__ == "__main__":
    main()
