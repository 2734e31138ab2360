"""Minimises BBOB's functions by Optuna's sampler, by ours, or by chance.

`search.py JOB`: the job is JSON with `by` (`optuna`, `chance`, or the path of our program), the `functions` (their
numbers), the `dimension`, the number of `instances` and of `trials`. Prints for each function the regret on each instance,
and the seconds that the sampler took for one trial.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import time

import ioh
import optuna


def by_optuna(sampler, problem, trials):
    """The best value, and the seconds spent on asking and telling."""
    study, names = optuna.create_study(sampler=sampler), names_of(problem)
    best, took = float("inf"), 0.0
    spaces = {
        name: optuna.distributions.FloatDistribution(low, high)
        for name, low, high in zip(names, problem.bounds.lb, problem.bounds.ub)
    }
    for _ in range(trials):
        begun = time.perf_counter()
        trial = study.ask(spaces)
        asked = time.perf_counter()
        value = problem([trial.params[name] for name in names])
        told = time.perf_counter()
        study.tell(trial, value)
        took += asked - begun + time.perf_counter() - told
        best = min(best, value)
    return best, took


def by_ours(program, seed, problem, trials):
    """The same with our program, which says itself how long it thought."""
    names = names_of(problem)
    space = [
        {"name": name, "distribution": {"kind": "float", "low": low, "high": high}}
        for name, low, high in zip(names, problem.bounds.lb, problem.bounds.ub)
    ]
    best, took = float("inf"), 0.0
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        print(json.dumps({"seed": seed, "space": space}), file=process.stdin)
        for trial in range(trials):
            asked = json.loads(process.stdout.readline())
            value = problem([asked["params"][name] for name in names])
            took += asked["seconds"]
            best = min(best, value)
            if trial + 1 < trials:
                print(repr(float(value)), file=process.stdin)
    return best, took


def names_of(problem):
    """In the order of the alphabet, too, which is that of our configurations."""
    return [f"x{place:02}" for place in range(problem.meta_data.n_variables)]


def regrets(job, number):
    found, seconds = [], []
    for instance in range(1, job["instances"] + 1):
        problem = ioh.get_problem(number, instance, job["dimension"], ioh.ProblemClass.BBOB)
        if job["by"] == "optuna":
            best, took = by_optuna(optuna.samplers.TPESampler(seed=instance), problem, job["trials"])
        elif job["by"] == "chance":
            best, took = by_optuna(optuna.samplers.RandomSampler(seed=instance), problem, job["trials"])
        else:
            best, took = by_ours(job["by"], instance, problem, job["trials"])
        found.append(best - problem.optimum.y)
        seconds.append(took / job["trials"])
    return {"name": problem.meta_data.name, "regret": found, "ask_s": statistics.median(seconds)}


if __name__ == "__main__":
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    job = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps({number: regrets(job, number) for number in job["functions"]}))
