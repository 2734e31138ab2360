#!/usr/bin/env python3
"""Measures the real program from outside: start, training, predictions, cancel, recovery.

Prints one Markdown table, and with --out writes it between the markers `<!-- scenarios -->` of that
file. README.md says what each number is. Only the standard library is needed.
"""

import csv
import io
import json
import statistics
import tempfile
import time

from harness import report
from harness.client import Client, moment
from harness.report import at_least, at_most, holds, told
from harness.runner import run
from harness.site import Site

#: How often short things are measured; the median is told.
TIMES = 5
#: Rows that the endpoint and the artefact must agree on.
ROWS = 200
#: Single predictions whose latency is measured, after a tenth of that to warm up.
CALLS = 1000
#: The smallest pipeline there is: what is left is the cost of handing work on.
SMALLEST = {"budget": {"work_units": 1}, "candidates": ["baseline"]}


# (a) Start


def start_up(binary, _tables):
    """Start on an empty folder, and what the program takes when nothing happens."""
    listening, ready = [], []
    for run in range(TIMES):
        with Site(binary) as site:
            ready.append(site.wait_until_ready())
            listening.append(site.listening_after)
            if run == TIMES - 1:
                time.sleep(5)
                resident = site.resident_megabytes()
    yield told("start: the `listening` line", statistics.median(listening), "s", spread(listening))
    yield at_most("start: first 200 of /readyz", statistics.median(ready), 1, "s", spread(ready))
    yield at_most("memory when idle, 5 s after start (VmRSS)", resident, 120, "MB")


# (b) From a file to an endpoint


def training(binary, tables):
    """Three tables become endpoints that answer as their artefacts do."""
    jobs = [
        # table, target, seconds, metric, columns left out, the bar of the held-out score
        ("adult", "income", 60, "roc_auc", [], at_least, 0.92),
        ("california-housing", "median_house_value", 60, "rmse", [], at_most, 52_000),
        ("penguins", "species", 20, "accuracy", ["rownames"], at_least, 0.97),
    ]
    for name, target, seconds, metric, excluded, better, bar in jobs:
        with Site(binary) as site:
            client = site.admin()
            table = tables / f"{name}.csv"
            dataset = client.dataset(table)
            pipeline = client.start(
                dataset, target, {"seconds": seconds}, metric=metric, exclude_columns=excluded,
                deploy={"mode": "auto", "name": name},
            )
            ended = client.finished(pipeline)
            yield from of_training(client, ended, seconds, better, bar)
            if ended["deployment"]:
                yield from of_endpoint(site, client, ended, table)


def of_training(client, ended, seconds, better, bar):
    """What the pipeline came to."""
    name, metric = ended["deployment"]["name"] if ended["deployment"] else "—", ended["metric"]
    title = f"{ended['dataset_name']}, {seconds} s budget"
    board = client.get(f"/api/v1/pipelines/{ended['id']}/leaderboard")
    algorithms = {row["algorithm"] for row in board}
    trials = client.items(f"/api/v1/pipelines/{ended['id']}/trials")
    ended_well = sum(trial["state"] == "succeeded" for trial in trials)
    chosen = chosen_row(board)
    # The budget counts from the claim to the end; a twentieth more is what the bar forgives.
    yield at_most(f"{title}: claim to end", worked(ended), seconds * 1.05, "s")
    yield holds(f"{title}: deployed", name, "yes", ended["deployment"] is not None)
    yield at_least(f"{title}: algorithms on the leaderboard", len(algorithms), 5)
    yield at_least(f"{title}: trials", len(trials), 10, note=f"{ended_well} succeeded")
    yield from of_score(f"{title}: held-out {metric}", chosen, better, bar)


def of_score(title, chosen, better, bar):
    """The deployed model's score; an evaluation that ran out of time may lack it or its interval."""
    if chosen["test_score"] is None:
        yield holds(title, "none", report.plain(bar), False)
    else:
        yield better(title, chosen["test_score"], bar, "", chosen["algorithm"])
    interval = chosen["test_ci"]
    value = " to ".join(map(report.plain, interval)) if interval else "none"
    yield holds(f"{title}, 95 % interval", value, "given", interval is not None)


def of_endpoint(site, client, ended, table):
    """Whether the endpoint agrees with its artefact, and how fast it answers."""
    title = f"{ended['dataset_name']} endpoint"
    board = client.get(f"/api/v1/pipelines/{ended['id']}/leaderboard")
    model = client.get(f"/api/v1/models/{chosen_row(board)['model_id']}")
    path = f"/predictions/{ended['deployment']['name']}"
    preview = client.get(f"/api/v1/datasets/{ended['dataset_id']}/preview?rows={ROWS}")
    records = [dict(zip(preview["columns"], row)) for row in preview["rows"]]
    online = client.post(path, records)
    offline = offline_rows(site, site.artefact(model["sha256"]), table)
    equal, apart = compared(online, offline)
    note = f"shares differ by at most {apart:.1e}" if online.get("probabilities") else ""
    value = f"{equal} of {len(offline)}" + (f" ({note})" if note else "")
    yield holds(f"{title}: rows that equal `microlearn predict`", value, f"all {ROWS}",
                equal == len(offline) == ROWS and apart < 1e-9)
    half, most = latencies(client, path, records)
    yield told(f"{title}: one prediction, p50", half * 1e3, "ms", "keep-alive")
    yield told(f"{title}: one prediction, p99", most * 1e3, "ms", f"{CALLS} calls")


def offline_rows(site, artefact, table):
    """The first rows of the table as `microlearn predict` answers them."""
    with table.open(encoding="utf-8-sig", newline="") as whole, tempfile.NamedTemporaryFile(
        "w", suffix=".csv", encoding="utf-8", newline=""
    ) as part:
        csv.writer(part).writerows(row for _, row in zip(range(ROWS + 1), csv.reader(whole)))
        part.flush()
        answer = site.predict_offline(artefact, part.name)
    return list(csv.DictReader(io.StringIO(answer)))


def compared(online, offline):
    """How many predictions are the same, and how far any class's share is apart."""
    equal, apart = 0, 0.0
    shares = online.get("probabilities") or [{}] * len(offline)
    for prediction, row_shares, row in zip(online["predictions"], shares, offline):
        same = prediction == row["prediction"] if isinstance(prediction, str) else prediction == float(row["prediction"])
        equal += same
        for label, share in row_shares.items():
            apart = max(apart, abs(share - float(row[f"p_{label}"])))
    return equal, apart


def latencies(client, path, records):
    """Median and 99th percentile of single predictions, in seconds, JSON and all."""
    bodies = [json.dumps(record).encode() for record in records]
    took = []
    for call in range(CALLS + CALLS // 10):
        begun = time.perf_counter()
        client.call("POST", path, bodies[call % len(bodies)])
        took.append(time.perf_counter() - begun)
    ordered = sorted(took[CALLS // 10:])
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]


# (c) Cancel


def cancel(binary, tables):
    """How soon a cancelled pipeline lets go of the machine."""
    with Site(binary) as site:
        client = site.admin()
        dataset = client.dataset(tables / "adult.csv")
        idle = [cancelled_until(site, client, dataset, until_idle) for _ in range(TIMES)]
        begun = [cancelled_until(site, client, dataset, until_next_begins) for _ in range(TIMES)]
    yield at_most("cancel until the CPU is idle", statistics.median(idle), 2, "s", spread(idle))
    yield at_most("cancel until the next pipeline begins", statistics.median(begun), 2, "s", spread(begun))


def cancelled_until(site, client, dataset, free):
    """Seconds from the cancel of a pipeline at work until the machine is free."""
    pipeline = client.start(dataset, "income", {"seconds": 120})
    client.pipeline_until(pipeline, lambda seen: stage(seen, "optimise")["state"] == "running")
    # Some seconds into the search, when every worker has a fit under way.
    time.sleep(3)
    asked = time.time()
    client.cancel(pipeline)
    took = free(site, client, dataset, asked)
    state = client.get(f"/api/v1/pipelines/{pipeline}")["state"]
    if state != "cancelled":
        raise RuntimeError(f"a cancelled pipeline is {state}")
    return took


def until_idle(site, _client, _dataset, asked):
    """Idle is three tenths of a second with less than a tenth of one core in use."""
    window, quiet = 0.1, 0
    used = site.cpu_seconds()
    while quiet < 3:
        time.sleep(window)
        now = site.cpu_seconds()
        quiet = quiet + 1 if now - used < window * 0.1 else 0
        used = now
        if time.time() - asked > 120:
            raise TimeoutError("the program never became idle")
    return time.time() - asked - 3 * window


def until_next_begins(_site, client, dataset, asked):
    """The claim of a pipeline that was asked for right after the cancel."""
    ended = client.finished(client.start(dataset, "income", **SMALLEST))
    return moment(ended["started_at"]) - asked


# (d) A budget of five seconds


def short_budget(binary, tables):
    """A budget that is hardly enough is kept all the same."""
    with Site(binary) as site:
        client = site.admin()
        for name, target, excluded in [("adult", "income", []), ("penguins", "species", ["rownames"])]:
            dataset = client.dataset(tables / f"{name}.csv")
            took, models = [], []
            for _ in range(TIMES):
                pipeline = client.start(dataset, target, {"seconds": 5}, exclude_columns=excluded)
                took.append(worked(client.finished(pipeline)))
                models.append(len(client.get(f"/api/v1/pipelines/{pipeline}/leaderboard")))
            median = report.plain(statistics.median(took))
            title = f"{name}, 5 s budget, worst of {TIMES}"
            yield at_most(f"{title}: claim to end", max(took), 6, "s", f"median {median}")
            yield told(f"{title}: models", min(models), note=", ".join(map(str, models)))


# (e) Handing work on


def hand_off(binary, tables):
    """The smallest pipeline: six stages handed on with next to no work in them."""
    with Site(binary) as site:
        client = site.admin()
        dataset = client.dataset(tables / "iris.csv")
        took, waited = [], []
        for _ in range(TIMES):
            ended = client.finished(client.start(dataset, "species", **SMALLEST))
            took.append(moment(ended["finished_at"]) - moment(ended["created_at"]))
            waited.append(moment(ended["started_at"]) - moment(ended["created_at"]))
    yield told("iris, smallest pipeline: asked for to claimed", statistics.median(waited), "s", spread(waited))
    yield told("iris, smallest pipeline: asked for to end", statistics.median(took), "s", spread(took))


# (f) Recovery


def recovery(binary, tables):
    """After kill -9, how soon the work that was under way goes on."""
    again, going, ready = [], [], []
    for _ in range(TIMES):
        with Site(binary) as site:
            client = site.admin()
            dataset = client.dataset(tables / "adult.csv")
            pipeline = client.start(dataset, "income", {"seconds": 120})
            client.pipeline_until(pipeline, lambda seen: stage(seen, "optimise")["state"] == "running")
            time.sleep(3)
            site.kill()
            killed = time.time()
            site.start()
            begun = time.time() - (time.monotonic() - site.begun)
            ready.append(site.wait_until_ready())
            client = Client(site.url, client.token)
            going.append(first_claim(client, pipeline, killed) - begun)
            again.append(first_trial(client, pipeline, killed) - begun)
    yield told("kill -9: restart to ready", statistics.median(ready), "s", spread(ready))
    yield told("kill -9: restart to the stage's next attempt", statistics.median(going), "s", spread(going))
    yield told("kill -9: restart to the next trial ended", statistics.median(again), "s", spread(again))


def first_claim(client, pipeline, after):
    """When a worker took the work up again: the first bar of the timeline begun since."""
    bars = client.until(
        f"/api/v1/pipelines/{pipeline}/timeline",
        lambda seen: any(bar["kind"] != "queued" and moment(bar["start"]) > after for bar in seen["items"]),
    )["items"]
    return min(moment(bar["start"]) for bar in bars if bar["kind"] != "queued" and moment(bar["start"]) > after)


def first_trial(client, pipeline, after):
    """When the first trial ended that was not ended before."""
    def ends(seen):
        ended = [moment(trial["finished_at"]) for trial in seen["items"] if trial["finished_at"]]
        return [end for end in ended if end > after]
    return min(ends(client.until(f"/api/v1/pipelines/{pipeline}/trials?limit=100", ends)))


# Small things


def worked(pipeline):
    """Seconds from the claim of the first stage to the end: what a budget is about."""
    return moment(pipeline["finished_at"]) - moment(pipeline["started_at"])


def stage(pipeline, name):
    return next(stage for stage in pipeline["stages"] if stage["name"] == name)


def chosen_row(board):
    """The model that is deployed."""
    return next((row for row in board if row.get("chosen")), board[0])


def spread(values):
    return f"{report.plain(min(values))} to {report.plain(max(values))}"


SCENARIOS = {
    "a": start_up,
    "b": training,
    "c": cancel,
    "d": short_budget,
    "e": hand_off,
    "f": recovery,
}

if __name__ == "__main__":
    run("Scenarios", __doc__, SCENARIOS, "adult.csv and the others")
