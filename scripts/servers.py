#!/usr/bin/env python3
"""PostgreSQL, NATS, Valkey and an S3 server on this machine, without root and without containers.

    servers.py fetch                          get the binaries, once
    servers.py up [--dir DIR] [--only NAMES]  start, print one line of JSON, run until stopped
    servers.py status --dir DIR               that line again, as things are now
    servers.py stop|start|restart|wipe NAME --dir DIR
    servers.py down --dir DIR

The line holds `store`, `bus`, `cache` and `artifacts`, the URLs for the settings of the same names;
`servers`, with each one's pid (null while it is stopped), port and log; and `s3`, the parts of
`artifacts`. A server that is stopped and started, or wiped, keeps its port.

`up` ends all servers when it gets SIGTERM or SIGINT and when the process that started it is gone,
however that ended; a DIR that it made is removed then. The servers end with `up`, even by kill -9.
They listen on 127.0.0.1 only. What runs there without a password is open to everybody who has an
account on this machine.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from servers.client import ask
from servers.failure import Failure
from servers.fetch import fetch
from servers.supervisor import ACTIONS, KINDS, Supervisor


def main() -> int:
    args = parse()
    try:
        if args.do == "fetch":
            for name, path in fetch(list(KINDS)).items():
                print(f"{name:<9} {path}")
        elif args.do == "up" and args.detach:
            print(detached(args), flush=True)
        elif args.do == "up":
            parent = None if args.stay or os.getppid() == 0 else os.getppid()
            Supervisor(args.dir, args.only, dict(args.port), args.keep, args.revive).run(parent)
        else:
            print(json.dumps(ask(args.dir, args.do, getattr(args, "server", None))))
    except Failure as failure:
        print(f"servers: {failure}", file=sys.stderr)
        return 1
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="do", required=True)
    actions.add_parser("fetch", help="get the binaries")
    up = actions.add_parser("up", help="start the servers")
    up.add_argument("--dir", type=Path, default=Path(tempfile.gettempdir()) / f"microlearn-{secrets.token_hex(8)}")
    up.add_argument("--only", type=names, default=list(KINDS), metavar="NAMES", help=f"some of {','.join(KINDS)}")
    up.add_argument("--port", type=port, default=[], action="append", metavar="NAME=N", help="a port of your choice")
    up.add_argument("--keep", action="store_true", help="leave DIR, and end the servers in good order")
    up.add_argument("--revive", action="store_true", help="start again what ends by itself, and say so in a line")
    up.add_argument("--stay", action="store_true", help="outlive the process that started this")
    up.add_argument("--detach", action="store_true", help="go to the background once all servers answer")
    for action in ("status", "down", *ACTIONS):
        asked = actions.add_parser(action)
        if action in ACTIONS:
            asked.add_argument("server", choices=list(KINDS))
        asked.add_argument("--dir", type=Path, required=True)
    return parser.parse_args()


def names(text: str) -> list:
    wanted = text.split(",")
    unknown = [name for name in wanted if name not in KINDS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(KINDS)}")
    return wanted


def port(text: str) -> tuple:
    name, _, number = text.partition("=")
    if name not in KINDS or not number.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not like {next(iter(KINDS))}=15432")
    return name, int(number)


def detached(args: argparse.Namespace) -> str:
    """The line of another `up` that stays behind."""
    again = [word for word in sys.argv if word != "--detach"] + ["--stay"]
    with tempfile.TemporaryFile("w+") as errors:
        other = subprocess.Popen(
            [sys.executable, *again],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        line = other.stdout.readline().strip()
        if not line:
            errors.seek(0)
            raise Failure(errors.read().strip().removeprefix("servers: "))
    return line


if __name__ == "__main__":
    sys.exit(main())
