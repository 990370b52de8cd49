"""The objects that `describe` records: whatever `kubectl describe` has words for, in one namespace and on one node."""

SPACE = "tell"
NODE = "tell-node"


def volumes():
    """A volume of every kind that has a name."""
    kinds = {
        "hostPath": {"path": "/var/log", "type": "Directory"},
        "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"},
        "gcePersistentDisk": {"pdName": "disk-1", "fsType": "ext4", "partition": 2},
        "awsElasticBlockStore": {"volumeID": "vol-1", "fsType": "xfs", "readOnly": True},
        "secret": {"secretName": "tls", "optional": True},
        "configMap": {"name": "settings"},
        "nfs": {"server": "nfs.example.com", "path": "/exports/a", "readOnly": True},
        "iscsi": {"targetPortal": "10.0.2.15:3260", "iqn": "iqn.2001-04.com.example:storage.disk1", "lun": 3, "fsType": "ext4",
                  "portals": ["10.0.2.16:3260", "10.0.2.17:3260"], "chapAuthSession": True, "secretRef": {"name": "chap"},
                  "initiatorName": "iqn.2001-04.com.example:host1"},
        "glusterfs": {"endpoints": "gluster", "path": "vol"},
        "persistentVolumeClaim": {"claimName": "orders", "readOnly": True},
        "ephemeral": {"volumeClaimTemplate": {"metadata": {"labels": {"of": "tell"}}, "spec": {
            "storageClassName": "fast", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}},
        "rbd": {"monitors": ["10.16.154.78:6789", "10.16.154.82:6789"], "image": "foo", "pool": "kube", "user": "admin",
                "fsType": "ext4", "secretRef": {"name": "ceph"}},
        "quobyte": {"registry": "registry:6789", "volume": "vol"},
        "downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
                                  {"path": "cpu", "resourceFieldRef": {"containerName": "app", "resource": "limits.cpu"}}]},
        "azureDisk": {"diskName": "d", "diskURI": "https://example.com/d.vhd"},
        "vsphereVolume": {"volumePath": "[ds] vol/1", "fsType": "ext4", "storagePolicyName": "gold"},
        "cinder": {"volumeID": "bd82f7e2", "fsType": "ext4", "secretRef": {"name": "cinder"}},
        "photonPersistentDisk": {"pdID": "pd-1", "fsType": "ext4"},
        "portworxVolume": {"volumeID": "pxvol"},
        "scaleIO": {"gateway": "https://example.com/api", "system": "scaleio", "secretRef": {"name": "sio"}, "volumeName": "vol-0",
                    "protectionDomain": "pd0", "storagePool": "sp1"},
        "cephfs": {"monitors": ["10.16.154.78:6789"], "path": "/some/path", "secretRef": {"name": "ceph"}},
        "storageos": {"volumeName": "redis-vol01", "fsType": "ext4"},
        "fc": {"targetWWNs": ["500a0982991b8dc5", "500a0982891b8dc5"], "lun": 2, "fsType": "ext4"},
        "azureFile": {"secretName": "azure", "shareName": "k8stest"},
        "flexVolume": {"driver": "kubernetes.io/lvm", "fsType": "ext4", "options": {"volumeID": "vol1", "size": "1000m"}},
        "flocker": {"datasetName": "my-flocker-vol"},
        "projected": {"sources": [{"secret": {"name": "tls"}}, {"configMap": {"name": "settings", "optional": True}},
                                  {"downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
                                  {"serviceAccountToken": {"path": "token", "expirationSeconds": 7200}}]},
        "csi": {"driver": "secrets-store.csi.k8s.io", "readOnly": True, "volumeAttributes": {"class": "vault", "a": "b"}},
        "image": {"reference": "registry.example.com/data:1", "pullPolicy": "IfNotPresent"},
    }
    found = [{"name": f"v-{kind.lower()}", kind: source} for kind, source in kinds.items()]
    return found + [{"name": "plain-csi", "csi": {"driver": "inline.example.com"}},
                    {"name": "plain-path", "hostPath": {"path": "/tmp"}}, {"name": "plain-empty", "emptyDir": {}},
                    {"name": "plain-iscsi", "iscsi": {"targetPortal": "10.0.2.15", "iqn": "iqn.2001-04.com.example:d2", "lun": 0}},
                    {"name": "plain-flex", "flexVolume": {"driver": "example.com/x"}},
                    {"name": "block", "persistentVolumeClaim": {"claimName": "raw"}}]


def environment():
    fields = ["metadata.name", "metadata.namespace", "metadata.labels['app']", "spec.nodeName", "status.podIP"]
    resources = [("limits.cpu", "1m"), ("limits.cpu", "0"), ("requests.memory", "1Mi"), ("limits.ephemeral-storage", "0"), ("requests.cpu", "0")]
    return ([{"name": "PLAIN", "value": "a value"}, {"name": "EMPTY", "value": ""}, {"name": "LINES", "value": "one\n  two\nthree"}]
            + [{"name": f"FIELD_{at}", "valueFrom": {"fieldRef": {"fieldPath": path}}} for at, path in enumerate(fields)]
            + [{"name": f"RESOURCE_{at}", "valueFrom": {"resourceFieldRef": {"resource": name, "divisor": divisor}}}
               for at, (name, divisor) in enumerate(resources)]
            + [{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
               {"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "colour", "optional": True}}}])


def rich_spec():
    resources = {"limits": {"cpu": "1500m", "memory": "1Gi", "ephemeral-storage": "2Gi"}, "requests": {"cpu": "0.25", "memory": "512Mi"}}
    app = {
        "name": "app", "image": "registry.example.com/shop:1.0", "command": ["/bin/sh", "-c"], "args": ["set -e\nexec shop \"$@\"", "--verbose"],
        "ports": [{"name": "http", "containerPort": 8080}, {"containerPort": 53, "hostPort": 53, "protocol": "UDP"}],
        "resources": resources, "env": environment(),
        "envFrom": [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "db", "optional": True}, "prefix": "DB_"}],
        "livenessProbe": {"httpGet": {"path": "/healthz?full=1 now", "port": "http", "scheme": "HTTPS", "host": "::1"}, "initialDelaySeconds": 5},
        "readinessProbe": {"exec": {"command": ["cat", "/tmp/ready"]}, "timeoutSeconds": 3, "failureThreshold": 9},
        "startupProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 7},
        "securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "profiles/shop.json"}},
        "volumeMounts": [{"name": "v-secret", "mountPath": "/z/tls", "readOnly": True},
                         {"name": "v-emptydir", "mountPath": "/a/cache", "subPath": "it's \"here\""}],
        "volumeDevices": [{"name": "block", "devicePath": "/dev/xvda"}],
    }
    helper = {"name": "helper", "image": "registry.example.com/helper:1.0", "ports": [{"containerPort": 9090}],
              "livenessProbe": {"grpc": {"port": 9090, "service": "health"}}, "readinessProbe": {"httpGet": {"port": 9090}},
              "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}
    return {
        "terminationGracePeriodSeconds": 5, "priorityClassName": "tell-important", "serviceAccountName": "default",
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "initContainers": [
            {"name": "prepare", "image": "registry.example.com/init:1.0", "command": ["prepare"], "resources": {"requests": {"cpu": "2"}}},
            {"name": "proxy", "image": "registry.example.com/proxy:1.0", "restartPolicy": "Always",
             "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}}],
        "containers": [app, helper], "volumes": volumes(), "nodeSelector": {"kubernetes.io/os": "linux", "disk": "ssd"},
        "tolerations": [{"operator": "Exists"}, {"key": "gpu", "operator": "Equal", "value": "yes", "effect": "NoSchedule"},
                        {"key": "spot", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}],
        "topologySpreadConstraints": [
            {"maxSkew": 2, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway",
             "labelSelector": {"matchLabels": {"app": "shop"}, "matchExpressions": [{"key": "track", "operator": "NotIn", "values": ["old", "canary"]}]}},
            {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule"}],
    }


LONG = " ".join(f"word-{number}" for number in range(40))
ANNOTATIONS = {"short": "a note", "lines": "first\nsecond\n", "example.com/long": LONG}


def container(name="app", **more):
    return {"name": name, "image": f"registry.example.com/{name}:1.0", **more}


def pods():
    """Name: metadata, spec, status."""
    start = "2026-01-02T03:04:05Z"
    conditions = [{"type": kind, "status": status, "lastTransitionTime": start} for kind, status in
                  [("PodScheduled", "True"), ("Initialized", "True"), ("ContainersReady", "False"), ("Ready", "False"), ("example.com/lit", "False")]]

    def status(name, **more):
        return {"name": name, "image": f"registry.example.com/{name}:1.0", "imageID": "sha256:abc", "ready": False, "restartCount": 0, **more}
    ended = {"exitCode": 137, "reason": "OOMKilled", "signal": 9, "message": "out of memory\nkilled", "startedAt": start, "finishedAt": "2026-01-02T04:00:00Z"}
    rich = rich_spec()
    rich["readinessGates"] = [{"conditionType": "example.com/lit"}, {"conditionType": "example.com/absent"}]
    return {
        "rich": ({"labels": {"app": "shop", "track": "stable"}, "annotations": ANNOTATIONS}, {**rich, "nodeName": NODE}, {
            "phase": "Running", "hostIP": "10.1.2.3", "hostIPs": [{"ip": "10.1.2.3"}], "podIP": "10.2.0.7",
            "podIPs": [{"ip": "10.2.0.7"}, {"ip": "fd00::7"}], "startTime": start, "conditions": conditions,
            "initContainerStatuses": [
                status("prepare", state={"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": start, "finishedAt": start}}),
                status("proxy", ready=True, started=True, restartCount=2, containerID="containerd://1", state={"running": {"startedAt": start}})],
            "containerStatuses": [
                status("app", restartCount=17, state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}, lastState={"terminated": ended}),
                status("helper", ready=True, started=True, state={"running": {"startedAt": start}})]}),
        "bare": ({}, {"containers": [container()], "schedulerName": "nobody"}, None),
        "sized": ({}, {"nodeName": NODE, "containers": [
            container("one", resources={"limits": {"cpu": "500m", "memory": "1Gi", "example.com/gpu": "1", "hugepages-2Mi": "4Mi"}}),
            container("two", resources={"requests": {"cpu": "1", "memory": "1500M"}})],
            "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "3"}}}, None),
        "evicted": ({}, {"nodeName": NODE, "containers": [container()]}, {
            "phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory. ", "startTime": start,
            "conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}],
            "containerStatuses": [status("app", state={"terminated": {"exitCode": 1, "reason": "Error", "startedAt": start, "finishedAt": start}})]}),
        "done": ({}, {"nodeName": NODE, "restartPolicy": "Never", "containers": [container()]}, {
            "phase": "Succeeded", "startTime": start, "conditions": [{"type": "Ready", "status": "False", "reason": "PodCompleted"}],
            "containerStatuses": [status("app", state={"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": start, "finishedAt": start}})]}),
        "leaving": ({"finalizers": ["example.com/hold"]}, {"nodeName": NODE, "terminationGracePeriodSeconds": 7, "containers": [container()]}, {
            "phase": "Running", "containerStatuses": [status("app", ready=True, state={"running": {"startedAt": start}})]}),
    }


def node():
    start = "2026-01-02T03:04:05Z"
    meta = {"name": NODE, "labels": {"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/gpu": "", "kubernetes.io/role": "spare",
                                     "kubernetes.io/hostname": NODE}, "annotations": {"example.com/note": "spare"}}
    taints = [{"key": "gpu", "value": "a100", "effect": "NoSchedule"}, {"key": "drain", "effect": "NoExecute", "timeAdded": start},
              {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]
    spec = {"unschedulable": True, "taints": taints, "podCIDR": "10.2.0.0/24", "podCIDRs": ["10.2.0.0/24", "fd00::/64"],
            "providerID": "cloud://zone-1/abc"}
    capacity = {"cpu": "8", "memory": "32940916Ki", "pods": "110", "ephemeral-storage": "100Gi", "hugepages-2Mi": "1Gi", "hugepages-1Gi": "0",
                "example.com/gpu": "4"}
    conditions = [("MemoryPressure", "True", "KubeletHasInsufficientMemory", "kubelet has insufficient memory available"),
                  ("Ready", "False", "KubeletNotReady", "container runtime is down"), ("NetworkUnavailable", "False", "RouteCreated", "")]
    status = {"capacity": capacity, "allocatable": {**capacity, "cpu": "7910m"},
              "addresses": [{"type": "InternalIP", "address": "10.1.2.3"}, {"type": "Hostname", "address": NODE}],
              "conditions": [{"type": kind, "status": status, "reason": reason, "message": message, "lastHeartbeatTime": start, "lastTransitionTime": start}
                             for kind, status, reason, message in conditions],
              "nodeInfo": {"machineID": "m", "systemUUID": "s", "bootID": "b", "kernelVersion": "6.1", "osImage": "Debian", "operatingSystem": "linux",
                           "architecture": "arm64", "containerRuntimeVersion": "containerd://2.0", "kubeletVersion": "v1.36.3", "kubeProxyVersion": ""}}
    return {"metadata": meta, "spec": spec}, status


def deployment(name, replicas, spec=None, meta=None, **more):
    labels = {"app": name}
    template = {"metadata": {"labels": labels, **(meta or {})}, "spec": spec or {"containers": [container()]}}
    return {"metadata": {"name": name, "labels": labels}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": labels}, "template": template, **more}}


def deployments():
    rich = {**rich_spec(), "schedulerName": "nobody"}
    expressions = deployment("expressions", 0, strategy={"type": "Recreate"}, minReadySeconds=9)
    expressions["spec"]["selector"] = {"matchLabels": {"app": "expressions"}, "matchExpressions": [
        {"key": "app", "operator": "Exists"}, {"key": "track", "operator": "NotIn", "values": ["old", "canary"]}, {"key": "zone", "operator": "DoesNotExist"}]}
    return [deployment("well", 2), deployment("paused", 3, paused=True), expressions,
            deployment("rolling", 3, strategy={"rollingUpdate": {"maxSurge": 1, "maxUnavailable": "40%"}}),
            deployment("rich", 1, rich, {"annotations": ANNOTATIONS})]


def services():
    web = {"app": "many"}
    http = {"name": "http", "port": 80, "targetPort": "web"}

    def service(name, ports=None, **spec):
        return {"metadata": {"name": name, "labels": {"app": "tell"}}, "spec": {**({"ports": ports} if ports else {}), **spec}}
    return [
        service("plain", [{"port": 80}], selector={"app": "nobody"}),
        service("endpoints", [{**http, "appProtocol": "kubernetes.io/h2c"}, {"name": "dns", "port": 53, "protocol": "UDP"}], selector=web,
                sessionAffinity="ClientIP", trafficDistribution="PreferClose"),
        service("dual", [http], selector=web, ipFamilyPolicy="PreferDualStack", ipFamilies=["IPv4", "IPv6"]),
        service("headless", [http], selector=web, clusterIP="None"),
        service("portless", selector=web, clusterIP="None"),
        service("node-port", [http, {"name": "https", "port": 443}], selector=web, type="NodePort", externalIPs=["198.51.100.7", "198.51.100.8"]),
        service("balancer", [http], selector=web, type="LoadBalancer", externalTrafficPolicy="Local", loadBalancerIP="203.0.113.9",
                loadBalancerSourceRanges=["10.0.0.0/8", "192.168.0.0/16"]),
        service("name", type="ExternalName", externalName="db.example.com"),
    ]


def slices():
    """Endpoints that no controller keeps: of IPv6, of the dual service, and some that are not ready."""
    def one(name, service, kind, addresses, ports=({"name": "http", "port": 8080}, {"name": "dns", "port": 53, "protocol": "UDP"})):
        endpoints = [{"addresses": [address], "conditions": conditions} for address, conditions in addresses]
        return {"metadata": {"name": name, "labels": {"kubernetes.io/service-name": service}}, "addressType": kind, "ports": list(ports), "endpoints": endpoints}
    ready, lost = {"ready": True}, {"ready": False}
    four = [(f"10.2.1.{at}", ready) for at in range(1, 5)]
    return [one("endpoints-x", "endpoints", "IPv4", four + [("10.2.1.9", lost), ("10.2.1.10", {})]),
            one("dual-4", "dual", "IPv4", four[:1]), one("dual-6", "dual", "IPv6", [("fd00::9", ready)]),
            one("portless-x", "portless", "IPv4", four[:2], ())]
