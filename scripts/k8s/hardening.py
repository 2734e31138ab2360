"""What every container must have, whatever it runs."""

from __future__ import annotations

from typing import Iterator

from .render import called


def workloads(objects: list[dict]) -> list[dict]:
    return [thing for thing in objects if thing["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "Job")]


def pod(workload: dict) -> dict:
    return workload["spec"]["template"]["spec"]


def hardened(objects: list[dict]) -> Iterator[str]:
    for workload in workloads(objects):
        for problem in of_pod(workload["kind"], pod(workload)):
            yield f"{called(workload)}: {problem}"


def of_pod(kind: str, spec: dict) -> Iterator[str]:
    if spec.get("automountServiceAccountToken") is not False:
        yield "a token of its service account is mounted"
    if spec.get("enableServiceLinks") is not False:
        yield "Services add variables to its environment"
    if any(spec.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")):
        yield "it shares a namespace of its node"
    if any("hostPath" in volume for volume in spec.get("volumes", [])):
        yield "it mounts a folder of its node"
    security = spec.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield "it may run as root"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "no seccomp profile"
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        for problem in of_container(kind, container):
            yield f"container {container['name']}: {problem}"


def of_container(kind: str, container: dict) -> Iterator[str]:
    security = container.get("securityContext", {})
    if security.get("allowPrivilegeEscalation") is not False or security.get("privileged"):
        yield "it may gain privileges"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "its root file system can be written"
    if security.get("capabilities") != {"drop": ["ALL"]}:
        yield "it has capabilities"
    for kind_of, names in (("requests", ("cpu", "memory")), ("limits", ("cpu", "memory"))):
        given = container.get("resources", {}).get(kind_of, {})
        for name in names:
            if name not in given:
                yield f"no {kind_of[:-1]} for {name}"
    yield from of_image(container["image"])
    if kind != "Job":
        for probe in ("startupProbe", "readinessProbe"):
            if probe not in container:
                yield f"no {probe}"


def of_image(image: str) -> Iterator[str]:
    tag = image.rpartition("/")[2].partition(":")[2]
    if not tag or tag == "latest":
        yield f"the image {image} has no fixed version"
