"""Mistakes that a person could make, each of which some check must see."""

from __future__ import annotations

from copy import deepcopy
from typing import Callable, Iterator

from .cluster import Cluster
from .containers import stack
from .facts import Facts
from .hardening import hardened, pod
from .render import against_schemas


def change(kind: str, name: str, how: Callable[[dict], object]) -> Callable[[list[dict]], object]:
    def changed(objects: list[dict]) -> None:
        how(next(thing for thing in objects if (thing["kind"], thing["metadata"]["name"]) == (kind, name)))

    return changed


def remove(kind: str, name: str) -> Callable[[list[dict]], object]:
    def removed(objects: list[dict]) -> None:
        objects[:] = [thing for thing in objects if (thing["kind"], thing["metadata"]["name"]) != (kind, name)]

    return removed


def container(how: Callable[[dict], object], role: str = "trainer") -> Callable[[list[dict]], object]:
    return change("Deployment", role, lambda thing: how(pod(thing)["containers"][0]))


def spec(how: Callable[[dict], object], kind: str, name: str) -> Callable[[list[dict]], object]:
    return change(kind, name, lambda thing: how(thing["spec"]))


# In the base: a mistake, and a word of what must be said about it.
IN_BASE = [
    (remove("Deployment", "evaluator"), "role evaluator has no Deployment"),
    (container(lambda c: c.update(args=["run", "--only", "trainr"])), "it starts with"),
    (container(lambda c: c["ports"][0].update(containerPort=9091)), "its ports are"),
    (container(lambda c: c["readinessProbe"]["httpGet"].update(path="/ready")), "readinessProbe asks"),
    (container(lambda c: c["readinessProbe"]["httpGet"].update(port="http")), "readinessProbe asks"),
    (container(lambda c: c["securityContext"].update(readOnlyRootFilesystem=False)), "can be written"),
    (container(lambda c: c["securityContext"].update(capabilities={"add": ["NET_ADMIN"]})), "capabilities"),
    (container(lambda c: c["resources"].pop("limits")), "no limit for cpu"),
    (container(lambda c: c.update(image="microlearn:latest")), "no fixed version"),
    (container(lambda c: c["env"].append({"name": "MICROLEARN__WORK__SLOTS", "value": "2"})), "no setting"),
    (container(lambda c: c["volumeMounts"][0].update(name="setings")), "nothing is the volume setings"),
    (container(lambda c: c.update(ressources={})), "refuses"),
    (
        change("Deployment", "dashboard", lambda d: pod(d).update(terminationGracePeriodSeconds=30)),
        "before it has drained",
    ),
    (change("Deployment", "trainer", lambda d: pod(d)["securityContext"].update(runAsUser=0)), "root"),
    (change("Deployment", "trainer", lambda d: pod(d).update(automountServiceAccountToken=True)), "a token"),
    (change("Deployment", "trainer", lambda d: d["metadata"].update(namespace="default")), "another namespace"),
    (spec(lambda s: s.update(replicas=3), "Deployment", "trainer"), "sets the replicas"),
    (remove("PodDisruptionBudget", "hyperopt"), "0 PodDisruptionBudgets"),
    (
        spec(
            lambda s: s["selector"]["matchLabels"].update({"app.kubernetes.io/component": "x"}),
            "PodDisruptionBudget",
            "trainer",
        ),
        "not for one",
    ),
    (
        spec(lambda s: s["selector"].update({"app.kubernetes.io/component": "gateway"}), "Service", "dashboard"),
        "selects nothing",
    ),
    (spec(lambda s: s["ports"][0].update(targetPort="web"), "Service", "dashboard"), "no port web"),
    (remove("NetworkPolicy", "deny-all"), "denies everything"),
    (remove("NetworkPolicy", "metrics"), "lets its metrics be read"),
    (
        spec(
            lambda s: s["podSelector"]["matchLabels"].update({"app.kubernetes.io/component": "x"}),
            "NetworkPolicy",
            "serving",
        ),
        "selects nothing",
    ),
    (spec(lambda s: s["ingress"][0]["ports"][0].update(port="web"), "NetworkPolicy", "serving"), "nobody has the port"),
    (
        spec(lambda s: s["triggers"][0]["metadata"].update(consumer="trials"), "ScaledObject", "hyperopt"),
        "the role handles",
    ),
    (spec(lambda s: s["triggers"][0]["metadata"].update(stream="JOBS"), "ScaledObject", "hyperopt"), "ML_JOBS"),
    (spec(lambda s: s.update(maxReplicas=3), "ScaledObject", "hyperopt"), "maxReplicas means nothing"),
    (
        spec(lambda s: s["scaleTargetRef"].update(name="hyper-opt"), "ScaledObject", "hyperopt"),
        "no Deployment hyper-opt",
    ),
    (spec(lambda s: s["endpoints"][0].update(port="prom"), "ServiceMonitor", "microlearn"), "no Service has the port"),
    (remove("TriggerAuthentication", "nats"), "no TriggerAuthentication nats"),
    (remove("ConfigMap", "nats-monitoring"), "nothing is endpoint"),
    (remove("ServiceAccount", "microlearn"), "no ServiceAccount"),
    (remove("Service", "dashboard"), "there is no port http"),
    (
        change(
            "Job",
            "prepare",
            lambda j: pod(j)["volumes"].append({"name": "settings", "configMap": {"name": "nats-monitoring"}}),
        ),
        "a Job's template cannot",
    ),
    (
        container(lambda c: c["env"].append({"name": "MICROLEARN_ADMIN_PASSWORD", "value": "x"}), "serving"),
        "the first password",
    ),
    (
        lambda objects: objects.append(
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "microlearn"}}
        ),
        "a secret's value",
    ),
]

IN_STACK = [
    (lambda services: services.pop("trainer"), "role trainer is not started"),
    (lambda services: services["trainer"].update(command=["run", "--only", "hyperopt"]), "role trainer is not started"),
    (lambda services: services["nats"].update(image="nats"), "no fixed version"),
    (lambda services: services["s3"].update(read_only=False), "can be written"),
    (lambda services: services["s3"].pop("user"), "may run as root"),
    (lambda services: services["s3"].pop("cap_drop"), "keeps capabilities"),
    (lambda services: services["redis"].pop("healthcheck"), "nobody asks"),
    (lambda services: services["redis"]["deploy"]["resources"]["limits"].pop("memory"), "no limit for memory"),
    (lambda services: services["dashboard"]["ports"][0].pop("host_ip"), "open to other machines"),
    (
        lambda services: services["prepare"]["depends_on"]["nats"].update(condition="service_started"),
        "until nats is ready",
    ),
    (lambda services: services["trainer"]["environment"].update(MICROLEARN__STORE__ULR="x"), "no setting"),
    (lambda services: services["serving"]["environment"].update(MICROLEARN_ADMIN_PASSWORD="x"), "the first password"),
]


def unseen(base: list[dict], site: dict, facts: Facts) -> Iterator[str]:
    """Mistakes that nobody would have seen: then a check is broken."""
    for place, (make, word) in enumerate(IN_BASE):
        objects = deepcopy(base)
        # Only what the mistake touched is new to the schemas.
        make(objects)
        new = [thing for thing in objects if thing not in base]
        said = [*against_schemas(new, set()), *hardened(objects), *Cluster(objects, facts).problems()]
        if not any(word in problem for problem in said):
            yield f"mistake {place} in the base was not seen: nothing says {word!r}"
    for place, (make, word) in enumerate(IN_STACK):
        changed = deepcopy(site)
        make(changed["services"])
        if not any(word in problem for problem in stack(changed, facts)):
            yield f"mistake {place} in compose.yaml was not seen: nothing says {word!r}"
