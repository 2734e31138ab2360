#!/usr/bin/env python3
"""Compares our search with Optuna's TPE: same functions (BBOB), as many trials.

Prints one Markdown table, and with --out writes it between the markers `<!-- search -->` of that file. README.md says what
each number is. The peers are installed into a folder of their own.
"""

import math
import statistics

from harness.report import at_least, at_most, plain, told
from harness.runner import run

FUNCTIONS = list(range(1, 25))
#: Variants of each function, shifted and turned; the median is told.
INSTANCES = 15
TRIALS = 100
#: BBOB takes a function as solved from here on.
SOLVED = 1e-8


def two(binary, peers):
    """Two dimensions."""
    yield from searched(2, binary, peers)


def five(binary, peers):
    """Five dimensions."""
    yield from searched(5, binary, peers)


def ten(binary, peers):
    """Ten dimensions."""
    yield from searched(10, binary, peers)


def searched(dimension, binary, peers):
    """Every function by each of the three, one after the other."""
    job = {"functions": FUNCTIONS, "dimension": dimension, "instances": INSTANCES, "trials": TRIALS}
    ours, optuna, chance = (peers.run("search.py", job | {"by": by}) for by in (str(binary), "optuna", "chance"))
    relative, by_chance = [], []
    for number in map(str, FUNCTIONS):
        regrets = [max(statistics.median(of[number]["regret"]), SOLVED) for of in (ours, optuna, chance)]
        relative.append(regrets[0] / regrets[1])
        by_chance.append(regrets[0] / regrets[2])
        note = f"{plain(regrets[0])}, optuna {plain(regrets[1])}, by chance {plain(regrets[2])}"
        yield told(f"{dimension} dimensions, f{number} {optuna[number]['name']}: median regret", relative[-1], "×", note)
    yield at_least(f"{dimension} dimensions: functions on which ours is no worse", sum(one <= 1 for one in relative), len(FUNCTIONS) // 2)
    yield at_most(f"{dimension} dimensions: regret, geometric mean of all functions", mean(relative), 1, "×")
    yield told(f"{dimension} dimensions: the same against chance", mean(by_chance), "×")
    thought = [statistics.median(one["ask_s"] for one in of.values()) for of in (ours, optuna)]
    note = f"{plain(thought[0] * 1e3)} ms, optuna {plain(thought[1] * 1e3)} ms"
    yield at_most(f"{dimension} dimensions: thinking, for each trial", thought[0] / thought[1], 0.05, "×", note)


def mean(ratios):
    return math.exp(statistics.fmean(map(math.log, ratios)))


SCENARIOS = {"a": two, "b": five, "c": ten}

if __name__ == "__main__":
    run("Search", __doc__, SCENARIOS, tables=None, peers=("optuna", "ioh"))
