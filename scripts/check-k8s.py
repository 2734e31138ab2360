#!/usr/bin/env python3
"""Checks k8s/, compose.yaml and the Dockerfile, without a cluster and without a container engine.

Every overlay is rendered by kubectl and held to the schemas of Kubernetes, KEDA and the Prometheus
operator; objects are held to each other and to the program's source; the Dockerfile is linted, and
compose.yaml is read by Docker Compose. The tools are fetched once, into ~/.cache/microlearn.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

if sys.version_info < (3, 11):
    sys.exit("check-k8s: Python 3.11 or newer is needed")

from k8s import containers, mistakes, tools
from k8s.cluster import Cluster, settings_known
from k8s.facts import Facts
from k8s.hardening import hardened
from k8s.render import OVERLAYS, against_schemas, render


def main() -> int:
    tools.fetch()
    facts, problems, seen = Facts(), [], set()
    with ThreadPoolExecutor() as pool:
        overlays = dict(zip(OVERLAYS, pool.map(render, OVERLAYS)))
    places: dict[str, str] = {}
    for overlay, objects in overlays.items():
        for problem in [*against_schemas(objects, seen), *hardened(objects), *Cluster(objects, facts).problems()]:
            # What is wrong in the base is wrong everywhere, and said once.
            places.setdefault(problem, overlay)
    problems += [f"{overlay}: {problem}" for problem, overlay in places.items()]
    site = containers.composed()
    problems += settings_known(facts)
    problems += containers.dockerfile(facts)
    problems += containers.variables()
    problems += containers.stack(site, facts)
    if not problems:
        problems += mistakes.unseen(overlays["k8s/base"], site, facts)
    for problem in problems:
        print(problem, file=sys.stderr)
    counts = f"{sum(map(len, overlays.values()))} objects of {len(overlays)} overlays, {len(site['services'])} services"
    print(f"check-k8s: {counts}: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
