"""Keeps servers running until it is told to stop, or until the process that started it is gone."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import selectors
import signal
import socket
import time
from pathlib import Path
from typing import Iterator

from . import ports
from .failure import Failure
from .fetch import fetch
from .nats import Nats
from .postgres import Postgres
from .redis import Redis
from .s3 import BUCKET, REGION, S3
from .server import Server, remove

KINDS: dict[str, type[Server]] = {kind.name: kind for kind in (Postgres, Nats, Redis, S3)}
# What can be asked for one server; each is a method of `Server`.
ACTIONS = ("start", "stop", "restart", "wipe")
SOCKET = "control.sock"
# Ports and keys, so that a folder that is used again keeps its URLs.
SETTINGS = "settings.json"
# Seconds between the end of a server and its next start.
PAUSE = 1.0


class Supervisor:
    """The servers of one folder."""

    def __init__(self, home: Path, wanted: list[str], given: dict[str, int], keep: bool, revive: bool):
        self.wanted = wanted
        self.revive = revive
        self.stopped: set[str] = set()
        self.dead: dict[str, float] = {}
        self.announced = False
        self.given = given
        self.binaries = fetch(wanted)
        self.made = not home.exists()
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home = home.resolve()
        self.throw_away = self.made and not keep
        # Sockets have short paths; from inside the folder every path is short.
        os.chdir(self.home)
        self.lock = open("lock", "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Failure(f"{home} is used by other servers; stop them, or take another folder") from error
        (self.home / "logs").mkdir(exist_ok=True)
        self.marks: list[socket.socket] = []
        self.servers = self._servers()
        self.jobs: dict[str, tuple[Iterator[None], socket.socket | None]] = {}
        self.selector = selectors.DefaultSelector()
        self.stopping = False
        self.asked_to_stop: socket.socket | None = None

    def _servers(self) -> dict[str, Server]:
        file = self.home / SETTINGS
        settings = json.loads(file.read_text()) if file.exists() else {"ports": {}, "secrets": {}}
        for name in ("postgres", "s3_key", "s3_secret"):
            settings["secrets"].setdefault(name, secrets.token_hex(16))
        for name in self.wanted:
            old = settings["ports"].get(name, [])
            if name in self.given:
                if not ports.is_free(self.given[name]):
                    raise Failure(f"port {self.given[name]} is taken; give {name} another one")
                old = [self.given[name], *old[1:]]
            settings["ports"][name], marks = ports.take(KINDS[name].port_count, old, KINDS[name].port_above)
            self.marks += marks
        file.touch(mode=0o600)
        file.write_text(json.dumps(settings))
        return {
            name: KINDS[name](self.binaries[name], self.home, settings["ports"][name], settings["secrets"])
            for name in self.wanted
        }

    def state(self) -> dict:
        """What is printed: the URL of each port of the program, and each server's process."""
        state: dict = {server.setting: server.url() for server in self.servers.values()}
        s3 = self.servers.get("s3")
        if isinstance(s3, S3):
            state["s3"] = {
                "endpoint": s3.endpoint(),
                "bucket": BUCKET,
                "region": REGION,
                "access_key": s3.secrets["s3_key"],
                "secret_key": s3.secrets["s3_secret"],
            }
        state["servers"] = {
            name: {
                "pid": server.process.pid if server.runs() else None,
                "port": server.port,
                "log": str(server.log),
            }
            for name, server in self.servers.items()
        }
        state["dir"] = str(self.home)
        state["pid"] = os.getpid()
        return state

    def run(self, parent: int | None) -> None:
        """Starts all, prints one line of JSON, and serves requests until the end."""
        try:
            self._listen(parent)
            self.jobs = {name: (server.start(), None) for name, server in self.servers.items()}
            while not self.stopping:
                self._advance()
                self._revive()
                if not self.announced and not self.jobs:
                    print(json.dumps(self.state()), flush=True)
                    self.announced = True
                for key, _ in self.selector.select(self._patience()):
                    key.data(key.fileobj)
        finally:
            self._end()

    def _listen(self, parent: int | None) -> None:
        inbox, outbox = socket.socketpair()
        inbox.setblocking(False)
        outbox.setblocking(False)
        signal.set_wakeup_fd(outbox.fileno())
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._stop)
        # A dead child is buried at once: who looks for its process must not find it.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(inbox, selectors.EVENT_READ, self._wake)
        self.outbox = outbox
        if parent is not None:
            try:
                self.selector.register(os.pidfd_open(parent), selectors.EVENT_READ, self._stop)
            except ProcessLookupError:
                self.stopping = True
        Path(SOCKET).unlink(missing_ok=True)
        control = socket.socket(socket.AF_UNIX)
        control.bind(SOCKET)
        os.chmod(SOCKET, 0o600)
        control.listen()
        self.selector.register(control, selectors.EVENT_READ, self._accept)

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def _wake(self, inbox: socket.socket) -> None:
        inbox.recv(4096)
        if not self.revive or not self.announced or self.stopping:
            return
        for name, server in self.servers.items():
            if not (server.runs() or name in self.jobs or name in self.stopped or name in self.dead):
                self._bury(name, f"ended with {server.process.returncode}")

    def _bury(self, name: str, how: str) -> None:
        """Notes a server that is started again in a moment: not at once, for it may die at once."""
        self.dead[name] = time.monotonic() + PAUSE
        # Whoever started this may read no more of what it says.
        with contextlib.suppress(OSError):
            print(f"{name} {how}, and is started again", flush=True)

    def _revive(self) -> None:
        for name in [name for name, due in self.dead.items() if due <= time.monotonic()]:
            del self.dead[name]
            # Somebody may have stopped or started it meanwhile.
            if not (name in self.stopped or name in self.jobs or self.servers[name].runs()):
                self.jobs[name] = (self.servers[name].start(), None)

    def _patience(self) -> float | None:
        if self.jobs:
            return 0.01
        if self.dead:
            return max(0.0, min(self.dead.values()) - time.monotonic())
        return None

    def _accept(self, control: socket.socket) -> None:
        line, _ = control.accept()
        line.settimeout(2)
        try:
            asked = json.loads(line.makefile("rb").readline())
            self._ask(asked["do"], asked.get("server"), line)
        except (OSError, ValueError, KeyError):
            line.close()

    def _ask(self, action: str, name: str | None, line: socket.socket) -> None:
        if action == "status":
            self._reply(line, self.state())
        elif action == "down":
            self.asked_to_stop = line
            self.stopping = True
        elif action not in ACTIONS or name not in self.servers:
            self._reply(line, {"error": f"{action} {name}: there is {', '.join(self.servers)} here"})
        elif name in self.jobs:
            self._reply(line, {"error": f"{name} is being started or stopped; ask again"})
        else:
            (self.stopped.add if action == "stop" else self.stopped.discard)(name)
            self.jobs[name] = (getattr(self.servers[name], action)(), line)

    def _advance(self) -> None:
        """One look at everything that is being started or stopped."""
        for name, (job, line) in list(self.jobs.items()):
            try:
                next(job)
            except StopIteration:
                del self.jobs[name]
                if line:
                    self._reply(line, self.state())
            except Failure as failure:
                if line is None and not self.announced:
                    raise
                del self.jobs[name]
                if line:
                    self._reply(line, {"error": str(failure)})
                elif not self.stopping:
                    self._bury(name, f"did not start ({failure})")

    def _reply(self, line: socket.socket, answer: dict) -> None:
        try:
            line.sendall(json.dumps(answer).encode() + b"\n")
        except OSError:
            pass
        finally:
            line.close()

    def _end(self) -> None:
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        for job, _ in self.jobs.values():
            job.close()
        self.jobs = {
            name: (server.stop(server.quickly if self.throw_away else None), None)
            for name, server in self.servers.items()
        }
        while self.jobs:
            self._advance()
            time.sleep(0.01)
        Path(SOCKET).unlink(missing_ok=True)
        if self.throw_away:
            os.chdir("/")
            remove(self.home)
        if self.asked_to_stop:
            # Who hears the answer may use the folder again at once.
            self.lock.close()
            for mark in self.marks:
                mark.close()
            self._reply(self.asked_to_stop, {"stopped": True})

