"""The zoo's workloads: what controllers act on, on kwok's nodes, in as many states as they can be kept in; and storage."""

import time

from zoo_words import WIDE

APPS = "/apis/apps/v1/namespaces/zoo"
BATCH = "/apis/batch/v1/namespaces/zoo"
CORE = "/api/v1/namespaces/zoo"
NOWHERE = {"zoo.example.com/no-such-node": "true"}


def containers(*images):
    return [{"name": f"c{i}", "image": image, "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}}} for i, image in enumerate(images)]


def template(app, *images, **spec):
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": containers(*images or ["registry.example.com/zoo/shop:1.0"]), **spec}}


def deployments(lab):
    def deployment(name, replicas, pods, selector=None, space="zoo", **more):
        lab.create(f"/apis/apps/v1/namespaces/{space}/deployments", {"metadata": {"name": name}, "spec": {
            "replicas": replicas, "selector": selector or {"matchLabels": {"app": name}}, "template": pods, **more}})
    deployment("well", 3, template("well"))
    deployment("zero", 0, template("zero"))
    deployment("unavailable", 2, template("unavailable", nodeSelector=NOWHERE))
    deployment("paused", 1, template("paused"), paused=True)
    deployment("rolling", 3, template("rolling"))
    deployment("overdue", 1, template("overdue", nodeSelector=NOWHERE), progressDeadlineSeconds=1)
    deployment("containers", 1, template("containers", "registry.example.com/a:1", "registry.example.com/b@sha256:" + "0f" * 32, f"example.com/{WIDE.split()[0]}:1"))
    deployment("expressions", 1, {**template("expressions"), "metadata": {"labels": {"app": "expressions", "tier": "web", "track": "stable"}}},
               {"matchLabels": {"app": "expressions"}, "matchExpressions": [
                   {"key": "tier", "operator": "In", "values": ["web", "edge"]}, {"key": "track", "operator": "NotIn", "values": ["canary"]},
                   {"key": "app", "operator": "Exists"}, {"key": "legacy", "operator": "DoesNotExist"}]})
    deployment("two", 2, template("two"), space="zoo-two")
    deployment("three", 1, template("three"), space="zoo-three")


def others(lab):
    lab.create(f"{APPS}/replicasets", {"metadata": {"name": "alone"}, "spec": {
        "replicas": 2, "selector": {"matchLabels": {"app": "alone"}}, "template": template("alone")}})
    lab.create(f"{APPS}/replicasets", {"metadata": {"name": "alone-unavailable"}, "spec": {
        "replicas": 1, "selector": {"matchLabels": {"app": "nowhere"}}, "template": template("nowhere", nodeSelector=NOWHERE)}})
    lab.create(f"{APPS}/statefulsets", {"metadata": {"name": "ordered"}, "spec": {
        "replicas": 3, "serviceName": "headless", "selector": {"matchLabels": {"app": "ordered"}}, "template": template("ordered", "a:1", "b:2")}})
    lab.create(f"{APPS}/statefulsets", {"metadata": {"name": "ordered-stuck"}, "spec": {
        "replicas": 2, "serviceName": "headless", "selector": {"matchLabels": {"app": "stuck"}}, "template": template("stuck", nodeSelector=NOWHERE)}})
    for name, where in (("everywhere", {"node-role.kubernetes.io/worker": ""}), ("nowhere", NOWHERE), ("without-selector", {})):
        lab.create(f"{APPS}/daemonsets", {"metadata": {"name": name}, "spec": {
            "selector": {"matchLabels": {"ds": name}},
            "template": {"metadata": {"labels": {"ds": name}}, "spec": {"containers": containers("agent:1"), "nodeSelector": where}}}})


def jobs(lab):
    def job(name, **spec):
        pods = {"spec": {"containers": containers("job:1"), "restartPolicy": "Never", **spec.pop("pods", {})}}
        lab.create(f"{BATCH}/jobs", {"metadata": {"name": name}, "spec": {**spec, "template": pods}})
    job("done")
    job("done-three", completions=3, parallelism=2)
    job("queue", parallelism=2, pods={"nodeSelector": NOWHERE})
    job("waits", completions=4, pods={"nodeSelector": NOWHERE})
    job("suspended", suspend=True)
    job("too-late", activeDeadlineSeconds=1, pods={"nodeSelector": NOWHERE})

    def cron(name, schedule, **spec):
        lab.create(f"{BATCH}/cronjobs", {"metadata": {"name": name}, "spec": {
            "schedule": schedule, **spec, "jobTemplate": {"spec": {"template": {"spec": {"containers": containers("cron:1"), "restartPolicy": "OnFailure"}}}}}})
    cron("yearly", "0 0 1 1 *")
    cron("with-zone", "30 4 1 1 *", timeZone="Europe/Berlin")
    cron("suspended", "*/5 * * * *", suspend=True)


def storage_and_more(lab):
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}
    lab.create(f"{CORE}/persistentvolumeclaims", {"metadata": {"name": "pending"}, "spec": {**claim, "storageClassName": "none-such"}})
    lab.create("/api/v1/persistentvolumes", {"metadata": {"name": "zoo-volume"}, "spec": {
        "capacity": {"storage": "8Gi"}, "accessModes": ["ReadWriteOnce", "ReadOnlyMany"], "hostPath": {"path": "/nowhere"}, "storageClassName": "slow",
        "claimRef": {"namespace": "zoo", "name": "bound"}, "persistentVolumeReclaimPolicy": "Retain"}})
    lab.create(f"{CORE}/persistentvolumeclaims", {"metadata": {"name": "bound"}, "spec": {**claim, "storageClassName": "slow", "volumeName": "zoo-volume"}})
    lab.create(f"{CORE}/persistentvolumeclaims", {"metadata": {"name": "lost", "annotations": {"pv.kubernetes.io/bind-completed": "yes"}},
                                                 "spec": {**claim, "storageClassName": "slow", "volumeName": "gone", "volumeMode": "Block"}})
    lab.create(f"{CORE}/configmaps", {"metadata": {"name": "settings"}, "data": {"a": "1", "b": WIDE}, "binaryData": {"c": "AAEC"}})
    lab.create(f"{CORE}/configmaps", {"metadata": {"name": "empty"}})
    lab.create("/apis/policy/v1/namespaces/zoo/poddisruptionbudgets", {"metadata": {"name": "well"}, "spec": {
        "minAvailable": 2, "selector": {"matchLabels": {"app": "well"}}}})
    lab.create("/apis/autoscaling/v2/namespaces/zoo/horizontalpodautoscalers", {"metadata": {"name": "well"}, "spec": {
        "minReplicas": 3, "maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "well"},
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]}})
    ingresses(lab)


def ingresses(lab):
    path = "/apis/networking.k8s.io/v1/namespaces/zoo/ingresses"
    backend = {"service": {"name": "cluster-ip", "port": {"number": 80}}}

    def rule(host):
        http = {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}
        return {"host": host, "http": http} if host else {"http": http}

    def ingress(name, status=None, **spec):
        lab.create(path, {"metadata": {"name": name}, "spec": spec})
        if status:
            lab.merge(f"{path}/{name}/status", {"status": {"loadBalancer": {"ingress": status}}})
    ingress("any-host", rules=[rule(None)])
    ingress("default-backend", defaultBackend=backend)
    ingress("hosts", [{"ip": "203.0.113.20"}, {"hostname": "edge.example.com"}], ingressClassName="nginx",
            rules=[rule(f"{name}.example.com") for name in ("a", "b", "c", "d", "*.wild")], tls=[{"hosts": ["a.example.com"], "secretName": "tls"}])


def until(what, is_so):
    """Waits for what the lab's controllers do, half a minute at most."""
    for _ in range(150):
        if is_so():
            return
        time.sleep(0.2)
    raise SystemExit(f"zoo: {what}: not so after 30 s")


def rollout(lab):
    """Deployments that stop half-way need their controller to have begun."""
    def status(name, space="zoo"):
        return lab.get(f"/apis/apps/v1/namespaces/{space}/deployments/{name}")["status"]
    until("deployment well is ready", lambda: status("well").get("readyReplicas") == 3)
    until("deployment rolling is ready", lambda: status("rolling").get("readyReplicas") == 3)
    until("deployment two is ready", lambda: status("two", "zoo-two").get("readyReplicas") == 2)
    lab.merge(f"{APPS}/deployments/rolling", {"spec": {"template": {"spec": {
        "nodeSelector": NOWHERE, "containers": containers("registry.example.com/zoo/shop:2.0")}}}})
    until("deployment rolling has begun", lambda: status("rolling").get("updatedReplicas", 0) == 1)
    until("statefulset ordered is ready", lambda: lab.get(f"{APPS}/statefulsets/ordered")["status"].get("readyReplicas") == 3)
    until("daemonset everywhere is ready", lambda: lab.get(f"{APPS}/daemonsets/everywhere")["status"].get("numberReady", 0) > 0)
    until("job done-three is done", lambda: lab.get(f"{BATCH}/jobs/done-three")["status"].get("succeeded") == 3)
    until("job too-late has failed", lambda: any(c["type"] == "Failed" for c in lab.get(f"{BATCH}/jobs/too-late")["status"].get("conditions", [])))
    until("claim bound is bound", lambda: lab.get(f"{CORE}/persistentvolumeclaims/bound")["status"]["phase"] == "Bound")
    until("claim lost is lost", lambda: lab.get(f"{CORE}/persistentvolumeclaims/lost")["status"]["phase"] == "Lost")
    until("namespace zoo-ending is ending", lambda: lab.get("/api/v1/namespaces/zoo-ending")["status"]["phase"] == "Terminating")
