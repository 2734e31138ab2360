"""Objects held to each other and to the program: what is named exists, what is selected is there."""

from __future__ import annotations

from typing import Iterator

from .facts import PREFIX, Facts, read
from .hardening import pod, workloads
from .render import called

ME = "microlearn"
# The role that makes the first account.
FIRST_ACCOUNT = "dashboard"
BACKENDS = {"app.kubernetes.io/part-of": "microlearn-backends"}


class Cluster:
    """The objects of one overlay."""

    def __init__(self, objects: list[dict], facts: Facts):
        self.objects = objects
        self.facts = facts
        self.workloads = workloads(objects)
        # Those that go on: what Services and budgets are for.
        self.lasting = [workload for workload in self.workloads if workload["kind"] != "Job"]
        self.roles = {name(thing): thing for thing in self.lasting if name(thing) in facts.roles}

    def of(self, kind: str) -> list[dict]:
        return [thing for thing in self.objects if thing["kind"] == kind]

    def get(self, kind: str, wanted: str) -> dict | None:
        return next((thing for thing in self.of(kind) if name(thing) == wanted), None)

    def problems(self) -> Iterator[str]:
        checks = (self.each_role, self.names, self.namespaces, self.references, self.budgets, self.services)
        checks += (self.policies, self.monitors, self.scalers, self.ingresses)
        for check in checks:
            yield from check()

    def each_role(self) -> Iterator[str]:
        """Every role of the program has a Deployment that starts it as the program really starts."""
        for role in self.facts.roles:
            if role not in self.roles:
                yield f"role {role} has no Deployment"
        for workload in self.lasting:
            if main(workload)["image"].rpartition(":")[0].endswith(ME) and name(workload) not in self.roles:
                yield f"{called(workload)} is no role of the program"
        for role, workload in self.roles.items():
            for problem in self.role(role, workload):
                yield f"{called(workload)}: {problem}"

    def role(self, role: str, workload: dict) -> Iterator[str]:
        container, spec = main(workload), pod(workload)
        answers = role in self.facts.http_roles
        args = container.get("args", [])
        if args[:3] != ["run", "--only", role]:
            yield f"it starts with {args}"
        wanted = dict(self.facts.ports) if answers else {"metrics": self.facts.ports["metrics"]}
        if ports(workload) != wanted:
            yield f"its ports are {ports(workload)}, the program's {wanted}"
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            probe = container.get(kind, {}).get("httpGet", {})
            if probe.get("path") not in self.facts.health_routes or probe.get("port") not in wanted:
                yield f"{kind} asks {probe}"
        if "resourceFieldRef" not in str(container.get("env")):
            yield "it does not know how many cores it may use"
        if not spec.get("topologySpreadConstraints"):
            yield "its pods may all lie on one node"
        wait = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        needs = wait + self.facts.settings["work"]["drain_seconds"] + 1
        needs += self.facts.gateway_drain if answers else 0
        if spec.get("terminationGracePeriodSeconds", 30) <= needs:
            yield f"it is killed before it has drained, which takes {needs} s"

    def names(self) -> Iterator[str]:
        """What pods name within themselves."""
        for workload in self.workloads:
            spec = pod(workload)
            volumes = {volume["name"] for volume in spec.get("volumes", [])}
            claims = workload["spec"].get("volumeClaimTemplates", [])
            volumes |= {claim["metadata"]["name"] for claim in claims}
            for container in spec["containers"]:
                for mount in container.get("volumeMounts", []):
                    if mount["name"] not in volumes:
                        yield f"{called(workload)}: nothing is the volume {mount['name']}"
                unknown = self.facts.unknown_variables([variable["name"] for variable in container.get("env", [])])
                for variable in unknown:
                    yield f"{called(workload)}: {variable} is no setting of the program"

    def namespaces(self) -> Iterator[str]:
        for thing in self.objects:
            if thing["kind"] != "Namespace" and thing["metadata"].get("namespace") != ME:
                yield f"{called(thing)} is in another namespace"

    def references(self) -> Iterator[str]:
        """ConfigMaps are here; Secrets never are, but k8s/README.md tells how to make them."""
        for secret in self.of("Secret"):
            yield f"{called(secret)}: a secret's value is in the manifests"
        manual = read("k8s/README.md")
        for workload in self.workloads:
            account = pod(workload).get("serviceAccountName")
            if account and self.get("ServiceAccount", account) is None:
                yield f"{called(workload)}: there is no ServiceAccount {account}"
            for reference in found(pod(workload), "configMap", "configMapRef", "configMapKeyRef"):
                if self.get("ConfigMap", reference["name"]) is None:
                    yield f"{called(workload)}: there is no ConfigMap {reference['name']}"
            for reference in found(pod(workload), "secret", "secretRef", "secretKeyRef"):
                secret = reference.get("name", reference.get("secretName"))
                for word in filter(None, (secret, reference.get("key"))):
                    if word not in manual:
                        yield f"{called(workload)}: k8s/README.md says nothing of {word} of the Secret {secret}"
            if workload["kind"] == "Job" and any(found(pod(workload), "configMap", "configMapRef", "configMapKeyRef")):
                yield f"{called(workload)} names a ConfigMap: what it says changes, and a Job's template cannot"
            if name(workload) != FIRST_ACCOUNT and "MICROLEARN_ADMIN_PASSWORD" in str(pod(workload)):
                yield f"{called(workload)} is told the first password, which only {FIRST_ACCOUNT} needs"
        for account in self.of("ServiceAccount"):
            if account.get("automountServiceAccountToken") is not False:
                yield f"{called(account)} hands out tokens"

    def budgets(self) -> Iterator[str]:
        for budget in self.of("PodDisruptionBudget"):
            if len(self.selected(budget["spec"]["selector"])) != 1:
                yield f"{called(budget)} is not for one workload"
        for role, workload in self.roles.items():
            count = sum(selects(budget["spec"]["selector"], workload) for budget in self.of("PodDisruptionBudget"))
            if count != 1:
                yield f"role {role} has {count} PodDisruptionBudgets"

    def services(self) -> Iterator[str]:
        for service in self.of("Service"):
            chosen = self.selected({"matchLabels": service["spec"]["selector"]})
            if not chosen:
                yield f"{called(service)} selects nothing"
            for workload in chosen:
                for port in service["spec"]["ports"]:
                    if port["targetPort"] not in ports(workload):
                        yield f"{called(service)}: {called(workload)} has no port {port['targetPort']}"

    def policies(self) -> Iterator[str]:
        """Nothing is allowed but what is said, and what is said means something."""
        all_denied = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        if not any(policy["spec"] == all_denied for policy in self.of("NetworkPolicy")):
            yield "no NetworkPolicy denies everything first"
        for policy in self.of("NetworkPolicy"):
            spec = policy["spec"]
            chosen = self.selected(spec["podSelector"], self.workloads)
            if not chosen:
                yield f"{called(policy)} selects nothing"
            for rule in spec.get("ingress", []):
                yield from self.rule(policy, rule, chosen, rule.get("from", []))
            for rule in spec.get("egress", []):
                peers = [pods for peer in rule.get("to", []) for pods in self.peer(peer) or []]
                yield from self.rule(policy, rule, peers, rule.get("to", []))
        for role, workload in self.roles.items():
            mine = [
                policy["spec"]
                for policy in self.of("NetworkPolicy")
                if selects(policy["spec"]["podSelector"], workload)
            ]
            if not any("metrics" in str(spec.get("ingress")) for spec in mine):
                yield f"role {role}: no NetworkPolicy lets its metrics be read"
            if not any("4222" in str(spec.get("egress")) for spec in mine):
                yield f"role {role}: no NetworkPolicy lets it reach its backends"

    def rule(self, policy: dict, rule: dict, receivers: list[dict], peers: list[dict]) -> Iterator[str]:
        for peer in peers:
            if self.peer(peer) == []:
                yield f"{called(policy)}: {peer['podSelector']} is nobody"
        for port in rule.get("ports", []):
            named = isinstance(port["port"], str)
            if named and not any(port["port"] in ports(workload) for workload in receivers):
                yield f"{called(policy)}: nobody has the port {port['port']}"

    def peer(self, peer: dict) -> list[dict] | None:
        """The workloads of a peer in this namespace; None when it is elsewhere, or may be."""
        if "podSelector" not in peer or "namespaceSelector" in peer:
            return None
        if peer["podSelector"].get("matchLabels") == BACKENDS and not self.get("Service", "postgres"):
            return None
        return self.selected(peer["podSelector"], self.workloads)

    def monitors(self) -> Iterator[str]:
        """A ServiceMonitor, where there is one, reaches every role."""
        for monitor in self.of("ServiceMonitor"):
            labels = monitor["spec"]["selector"]
            services = [service for service in self.of("Service") if matches(labels, service["metadata"]["labels"])]
            offered = {port["name"] for service in services for port in service["spec"]["ports"]}
            for endpoint in monitor["spec"]["endpoints"]:
                if endpoint["port"] not in offered:
                    yield f"{called(monitor)}: no Service has the port {endpoint['port']}"
                if endpoint["path"] not in self.facts.health_routes:
                    yield f"{called(monitor)} asks {endpoint['path']}"
            for role, workload in self.roles.items():
                if not any(selects({"matchLabels": service["spec"]["selector"]}, workload) for service in services):
                    yield f"{called(monitor)} does not see role {role}"

    def scalers(self) -> Iterator[str]:
        """Each consumer that KEDA asks about is one of the role that it scales."""
        scaled: dict[str, str] = {}
        for scaler in [*self.of("ScaledObject"), *self.of("HorizontalPodAutoscaler")]:
            target = scaler["spec"]["scaleTargetRef"]["name"]
            workload = self.get("Deployment", target)
            if workload is None:
                yield f"{called(scaler)}: there is no Deployment {target}"
            elif "replicas" in workload["spec"]:
                yield f"{called(workload)} sets the replicas that {called(scaler)} decides"
            if target in scaled:
                yield f"{called(scaler)} and {scaled[target]} scale the same"
            scaled[target] = called(scaler)
        for scaler in self.of("ScaledObject"):
            yield from self.scaler(scaler)
        if self.of("ScaledObject"):
            for role in self.facts.jobs:
                if role not in scaled and role != "orchestrator":
                    yield f"role {role} is not scaled"
        for secret in self.of("TriggerAuthentication"):
            for source in secret["spec"].get("configMapTargetRef", []):
                known = self.get("ConfigMap", source["name"])
                if known is None or source["key"] not in known["data"]:
                    yield f"{called(secret)}: nothing is {source['key']} of {source['name']}"

    def scaler(self, scaler: dict) -> Iterator[str]:
        role = scaler["spec"]["scaleTargetRef"]["name"]
        asked = sorted(trigger["metadata"]["consumer"] for trigger in scaler["spec"]["triggers"])
        handled = sorted(self.facts.consumer.format(kind=kind) for kind in self.facts.jobs.get(role, []))
        if asked != handled:
            yield f"{called(scaler)} asks about {asked}; the role handles {handled}"
        for trigger in scaler["spec"]["triggers"]:
            if trigger["type"] != "nats-jetstream" or trigger["metadata"]["stream"] != "ML_JOBS":
                yield f"{called(scaler)} does not ask about ML_JOBS"
            if self.get("TriggerAuthentication", trigger["authenticationRef"]["name"]) is None:
                yield f"{called(scaler)}: there is no TriggerAuthentication {trigger['authenticationRef']['name']}"

    def ingresses(self) -> Iterator[str]:
        for ingress in self.of("Ingress"):
            encrypted = {host for tls in ingress["spec"]["tls"] for host in tls["hosts"]}
            for rule in ingress["spec"]["rules"]:
                if rule["host"] not in encrypted:
                    yield f"{called(ingress)}: {rule['host']} has no certificate"
                for path in rule["http"]["paths"]:
                    wanted = path["backend"]["service"]
                    service = self.get("Service", wanted["name"])
                    offered = [port["name"] for port in service["spec"]["ports"]] if service else []
                    if wanted["port"]["name"] not in offered:
                        yield f"{called(ingress)}: there is no port {wanted['port']['name']} of a Service {wanted['name']}"

    def selected(self, selector: dict, among: list[dict] | None = None) -> list[dict]:
        return [workload for workload in (self.lasting if among is None else among) if selects(selector, workload)]


def settings_known(facts: Facts) -> Iterator[str]:
    for setting in facts.unknown_settings(facts.settings):
        yield f"k8s/base/settings.toml: {setting} is no setting of the program"
    for section in ("store", "bus", "cache", "artifacts"):
        if section in facts.settings:
            yield f"k8s/base/settings.toml: {section} belongs into a Secret, as {PREFIX}{section.upper()}__URL"


def name(thing: dict) -> str:
    return thing["metadata"]["name"]


def main(workload: dict) -> dict:
    return pod(workload)["containers"][0]


def ports(workload: dict) -> dict[str, int]:
    return {
        port["name"]: port["containerPort"]
        for container in pod(workload)["containers"]
        for port in container.get("ports", [])
    }


def selects(selector: dict, workload: dict) -> bool:
    return matches(selector, workload["spec"]["template"]["metadata"]["labels"])


def matches(selector: dict, labels: dict) -> bool:
    if "matchExpressions" in selector:
        raise SystemExit("check-k8s: matchExpressions are not understood yet; mend scripts/k8s/cluster.py")
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def found(tree: object, *keys: str) -> Iterator[dict]:
    """Everything that stands under one of these keys, at any depth."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in keys and isinstance(value, dict):
                yield value
            else:
                yield from found(value, *keys)
    elif isinstance(tree, list):
        for value in tree:
            yield from found(value, *keys)
