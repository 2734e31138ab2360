#!/usr/bin/env python3
"""The shape of a cluster on one machine: real servers, each service a process of its own.

Starts PostgreSQL, NATS, Valkey and an S3 server, then the gateway, two `serving` processes and the
seven services, with one prefix a process before its lines. Ctrl-C stops all of them; a second one
does not wait. What is killed while the rest runs is started again after a second, as a cluster would
do; so are the servers. The data stays in --dir and is taken up by the next start.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shlex
import signal
import sys
from pathlib import Path

from servers import ports
from servers.failure import Failure
from servers.server import tied

SERVERS = Path(__file__).with_name("servers.py")
SERVICES = "data-preparer model-selector hyperopt trainer evaluator deployer orchestrator".split()
# The settings that take the URLs of the line that servers.py prints.
URLS = ("store", "bus", "cache", "artifacts")
# The services drain for ten seconds before they end.
PATIENCE = 15.0
COLOURS = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94]


class Process:
    """One process of the program: what it runs, and whether it was ever ready."""

    def __init__(self, name: str, command: list[str], health: int):
        self.name = name
        self.command = [*command, "--metrics-listen", f"127.0.0.1:{health}"]
        self.health = health
        self.running: asyncio.subprocess.Process | None = None
        self.ready = asyncio.Event()

    async def wait_until_ready(self) -> None:
        while not await self.answers():
            await asyncio.sleep(0.1)
        self.ready.set()

    async def answers(self) -> bool:
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.health)
            try:
                writer.write(b"GET /readyz HTTP/1.0\r\nhost: localhost\r\n\r\n")
                first = await asyncio.wait_for(reader.readline(), 2)
            finally:
                writer.close()
            return b" 200 " in first
        return False

    def send(self, name: int) -> None:
        if self.running is not None and self.running.returncode is None:
            self.running.send_signal(name)


class Stack:
    """All processes and the lines that they print."""

    def __init__(self, processes: list[Process], environment: dict[str, str]):
        self.processes = processes
        self.environment = environment
        self.width = max(len(process.name) for process in processes)
        self.stopping = asyncio.Event()
        self.failure: str | None = None
        self.address = ""

    def say(self, name: str, line: str) -> None:
        label = f"{name:<{self.width}} |"
        if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
            known = [process.name for process in self.processes]
            colour = COLOURS[known.index(name) % len(COLOURS)] if name in known else 1
            label = f"\x1b[{colour}m{label}\x1b[0m"
        with contextlib.suppress(BrokenPipeError):
            print(label, line, flush=True)

    async def run(self) -> None:
        """Until it is told to stop, or until something cannot be started."""
        gateway, *others = self.processes
        kept = [asyncio.ensure_future(self.keep(gateway))]
        # The gateway is first: it makes the tables and the first account, and says its password.
        if await self.until(gateway.wait_until_ready()):
            kept += [asyncio.ensure_future(self.keep(process)) for process in others]
            ready = asyncio.gather(*(process.wait_until_ready() for process in others))
            if await self.until(ready):
                self.say("stack", f"ready at {self.address}: {len(self.processes)} processes; Ctrl-C stops them")
        await self.stopping.wait()
        self.say("stack", "stopping")
        for process in self.processes:
            process.send(signal.SIGTERM)
        _, late = await asyncio.wait(kept, timeout=PATIENCE)
        if late:
            self.kill()
            await asyncio.wait(late)

    async def until(self, work: asyncio.Future) -> bool:
        """Whether `work` was done before the stack was told to stop."""
        work = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self.stopping.wait())
        await asyncio.wait([work, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        return not work.cancel()

    async def keep(self, process: Process) -> None:
        """Runs a process until the stack stops, and passes on what it prints."""
        while not self.stopping.is_set():
            process.running = await asyncio.create_subprocess_exec(
                *tied(process.command, death="TERM"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=self.environment,
                limit=1 << 20,
                start_new_session=True,
            )
            async for line in process.running.stdout:
                text = line.decode(errors="replace").rstrip()
                if process is self.processes[0] and text.startswith("listening on "):
                    self.address = text.removeprefix("listening on ")
                self.say(process.name, text)
            code = await process.running.wait()
            if self.stopping.is_set():
                return
            if not process.ready.is_set():
                self.failure = f"{process.name} ended with {code} before it was ready"
                self.stopping.set()
                return
            self.say("stack", f"{process.name} ended with {code}, and is started again")
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), 1)

    async def pass_on(self, lines: asyncio.StreamReader) -> None:
        """Says what the servers' supervisor has to tell."""
        async for line in lines:
            self.say("stack", line.decode(errors="replace").rstrip())

    def lose_servers(self) -> None:
        if not self.stopping.is_set():
            self.failure = "the servers ended"
            self.stopping.set()

    def interrupt(self) -> None:
        """The first time kindly."""
        if self.stopping.is_set():
            self.kill()
        self.stopping.set()

    def kill(self) -> None:
        for process in self.processes:
            process.send(signal.SIGKILL)


def plan(args: argparse.Namespace, health: list[int]) -> list[Process]:
    """Every process of the program, the gateway first."""
    common = [str(args.binary), "run", "--data", str(args.dir / "site")]
    wanted = [("gateway", [*common, "--only", "dashboard", "--listen", args.listen])]
    counts = {"serving": 2, **dict.fromkeys(SERVICES, 1), **dict(args.replicas)}
    for role, count in counts.items():
        # Each serving process takes a free port and tells the store where it answers.
        more = ["--listen", "127.0.0.1:0"] if role == "serving" else []
        names = [role] if count == 1 else [f"{role}-{number}" for number in range(1, count + 1)]
        wanted += [(name, [*common, "--only", role, *more]) for name in names]
    # A dry plan has no ports.
    health = health or [0] * len(wanted)
    return [Process(name, command, port) for (name, command), port in zip(wanted, health)]


def settings(urls: dict[str, str]) -> dict[str, str]:
    return {f"MICROLEARN__{name.upper()}__URL": urls[name] for name in URLS}


async def start(args: argparse.Namespace) -> int:
    # One health listener for each process; the marks keep other stacks off their ports.
    health, marks = ports.take(len(plan(args, [])))
    folder = args.dir / "servers"
    args.dir.mkdir(parents=True, exist_ok=True)
    loop = asyncio.get_running_loop()
    servers = await asyncio.create_subprocess_exec(
        *[sys.executable, str(SERVERS), "up", "--keep", "--revive", "--dir", str(folder)],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(name, servers.terminate)
    line = await servers.stdout.readline()
    if not line:
        return await servers.wait()
    stack = Stack(plan(args, health), {**os.environ, **settings(json.loads(line))})
    told = asyncio.ensure_future(stack.pass_on(servers.stdout))
    ended = asyncio.ensure_future(servers.wait())
    ended.add_done_callback(lambda _: stack.lose_servers())
    stack.say("stack", f"PostgreSQL, NATS, Valkey and SeaweedFS answer; their logs are in {folder / 'logs'}")
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(name, stack.interrupt)
    try:
        await stack.run()
    finally:
        with contextlib.suppress(ProcessLookupError):
            servers.terminate()
        await ended
        await told
        for mark in marks:
            mark.close()
    if stack.failure:
        raise Failure(stack.failure)
    stack.say("stack", "stopped")
    return 0


def show(args: argparse.Namespace) -> None:
    """What would be started, in words that a shell understands."""
    print(shlex.join([sys.executable, str(SERVERS), "up", "--keep", "--revive", "--dir", str(args.dir / "servers")]))
    for name, value in settings({name: f"<{name} of that line>" for name in URLS}).items():
        print(f"export {name}={shlex.quote(value)}")
    for process in plan(args, []):
        print(shlex.join(process.command))


def replicas(text: str) -> tuple[str, int]:
    role, _, count = text.partition("=")
    if role not in (*SERVICES, "serving") or not count.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not like trainer=2")
    return role, int(count)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, required=True, help="the program `microlearn`")
    parser.add_argument("--listen", default="127.0.0.1:8080", help="where the gateway answers")
    parser.add_argument("--dir", type=lambda text: Path(text).absolute(), default="microlearn-stack")
    parser.add_argument("--replicas", type=replicas, action="append", default=[], metavar="ROLE=N")
    parser.add_argument("--dry", action="store_true", help="print the commands and start nothing")
    args = parser.parse_args()
    if args.dry:
        show(args)
        return 0
    try:
        return asyncio.run(start(args))
    except (Failure, OSError) as failure:
        print(f"stack: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
