"""From overlays to objects, held to the schemas of Kubernetes, KEDA and the Prometheus operator."""

from __future__ import annotations

import json
import subprocess
from typing import Iterator

from .facts import ROOT
from .tools import kubectl

OVERLAYS = [
    "k8s/base",
    *sorted(f"k8s/overlays/{path.parent.name}" for path in ROOT.glob("k8s/overlays/*/kustomization.yaml")),
]
# The oldest version that k8s/README.md promises, and the newest whose schemas are pinned.
VERSIONS = ["1.31", "1.37"]


def render(overlay: str) -> list[dict]:
    import yaml

    done = subprocess.run([*kubectl(), "kustomize", str(ROOT / overlay)], capture_output=True, text=True)
    # Warnings are about fields that will go.
    if done.returncode != 0 or done.stderr:
        raise SystemExit(f"check-k8s: {overlay} cannot be rendered:\n{done.stderr}")
    return list(yaml.load_all(done.stdout, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def called(thing: dict) -> str:
    return f"{thing['kind']} {thing['metadata']['name']}"


def against_schemas(objects: list[dict], seen: set[str]) -> Iterator[str]:
    """Every object once, however many overlays hold it."""
    import kubernetes_validate

    for thing in objects:
        text = json.dumps(thing, sort_keys=True)
        if text in seen:
            continue
        seen.add(text)
        models = custom(thing["apiVersion"])
        if models:
            yield from against_model(thing, getattr(models, thing["kind"], None))
            continue
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(thing, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                where = ".".join(map(str, error.path))
                yield f"{called(thing)}: Kubernetes {version} refuses {where or 'it'}: {error.message}"
            except kubernetes_validate.SchemaNotFoundError:
                yield f"{called(thing)}: {thing['apiVersion']} has no such kind in Kubernetes {version}"


def custom(api_version: str):
    """The models of a group of custom resources. Loaded only when needed: they are large."""
    if api_version == "keda.sh/v1alpha1":
        from cloudcoil.models.keda import v1alpha1

        return v1alpha1
    if api_version == "monitoring.coreos.com/v1":
        from cloudcoil.models.prometheus_operator import v1

        return v1
    return None


def against_model(thing: dict, model) -> Iterator[str]:
    if model is None:
        yield f"{called(thing)}: {thing['apiVersion']} has no such kind"
        return
    try:
        understood = model.model_validate(thing).model_dump(by_alias=True, exclude_unset=True, mode="json")
    except ValueError as error:
        yield f"{called(thing)}: {error}"
        return
    # Models pass over what they do not know; it is missing from what they say back.
    for path in missing(thing, understood):
        yield f"{called(thing)}: {path} means nothing"


def missing(said: object, understood: object, path: str = "") -> Iterator[str]:
    if isinstance(said, dict) and isinstance(understood, dict):
        for key, value in said.items():
            if key in understood:
                yield from missing(value, understood[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}".lstrip(".")
    elif isinstance(said, list) and isinstance(understood, list):
        for place, pair in enumerate(zip(said, understood)):
            yield from missing(*pair, f"{path}[{place}]")
