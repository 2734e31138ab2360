"""`servers.py up` as a child, as other tests start it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).parents[2]
UP = [sys.executable, str(SCRIPTS / "servers.py"), "up"]


class Case(unittest.TestCase):
    """A test with a folder of its own, under a path that shells and sockets find hard."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name) / "a path with spaces" / ("long" * 30)
        self.folder.mkdir(parents=True)
        self.home = self.folder / "servers"

    def up(self, *args: str, command: list[str] = UP) -> tuple[subprocess.Popen, dict]:
        child = subprocess.Popen(
            [*command, "--dir", str(self.home), *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        self.addCleanup(self.end, child)
        return child, json.loads(child.stdout.readline())

    def end(self, child: subprocess.Popen) -> None:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()

    def ask(self, *words: str, home: Path | None = None) -> dict:
        command = [sys.executable, str(SCRIPTS / "servers.py"), *words, "--dir", str(home or self.home)]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    def eventually(self, true: object, what: str) -> None:
        deadline = time.monotonic() + 20
        while not true():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)

    def stops(self, child: subprocess.Popen, state: dict) -> None:
        """The child ends well when it is told to, with all its servers."""
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(20), 0)
        self.assertEqual(alive(state), [])


def pids(state: dict) -> list[int]:
    return [server["pid"] for server in state["servers"].values()]


def alive(state: dict) -> list[int]:
    return [pid for pid in pids(state) if Path(f"/proc/{pid}").exists() and not zombie(pid)]


def zombie(pid: int) -> bool:
    # A container's first process may be slow to bury what it inherits.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def kill(state: dict, name: str, how: int = signal.SIGKILL) -> None:
    os.kill(state["servers"][name]["pid"], how)
