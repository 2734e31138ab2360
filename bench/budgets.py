#!/usr/bin/env python3
"""Measures whether `microlearn train` keeps its budget, on tables from 150 rows to half a million.

Prints one Markdown table, and with --out writes it between the markers `<!-- budgets -->` of that
file. README.md says what each number is. The tables are drawn by chance; only the standard library
is needed.
"""

import dataclasses
import itertools
import json
import os
import pathlib
import select
import signal
import subprocess
import tempfile
import time

from harness.generated import TARGET, Drawn
from harness.report import at_most, plain, told
from harness.runner import run

#: Columns of the table with so many rows.
COLUMNS = {150: 6, 1_000: 10, 10_000: 20, 100_000: 30, 500_000: 50}
TASKS = ("binary", "multiclass", "regression")
#: Seconds, and on how many rows of which task: thirty runs, none of half a million rows below 30 s.
RUNS = {
    10: (
        (150, "binary"), (1_000, "multiclass"), (10_000, "regression"), (10_000, "multiclass"),
        (100_000, "binary"), (100_000, "regression"),
    ),
    20: (
        (150, "multiclass"), (1_000, "regression"), (1_000, "binary"), (10_000, "binary"),
        (100_000, "multiclass"), (100_000, "regression"),
    ),
    30: (
        (150, "regression"), (1_000, "binary"), (10_000, "multiclass"), (100_000, "binary"),
        (500_000, "binary"), (500_000, "regression"),
    ),
    60: (
        (1_000, "multiclass"), (10_000, "regression"), (100_000, "multiclass"), (100_000, "regression"),
        (500_000, "multiclass"), (500_000, "regression"),
    ),
    120: (
        (150, "multiclass"), (10_000, "binary"), (100_000, "multiclass"), (100_000, "regression"),
        (500_000, "binary"), (500_000, "multiclass"),
    ),
}
#: Budgets that are hardly enough, and the rows they are tried on; the task changes from run to run.
SHORT, SHORT_ROWS = (3, 5, 8), (150, 1_000, 10_000, 100_000)
#: What a budget below `LONG` seconds may be overrun by in seconds, and any other in percent.
LONG, SECONDS_OVER, PERCENT_OVER = 10, 1, 5
#: Algorithms whose fit looks at no clock, by task, and the seconds and rows that they are tried with alone.
SLOW = {"binary": "logistic,knn,kernel_ridge", "regression": "elastic_net,knn,kernel_ridge"}
SLOW_RUNS = ((5, 10_000), (10, 100_000), (30, 500_000))
#: The part of the machine's memory that the program takes at most, unless `work.memory_bytes` says otherwise.
MEMORY = 0.5
#: Bytes of memory like an old machine's part, and the seconds and task of a run on half a million rows within them.
SMALL, SMALL_RUNS = 1_500_000_000, ((30, "binary"), (60, "regression"))
#: Seconds beyond twice the budget after which a run is ended.
PATIENCE = 120


@dataclasses.dataclass
class Run:
    """One training, judged from outside."""

    table: Drawn
    budget: int
    seconds: float
    #: The most memory that it held, in MB of 10⁶ bytes.
    peak: float
    #: What it must stay below, likewise.
    cap: float
    #: What it told, or why there is no model.
    story: dict | None
    failure: str
    #: The algorithms that were asked for, if not all.
    candidates: str = ""

    @property
    def title(self):
        size = f"{plain(self.table.rows)} rows × {self.table.columns} columns"
        alone = f", {self.candidates.replace(',', ', ')} alone" if self.candidates else ""
        return f"{size}, {self.table.task}, {self.budget} s{alone}"

    @property
    def over(self):
        """Seconds beyond the budget; one that ends early overruns nothing."""
        return max(0.0, self.seconds - self.budget)

    @property
    def percent_over(self):
        return 100 * self.over / self.budget

    @property
    def limit(self):
        return self.budget * (1 + PERCENT_OVER / 100) if self.budget >= LONG else self.budget + SECONDS_OVER

    def row(self):
        """What it took; good is a model in time and below the cap, and slow algorithms must have learned something."""
        words = [self.overrun(), *self.result(), f"peak {plain(self.peak)} of {plain(self.cap)} MB"]
        row = at_most(self.title, self.seconds, self.limit, "s", ", ".join(words))
        row.passes = row.passes and self.story is not None and self.peak < self.cap
        if self.candidates and self.story:
            row.passes = row.passes and self.story["algorithm"] in {*self.candidates.split(","), "ensemble"}
        return row

    def overrun(self):
        if not self.over:
            return "no overrun"
        return f"{self.percent_over:.1f} % over" if self.budget >= LONG else f"{self.over:.2f} s over"

    def result(self):
        if self.story is None:
            yield f"no model: {self.failure}"
            return
        models, trials = len(self.story["leaderboard"]), self.story["trials"]
        yield self.story["algorithm"]
        yield f"{models} model{'s' * (models != 1)} from {trials} trial{'s' * (trials != 1)}"
        used = self.story["rows_train"] + self.story["rows_test"]
        if 0 < used < self.table.rows:
            yield f"{plain(used)} of the rows used"
        yield f"{plain(self.story['seconds'])} s by its own clock"


class Budgets:
    """The runs that were asked for, one after the other; each table is made when it is first needed."""

    def __init__(self, scratch):
        self.scratch = pathlib.Path(scratch)
        self.cap = cap()
        self.done = []

    def short(self, binary):
        """Budgets below ten seconds."""
        for place, (budget, rows) in enumerate(itertools.product(SHORT, SHORT_ROWS)):
            yield self.train(binary, budget, rows, TASKS[place % len(TASKS)])

    def ten(self, binary):
        """Ten seconds."""
        yield from self.all(binary, 10)

    def twenty(self, binary):
        """Twenty seconds."""
        yield from self.all(binary, 20)

    def thirty(self, binary):
        """Thirty seconds, and half a million rows."""
        yield from self.all(binary, 30)

    def sixty(self, binary):
        """A minute, and half a million rows."""
        yield from self.all(binary, 60)

    def twice_sixty(self, binary):
        """Two minutes, and half a million rows."""
        yield from self.all(binary, 120)

    def small_memory(self, binary):
        """Half a million rows within little memory."""
        for budget, task in SMALL_RUNS:
            yield self.train(binary, budget, 500_000, task, SMALL)

    def uninterrupted(self, binary):
        """Algorithms that cannot be interrupted, alone."""
        for (budget, rows), (task, candidates) in itertools.product(SLOW_RUNS, SLOW.items()):
            yield self.train(binary, budget, rows, task, candidates=candidates)

    def all(self, binary, budget):
        for rows, task in RUNS[budget]:
            yield self.train(binary, budget, rows, task)

    def summary(self, _binary):
        """What the runs before this one come to."""
        yield told("runs", len(self.done))
        if long := [one for one in self.done if one.budget >= LONG]:
            worst = max(long, key=lambda one: one.percent_over)
            title = f"greatest overrun from {LONG} s up, {len(long)} runs"
            yield at_most(title, worst.percent_over, PERCENT_OVER, "%", worst.title if worst.over else "")
        if short := [one for one in self.done if one.budget < LONG]:
            worst = max(short, key=lambda one: one.over)
            title = f"greatest overrun below {LONG} s, {len(short)} runs"
            yield at_most(title, worst.over, SECONDS_OVER, "s", worst.title if worst.over else "")
        if apart := [one.seconds - one.story["seconds"] for one in self.done if one.story]:
            yield told("most that its own clock leaves out", max(apart), "s")
        if self.done:
            largest = max(self.done, key=lambda one: one.peak / one.cap)
            yield at_most("greatest peak memory, as a part of the cap", largest.peak / largest.cap, 1, "", largest.title)
            yield at_most("runs without a model", sum(one.story is None for one in self.done), 0, "")

    def train(self, binary, budget, rows, task, memory=None, candidates=""):
        """One run, and its row."""
        table, model = self.table(rows, task), self.scratch / "it.mlmodel"
        command = [binary, "train", self.scratch / f"{table.name}.csv", "--target", TARGET, "--task", task]
        command += ["--budget", f"{budget}s", "--out", model, "--json"]
        command += ["--candidates", candidates] if candidates else []
        settings = {"MICROLEARN__WORK__MEMORY_BYTES": str(memory)} if memory else {}
        seconds, peak, answer, failure = judged(command, 2 * budget + PATIENCE, settings)
        if not failure and not (model.exists() and model.stat().st_size):
            failure = "no file was written"
        model.unlink(missing_ok=True)
        cap = memory / 1e6 if memory else self.cap
        story = None if failure else json.loads(answer)
        self.done.append(Run(table, budget, seconds, peak, cap, story, failure, candidates))
        return self.done[-1].row()

    def table(self, rows, task):
        table = Drawn(rows, COLUMNS[rows], task)
        path = self.scratch / f"{table.name}.csv"
        if not path.exists():
            table.write(path)
        return table


# From outside


def judged(command, limit, settings):
    """Seconds from the start of a program to its end, its peak memory in MB, what it prints, and why it failed.

    This process is small, which matters: a program begins with the peak of the one that started it.
    """
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as errors:
        begun = time.monotonic()
        environment = {**os.environ, **settings}
        process = subprocess.Popen(command, stdout=answer, stderr=errors, env=environment, start_new_session=True)
        end = os.pidfd_open(process.pid)
        try:
            ended, _, _ = select.select([end], [], [], limit)
            seconds = time.monotonic() - begun
        finally:
            # Also what it has left behind; until it is waited for, its number is nobody else's.
            os.killpg(process.pid, signal.SIGKILL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            os.close(end)
        failure = why(process.returncode, read(errors)) if ended else f"not done after {limit} s"
        return seconds, usage.ru_maxrss * 1024 / 1e6, read(answer), failure


def why(code, errors):
    """The last thing that a program said which ended badly; nothing of one that ended well."""
    said = [line.strip() for line in errors.splitlines() if line.strip()]
    return (said[-1] if said else f"it ended with {code}") if code else ""


def read(file):
    file.seek(0)
    return file.read().decode(errors="replace")


def cap():
    """What the memory must stay below, in MB, where no setting of the program says it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    group = pathlib.Path("/sys/fs/cgroup/memory.max")
    bound = group.read_text(encoding="ascii").strip() if group.exists() else "max"
    return MEMORY * min(memory, int(bound) if bound.isdigit() else memory) / 1e6


def main():
    with tempfile.TemporaryDirectory(prefix="microlearn-bench-") as scratch:
        budgets = Budgets(scratch)
        scenarios = {
            "a": budgets.short,
            "b": budgets.ten,
            "c": budgets.twenty,
            "d": budgets.thirty,
            "e": budgets.sixty,
            "f": budgets.twice_sixty,
            "g": budgets.small_memory,
            "h": budgets.uninterrupted,
            "i": budgets.summary,
        }
        run("Budgets", __doc__, scenarios, tables=None)


if __name__ == "__main__":
    main()
