#!/usr/bin/env python3
"""Measures what it costs to know who asks and whether they may.

Prints one Markdown table, and with --out writes it between the markers `<!-- access -->` of that
file. README.md says what each number is. Only the standard library is needed.
"""

import statistics
import time

from harness.report import at_most, told
from harness.runner import run
from harness.site import Site

#: Calls of each kind, after a tenth of that to warm up.
CALLS = 20_000


def of_a_request(binary):
    """A request that anybody may send against one that asks the gate and the policy, in turns."""
    with Site(binary) as site:
        client = site.admin()
        open_to_all, known = [], []
        for call in range(CALLS + CALLS // 10):
            for path, took in (("/api/v1/auth/config", open_to_all), ("/api/v1/me", known)):
                begun = time.perf_counter()
                status, _ = client.send("GET", path)
                took.append(time.perf_counter() - begun)
                assert status == 200, (path, status)
        open_to_all, known = open_to_all[CALLS // 10:], known[CALLS // 10:]
        before, after = (statistics.median(took) * 1e6 for took in (open_to_all, known))
        yield told("a request that anybody may send, median", before, "µs", f"{CALLS} calls")
        yield told("one that asks who it is and whether they may, median", after, "µs", f"{CALLS} calls")
        yield at_most("authentication and policy add", after - before, 30, "µs", "difference of the medians")


if __name__ == "__main__":
    run("Access", __doc__, {"a": of_a_request}, None)
