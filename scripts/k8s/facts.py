"""What the program says of itself, read from its source: roles, kinds of jobs, settings, ports."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The prefix of environment variables that are settings.
PREFIX = "MICROLEARN__"


def read(path: str) -> str:
    return (ROOT / path).read_text()


@dataclass(frozen=True)
class Job:
    """A kind of job: what it is called in the source, and in subjects and consumers."""

    variant: str
    name: str


class Facts:
    @cached_property
    def roles(self) -> list[str]:
        return [job.name for job in variants(read("platform/service-kit/src/service.rs"), "Role")]

    # Roles that answer requests in place of doing jobs.
    http_roles = ("dashboard", "serving")

    @cached_property
    def jobs(self) -> dict[str, set[str]]:
        """The kinds of job that each role handles."""
        kinds = {job.variant: job.name for job in variants(read("platform/domain/src/job.rs"), "JobKind")}
        handled = {}
        for role in self.roles:
            if role not in self.http_roles:
                said = re.findall(r"\bJobKind::(\w+)", read(f"{role}/src/lib.rs"))
                handled[role] = {kinds[variant] for variant in said}
        return handled

    @cached_property
    def consumer(self) -> str:
        """What the durable consumer of a kind is called, with `{kind}` in it."""
        source = read("platform/adapters/src/bus/nats/streams.rs")
        return understood(re.search(r'format!\("(\w+\{kind\}\w*)"\)', source), "the consumers' name")[1]

    @cached_property
    def defaults(self) -> dict:
        return tomllib.loads(read("microlearn/default.toml"))

    @cached_property
    def settings(self) -> dict:
        """What the cluster says otherwise."""
        return tomllib.loads(read("k8s/base/settings.toml"))

    @cached_property
    def ports(self) -> dict[str, int]:
        http = self.settings["http"]
        return {
            "http": int(http["listen"].rpartition(":")[2]),
            "metrics": int(http["metrics_listen"].rpartition(":")[2]),
        }

    @cached_property
    def health_routes(self) -> set[str]:
        return set(re.findall(r'\.route\("(/\w+)"', read("platform/service-kit/src/http/health.rs")))

    @cached_property
    def gateway_drain(self) -> int:
        """Seconds that a gateway may take for its last requests, and again for its own work."""
        said = re.search(r"const DRAIN: Duration = Duration::from_secs\((\d+)\)", read("dashboard/src/serve.rs"))
        return 2 * int(understood(said, "the gateway's DRAIN")[1])

    def unknown_settings(self, tables: dict) -> list[str]:
        """Settings that the program would refuse by name."""
        names = [(section, key) for section, keys in tables.items() for key in keys]
        return [f"{section}.{key}" for section, key in names if key not in self.defaults.get(section, {})]

    def unknown_variables(self, names: list[str]) -> list[str]:
        """Environment variables that would be settings, and that the program would refuse."""
        paths = {name: name.removeprefix(PREFIX).lower().split("__") for name in names if name.startswith(PREFIX)}
        known = {f"{section}__{key}" for section, keys in self.defaults.items() for key in keys}
        return [name for name, path in paths.items() if "__".join(path) not in known]


def variants(source: str, name: str) -> list[Job]:
    """The variants of a `text_enum!` with their texts."""
    body = understood(re.search(rf"^ +{name} \{{(.*?)^ +\}}", source, re.DOTALL | re.MULTILINE), f"the enum {name}")
    return [Job(*pair) for pair in re.findall(r'^ +(\w+) = "([\w-]+)"', body[1], re.MULTILINE)]


def understood(found: re.Match | None, what: str) -> re.Match:
    if found is None:
        raise SystemExit(f"check-k8s: {what} is written in another way now; mend scripts/k8s/facts.py")
    return found
