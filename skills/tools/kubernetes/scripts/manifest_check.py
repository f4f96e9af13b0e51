#!/usr/bin/env python3
"""Looks for what brings workloads down or open, in Kubernetes objects given as JSON on standard input.

Takes one object, a List, or several JSON documents behind each other (what kubectl prints).
Prints `kind/name: rule: what is wrong`; exit 1 when there is a finding, 2 when nothing was read.
"""
import json
import sys

WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"}


def documents(text):
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        yield from value["items"] if value.get("kind") == "List" else [value]


def template(item):
    """The pod specification and its labels, wherever this kind keeps them."""
    spec = item.get("spec", {})
    if item["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    if item["kind"] == "Pod":
        return spec, item["metadata"].get("labels", {})
    pod = spec.get("template", {})
    return pod.get("spec", {}), pod.get("metadata", {}).get("labels", {})


def container_findings(kind, pod, container):
    name, resources = container["name"], container.get("resources", {})
    image = container.get("image", "")
    if "@sha256:" not in image and image.rpartition("/")[2].partition(":")[2] in ("", "latest"):
        yield "image-tag", f"container {name} runs {image or 'no image'}: name a version or digest"
    if "memory" not in resources.get("limits", {}):
        yield "memory-limit", f"container {name} may take the node's memory"
    if not {"cpu", "memory"} <= set(resources.get("requests", {})):
        yield "requests", f"container {name} does not request cpu and memory: the scheduler guesses"
    security = {**pod.get("securityContext", {}), **container.get("securityContext", {})}
    if not security.get("runAsNonRoot"):
        yield "run-as-root", f"container {name} may run as root"
    if security.get("allowPrivilegeEscalation", True):
        yield "escalation", f"container {name} lacks allowPrivilegeEscalation: false"
    if kind in ("Deployment", "StatefulSet") and container.get("ports"):
        ready, live = container.get("readinessProbe"), container.get("livenessProbe")
        if not ready:
            yield "readiness", f"container {name} gets traffic before it can answer"
        if live and ready and {k: live.get(k) for k in ("httpGet", "exec", "tcpSocket")} == {
            k: ready.get(k) for k in ("httpGet", "exec", "tcpSocket")
        } and live.get("failureThreshold", 3) <= ready.get("failureThreshold", 3):
            yield "liveness", f"container {name} is restarted by the check that should only take it out"
        if not container.get("lifecycle", {}).get("preStop"):
            yield "pre-stop", f"container {name} is stopped while endpoints still name it"


def findings(items):
    labels = {}
    for item in items:
        if item["kind"] in WORKLOADS:
            pod, found = template(item)
            labels[f"{item['kind']}/{item['metadata']['name']}"] = found
            if item["kind"] == "Deployment" and item["spec"].get("replicas", 1) < 2:
                yield item, "replicas", "one replica: each rollout or drained node is an outage"
            if pod.get("automountServiceAccountToken", True):
                yield item, "token", "the pod carries an API token; automountServiceAccountToken: false"
            for container in pod.get("containers", []):
                for rule, text in container_findings(item["kind"], pod, container):
                    yield item, rule, text
    for item in items:
        if item["kind"] == "Service":
            selector = item.get("spec", {}).get("selector") or {}
            if selector and labels and not any(selector.items() <= found.items() for found in labels.values()):
                yield item, "selector", "selects none of the workloads given with it"


def main():
    items = list(documents(sys.stdin.read()))
    if not items:
        print("no object was read from standard input", file=sys.stderr)
        return 2
    count = 0
    for item, rule, text in findings(items):
        count += 1
        print(f"{item['kind']}/{item['metadata']['name']}: {rule}: {text}")
    print(f"{len(items)} objects, {count} findings")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
