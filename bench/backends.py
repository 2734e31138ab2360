#!/usr/bin/env python3
"""Measures what it costs to be many: handing over, sharing work, many pipelines, processes that die.

Prints one Markdown table, and with --out writes it between the markers `<!-- backends -->` of that
file. README.md says what each number is. Besides the standard library it needs the servers that
`make servers` fetches.
"""

import itertools
import json
import os
import statistics
import subprocess
import sys
import threading
import time

from harness.client import moment
from harness.report import at_least, at_most, told
from harness.runner import run
from harness.site import Site
from harness.stack import Servers, Stack

SERVICES = "data-preparer model-selector hyperopt trainer evaluator deployer orchestrator".split()
EACH_ALONE = ["dashboard", "serving", *SERVICES]
#: Pipelines of six stages that do nothing, of which the median is told.
HANDED = 50
#: Pipelines that are queued at once.
MANY = 200


def hand_over(binary, _tables):
    """A pipeline of six stages that do nothing, embedded and on the real servers."""
    program = binary.parent / "examples" / "stand_ins"
    command = [program, "measure", str(HANDED)]
    found = measured(command, os.environ)
    spread = f"{found['min_ms']:.1f} to {found['p95_ms']:.1f} at 95 %"
    yield at_most("six stages that do nothing, embedded, median", found["median_ms"], 100, "ms", spread)
    with Servers() as servers:
        found = measured(command, os.environ | servers.environment())
    spread = f"{found['min_ms']:.1f} to {found['p95_ms']:.1f} at 95 %"
    yield at_most("six stages that do nothing, real servers, median", found["median_ms"], 500, "ms", spread)


def measured(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def many_pipelines(binary, tables):
    """Two hundred pipelines queued at once, and an API that answers meanwhile."""
    with Site(binary) as site:
        site.wait_until_ready()
        client = site.admin()
        dataset = client.dataset(tables / "penguins.csv")
        begun = time.monotonic()
        smallest = {"budget": {"work_units": 1}, "candidates": ["baseline"], "deploy": {"mode": "manual"}}
        ids = [client.start(dataset, "species", smallest["budget"], **without(smallest, "budget")) for _ in range(MANY)]
        latencies, most = [], 0.0
        states = {}
        paths = itertools.cycle(["/api/v1/pipelines?limit=50", "/api/v1/me", f"/api/v1/datasets/{dataset['id']}", "/readyz"])
        while time.monotonic() - begun < 600:
            asked = time.monotonic()
            client.send("GET", next(paths))
            latencies.append(time.monotonic() - asked)
            most = max(most, site.resident_megabytes())
            if len(latencies) % 50 == 0:
                states = {one["id"]: one["state"] for one in client.items("/api/v1/pipelines")}
                if all(states[one] in ("succeeded", "failed", "cancelled") for one in ids):
                    break
            time.sleep(0.005)
        took = time.monotonic() - begun
    good = sum(states.get(one) == "succeeded" for one in ids)
    yield at_least(f"{MANY} pipelines queued at once: ended well", good, MANY)
    yield told(f"{MANY} pipelines queued at once: until the last one ended", took, "s")
    p99 = statistics.quantiles(latencies, n=100)[98] * 1e3
    yield at_most("the API meanwhile, p99", p99, 200, "ms", f"{len(latencies)} calls")
    yield told("memory meanwhile, most (VmRSS)", most, "MB")


def without(spec, key):
    return {name: value for name, value in spec.items() if name != key}


def sharing(binary, tables):
    """The trials and folds of one pipeline, shared by one and by two workers of one core each."""
    took = {}
    for workers in (1, 2):
        with Servers() as servers:
            roles = ["dashboard", *without_shared(), *["hyperopt"] * workers, *["trainer"] * workers]
            with Stack(binary, servers, roles, {"MICROLEARN__WORK__COMPUTE_SLOTS": "1"}) as stack:
                client = stack.admin()
                dataset = client.dataset(tables / "adult.csv")
                pipeline = client.finished(client.start(dataset, "income", {"work_units": 20_000}))
                took[workers] = stage_seconds(pipeline, ("optimise", "train"))
    yield told("trials and folds of one pipeline, 1 worker", took[1], "s")
    most = f"{took[1] / took[2]:.2f} times as fast; two programs that share nothing do {shared_nothing():.2f} times as much"
    yield told("trials and folds of one pipeline, 2 workers", took[2], "s", most)


def shared_nothing():
    """How much more two programs do at once than one, on this machine: the most that a second worker can give."""
    loop = "import time; begun = time.perf_counter(); sum(i * i % 7 for i in range(20_000_000)); print(time.perf_counter() - begun)"

    def slowest(count):
        programs = [subprocess.Popen([sys.executable, "-c", loop], stdout=subprocess.PIPE, text=True) for _ in range(count)]
        return max(float(program.communicate()[0]) for program in programs)

    alone, beside = (statistics.median(slowest(count) for _ in range(3)) for count in (1, 2))
    return 2 * alone / beside


def without_shared():
    return [role for role in SERVICES if role not in ("hyperopt", "trainer")]


def stage_seconds(pipeline, names):
    stages = [stage for stage in pipeline["stages"] if stage["name"] in names]
    return sum(moment(stage["finished_at"]) - moment(stage["started_at"]) for stage in stages)


def serving(binary, tables):
    """Predictions through a gateway while serving processes are killed."""
    with Servers() as servers, Stack(binary, servers, [*EACH_ALONE, "serving"]) as stack:
        client = stack.admin()
        dataset = client.dataset(tables / "penguins.csv")
        client.finished(
            client.start(dataset, "species", {"work_units": 5}, deploy={"mode": "auto", "name": "penguins"})
        )
        row = {"bill_length_mm": 39.1, "bill_depth_mm": 18.7, "flipper_length_mm": 181, "body_mass_g": 3750}
        row |= {"island": "Torgersen", "sex": "male", "year": 2007}
        stop, latencies, failed = threading.Event(), [], []
        callers = [threading.Thread(target=call, args=(stack, row, stop, latencies, failed)) for _ in range(4)]
        for caller in callers:
            caller.start()
        for _ in range(5):
            time.sleep(1)
            stack.kill("serving")
            stack.add("serving")
        stop.set()
        for caller in callers:
            caller.join()
    yield at_most("predictions while 5 serving processes are killed: failed", len(failed), 0, "", of(latencies, failed))
    yield told("predictions while 5 serving processes are killed: p50", statistics.median(latencies) * 1e3, "ms")
    yield told("predictions while 5 serving processes are killed: slowest", max(latencies) * 1e3, "ms")


def of(latencies, failed):
    return f"of {len(latencies)}" + (f"; the first: {failed[0]}" if failed else "")


def call(stack, row, stop, latencies, failed):
    client = stack.admin()
    body = json.dumps(row).encode()
    while not stop.is_set():
        begun = time.monotonic()
        status, answer = client.send("POST", "/predictions/penguins", body)
        latencies.append(time.monotonic() - begun)
        if status != 200:
            failed.append(f"{status} {answer}")
        time.sleep(0.004)


SCENARIOS = {"a": hand_over, "b": many_pipelines, "c": sharing, "d": serving}

if __name__ == "__main__":
    run("Backends", __doc__, SCENARIOS, "penguins.csv and adult.csv")
