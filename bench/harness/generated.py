"""Tables drawn by chance: as large as wanted, and the same for the same name."""

import bisect
import dataclasses
import math
import os
import random
import statistics

#: The column to predict.
TARGET = "outcome"
#: The first columns decide the target; the others are there to be read, encoded and searched.
TELLING = 4
#: Different values of a column of measured numbers, and of a column of counted ones.
MEASURED, COUNTED = 2000, 100
#: The share of empty cells in the columns that have some.
EMPTY = 0.05
#: The part of the target that no column knows, beside effects of about one.
NOISE = 0.7
#: The share of the smaller of two classes.
SMALLER = 0.3
#: Rows that are made at once: whoever measures the memory of others must be small.
BLOCK = 5000


@dataclasses.dataclass(frozen=True)
class Drawn:
    """A table with so many columns beside the target, and what the target is."""

    rows: int
    columns: int
    task: str

    @property
    def name(self):
        return f"{self.task}-{self.rows}x{self.columns}"

    @property
    def classes(self):
        """Three to five, by the width of the table, where there are more than two."""
        return {"binary": 2, "multiclass": 3 + self.columns // 10 % 3, "regression": 0}[self.task]

    def write(self, path):
        """Writes the table as CSV, down to the disk: it must not be busy with it while something is timed."""
        chance = random.Random(self.name)
        pools = [pool(place, chance) for place in range(self.columns)]
        noise = [chance.gauss(0, NOISE) for _ in range(MEASURED)]
        borders = None
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(",".join([*map(name_of, range(self.columns)), TARGET]) + "\n")
            for begin in range(0, self.rows, BLOCK):
                count = min(BLOCK, self.rows - begin)
                told = [chance.choices(cells, k=count) for cells in pools]
                scores = list(map(score, chance.choices(noise, k=count), *told[:TELLING]))
                borders = borders or self.borders(scores)
                texts = [[text for text, _ in cells] for cells in told]
                lines = map(",".join, zip(*texts, self.targets(scores, borders)))
                file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def borders(self, scores):
        """The scores that part the classes."""
        if self.task == "binary":
            return [sorted(scores)[int(len(scores) * (1 - SMALLER))]]
        return statistics.quantiles(scores, n=self.classes) if self.task == "multiclass" else [0]

    def targets(self, scores, borders):
        if self.task == "regression":
            return [f"{100 + 20 * value:.2f}" for value in scores]
        labels = ["no", "yes"] if self.task == "binary" else [f"class_{number + 1}" for number in range(self.classes)]
        return [labels[bisect.bisect(borders, value)] for value in scores]


def name_of(place):
    return f"{('measured', 'counted', 'kind')[place % 3]}_{place + 1}"


def pool(place, chance):
    """What the cells of a column are drawn from: texts as they stand in the file, and what each adds to the target."""
    if place % 3 == 0:
        values = [chance.gauss(0, 1) for _ in range(MEASURED)]
        cells = [(f"{50 + 15 * value:.4f}", value) for value in values]
    elif place % 3 == 1:
        cells = [(str(value), math.sin(value * 6 / COUNTED)) for value in range(COUNTED)]
    else:
        count = 3 + place * 7 % 28
        levels = [(f"level {level + 1}", chance.gauss(0, 0.7)) for level in range(count)]
        # The first level is common, the last is rare.
        cells = [cell for number, cell in enumerate(levels) for _ in range(count - number)]
    if place % 4 == 3 or place % 6 == 5:
        cells += [("", 0.0)] * max(1, round(len(cells) * EMPTY))
    return cells


def score(noise, first, bent, kind, last):
    """Straight, bent, by level, and a slope that depends on the level."""
    return first[1] * (1 + kind[1]) + bent[1] + kind[1] + last[1] + noise
