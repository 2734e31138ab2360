"""The Dockerfile and compose.yaml, checked without a container engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from typing import Iterator

from .cluster import FIRST_ACCOUNT
from .facts import ROOT, Facts, read
from .hardening import of_image
from .tools import compose, hadolint

# Who may do what others may not, and why.
MAY_WRITE = {"keycloak": "it builds itself into its own folder"}
MAY_BE_ROOT = {"owner": "it gives folders to those who are not root"}


def dockerfile(facts: Facts) -> Iterator[str]:
    done = subprocess.run([*hadolint(), "--no-color", "Dockerfile"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        yield f"hadolint: {done.stdout}{done.stderr}".strip()
    text = read("Dockerfile")
    stages = re.split(r"^FROM ", text, flags=re.MULTILINE)[1:]
    for stage in stages:
        for problem in of_image(stage.split()[0]):
            yield f"Dockerfile: {problem}"
    rust = tuple(map(int, re.search(r"^rust:(\d+)\.(\d+)", "\n".join(stages), re.MULTILINE).groups()))
    needed = tomllib.loads(read("Cargo.toml"))["workspace"]["package"]["rust-version"]
    if rust < tuple(map(int, needed.split(".")[:2])):
        yield f"Dockerfile: it builds with Rust {rust}, the program needs {needed}"
    if not re.search(r"^ARG COMMIT.*MICROLEARN_COMMIT=\$\{COMMIT\} .*cargo build", stages[1], re.MULTILINE | re.DOTALL):
        yield "Dockerfile: the stage that compiles does not say the commit"
    last = stages[-1]
    user = re.search(r"^USER (\S+)", last, re.MULTILINE)
    if not user or not user[1].partition(":")[0].isdecimal() or user[1].startswith("0"):
        yield "Dockerfile: the image's user is no number that Kubernetes can tell from root"
    exposed = set(re.search(r"^EXPOSE (.*)", last, re.MULTILINE)[1].split())
    if exposed != {str(port) for port in facts.ports.values()}:
        yield f"Dockerfile: it exposes {sorted(exposed)}, the program listens on {facts.ports}"
    if f"/127.0.0.1/{facts.ports['metrics']}" not in last or "GET /healthz " not in last:
        yield "Dockerfile: HEALTHCHECK does not ask /healthz of the metrics listener"


def composed() -> dict:
    """compose.yaml as Docker Compose understands it, with every optional part."""
    names = re.findall(r"^#?(\w+)=", read(".env.example"), re.MULTILINE)
    done = config({name: "x" * 12 for name in names if not name.endswith(("_PORT", "_HTTPS"))}, "--format", "json")
    if done.returncode != 0:
        raise SystemExit(f"check-k8s: compose.yaml is not understood:\n{done.stderr}")
    return json.loads(done.stdout)


def config(variables: dict, *options: str) -> subprocess.CompletedProcess:
    command = [*compose(), "--file", "compose.yaml", "--env-file", os.devnull, "--profile", "*", "config", *options]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **variables}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def variables() -> Iterator[str]:
    """What must be given is asked for, and .env.example names everything that can be given."""
    if config({}, "--quiet").returncode == 0:
        yield "compose.yaml starts without passwords"
    example = read(".env.example")
    for name in sorted(set(re.findall(r"\$\{(\w+)", read("compose.yaml")))):
        if not re.search(rf"^#?{name}=", example, re.MULTILINE):
            yield f".env.example does not name {name}"
    for name, value in re.findall(r"^(\w+)=(.+)$", example, re.MULTILINE):
        yield f".env.example gives {name} a value: {value}"
    for file in (".gitignore", ".dockerignore"):
        if not re.search(r"^[*/]*\.env$", read(file), re.MULTILINE):
            yield f"{file} does not leave .env out"


def stack(site: dict, facts: Facts) -> Iterator[str]:
    services = site["services"]
    for role in facts.roles:
        if services.get(role, {}).get("command") != ["run", "--only", role]:
            yield f"compose.yaml: role {role} is not started"
    for name, service in services.items():
        for problem in of_service(name, service, services, facts):
            yield f"compose.yaml: {name}: {problem}"


def of_service(name: str, service: dict, services: dict, facts: Facts) -> Iterator[str]:
    yield from of_image(service["image"])
    ours = service["image"].startswith("microlearn:")
    if service.get("cap_drop") != ["ALL"]:
        yield "it keeps capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", []):
        yield "it may gain privileges"
    if not service.get("read_only") and name not in MAY_WRITE:
        yield "its root file system can be written"
    if service.get("privileged") or service.get("cap_add") and name not in MAY_BE_ROOT:
        yield "it has privileges"
    # The program's image and Keycloak's name a user of their own.
    if not ours and name not in (*MAY_BE_ROOT, "keycloak") and service.get("user", "0").startswith("0"):
        yield "it may run as root"
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    for limit in {"cpus", "memory", "pids"} - set(limits):
        yield f"no limit for {limit}"
    # The program's image says itself how its health is asked.
    once = service.get("restart") == "no"
    if not once and not ours and not service.get("healthcheck", {}).get("test"):
        yield "nobody asks for its health"
    for other, how in service.get("depends_on", {}).items():
        ends = services[other].get("restart") == "no"
        if how["condition"] != ("service_completed_successfully" if ends else "service_healthy"):
            yield f"it does not wait until {other} is ready"
    for port in service.get("ports", []):
        if port.get("host_ip") != "127.0.0.1":
            yield f"port {port['published']} is open to other machines"
    if ours:
        given = service.get("environment", {})
        if "MICROLEARN_ADMIN_PASSWORD" in given and name != FIRST_ACCOUNT:
            yield f"it is told the first password, which only {FIRST_ACCOUNT} needs"
        for variable in facts.unknown_variables(list(given)):
            yield f"{variable} is no setting of the program"
        for setting, port in (("METRICS_LISTEN", "metrics"), ("LISTEN", "http")):
            listen = given.get(f"MICROLEARN__HTTP__{setting}")
            if listen and listen != f"0.0.0.0:{facts.ports[port]}":
                yield f"it listens on {listen}"
