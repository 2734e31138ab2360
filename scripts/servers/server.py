"""What all servers have in common. Waiting is written as generators, so that several servers start
at once in one thread: the kernel ties a child to the thread that made it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Iterator

from .failure import Failure

# How long a server may take to answer; a loaded machine with a slow disk is meant.
PATIENCE = 60.0


class Server:
    """One server: its folder, its ports and, while it runs, its process."""

    name = ""
    # Which setting of the program takes its URL.
    setting = ""
    # How many ports it needs, and how much higher each of them has a companion.
    port_count = 1
    port_above = 0
    # The signal that ends it in good order, and the one for when its data is thrown away.
    gently = signal.SIGTERM
    quickly = signal.SIGKILL
    # Seconds after which it is killed, if it has not ended by then.
    stops_within = 15
    # Whether it refuses to run as root.
    refuses_root = False

    def __init__(self, binary: str, home: Path, ports: list[int], secrets: dict[str, str]):
        self.binary = binary
        self.data = home / self.name
        self.log = home / "logs" / f"{self.name}.log"
        self.ports = ports
        self.secrets = secrets
        self.process: subprocess.Popen | None = None

    # What each server says of itself.

    def url(self) -> str:
        """What the program's setting takes."""
        raise NotImplementedError

    def prepare(self) -> Iterator[None]:
        """Makes the data folder, when it is not there yet."""
        self.data.mkdir(exist_ok=True)
        yield

    def command(self) -> list[str]:
        """What runs, in the foreground."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def answers(self) -> bool:
        """Whether it does its work now; an OSError means no."""
        raise NotImplementedError

    # What can be done with it.

    @property
    def port(self) -> int:
        return self.ports[0]

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> Iterator[None]:
        """Until it answers."""
        if self.runs():
            return
        yield from self.prepare()
        deadline = time.monotonic() + PATIENCE
        while True:
            begun = time.monotonic()
            self.process = self.spawn(self.command())
            while self.runs():
                if self._answers():
                    return
                if time.monotonic() > deadline:
                    raise Failure(f"{self.name} does not answer after {PATIENCE:.0f} s; {self.log_tail()}")
                yield
            # After a kill its former children may hold the data for a moment longer.
            if begun > deadline - PATIENCE + 10:
                raise Failure(f"{self.name} ended with {self.process.returncode}; {self.log_tail()}")
            pause = begun + 0.5
            while time.monotonic() < pause:
                yield

    def stop(self, how: int | None = None) -> Iterator[None]:
        """Until it has ended; killed if it does not in time."""
        if self.runs():
            self.process.send_signal(self.gently if how is None else how)
            # A stopped process would not hear the other one.
            self.process.send_signal(signal.SIGCONT)
        deadline = time.monotonic() + self.stops_within
        while self.runs():
            if time.monotonic() > deadline:
                self.process.kill()
            yield
        self.after_stop()

    def after_stop(self) -> None:
        """Removes what it leaves outside of its folder."""

    def restart(self) -> Iterator[None]:
        yield from self.stop()
        yield from self.start()

    def wipe(self) -> Iterator[None]:
        """Ends it, forgets all its data and starts it."""
        yield from self.stop(self.quickly)
        remove(self.data)
        yield from self.start()

    # Helpers.

    def _answers(self) -> bool:
        try:
            return self.answers()
        except OSError:
            return False

    def spawn(self, command: list[str], stdin: int = subprocess.DEVNULL) -> subprocess.Popen:
        """A child that dies with this process and hears no Ctrl-C of the terminal."""
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                tied(command, unprivileged=self.refuses_root),
                stdin=stdin,
                stdout=log,
                stderr=log,
                cwd=self.log.parent,
                env={**os.environ, **self.environment()},
                start_new_session=True,
            )

    def run(self, command: list[str], text: str | None = None) -> Iterator[None]:
        """Runs a helper to its end."""
        helper = self.spawn(command, subprocess.DEVNULL if text is None else subprocess.PIPE)
        try:
            if text is not None:
                helper.stdin.write(text.encode())
                helper.stdin.close()
            while helper.poll() is None:
                yield
        finally:
            if helper.poll() is None:
                helper.kill()
                helper.wait()
        if helper.returncode != 0:
            raise Failure(f"{Path(command[0]).name} ended with {helper.returncode}; {self.log_tail()}")

    def log_tail(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()[-12:]
        except OSError:
            lines = []
        return "\n    ".join(["its log ends with:", *lines])


def tied(command: list[str], unprivileged: bool = False, death: str = "KILL") -> list[str]:
    """`command`, to be sent a signal when its parent dies, whatever that dies of.

    With `unprivileged`, a root's child runs as `nobody`, who may still look into root's folders:
    both the fetched binaries and the data may lie below one that only root can enter.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise Failure("missing: setpriv, apt-get install util-linux")
    options = ["--pdeathsig", death]
    if unprivileged and os.geteuid() == 0:
        options += ["--reuid", "nobody", "--regid", str(pwd.getpwnam("nobody").pw_gid), "--clear-groups"]
        # access(2) looks at capabilities of others than root only with this bit.
        options += ["--securebits", "+no_setuid_fixup"]
        options += ["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"]
    return [setpriv, *options, "--", *command]


def remove(folder: Path) -> None:
    """Removes a folder that somebody may still be writing to."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
    raise Failure(f"{folder} cannot be removed")
