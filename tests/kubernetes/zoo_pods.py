"""The zoo's pods: one for each form that kubectl's STATUS takes (printPod in pkg/printers/internalversion/printers.go),
named after it, and some for the other columns."""

import kube
from zoo_words import BIDI, ESCAPES, WIDE, ago, long_name

PODS = "/api/v1/namespaces/zoo/pods"
IMAGE = "registry.example.com/zoo/keeper:1.0"
NODE = "zoo-plain"


def running(since=600):
    return {"running": {"startedAt": ago(since)}}


def waiting(reason, message=""):
    return {"waiting": {"reason": reason, "message": message}}


def ended(code, reason="", signal=0, at=60):
    return {"terminated": {"exitCode": code, "reason": reason, "signal": signal, "startedAt": ago(at + 60), "finishedAt": ago(at)}}


def container(name, state, ready=False, restarts=0, last=None, started=None):
    """A container's status. `started` matters for sidecars only."""
    status = {"name": name, "image": IMAGE, "imageID": "", "ready": ready, "restartCount": restarts, "state": state, "lastState": last or {}}
    return {**status, "started": ready if started is None else started}


def runs(name="app", **more):
    return container(name, running(), ready=True, **more)


def condition(kind, well, reason="", message=""):
    return {"type": kind, "status": "True" if well else "False", "reason": reason, "message": message, "lastTransitionTime": ago(300)}


class Pod:
    """A pod to be: its spec follows from the containers its status speaks of."""

    def __init__(self, name, phase, containers, inits=(), sidecars=(), **more):
        self.name, self.phase, self.containers, self.inits, self.sidecars = name, phase, list(containers), list(inits), set(sidecars)
        self.ready = more.pop("ready", all(c["ready"] for c in self.containers) and phase == "Running")
        self.initialized = more.pop("initialized", all("terminated" in c["state"] and c["state"]["terminated"]["exitCode"] == 0
                                                       or c["name"] in self.sidecars for c in self.inits))
        self.status, self.spec, self.meta = more.pop("status", {}), more.pop("spec", {}), more.pop("meta", {})
        self.node = more.pop("node", NODE)
        assert not more, more

    def body(self):
        def declared(statuses):
            return [{"name": c["name"], "image": IMAGE, "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
                     **({"restartPolicy": "Always"} if c["name"] in self.sidecars else {})} for c in statuses]
        spec = {"containers": declared(self.containers) or [{"name": "app", "image": IMAGE}], "initContainers": declared(self.inits),
                "tolerations": [{"operator": "Exists"}], "terminationGracePeriodSeconds": 3600, "schedulerName": "nobody", **self.spec}
        if self.node:
            spec["nodeName"] = self.node
        return {"metadata": {"name": self.name, "labels": {"app": "zoo"}, **self.meta}, "spec": spec}

    def state(self):
        address = {"hostIP": "10.9.0.1", "hostIPs": [{"ip": "10.9.0.1"}], "podIP": "10.8.0.7", "podIPs": [{"ip": "10.8.0.7"}]}
        conditions = [condition("PodScheduled", True), condition("Initialized", self.initialized), condition("Ready", self.ready),
                      condition("ContainersReady", self.ready)]
        bound = {"startTime": ago(900), "conditions": conditions, **address} if self.node else {}
        return {"phase": self.phase, "containerStatuses": self.containers, "initContainerStatuses": self.inits, **bound, **self.status}


def well():
    return [
        Pod("running", "Running", [runs()]),
        Pod("running-one-of-two", "Running", [runs(), container("slow", running())]),
        Pod("running-three", "Running", [runs("a"), runs("b"), runs("c")]),
        Pod("completed", "Succeeded", [container("app", ended(0, "Completed"))]),
        Pod("completed-beside-running", "Running", [container("once", ended(0, "Completed")), runs()], ready=True),
        Pod("notready", "Running", [container("once", ended(0, "Completed")), runs()], ready=False),
        Pod("two-addresses", "Running", [runs()], status={"podIP": "10.8.0.8", "podIPs": [{"ip": "10.8.0.8"}, {"ip": "fd00:8::8"}]}),
        Pod("address-v6", "Running", [runs()], status={"podIP": "fd00:8::9", "podIPs": [{"ip": "fd00:8::9"}]}),
        Pod("host-network", "Running", [runs()], spec={"hostNetwork": True}),
        Pod("readiness-gates", "Running", [runs()], ready=False,
            spec={"readinessGates": [{"conditionType": "example.com/balanced"}, {"conditionType": "example.com/warm"}]},
            status={"conditions": [condition("example.com/balanced", True), condition("Ready", False, "ReadinessGatesNotReady")]}),
        Pod("mirror", "Running", [runs()], meta={"annotations": {"kubernetes.io/config.mirror": "c0ffee"}}),
        Pod("sidecar", "Running", [runs()], [container("setup", ended(0, "Completed")), runs("proxy", restarts=2, last=ended(1, "Error", at=7200))], ["proxy"]),
        Pod("sidecar-not-ready", "Running", [runs()], [container("proxy", running(), started=True)], ["proxy"], ready=False),
        Pod(long_name(120), "Running", [runs()]),
        Pod(long_name(253), "Running", [runs()]),
    ]


def starting():
    done = container("first", ended(0, "Completed"))
    return [
        Pod("pending", "Pending", [], node=None),
        Pod("pending-unschedulable", "Pending", [], node=None, status={"conditions": [
            condition("PodScheduled", False, "Unschedulable", "0/9 nodes are available: 9 Insufficient cpu.")]}),
        Pod("pending-bound", "Pending", []),
        Pod("schedulinggated", "Pending", [], node=None, spec={"schedulingGates": [{"name": "example.com/quota"}]}),
        Pod("nominated", "Pending", [], node=None, status={"nominatedNodeName": "zoo-cordoned"}),
        Pod("containercreating", "Pending", [container("app", waiting("ContainerCreating"))], status={"podIP": None, "podIPs": None}),
        Pod("podinitializing", "Pending", [container("app", waiting("PodInitializing"))], [done]),
        Pod("waiting-without-reason", "Pending", [container("app", waiting(""))]),
        Pod("init-0-2", "Pending", [container("app", waiting("PodInitializing"))],
            [container("first", running()), container("second", waiting("PodInitializing"))]),
        Pod("init-1-2", "Pending", [container("app", waiting("PodInitializing"))], [done, container("second", running())]),
        Pod("init-sidecar-starts", "Pending", [container("app", waiting("PodInitializing"))],
            [container("proxy", running(), started=False), container("second", waiting("PodInitializing"))], ["proxy"]),
        Pod("init-signal", "Pending", [container("app", waiting("PodInitializing"))], [container("first", ended(137, signal=9))]),
        Pod("init-exitcode", "Pending", [container("app", waiting("PodInitializing"))], [container("first", ended(1))]),
        Pod("init-error", "Pending", [container("app", waiting("PodInitializing"))], [container("first", ended(1, "Error"), restarts=1)]),
        Pod("init-crashloop", "Pending", [container("app", waiting("PodInitializing"))],
            [container("first", waiting("CrashLoopBackOff", "back-off 5m0s"), restarts=9, last=ended(2, "Error", at=250))]),
        Pod("init-imagepull", "Pending", [container("app", waiting("PodInitializing"))], [container("first", waiting("ImagePullBackOff"))]),
    ]


def failing():
    crashed = {"restarts": 17, "last": ended(1, "Error", at=125)}
    return [
        Pod("crashloop", "Running", [container("app", waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container"), **crashed)]),
        Pod("crashloop-one-of-two", "Running", [runs("proxy"), container("app", waiting("CrashLoopBackOff"), **crashed)]),
        Pod("imagepullbackoff", "Pending", [container("app", waiting("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"'))]),
        Pod("errimagepull", "Pending", [container("app", waiting("ErrImagePull"))]),
        Pod("createconfigerror", "Pending", [container("app", waiting("CreateContainerConfigError", 'secret "db" not found'))]),
        Pod("error", "Failed", [container("app", ended(1, "Error"))]),
        Pod("exitcode", "Failed", [container("app", ended(3))]),
        Pod("signal", "Failed", [container("app", ended(137, signal=9))]),
        Pod("oomkilled", "Failed", [container("app", ended(137, "OOMKilled"))]),
        Pod("evicted", "Failed", [], status={"reason": "Evicted", "message": "The node was low on resource: memory."}),
        Pod("nodeaffinity", "Failed", [], status={"reason": "NodeAffinity", "message": "Pod was rejected"}),
        Pod("failed-without-reason", "Failed", []),
        Pod("phase-unknown", "Unknown", [container("app", running())]),
        Pod("on-lost-node", "Running", [runs()], node="zoo-lost"),
        *(Pod(f"restarted-{name}", "Running", [runs(restarts=count, last=ended(1, "Error", at=seconds))]) for name, count, seconds in
          [("seconds", 1, 95), ("minutes", 2, 8 * 60 + 30), ("hours", 30, 5 * 3600), ("days", 400, 3 * 86400), ("years", 12345, 900 * 86400)]),
        Pod("restarted-without-time", "Running", [runs(restarts=4)]),
        Pod("restarted-both", "Running", [runs("a", restarts=2, last=ended(0, "Completed", at=7200)), runs("b", restarts=3, last=ended(1, "Error", at=200))]),
        Pod("hostile-escapes", "Running", [container("app", waiting(ESCAPES, ESCAPES))]),
        Pod("hostile-bidi", "Pending", [], status={"reason": BIDI, "message": BIDI}),
        Pod("hostile-wide", "Running", [container("app", waiting(WIDE, WIDE))]),
    ]


def going():
    """Pods that are deleted once they are there, and stay: no kubelet confirms, or a finalizer holds them."""
    hold = {"finalizers": ["example.com/hold"]}
    return [
        Pod("terminating", "Running", [runs()]),
        Pod("terminating-held", "Running", [runs()], meta=hold),
        Pod("terminating-crashloop", "Running", [container("app", waiting("CrashLoopBackOff"), restarts=5)], meta=hold),
        Pod("terminating-completed", "Succeeded", [container("app", ended(0, "Completed"))], meta=hold),
        Pod("terminating-unbound", "Pending", [], node=None, meta=hold),
        Pod("nodelost", "Running", [runs()], node="zoo-lost", status={"reason": "NodeLost", "message": "Node zoo-lost which was running pod is unresponsive"}),
    ]


def pods(lab):
    """Creates them all. One that is there already is left as it is."""
    there = {pod["metadata"]["name"] for pod in lab.get(PODS)["items"]}
    leaving = going()
    for pod in well() + starting() + failing() + leaving:
        if pod.name in there:
            continue
        try:
            lab.create(PODS, pod.body())
            lab.merge(f"{PODS}/{pod.name}/status", {"status": pod.state()})
            if pod in leaving:
                lab.delete(f"{PODS}/{pod.name}")
        except kube.Refused as refused:
            raise SystemExit(f"zoo: pod {pod.name}: {refused}") from refused
