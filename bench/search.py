#!/usr/bin/env python3
"""Compares our search with Optuna's TPE: same functions (BBOB) and same lists of what real tables gave, as many trials.

Prints Markdown tables, and with --out writes them between the markers `<!-- search -->` of that file. README.md says
what each number is. Of peers, only what no file in peers/ holds is measured; --peers measures all of one anew.
"""

import argparse
import dataclasses
import hashlib
import math
import pathlib
import statistics
import sys

from harness import report
from harness.kept import Kept
from harness.peers import FOLDER, Peers
from harness.replays import replays
from harness.report import plain

OURS = "ours"
#: Who else searches, and what their results depend on.
PEERS = ("optuna", "chance")
LIBRARIES = ("optuna", "ioh", "numpy", "scipy")
#: After how many trials the best is looked at; one study has as many as the last look.
LOOKS = (50, 200)
FUNCTIONS = (
    "sphere", "ellipsoid", "Rastrigin", "Büche-Rastrigin", "linear slope", "attractive sector", "step ellipsoid",
    "Rosenbrock", "Rosenbrock, turned", "ellipsoid, turned", "discus", "bent cigar", "sharp ridge", "different powers",
    "Rastrigin, turned", "Weierstrass", "Schaffer F7", "Schaffer F7, steep", "Griewank-Rosenbrock", "Schwefel",
    "Gallagher, 101 peaks", "Gallagher, 21 peaks", "Katsuura", "Lunacek's two bowls",
)
#: There are fewer replays than functions, so each has more studies.
REPLAY_STUDIES = 3
#: BBOB takes a function as solved from here on. Of a list the best can be found exactly: a hundredth of the way to it
#: from the median is less than what another cut of the folds would change.
SOLVED, FOUND = 1e-8, 0.01
#: The bars: regret, and seconds for a trial, in parts of Optuna's.
MOST_REGRET, MOST_SECONDS = 1, 1 / 20


@dataclasses.dataclass
class Problem:
    """What is minimised: `job` says it to `peers/search.py`."""

    name: str
    key: str
    job: dict
    #: No regret counts as smaller than this.
    negligible: float
    #: What everyone made of it, by name.
    results: dict = dataclasses.field(default_factory=dict)

    def regret(self, name, look):
        return max(statistics.median(self.results[name]["regret"][str(look)]), self.negligible)

    def ratio(self, name, look):
        """Our regret in parts of theirs: below 1, ours is smaller."""
        return self.regret(OURS, look) / self.regret(name, look)

    def seconds(self, name):
        return statistics.median(self.results[name]["ask_s"])


def bbob(dimensions, studies):
    job = {"dimensions": dimensions, "studies": studies, "looks": LOOKS}
    for number, name in enumerate(FUNCTIONS, 1):
        yield Problem(f"f{number} {name}", f"f{number}/{dimensions}", job | {"function": number}, SOLVED)


def replayed(studies):
    for replay in replays():
        job = {"replay": str(replay.path.resolve()), "studies": REPLAY_STUDIES * studies, "looks": LOOKS}
        yield Problem(replay.name, f"{replay.table.name}/{replay.algorithm}", job, FOUND)


#: By their letters: what a group is called, and its problems for so many studies of each.
GROUPS = {
    "a": ("2 dimensions", lambda studies: bbob(2, studies)),
    "b": ("5 dimensions", lambda studies: bbob(5, studies)),
    "c": ("10 dimensions", lambda studies: bbob(10, studies)),
    "d": ("replays", replayed),
}


def main():
    arguments = parsed()
    binary = arguments.binary.resolve()
    version, machine = report.version(binary), report.machine()
    for replay in arguments.replays:
        replay.make(arguments.replay.resolve(), arguments.tables)
    environment = Peers(arguments.venv)
    versions, here = environment.versions(*LIBRARIES), machine.rpartition(", load")[0]
    kept = {name: Kept(f"search-{name}", versions, here, name in arguments.peers) for name in PEERS}
    groups = {}
    for letter in arguments.only:
        title, problems = GROUPS[letter]
        groups[title] = list(problems(arguments.studies))
        for problem in groups[title]:
            measure(problem, binary, environment, kept)
            print(f"{title}, {problem.name}: {regrets(problem)}", file=sys.stderr, flush=True)
    rows = [row for title, problems in groups.items() for row in summary(title, problems, here)]
    text = section(f"{version}; studies of a function: {arguments.studies}", machine, rows, groups, kept)
    print(text)
    if arguments.out:
        report.rewrite(arguments.out, "search", text)
    # A number that misses its bar is told, in the table and to whoever called.
    sys.exit(any(row.passes is False for row in rows))


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path, help="the example `ask_tell` of hyperopt")
    parser.add_argument("--replay", type=pathlib.Path, help="the example `replay` (beside the other one)")
    parser.add_argument("--tables", type=pathlib.Path, help="the folder of the tables that replays are made of")
    parser.add_argument("--out", type=pathlib.Path, help="the file whose section is rewritten")
    parser.add_argument("--only", default="".join(GROUPS), help="letters of groups, for example `ac`")
    parser.add_argument("--studies", default=5, type=int, help="studies of each function, on other instances (5)")
    peers = f"measure these anew: {', '.join(PEERS)}, or `all`"
    parser.add_argument("--peers", default="", metavar="NAME,…", help=peers)
    parser.add_argument("--venv", default=FOLDER, type=pathlib.Path, help="the folder the peers are installed into")
    arguments = parser.parse_args()
    if unknown := set(arguments.only) - set(GROUPS):
        parser.error(f"there is no group {', '.join(sorted(unknown))}")
    arguments.peers = list(PEERS) if arguments.peers == "all" else [name for name in arguments.peers.split(",") if name]
    if unknown := set(arguments.peers) - set(PEERS):
        parser.error(f"there is no peer {', '.join(sorted(unknown))}")
    arguments.replay = arguments.replay or arguments.binary.with_name("replay")
    arguments.replays = [replay for replay in replays() if "d" in arguments.only and not replay.is_made()]
    for replay in arguments.replays:
        if arguments.tables is None or not (arguments.tables / replay.table.file).exists():
            parser.error(f"a replay must be made of {replay.table.file}: --tables says which folder holds it")
        if not arguments.replay.exists():
            parser.error(f"a replay must be made, but there is no {arguments.replay}")
    return arguments


def measure(problem, binary, environment, kept):
    """Ours always, and the peers where nothing usable is kept of them."""
    problem.results[OURS] = environment.run("search.py", problem.job | {"by": str(binary)})
    studies, of = problem.job["studies"], {"looks": list(LOOKS)}
    if "replay" in problem.job:
        # A list that was made again may be another one.
        of["list"] = hashlib.sha256(pathlib.Path(problem.job["replay"]).read_bytes()).hexdigest()[:16]
    for name in PEERS:
        result = kept[name].get(problem.key, lambda one: of.items() <= one.items() and len(one["ask_s"]) >= studies)
        if not result:
            result = kept[name].keep(problem.key, environment.run("search.py", problem.job | {"by": name}) | of)
        # The first so many studies are the same whether or not there were more.
        first = {look: many[:studies] for look, many in result["regret"].items()}
        problem.results[name] = result | {"regret": first, "ask_s": result["ask_s"][:studies]}


# The report


def summary(title, problems, machine):
    """The rows of one group."""
    for look in LOOKS:
        ratios = [problem.ratio("optuna", look) for problem in problems]
        note = f"ours is no worse on {sum(ratio <= 1 for ratio in ratios)} of {len(ratios)}"
        what = f"{title}: regret after {look} trials"
        yield report.at_most(f"{what}, median", statistics.median(ratios), MOST_REGRET, "×", note)
        against_chance = mean([problem.ratio("chance", look) for problem in problems])
        note = f"× {plain(against_chance)} against chance"
        yield report.at_most(f"{what}, geometric mean", mean(ratios), MOST_REGRET, "×", note)
    # Seconds compare on one machine only.
    here = [problem for problem in problems if problem.results["optuna"]["machine"] == machine]
    what = f"{title}: thinking, for each trial"
    if not here:
        yield report.Row(what, "Optuna was measured on another machine")
        return
    ours, optuna = (statistics.median(problem.seconds(name) for problem in here) for name in (OURS, "optuna"))
    note = f"{plain(ours * 1e3)} ms, optuna {plain(optuna * 1e3)} ms"
    yield report.at_most(what, ours / optuna, MOST_SECONDS, "×", note)


def section(version, machine, rows, groups, kept):
    lines = [report.section("Search", machine, version, rows)]
    after = f"after {' and '.join(map(str, LOOKS))} trials"
    for kind in ("function", "replay"):
        shown = {title: problems for title, problems in groups.items() if kind in problems[0].job}
        if shown:
            lines += ["", *report.table([f"{kind}, {after}", *shown], compact(shown.values()))]
    lines += ["", "The peers:", ""]
    everything = [problem for problems in groups.values() for problem in problems]
    lines += [kept[name].line(name, [problem.results[name] for problem in everything]) for name in PEERS]
    return "\n".join(lines)


def compact(groups):
    """A row for each name: our regret in parts of Optuna's after each look, for each group."""
    for problems in zip(*groups):
        ratios = [", ".join(f"{problem.ratio('optuna', look):.3g}" for look in LOOKS) for problem in problems]
        yield [problems[0].name, *(f"× {of}" for of in ratios)]


def regrets(problem):
    """For whoever waits: everyone's, after each look."""
    of = {name: ", ".join(plain(problem.regret(name, look)) for look in LOOKS) for name in problem.results}
    return "; ".join(f"{name} {said}" for name, said in of.items())


def mean(ratios):
    return math.exp(statistics.fmean(map(math.log, ratios)))


if __name__ == "__main__":
    main()
