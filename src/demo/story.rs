//! The story: a shop's cluster that has lived for twelve days, with troubles in it to be found, and what can be made to happen besides.
//!
//! It is told in Kubernetes' own manifests (`story/*.yaml`) and lived by the same controllers as the present. What an object's
//! `demo.rk9s.dev/ago` says is when it was made.

mod certificate;
mod fill;

use super::access;
use super::custom;
use super::events;
use super::kubelet;
use super::life::{self, Life};
use super::nodes::{self, Machine};
use super::object::{self, Object, put, text};
use super::recent;
use super::refusal::Refusal;
use super::world::{World, Write};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
pub use fill::fill;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// A trouble that is in the cluster.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    pub name: &'static str,
    pub what: &'static str,
    /// How kubectl would look at it.
    pub look: &'static str,
}

/// What there is to be found.
pub const STORIES: &[Story] = &[
    Story {
        name: "crash loop",
        what: "orders crashes since release 1.9.0; its log says why",
        look: "kubectl -n shop logs deploy/orders --previous",
    },
    Story {
        name: "image",
        what: "fraud's release candidate cannot be pulled",
        look: "kubectl -n payments describe pod -l app=fraud",
    },
    Story {
        name: "stuck rollout",
        what: "checkout 2.4.1 never gets ready; 2.4.0 was fine",
        look: "kubectl -n shop rollout status deploy/checkout; kubectl -n shop rollout undo deploy/checkout",
    },
    Story {
        name: "pending pod",
        what: "analytics asks for more memory than any node has",
        look: "kubectl -n data describe pod -l app=analytics",
    },
    Story {
        name: "dead node",
        what: "node-c2 stopped reporting; its pods were replaced, and hang in Terminating",
        look: "kubectl get nodes; kubectl get pods -A --field-selector spec.nodeName=node-c2",
    },
    Story {
        name: "budget",
        what: "a budget wants all three payments pods, so their nodes cannot be drained",
        look: "kubectl -n payments get pdb",
    },
    Story {
        name: "pending claim",
        what: "the claim warehouse asks for a storage class that does not exist",
        look: "kubectl -n data describe pvc warehouse",
    },
    Story {
        name: "certificate",
        what: "the shop's certificate expires in a few days",
        look: "kubectl -n shop get secret shop-tls -o jsonpath='{.data.tls\\.crt}' | base64 -d | openssl x509 -noout -enddate",
    },
    Story {
        name: "noise",
        what: "search was released with its debug log on: dozens of lines a second",
        look: "kubectl -n shop logs -f deploy/search",
    },
    Story {
        name: "out of memory",
        what: "recommendations 3.1.0 keeps too much, and is killed again and again",
        look: "kubectl -n shop get pods -l app=recommendations; kubectl -n shop top pod",
    },
    Story { name: "failed job", what: "the job reindex-2 gave up", look: "kubectl -n data describe job reindex-2" },
];

/// How long the cluster has been there.
const AGE: SignedDuration = SignedDuration::from_hours(12 * 24);
/// In the far past a step waits for its neighbours, so that a status is written once for all of them.
const STRIDE: SignedDuration = SignedDuration::from_secs(30);
/// How long ago node-c2 fell silent.
const SILENT: SignedDuration = SignedDuration::from_mins(38);
/// When the certificate ends.
const EXPIRES: SignedDuration = SignedDuration::from_hours(4 * 24 + 7);

const MANIFESTS: [&str; 6] = [
    include_str!("story/cluster.yaml"),
    include_str!("story/system.yaml"),
    include_str!("story/data.yaml"),
    include_str!("story/payments.yaml"),
    include_str!("story/shop.yaml"),
    include_str!("story/monitoring.yaml"),
];
const RELEASES: &str = include_str!("story/releases.yaml");

/// name, zone, cores, GiB.
const MACHINES: [(&str, &str, u32, u32); 6] = [
    ("node-a1", "eu-central-a", 4, 16),
    ("node-a2", "eu-central-a", 4, 16),
    ("node-b1", "eu-central-b", 4, 16),
    ("node-b2", "eu-central-b", 4, 16),
    ("node-c1", "eu-central-c", 4, 16),
    ("node-c2", "eu-central-c", 4, 16),
];

/// What people did.
enum Deed {
    /// As `kubectl apply` does it, which keeps a copy in an annotation.
    Apply(Object),
    Make(Object),
    Release(Release),
    Silence(&'static str),
}

/// A change of a deployment's image.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    ago: String,
    namespace: String,
    deployment: String,
    image: String,
    cause: String,
}

/// The cluster as it is at `now`, lived from its first day on.
pub fn begin(seed: u64, now: Timestamp) -> (World, Life) {
    let first = now.saturating_sub(AGE).unwrap_or(now);
    let mut world = World::new(seed, first);
    world.present = now;
    world.recent.begin_anew(recent::ROOMY);
    let controllers = life::controllers().into_iter().chain(kubelet::controllers());
    let mut life = Life::new(controllers.collect());
    make_nodes(&mut world);
    for object in access::roles().into_iter().chain(manifests(custom::CERTIFICATES)) {
        make(&mut world, object);
    }
    for (at, deed) in deeds(now) {
        live(&mut world, &mut life, at);
        deed.happens(&mut world);
    }
    live(&mut world, &mut life, now);
    world.recent.clear();
    (world, life)
}

fn make_nodes(world: &mut World) {
    for (number, (name, zone, cpu, memory)) in (1..).zip(MACHINES) {
        let machine = Machine { name, zone, number, cpu, memory, pods: 110, instance: "standard-4" };
        let node = nodes::node(machine, world.now);
        // The world is empty, and nodes have nothing to be refused for.
        let _ = world.create("nodes", node, Write::by("kubelet"));
    }
}

/// All that happens, in its order. Manifests that cannot be read are a slip that a test finds.
fn deeds(now: Timestamp) -> Vec<(Timestamp, Deed)> {
    let first = now.saturating_sub(AGE).unwrap_or(now);
    let before =
        |ago: &str| ago.parse::<SignedDuration>().ok().and_then(|ago| now.saturating_sub(ago).ok()).unwrap_or(first);
    let mut deeds: Vec<(Timestamp, Deed)> = Vec::new();
    for mut object in MANIFESTS.into_iter().flat_map(manifests) {
        let ago = object::remove(&mut object, "metadata/annotations/demo.rk9s.dev~1ago");
        let at = ago.as_ref().and_then(|ago| ago.as_str()).map_or(first, before);
        deeds.push((at, Deed::Apply(object)));
    }
    deeds.push((first, Deed::Make(certificate::secret(now, EXPIRES))));
    deeds.push((first, Deed::Make(certificate::custom(now, EXPIRES))));
    let releases: Vec<Release> = serde_yaml::from_str(RELEASES).unwrap_or_default();
    deeds.extend(releases.into_iter().map(|release| (before(&release.ago), Deed::Release(release))));
    deeds.push((now.saturating_sub(SILENT).unwrap_or(now), Deed::Silence("node-c2")));
    deeds.sort_by_key(|(at, _)| *at);
    deeds
}

fn manifests(yaml: &str) -> impl Iterator<Item = Object> {
    serde_yaml::Deserializer::from_str(yaml).filter_map(|document| Object::deserialize(document).ok())
}

/// Lives until `end`. Nobody sees the far past step by step.
fn live(world: &mut World, life: &mut Life, end: Timestamp) {
    let seen = events::seen_from(world);
    while let Some(due) = life.step(world).filter(|due| *due <= end) {
        let late = due.saturating_add(STRIDE).unwrap_or(due);
        world.now = if late < seen { late.min(end) } else { due }.max(world.now);
    }
    world.now = end.max(world.now);
    life.step(world);
}

impl Deed {
    fn happens(self, world: &mut World) {
        match self {
            Self::Apply(mut object) => {
                let copy = format!("{object}\n");
                put(&mut object, "metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration", copy);
                make(world, object);
            }
            Self::Make(object) => make(world, object),
            Self::Release(release) => {
                let image = release.image.as_str();
                let _ = change(world, &release.namespace, &release.deployment, &release.cause, |template| {
                    put(template, "spec/containers/0/image", image);
                });
            }
            Self::Silence(node) => drop(nodes::kill(world, node)),
        }
    }
}

/// Creates an object; one of a kind that is not served is left out.
fn make(world: &mut World, mut object: Object) {
    let resource = world.catalog.of_kind(text(&object, "apiVersion"), text(&object, "kind")).cloned();
    let Some(resource) = resource else { return };
    let told = object::remove(&mut object, "stringData");
    for (key, value) in told.iter().filter_map(|told| told.as_object()).flatten() {
        let encoded = STANDARD.encode(value.as_str().unwrap_or_default());
        put(&mut object, &format!("data/{}", key.replace('/', "~1")), encoded);
    }
    // A manifest that is refused is a slip that a test finds.
    let _ = world.create(&resource.id, object, Write::by("kubectl-client-side-apply"));
}

/// Changes the template of a deployment and says why.
fn change(
    world: &mut World,
    namespace: &str,
    name: &str,
    cause: &str,
    how: impl FnOnce(&mut Object),
) -> Result<(), Refusal> {
    let id = "deployments.apps";
    let found = world.get(id, namespace, name);
    let mut deployment = found.ok_or_else(|| Refusal::not_found(("apps", "deployments"), name))?;
    put(&mut deployment, "metadata/annotations/kubernetes.io~1change-cause", cause);
    how(object::place(&mut deployment, "spec/template"));
    world.update(id, deployment, Write::by("kubectl-set")).map(drop)
}

/// Makes a rollout of a deployment whose pods never get ready. It can be undone as any other.
pub fn break_rollout(world: &mut World, namespace: &str, name: &str) -> Result<(), Refusal> {
    let stamp = object::time(world.now);
    change(world, namespace, name, "a release that never gets ready", |template| {
        put(template, "metadata/annotations/demo.rk9s.dev~1behaviour", "ready=never");
        put(template, "metadata/annotations/kubectl.kubernetes.io~1restartedAt", stamp);
    })
}

/// Makes a rollout of a deployment whose containers crash.
pub fn crash(world: &mut World, namespace: &str, name: &str) -> Result<(), Refusal> {
    let stamp = object::time(world.now);
    change(world, namespace, name, "a release that crashes", |template| {
        put(template, "metadata/annotations/demo.rk9s.dev~1behaviour", "exit=1 after 3s log=crash");
        put(template, "metadata/annotations/kubectl.kubernetes.io~1restartedAt", stamp);
    })
}

#[cfg(test)]
mod tests;
