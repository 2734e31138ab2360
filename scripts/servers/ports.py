"""Free ports that stay ours while their server is down."""

from __future__ import annotations

import random
import socket
from pathlib import Path

from .failure import Failure


def take(count: int, preferred: list[int] = (), above: int = 0) -> tuple[list[int], list[socket.socket]]:
    """`count` free ports of 127.0.0.1 and the marks that keep others of us off them.

    With `above`, the port that lies so much higher is free and marked too. All lie below those that
    the system gives to outgoing connections: a client that tries again and again to reach a stopped
    server would sooner or later be given the server's own port, and talk to itself. A mark is an
    abstract socket, so that the kernel removes it with its process.
    """
    low = _first_ephemeral()
    wanted = [*preferred, *random.SystemRandom().sample(range(12000, low - above), 2000)]
    ports, marks = [], []
    for port in wanted:
        if len(ports) == count:
            break
        needed = {port, port + above}
        taken = [mark for mark in map(_mark, needed) if mark is not None]
        if len(taken) == len(needed) and all(map(is_free, needed)):
            ports.append(port)
            marks += taken
        else:
            for mark in taken:
                mark.close()
    if len(ports) < count:
        raise Failure(f"fewer than {count} free ports on 127.0.0.1")
    return ports, marks


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def _mark(port: int) -> socket.socket | None:
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0microlearn-port-{port}")
        return mark
    except OSError:
        mark.close()
        return None


def _first_ephemeral() -> int:
    try:
        low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        low = 0
    # Where the system gives away nearly all ports, none are better than others.
    return low if low >= 26000 else 32768
