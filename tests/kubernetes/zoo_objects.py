"""The zoo's namespaces, nodes, services, secrets, events and custom kinds."""

import base64
import gzip
import json
import random
import time

import kube
from zoo_words import BIDI, ESCAPES, WIDE, ago, long_name

ZOO = "/api/v1/namespaces/zoo"
ROLE = "node-role.kubernetes.io/"


def namespaces(lab):
    for name in ("zoo", "zoo-two", "zoo-three", "zoo-empty", "zoo-ending", long_name(63)):
        made = lab.create("/api/v1/namespaces", {"metadata": {"name": name, "labels": {"purpose": "zoo"}}})
        if made["status"]["phase"] == "Terminating":
            continue
        # Pods are refused until there is one; its controller takes a moment.
        lab.create(f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}})
    if lab.get("/api/v1/namespaces/zoo-ending")["status"]["phase"] == "Active":
        lab.create("/api/v1/namespaces/zoo-ending/configmaps", {"metadata": {"name": "keeps-it", "finalizers": ["example.com/hold"]}})
        lab.delete("/api/v1/namespaces/zoo-ending")


def nodes(lab):
    """Nodes without kwok's annotation: their state is what stands here. Tainted, so that nothing is scheduled on them."""
    def node(name, ready, labels=(), spec=None, info=None, addresses=()):
        conditions = [] if ready is None else [{"type": "Ready", "status": ready, "reason": "Zoo", "message": "kubelet says so",
                                                "lastHeartbeatTime": ago(0), "lastTransitionTime": ago(3000)}]
        taints = [{"key": "zoo", "effect": "NoSchedule"}]
        spec = spec or {}
        lab.create("/api/v1/nodes", {
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **dict(labels)}},
            "spec": {**spec, "taints": taints + spec.get("taints", [])},
            "status": {"conditions": conditions, "addresses": [{"type": t, "address": a} for t, a in addresses],
                       "capacity": {"cpu": "8", "memory": "32Gi", "pods": "110"}, "allocatable": {"cpu": "7800m", "memory": "30Gi", "pods": "110"},
                       "nodeInfo": {"kubeletVersion": "v1.36.3", "osImage": "Debian GNU/Linux 13 (trixie)", "kernelVersion": "6.12.48",
                                    "containerRuntimeVersion": "containerd://2.2.0", "architecture": "amd64", "operatingSystem": "linux",
                                    "bootID": "", "machineID": "", "systemUUID": "", "kubeProxyVersion": "", **(info or {})}}})
    node("zoo-plain", "True", {ROLE + "worker": ""}, addresses=[("InternalIP", "10.9.0.1"), ("Hostname", "zoo-plain")])
    node("zoo-control", "True", {ROLE + "control-plane": "", ROLE + "master": "", "kubernetes.io/role": "etcd"}, addresses=[("InternalIP", "10.9.0.2")],
         spec={"taints": [{"key": ROLE + "control-plane", "effect": "NoSchedule"}]})
    node("zoo-old", "True", {"kubernetes.io/role": "infra"}, info={"kubeletVersion": "v1.19.16-eks-abcdef0", "osImage": ""})
    node("zoo-no-role", "True", {"kubernetes.io/role": ""}, addresses=[("ExternalIP", "203.0.113.9")])
    node("zoo-cordoned", "True", spec={"unschedulable": True}, addresses=[("InternalIP", "10.9.0.3")])
    node("zoo-lost", "Unknown", addresses=[("InternalIP", "10.9.0.4")])
    node("zoo-notready-cordoned", "False", spec={"unschedulable": True})
    node("zoo-silent", None)
    node("zoo-odd", "True", {ROLE + "gpu": "", "topology.kubernetes.io/zone": "zone-9"}, info={
        "kernelVersion": "5.15.0-microsoft-standard-WSL2+ #1 SMP (日本語)", "osImage": ESCAPES, "containerRuntimeVersion": WIDE, "operatingSystem": "windows"},
         spec={"taints": [{"key": "example.com/gpu", "value": "a100", "effect": "NoExecute"}, {"key": "example.com/soft", "effect": "PreferNoSchedule"}]},
         addresses=[("Hostname", "odd"), ("InternalIP", "fd00:9::5"), ("InternalIP", "10.9.0.5"), ("ExternalIP", "203.0.113.5"),
                    ("ExternalIP", "2001:db8::5"), ("InternalDNS", "odd.internal.example.com")])


def services(lab):
    def service(name, ports, ingress=None, **spec):
        spec = {"selector": {"app": "zoo"}, **spec}
        lab.create(f"{ZOO}/services", {"metadata": {"name": name}, "spec": {**spec, "ports": ports}})
        if ingress:
            lab.merge(f"{ZOO}/services/{name}/status", {"status": {"loadBalancer": {"ingress": ingress}}})

    def port(number, name="", protocol="TCP", **more):
        return {"port": number, "name": name, "protocol": protocol, **more}
    web = [port(80)]
    service("cluster-ip", web)
    service("cluster-ip-ports", [port(80, "http"), port(443, "https"), port(53, "dns", "UDP"), port(9999, "sctp", "SCTP")])
    service("dual-stack", web, ipFamilyPolicy="PreferDualStack")
    service("headless", web, clusterIP="None")
    service("headless-without-port", [], clusterIP="None")
    service("node-port", [port(80, "http"), port(53, "dns", "UDP", targetPort="dns")], type="NodePort")
    service("balancer-pending", web, type="LoadBalancer")
    service("balancer-address", web, [{"ip": "203.0.113.10"}], type="LoadBalancer")
    service("balancer-host", web, [{"hostname": "a1b2c3d4e5f6.elb.eu-central-1.example.com"}], type="LoadBalancer")
    service("balancer-many", [port(80, "http"), port(443, "https")],
            [{"ip": "203.0.113.12"}, {"ip": "203.0.113.11"}, {"hostname": "balancer.example.com"}, {"ip": "203.0.113.12"}], type="LoadBalancer")
    service("balancer-no-node-ports", web, [{"ip": "203.0.113.13"}], type="LoadBalancer", allocateLoadBalancerNodePorts=False)
    service("balancer-external-ips", web, [{"ip": "203.0.113.14"}], type="LoadBalancer", externalIPs=["198.51.100.7"])
    service("external-ips", web, externalIPs=["198.51.100.8", "198.51.100.9"])
    service("external-name", [], type="ExternalName", externalName="database.example.com")
    service("external-name-port", [port(5432)], type="ExternalName", externalName="database.example.com", selector=None)
    service("no-selector", web, selector=None)
    service("selector-of-three", web, selector={"tier": "web", "app": "zoo", "a.example.com/b": "c"})
    lab.create("/api/v1/namespaces/zoo-two/services", {"metadata": {"name": "cluster-ip"}, "spec": {"selector": {"app": "two"}, "ports": web}})


def helm_release(size):
    """What Helm stores: base64 of gzip of JSON, here mostly noise that does not compress."""
    noise = base64.b64encode(random.Random(1).randbytes(size)).decode()
    release = {"name": "zoo", "version": 3, "info": {"status": "deployed"}, "chart": {"metadata": {"name": "zoo"}, "files": noise}}
    return base64.b64encode(gzip.compress(json.dumps(release).encode(), mtime=0)).decode()


def secrets(lab):
    def secret(name, kind="Opaque", texts=None, **more):
        meta = {"name": name, **more.pop("meta", {})}
        lab.create(f"{ZOO}/secrets", {"metadata": meta, "type": kind, "stringData": texts or {}, **more})
    secret("empty")
    secret("opaque", texts={"user": "admin", "password": "hunter2-canary"})
    secret("opaque-many", texts={f"key-{i:02}": f"value {i}" for i in range(25)})
    secret("binary", data={"bytes": base64.b64encode(bytes(range(256))).decode()})
    secret("hostile", texts={"value": ESCAPES + BIDI})
    secret("immutable", texts={"a": "b"}, immutable=True)
    secret("tls", "kubernetes.io/tls", {"tls.crt": "not a certificate", "tls.key": "not a key"})
    secret("registry", "kubernetes.io/dockerconfigjson", {".dockerconfigjson": '{"auths":{"registry.example.com":{"auth":"Y2FuYXJ5"}}}'})
    secret("basic-auth", "kubernetes.io/basic-auth", {"username": "u", "password": "p"})
    secret("ssh-auth", "kubernetes.io/ssh-auth", {"ssh-privatekey": "not a key"})
    secret("token", "kubernetes.io/service-account-token", meta={"annotations": {"kubernetes.io/service-account.name": "default"}})
    secret("own-type", "example.com/a-type-of-ones-own", {"x": "y"})
    secret("sh.helm.release.v1.zoo.v3", "helm.sh/release.v1", {"release": helm_release(150_000)},
           meta={"labels": {"owner": "helm", "name": "zoo", "status": "deployed", "version": "3"}})


def events(lab):
    pod = {"apiVersion": "v1", "kind": "Pod", "namespace": "zoo", "name": "crashloop"}

    def core(name, kind, reason, message, **more):
        lab.create(f"{ZOO}/events", {"metadata": {"name": name}, "type": kind, "reason": reason, "message": message,
                                     "involvedObject": {**pod, "fieldPath": "spec.containers{app}"}, **more})

    def current(name, kind, reason, note, **more):
        lab.create("/apis/events.k8s.io/v1/namespaces/zoo/events", {
            "metadata": {"name": name}, "type": kind, "reason": reason, "note": note, "regarding": pod, "action": "Watching",
            "eventTime": ago(240).replace("Z", ".123456Z"), "reportingController": "example.com/keeper", "reportingInstance": "keeper-0", **more})
    kubelet = {"component": "kubelet", "host": "zoo-plain"}
    core("counted", "Warning", "BackOff", "Back-off restarting failed container app", source=kubelet, count=143, firstTimestamp=ago(7300), lastTimestamp=ago(130))
    core("once", "Normal", "Pulled", "Container image already present", source=kubelet, count=1, firstTimestamp=ago(600), lastTimestamp=ago(600))
    core("without-host", "Normal", "Scheduled", "Assigned", source={"component": "default-scheduler"}, count=1, firstTimestamp=ago(700), lastTimestamp=ago(700))
    core("without-times", "Warning", "Odd", "nobody knows when")
    core("without-count", "Normal", "Odd", "once, it seems", firstTimestamp=ago(50), lastTimestamp=ago(50))
    core("series", "Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", eventTime=ago(3600).replace("Z", ".000000Z"),
         series={"count": 27, "lastObservedTime": ago(45).replace("Z", ".000000Z")}, action="Probing", reportingComponent="kubelet", reportingInstance="zoo-plain")
    core("of-a-node", "Warning", "NodeNotReady", "Node is not ready", involvedObject={"kind": "Node", "name": "zoo-lost", "namespace": "zoo"},
         source={"component": "node-controller"}, count=2, firstTimestamp=ago(900), lastTimestamp=ago(800))
    core("hostile", "Warning", "Hostile", f"{ESCAPES} {BIDI}", source=kubelet, count=1, firstTimestamp=ago(20), lastTimestamp=ago(20))
    core("several-lines", "Warning", "Lines", "first line\nsecond line\r\nthird", source=kubelet, count=1, firstTimestamp=ago(20), lastTimestamp=ago(20))
    core("wide", "Normal", "Wide", WIDE, source=kubelet, count=1, firstTimestamp=ago(20), lastTimestamp=ago(20))
    core("long", "Warning", "FailedMount", "Unable to attach or mount volumes: " + "unmounted volumes=[data], " * 35, source=kubelet, count=3,
         firstTimestamp=ago(90000), lastTimestamp=ago(400))
    current("current", "Normal", "Fed", "fed at noon")
    current("current-series", "Warning", "Escaped", "again", series={"count": 5, "lastObservedTime": ago(30).replace("Z", ".000000Z")})
    current("current-related", "Normal", "Moved", "to another cage", related={"apiVersion": "v1", "kind": "Node", "name": "zoo-plain"})


def definition(plural, kind, scope, columns, status):
    properties = {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                  "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1", "served": True, "storage": True, "additionalPrinterColumns": columns,
               "schema": {"openAPIV3Schema": {"type": "object", "properties": properties}}}
    if status:
        version["subresources"] = {"status": {}}
    return {"metadata": {"name": f"{plural}.zoo.example.com"},
            "spec": {"group": "zoo.example.com", "scope": scope, "versions": [version],
                     "names": {"plural": plural, "singular": kind.lower(), "kind": kind, "shortNames": [plural[:4]], "categories": ["zoo"]}}}


def served(lab, path):
    """Waits until a new kind is served."""
    for _ in range(100):
        try:
            return lab.get(path)
        except kube.Refused as refused:
            if refused.code not in (404, 429, 503):
                raise
        time.sleep(0.1)
    raise SystemExit(f"zoo: {path} is not served")


def custom_kinds(lab):
    def column(name, kind, path, **more):
        return {"name": name, "type": kind, "jsonPath": path, **more}
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    lab.create(definitions, definition("parrots", "Parrot", "Namespaced", [
        column("Species", "string", ".spec.species"), column("Words", "integer", ".spec.words"), column("Weight", "number", ".spec.weight"),
        column("Tame", "boolean", ".spec.tame"), column("Hatched", "date", ".spec.hatched"),
        column("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status"), column("Toys", "string", ".spec.toys"),
        column("Age", "date", ".metadata.creationTimestamp"), column("Notes", "string", ".spec.notes", priority=1),
        column("Next Meal", "date", ".spec.nextMeal", priority=1)], True))
    lab.create(definitions, definition("cages", "Cage", "Cluster", [], False))
    parrots, cages = "/apis/zoo.example.com/v1/namespaces/zoo/parrots", "/apis/zoo.example.com/v1/cages"
    served(lab, parrots)
    served(lab, cages)

    def parrot(name, ready=None, **spec):
        lab.create(parrots, {"apiVersion": "zoo.example.com/v1", "kind": "Parrot", "metadata": {"name": name}, "spec": spec})
        if ready is not None:
            lab.merge(f"{parrots}/{name}/status", {"status": {"conditions": [
                {"type": "Synced", "status": "True"}, {"type": "Ready", "status": ready, "reason": "Zoo"}]}})
    parrot("polly", "True", species="Ara macao", words=1200, weight=1.15, tame=True, hatched=ago(400 * 86400), toys=["bell", "ring"], notes="bites",
           nextMeal="2099-01-01T00:00:00Z")
    parrot("mute", "False", species="Strigops habroptilus", words=0, weight=2, tame=False)
    parrot("unknown", "Unknown", words=-7)
    parrot("nothing-known")
    parrot("hostile", species=ESCAPES, notes=BIDI)
    parrot("lines", species="two\nlines", notes=" spaces  inside ")
    parrot("wide", species=WIDE, notes="Ara  ararauna   (blue)")
    parrot("wrong-types", species={"genus": "Ara"}, words="many", weight="heavy", tame="maybe", hatched="yesterday")
    for name in ("small", "large"):
        lab.create(cages, {"apiVersion": "zoo.example.com/v1", "kind": "Cage", "metadata": {"name": name}})
