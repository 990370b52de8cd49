//! ControllerRevisions: the history of stateful and daemon sets. kubectl's columns, and what kubectl does not look into: how many
//! pods have the revision, the images of its template, and why it was rolled out.

use super::column::{Column, Live, Stays};
use super::lean::Meta;
use super::resource::{Judgement, Lead, Names, Resource};
use super::workload::{self, PodTemplate, blank};
use super::{Value, Words};
use prost::bytes::Bytes;
use serde::{Deserialize, Deserializer};

/// The label that has the hash of the template; a StatefulSet's pods have the revision's name there.
const HASH: &str = "controller-revision-hash";
/// The same on the ControllerRevisions of StatefulSets, and on no pod.
const OWN_HASH: &str = "controller.kubernetes.io/hash";

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct ControllerRevision {
    #[prost(message, optional, tag = "1")]
    metadata: Option<Meta>,
    #[prost(message, optional, tag = "2")]
    data: Option<Raw>,
    #[prost(int64, tag = "3")]
    #[serde(deserialize_with = "super::lean::null")]
    revision: i64,
}

/// runtime.RawExtension: JSON in either encoding.
#[derive(Clone, PartialEq, prost::Message)]
struct Raw {
    #[prost(bytes = "bytes", tag = "1")]
    raw: Bytes,
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(d)?;
        Ok(Self { raw: value.to_string().into() })
    }
}

/// What the controllers of `apps/v1` keep: a patch of the template (pkg/controller/statefulset and daemon, `getPatch`).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Patch {
    spec: Option<Patched>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Patched {
    template: Option<PodTemplate>,
}

impl ControllerRevision {
    /// Anybody may keep anything in these; what is no template has no images.
    fn images(&self) -> String {
        let patch = self.data.as_ref().and_then(|data| serde_json::from_slice::<Patch>(&data.raw).ok());
        let template = patch.and_then(|patch| patch.spec?.template);
        template.map(|template| template.images()).unwrap_or_default()
    }

    /// `statefulset.apps/db`, as kubectl writes it (printers.go: printControllerRevision).
    fn controller(&self) -> Option<String> {
        let owner = self.metadata.as_ref()?.owner_references.iter().find(|owner| owner.controller)?;
        let group = owner.api_version.split_once('/').map(|(group, _)| format!(".{group}")).unwrap_or_default();
        Some(format!("{}{}/{}", owner.kind.to_lowercase(), group.to_lowercase(), owner.name))
    }

    /// What selects the pods that have it: the template's labels and its hash.
    fn pods(&self) -> Option<String> {
        let meta = self.metadata.as_ref()?;
        let owner = meta.owner_references.iter().find(|owner| owner.controller)?;
        let mut labels = meta.labels.clone();
        labels.remove(OWN_HASH);
        match owner.kind.as_str() {
            "StatefulSet" => drop(labels.insert(HASH.into(), meta.name.clone())),
            "DaemonSet" if labels.contains_key(HASH) => {}
            _ => return None,
        }
        Some(workload::labels(&labels))
    }
}

/// A column of this kind.
type C = Column<ControllerRevision>;

/// The kind.
pub struct ControllerRevisions;

impl Resource for ControllerRevisions {
    type Object = ControllerRevision;
    const NAMES: Names = Names {
        group: "apps",
        version: "v1",
        plural: "controllerrevisions",
        singular: "controllerrevision",
        kind: "ControllerRevision",
        short: &[],
        namespaced: true,
    };
    const COLUMNS: &'static [Column<ControllerRevision>] = &[
        C::name(),
        C::cell("CONTROLLER", |r, w| r.controller().map_or(Value::None, |name| Value::text(&name, w)))
            .stays(Stays::Short),
        C::cell("REVISION", |r, _| Value::Int(r.revision)).short("REV").stays(Stays::Always),
        C::age(),
        C::live("PODS", Live::RevisionPods).stays(Stays::Always),
        C::cell("IMAGES", |r, w| blank(&r.images(), w)),
        C::cell("CHANGE-CAUSE", |r, w| blank(workload::cause(r.metadata.as_ref()), w))
            .short("CAUSE")
            .stays(Stays::Short),
    ];
    const LEAD: Lead = Lead::SelectedPods;

    fn meta(object: &ControllerRevision) -> Option<&Meta> {
        object.metadata.as_ref()
    }

    fn judge(object: &ControllerRevision, words: &mut Words) -> Judgement {
        Judgement::well().link(object.pods().map(|query| words.word(&query)))
    }
}
