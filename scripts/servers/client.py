"""Asking the supervisor of a folder."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from .failure import Failure
from .supervisor import SOCKET


def ask(home: Path, action: str, server: str | None = None) -> dict:
    """The supervisor's answer, once what was asked is done."""
    try:
        # Sockets have short paths; from inside the folder every path is short.
        os.chdir(home)
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(SOCKET)
            line.sendall(json.dumps({"do": action, "server": server}).encode() + b"\n")
            answer = line.makefile("rb").readline()
    except OSError as error:
        raise Failure(f"no servers run in {home}") from error
    if not answer:
        raise Failure(f"the servers in {home} ended meanwhile")
    told = json.loads(answer)
    if "error" in told:
        raise Failure(told["error"])
    return told
