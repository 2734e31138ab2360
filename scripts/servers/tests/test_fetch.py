"""What happens when the wheels cannot be had."""

from __future__ import annotations

import os
import subprocess
import sys

from .running import SCRIPTS, Case


class Fetch(Case):
    def fetch(self) -> subprocess.CompletedProcess:
        """`servers.py fetch` without a network, and with a PATH of our own."""
        tools = self.folder / "bin"
        tools.mkdir(exist_ok=True)
        environment = {**os.environ, "PATH": str(tools), "MICROLEARN_SERVERS": str(self.folder / "none")}
        environment |= {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
        command = [sys.executable, str(SCRIPTS / "servers.py"), "fetch"]
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    def test_a_missing_server_is_named_with_what_to_install(self) -> None:
        told = self.fetch()
        self.assertEqual(told.returncode, 1)
        for words in ("missing servers", "nats: nats-server", "redis: valkey-server, or redis-server", "s3: "):
            self.assertIn(words, told.stderr)
        self.assertEqual(list((self.folder / "none").glob("*/")), [])

    def test_the_path_serves(self) -> None:
        (self.folder / "bin").mkdir()
        for name in ("postgres", "nats-server", "redis-server", "weed"):
            program = self.folder / "bin" / name
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
        told = self.fetch()
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn(str(self.folder / "bin" / "redis-server"), told.stdout)
        self.assertIn("the PATH serves", told.stderr)
