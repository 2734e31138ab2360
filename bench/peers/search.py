"""Minimises something by Optuna's sampler, by ours or by chance, and tells how near to the least value each came.

`search.py JOB`: the job is JSON with `by` (`optuna`, `chance`, or the path of our program), the number of `studies`,
after which trials to look (`looks`), and what is minimised: the `function` of BBOB with that number in so many
`dimensions`, of which every study gets another instance, or a `replay`, the path of a list of configurations with their
losses. Prints the regret after each look and the seconds that the sampler took for one trial, a number for each study.

Every process imports only what it needs.
"""

import dataclasses
import json
import math
import pathlib
import subprocess
import sys
import time
import typing


@dataclasses.dataclass
class Problem:
    """What is minimised."""

    #: As our program reads it: `domain::study::Space`.
    space: list
    #: From a configuration, by names.
    loss: typing.Callable
    #: From the best loss that was found.
    regret: typing.Callable


def bbob(number, dimensions, instance):
    """The regret is the distance from the least value."""
    import ioh

    function = ioh.get_problem(number, instance, dimensions, ioh.ProblemClass.BBOB)
    # In the order of the alphabet, too, which is that of our configurations.
    names = [f"x{place:02}" for place in range(dimensions)]
    bounds = zip(names, map(float, function.bounds.lb), map(float, function.bounds.ub))
    return Problem(
        [{"name": name, "distribution": {"kind": "float", "low": low, "high": high}} for name, low, high in bounds],
        lambda params: function([params[name] for name in names]),
        lambda best: best - function.optimum.y,
    )


def replay(path):
    """A configuration has the loss of the nearest one in the list; the regret is 0 at its best, 1 at its median."""
    import numpy

    told = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    space = told["space"]
    losses = numpy.array([point["loss"] for point in told["points"]])
    places = numpy.array([place(space, point["params"]) for point in told["points"]])
    least, median = losses.min(), numpy.median(losses)

    def loss(params):
        distances = ((places - place(space, params)) ** 2).sum(axis=1)
        return float(losses[distances.argmin()])

    return Problem(space, loss, lambda best: float((best - least) / (median - least)))


def place(space, params):
    """Where a configuration lies in the unit cube, each number on its own scale; two different words lie 1 apart."""
    found = []
    for dimension in space:
        distribution, value = dimension["distribution"], params[dimension["name"]]
        if distribution["kind"] == "categorical":
            found += [math.sqrt(0.5) * (value == choice) for choice in distribution["choices"]]
            continue
        # A whole number owns the half unit on either side.
        half = 0.5 if distribution["kind"] == "int" else 0
        scale = math.log if distribution.get("log") else float
        low, high = scale(distribution["low"] - half), scale(distribution["high"] + half)
        found.append((scale(value) - low) / (high - low))
    return found


# Who asks: each yields configurations with the seconds since the last loss, and is sent their losses.


def by_optuna(kind, seed, space):
    """The seconds are those of telling the last loss and asking."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kinds = {"optuna": optuna.samplers.TPESampler, "chance": optuna.samplers.RandomSampler}
    study = optuna.create_study(sampler=kinds[kind](seed=seed))
    distributions = {dimension["name"]: distribution_of(dimension) for dimension in space}
    begun = time.perf_counter()
    while True:
        trial = study.ask(distributions)
        seconds = time.perf_counter() - begun
        loss = yield dict(trial.params), seconds
        begun = time.perf_counter()
        study.tell(trial, loss)


def distribution_of(dimension):
    """Names and meanings are the same in our spaces."""
    from optuna import distributions

    if dimension.get("only_if"):
        raise ValueError(f"{dimension['name']} exists only beside others, which these studies do not know")
    said = dict(dimension["distribution"])
    kind = said.pop("kind")
    kinds = {
        "float": distributions.FloatDistribution,
        "int": distributions.IntDistribution,
        "categorical": distributions.CategoricalDistribution,
    }
    return kinds[kind](**said)


def by_ours(program, seed, space):
    """Our program says itself how long it thought."""
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        print(json.dumps({"seed": seed, "space": space}), file=process.stdin)
        for line in iter(process.stdout.readline, ""):
            asked = json.loads(line)
            loss = yield asked["params"], asked["seconds"]
            print(repr(loss), file=process.stdin)


def studied(job, seed):
    """The regret after each look, and the mean of the seconds for one trial."""
    problem = replay(job["replay"]) if "replay" in job else bbob(job["function"], job["dimensions"], seed)
    sampler = by_optuna if job["by"] in ("optuna", "chance") else by_ours
    asking = sampler(job["by"], seed, problem.space)
    best, took, loss, regrets = math.inf, 0.0, None, []
    for trial in range(1, max(job["looks"]) + 1):
        try:
            params, seconds = asking.send(loss)
        except StopIteration:
            raise RuntimeError(f"the sampler of seed {seed} ended before trial {trial}") from None
        loss = float(problem.loss(params))
        took += seconds
        best = min(best, loss)
        if trial in job["looks"]:
            regrets.append(problem.regret(best))
    asking.close()
    return regrets, took / max(job["looks"])


if __name__ == "__main__":
    job = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    regrets, seconds = zip(*(studied(job, seed) for seed in range(1, job["studies"] + 1)))
    by_look = {str(look): list(of) for look, of in zip(job["looks"], zip(*regrets))}
    print(json.dumps({"regret": by_look, "ask_s": list(seconds)}))
