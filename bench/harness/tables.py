"""The tables that learning is measured on: how they are read, and which rows are held out."""

import csv
import dataclasses
import random

#: Share of the rows that nothing learns from.
HELD_OUT = 0.25
#: The metric of each task; of `roc_auc` more is better, of the others less.
METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}


@dataclasses.dataclass(frozen=True)
class Table:
    """A CSV file and what is to be predicted from it."""

    file: str
    target: str
    task: str
    #: Columns that are no features: row numbers, ids, what is known only afterwards.
    left_out: tuple = ()
    #: Columns of numbers that are names of things.
    levels: tuple = ()
    delimiter: str = ","

    @property
    def name(self):
        return self.file.rpartition("/")[2].removesuffix(".csv")

    @property
    def metric(self):
        return METRICS[self.task]

    def read(self, folder):
        """The features' names, their rows as text, and the target of each row."""
        # A cell that was damaged long ago is one level more, as odd as it looks.
        with (folder / self.file).open(encoding="utf-8-sig", errors="replace", newline="") as file:
            header, *rows = csv.reader(file, delimiter=self.delimiter)
        header = [name.strip() for name in header]
        target = header.index(self.target)
        kept = [place for place, name in enumerate(header) if place != target and name not in self.left_out]
        rows = [row for row in rows if row and row[target]]
        features = [[row[place] for place in kept] for row in rows]
        return [header[place] for place in kept], features, [row[target] for row in rows]

    def split(self, targets, seed):
        """Places of the rows to learn from, and of those held out: the same share of each class."""
        groups = {}
        for place, target in enumerate(targets):
            groups.setdefault("" if self.task == "regression" else target, []).append(place)
        chance = random.Random(seed)
        held_out = [place for group in groups.values() for place in chance.sample(group, round(len(group) * HELD_OUT))]
        learnt = sorted(set(range(len(targets))) - set(held_out))
        # Files are often sorted; what is learnt from should not be.
        chance.shuffle(learnt)
        return learnt, sorted(held_out)


TABLES = [
    Table("iris.csv", "species", "multiclass"),
    Table("penguins.csv", "species", "multiclass", ("rownames",)),
    Table("student-mat.csv", "G3", "regression"),
    Table("student-por.csv", "G3", "regression"),
    Table("credit-g.csv", "class", "binary"),
    Table("titanic.csv", "survived", "binary", ("rownames",)),
    Table("contraceptive.csv", "class", "multiclass"),
    Table(
        "student-dropout.csv", "Target", "multiclass", delimiter=";",
        levels=(
            "Marital status", "Application mode", "Course", "Previous qualification", "Nacionality",
            "Mother's qualification", "Father's qualification", "Mother's occupation", "Father's occupation",
        ),
    ),
    Table("churn.csv", "churn", "binary", ("rownames",)),
    Table("california-housing.csv", "median_house_value", "regression"),
    Table("oulad/studentInfo.csv", "final_result", "multiclass", ("id_student",)),
    # How long the call took is known only after it, and then the answer is known, too.
    Table("bank-marketing.csv", "term deposit", "binary", ("duration",)),
    Table("adult.csv", "income", "binary"),
    Table("diamonds.csv", "price", "regression", ("rownames",)),
]
