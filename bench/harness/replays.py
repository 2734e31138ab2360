"""Replays: what many configurations of one algorithm reached on one table, found out once, and asked for ever after."""

import csv
import itertools
import json
import pathlib
import random
import sys
import tempfile

from .peers import told
from .tables import TABLES

#: Where they lie; git ignores this folder. One that is deleted is made again.
FOLDER = pathlib.Path(__file__).parents[1] / "out" / "replays"
#: Of these tables, by these algorithms.
NAMES = ("credit-g", "churn", "student-por", "contraceptive")
ALGORITHMS = ("gradient_boosting", "mlp")
#: Configurations of each, drawn by chance.
POINTS = 300
#: Rows of a table at most; the others are left out by chance, lest making a replay take hours.
MOST_ROWS = 1500
#: Seconds that making one may take.
LIMIT = 4 * 3600


class Replay:
    """One algorithm on one table."""

    def __init__(self, table, algorithm, folder=FOLDER):
        self.table, self.algorithm = table, algorithm
        self.name = f"{table.name}, {algorithm}"
        self.path = folder / f"{table.name}-{algorithm}-{POINTS}.json"

    def is_made(self):
        return self.path.exists()

    def make(self, program, tables):
        """Lets the program score the configurations; `tables` is the folder of tables."""
        print(f"replay: {self.name} is being made", file=sys.stderr, flush=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="microlearn-bench-") as scratch:
            rows = pathlib.Path(scratch) / self.table.file.rpartition("/")[2]
            write(self.table, tables, rows)
            answer = told(
                [program, rows, self.table.target, self.table.task, self.algorithm, str(POINTS)], LIMIT, scratch
            )
        points = len(json.loads(answer)["points"])
        print(f"replay: {self.name} has {points} of {POINTS} configurations", file=sys.stderr, flush=True)
        unfinished = self.path.with_suffix(".tmp")
        unfinished.write_text(answer, encoding="utf-8")
        unfinished.replace(self.path)


def replays():
    """All of them."""
    known = {table.name: table for table in TABLES}
    return [Replay(known[name], algorithm) for name, algorithm in itertools.product(NAMES, ALGORITHMS)]


def write(table, folder, path):
    """The features and, as the last column, the target, of all rows or of as many as may be."""
    names, features, targets = table.read(folder)
    rows = range(len(targets))
    if len(rows) > MOST_ROWS:
        rows = sorted(random.Random(1).sample(rows, MOST_ROWS))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[*names, table.target], *([*features[row], targets[row]] for row in rows)])
