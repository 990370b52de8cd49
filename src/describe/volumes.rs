//! Volumes of pods (`describeVolumes`): a table says how each source is written.

use super::metadata;
use super::sheet::Sheet;
use crate::text::fields::{at, flag, go, has, list, map, number, pairs, text, words};
use serde_json::Value;

/// A source of volumes: its field in the API, what kubectl calls it, and its fields: name, path, and what an absent one is.
struct Source(&'static str, &'static str, &'static [(&'static str, &'static str, &'static str)]);

const FS: (&str, &str, &str) = ("FSType", "/fsType", "");
const READ_ONLY: (&str, &str, &str) = ("ReadOnly", "/readOnly", "false");
const SECRET: (&str, &str, &str) = ("SecretRef", "/secretRef/name", "<none>");

const SOURCES: &[Source] = &[
    Source(
        "hostPath",
        "HostPath (bare host directory volume)",
        &[("Path", "/path", ""), ("HostPathType", "/type", "<none>")],
    ),
    Source(
        "emptyDir",
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        &[("Medium", "/medium", ""), ("SizeLimit", "/sizeLimit", "<unset>")],
    ),
    Source(
        "gcePersistentDisk",
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        &[("PDName", "/pdName", ""), FS, ("Partition", "/partition", "0"), READ_ONLY],
    ),
    Source(
        "awsElasticBlockStore",
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        &[("VolumeID", "/volumeID", ""), FS, ("Partition", "/partition", "0"), READ_ONLY],
    ),
    Source(
        "gitRepo",
        "GitRepo (a volume that is pulled from git when the pod is created)",
        &[("Repository", "/repository", ""), ("Revision", "/revision", "")],
    ),
    Source(
        "secret",
        "Secret (a volume populated by a Secret)",
        &[("SecretName", "/secretName", ""), ("Optional", "/optional", "false")],
    ),
    Source(
        "configMap",
        "ConfigMap (a volume populated by a ConfigMap)",
        &[("Name", "/name", ""), ("Optional", "/optional", "false")],
    ),
    Source(
        "nfs",
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        &[("Server", "/server", ""), ("Path", "/path", ""), READ_ONLY],
    ),
    Source(
        "iscsi",
        "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
        &[
            ("TargetPortal", "/targetPortal", ""),
            ("IQN", "/iqn", ""),
            ("Lun", "/lun", "0"),
            ("ISCSIInterface", "/iscsiInterface", ""),
            FS,
            READ_ONLY,
            ("Portals", "/portals", "[]"),
            ("DiscoveryCHAPAuth", "/chapAuthDiscovery", "false"),
            ("SessionCHAPAuth", "/chapAuthSession", "false"),
            SECRET,
            ("InitiatorName", "/initiatorName", "<none>"),
        ],
    ),
    Source(
        "glusterfs",
        "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        &[("EndpointsName", "/endpoints", ""), ("Path", "/path", ""), READ_ONLY],
    ),
    Source(
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        &[("ClaimName", "/claimName", ""), READ_ONLY],
    ),
    Source(
        "ephemeral",
        "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
        &[],
    ),
    Source(
        "rbd",
        "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        &[
            ("CephMonitors", "/monitors", "[]"),
            ("RBDImage", "/image", ""),
            FS,
            ("RBDPool", "/pool", ""),
            ("RadosUser", "/user", ""),
            ("Keyring", "/keyring", ""),
            SECRET,
            READ_ONLY,
        ],
    ),
    Source(
        "quobyte",
        "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
        &[("Registry", "/registry", ""), ("Volume", "/volume", ""), READ_ONLY],
    ),
    Source("downwardAPI", "DownwardAPI (a volume populated by information about the pod)", &[]),
    Source(
        "azureDisk",
        "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        &[
            ("DiskName", "/diskName", ""),
            ("DiskURI", "/diskURI", ""),
            ("Kind", "/kind", ""),
            FS,
            ("CachingMode", "/cachingMode", ""),
            READ_ONLY,
        ],
    ),
    Source(
        "vsphereVolume",
        "vSphereVolume (a Persistent Disk resource in vSphere)",
        &[("VolumePath", "/volumePath", ""), FS, ("StoragePolicyName", "/storagePolicyName", "")],
    ),
    Source(
        "cinder",
        "Cinder (a Persistent Disk resource in OpenStack)",
        &[("VolumeID", "/volumeID", ""), FS, READ_ONLY, SECRET],
    ),
    Source(
        "photonPersistentDisk",
        "PhotonPersistentDisk (a Persistent Disk resource in photon platform)",
        &[("PdID", "/pdID", ""), FS],
    ),
    Source("portworxVolume", "PortworxVolume (a Portworx Volume resource)", &[("VolumeID", "/volumeID", "")]),
    Source(
        "scaleIO",
        "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
        &[
            ("Gateway", "/gateway", ""),
            ("System", "/system", ""),
            ("Protection Domain", "/protectionDomain", ""),
            ("Storage Pool", "/storagePool", ""),
            ("Storage Mode", "/storageMode", ""),
            ("VolumeName", "/volumeName", ""),
            FS,
            READ_ONLY,
        ],
    ),
    Source(
        "cephfs",
        "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        &[
            ("Monitors", "/monitors", "[]"),
            ("Path", "/path", ""),
            ("User", "/user", ""),
            ("SecretFile", "/secretFile", ""),
            SECRET,
            READ_ONLY,
        ],
    ),
    Source(
        "storageos",
        "StorageOS (a StorageOS Persistent Disk resource)",
        &[("VolumeName", "/volumeName", ""), ("VolumeNamespace", "/volumeNamespace", ""), FS, READ_ONLY],
    ),
    Source(
        "fc",
        "FC (a Fibre Channel disk)",
        &[("TargetWWNs", "/targetWWNs", ""), ("LUN", "/lun", "<none>"), FS, READ_ONLY],
    ),
    Source(
        "azureFile",
        "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        &[("SecretName", "/secretName", ""), ("ShareName", "/shareName", ""), READ_ONLY],
    ),
    Source(
        "flexVolume",
        "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
        &[("Driver", "/driver", ""), FS, SECRET, READ_ONLY, ("Options", "/options", "map[]")],
    ),
    Source(
        "flocker",
        "Flocker (a Flocker volume mounted by the Flocker agent)",
        &[("DatasetName", "/datasetName", ""), ("DatasetUUID", "/datasetUUID", "")],
    ),
    Source("projected", "Projected (a volume that contains injected data from multiple sources)", &[]),
    Source(
        "csi",
        "CSI (a Container Storage Interface (CSI) volume source)",
        &[("Driver", "/driver", ""), FS, READ_ONLY],
    ),
    Source(
        "image",
        "Image (a container image or OCI artifact)",
        &[("Reference", "/reference", ""), ("PullPolicy", "/pullPolicy", "")],
    ),
];

pub fn write(level: u16, spec: &Value, sheet: &mut Sheet) {
    let volumes = list(spec, "/volumes");
    if volumes.is_empty() {
        sheet.field(level, "Volumes", "<none>");
        return;
    }
    sheet.title(level, "Volumes");
    for volume in volumes {
        sheet.title(level + 1, text(volume, "/name"));
        match SOURCES.iter().find(|source| volume.get(source.0).is_some_and(|value| !value.is_null())) {
            Some(source) => one(level + 2, source, volume.get(source.0).unwrap_or(&Value::Null), sheet),
            None => unknown(level + 2, volume, sheet),
        }
    }
}

fn one(level: u16, source: &Source, value: &Value, sheet: &mut Sheet) {
    sheet.field(level, "Type", source.1);
    for (name, path, absent) in source.2 {
        let said = match *name {
            "TargetWWNs" => words(value, path).join(", "),
            _ if has(value, path) => go(at(value, path)),
            _ => (*absent).to_owned(),
        };
        sheet.field(level, name, said);
    }
    match source.0 {
        "projected" => projected(level, value, sheet),
        "downwardAPI" => downward(level, value, sheet),
        "ephemeral" => claim(level, at(value, "/volumeClaimTemplate"), sheet),
        "csi" => {
            let pairs = pairs(value, "/volumeAttributes");
            sheet.many(level, "VolumeAttributes", pairs.iter().map(|(key, value)| format!("{key}={value}")));
        }
        _ => {}
    }
}

/// A source that is newer than the table: its name and its fields say most of it.
fn unknown(level: u16, volume: &Value, sheet: &mut Sheet) {
    let Some((name, value)) = map(volume, "").into_iter().find(|(name, _)| *name != "name") else {
        sheet.line(level, "<unknown>");
        return;
    };
    sheet.field(level, "Type", name);
    super::generic::fields(level, value, sheet);
}

fn projected(level: u16, value: &Value, sheet: &mut Sheet) {
    for source in list(value, "/sources") {
        let optional = |of: &str| flag(source, &format!("{of}/optional")).to_string();
        if has(source, "/secret") {
            sheet.field(level, "SecretName", text(source, "/secret/name"));
            sheet.field(level, "Optional", optional("/secret"));
        } else if has(source, "/downwardAPI") {
            sheet.field(level, "DownwardAPI", "true");
        } else if has(source, "/configMap") {
            sheet.field(level, "ConfigMapName", text(source, "/configMap/name"));
            sheet.field(level, "Optional", optional("/configMap"));
        } else if has(source, "/serviceAccountToken") {
            let seconds = number(source, "/serviceAccountToken/expirationSeconds");
            sheet.field(level, "TokenExpirationSeconds", seconds);
        } else {
            super::generic::fields(level, source, sheet);
        }
    }
}

fn downward(level: u16, value: &Value, sheet: &mut Sheet) {
    sheet.title(level, "Items");
    for item in list(value, "/items") {
        for path in ["/fieldRef/fieldPath", "/resourceFieldRef/resource"] {
            if has(item, path) {
                sheet.line(level + 1, format!("{} -> {}", text(item, path), text(item, "/path")));
            }
        }
    }
}

/// The claim of an ephemeral volume (`printPersistentVolumeClaim`).
fn claim(level: u16, claim: &Value, sheet: &mut Sheet) {
    if claim.is_null() {
        return;
    }
    let annotated = pairs(claim, "/metadata/annotations");
    let class = annotated.iter().find(|(key, _)| *key == "volume.beta.kubernetes.io/storage-class");
    sheet.field(level, "StorageClass", class.map_or(text(claim, "/spec/storageClassName"), |(_, class)| class));
    sheet.field(level, "Volume", text(claim, "/spec/volumeName"));
    metadata::labels(level, "Labels", claim, "/metadata/labels", sheet);
    metadata::annotations(level, claim, "/metadata/annotations", sheet);
    // A claim that is still to be made has neither.
    sheet.field(level, "Capacity", "");
    sheet.field(level, "Access Modes", "");
    sheet.field_if(level, "VolumeMode", text(claim, "/spec/volumeMode"));
    if has(claim, "/spec/dataSource") {
        sheet.title(level, "DataSource");
        sheet.field_if(level + 1, "APIGroup", text(claim, "/spec/dataSource/apiGroup"));
        sheet.field(level + 1, "Kind", text(claim, "/spec/dataSource/kind"));
        sheet.field(level + 1, "Name", text(claim, "/spec/dataSource/name"));
    }
}
