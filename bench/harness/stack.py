"""The program in many processes on real servers."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from .client import Client
from .site import PASSWORD

SERVERS = pathlib.Path(__file__).parents[2] / "scripts" / "servers.py"
PORTS = ("store", "bus", "cache", "artifacts")


class Servers:
    """PostgreSQL, NATS, Valkey and SeaweedFS on free ports."""

    def __enter__(self):
        command = [sys.executable, SERVERS, "up"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.told = json.loads(self.process.stdout.readline())
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()

    def environment(self):
        """The settings that choose these servers."""
        return {f"MICROLEARN__{port.upper()}__URL": self.told[port] for port in PORTS}


class Stack:
    """Processes of the program, the gateway first, on servers that run."""

    def __init__(self, binary, servers, roles, more=None):
        self.binary, self.servers = binary, servers
        self.environment = os.environ | servers.environment() | {"MICROLEARN_ADMIN_PASSWORD": PASSWORD}
        self.environment |= more or {}
        self.temporary = tempfile.TemporaryDirectory(prefix="microlearn-bench-")
        self.folder = pathlib.Path(self.temporary.name)
        self.processes = []
        self.url = None
        for role in roles:
            self.add(role)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for _, process in self.processes:
            process.kill()
            process.wait()
            process.stdout.close()
        self.temporary.cleanup()

    def add(self, role):
        """Starts a process and waits until it works."""
        number = len(self.processes)
        command = [self.binary, "run", "--only", role, "--listen", "127.0.0.1:0"]
        command += ["--data", self.folder / str(number)]
        with open(self.folder / f"{number}.log", "ab") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=self.environment)
        for line in process.stdout:
            if line.startswith(b"listening on ") and "dashboard" in role:
                self.url = line.split()[-1].decode()
            if line.startswith((b"listening on ", b"working as ")):
                break
        else:
            raise RuntimeError((self.folder / f"{number}.log").read_text(errors="replace"))
        self.processes.append((role, process))

    def kill(self, role):
        """Ends one process of this role without warning."""
        for place, (played, process) in enumerate(self.processes):
            if played == role:
                process.kill()
                process.wait()
                process.stdout.close()
                del self.processes[place]
                return
        raise LookupError(role)

    def admin(self):
        return Client.sign_in(self.url, PASSWORD)
