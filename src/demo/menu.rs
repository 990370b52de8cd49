//! What `:demo` offers: the troubles that are there, and where to look at them; and more that can be caused.
//!
//! It declares; the troubles themselves are `story`'s, `nodes`' and `server`'s.

use super::nodes;
use super::object;
use super::refusal::Refusal;
use super::server::{Cluster, Credential, Reach};
use super::story::{self, STORIES};
use super::world::World;
use std::sync::Arc;
use std::time::Duration;

/// Something to look at: a line for rk9s' `:`.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    pub name: &'static str,
    pub what: &'static str,
    pub line: &'static str,
}

/// Something that can be made to happen.
pub struct Cause {
    pub name: &'static str,
    pub what: &'static str,
    /// Says what was done.
    happen: fn(&Arc<Cluster>) -> Result<String, Refusal>,
}

/// Where each story is seen.
const LINES: [(&str, &str); 11] = [
    ("crash loop", "pods shop /orders"),
    ("image", "pods payments /fraud"),
    ("stuck rollout", "pods shop /checkout"),
    ("pending pod", "pods data /analytics"),
    ("dead node", "nodes"),
    ("budget", "poddisruptionbudgets payments"),
    ("pending claim", "persistentvolumeclaims data"),
    ("certificate", "secrets shop /tls"),
    ("noise", "pods shop /search"),
    ("out of memory", "pods shop /recommendations"),
    ("failed job", "jobs data"),
];

/// The stories that are in the cluster, and the lines that lead to them.
pub fn sights() -> impl Iterator<Item = Sight> {
    STORIES.iter().map(|story| {
        let line = LINES.iter().find(|(name, _)| *name == story.name).map_or("pods -A", |(_, line)| line);
        Sight { name: story.name, what: story.what, line }
    })
}

/// What can be caused.
pub static CAUSES: &[Cause] = &[
    Cause { name: "kill a node", what: "the last node that is well stops reporting", happen: |it| it.act(kill) },
    Cause { name: "revive the nodes", what: "all nodes report again", happen: |it| it.act(revive) },
    Cause {
        name: "break a rollout",
        what: "a release of shop/cart never gets ready",
        happen: |it| {
            it.act(|world| story::break_rollout(world, "shop", "cart"))?;
            Ok("shop/cart has a release that never gets ready: undo it".into())
        },
    },
    Cause {
        name: "crash a deployment",
        what: "a release of shop/web crashes",
        happen: |it| {
            it.act(|world| story::crash(world, "shop", "web"))?;
            Ok("shop/web has a release that crashes: undo it".into())
        },
    },
    Cause {
        name: "2,000 more pods",
        what: "in the namespace fill",
        happen: |it| {
            it.act(|world| story::fill(world, 2_000));
            Ok("2,000 pods more are in the namespace fill".into())
        },
    },
    Cause {
        name: "cut the connection",
        what: "for 20 seconds connections break, and none can be made",
        happen: |it| for_a_while(it, Reach::Cut, "the connection is cut for 20 s"),
    },
    Cause {
        name: "freeze the server",
        what: "for 20 seconds it keeps connections and answers nothing",
        happen: |it| for_a_while(it, Reach::Frozen, "the server is frozen for 20 s"),
    },
    Cause {
        name: "expire the credential",
        what: "until renewed every request is answered 401",
        happen: |it| credential(it, Credential::Expired, "the credential has expired"),
    },
    Cause {
        name: "renew the credential",
        what: "it is taken again",
        happen: |it| credential(it, Credential::Taken, "the credential is taken again"),
    },
    Cause {
        name: "slow the link",
        what: "300 ms and 200 kB/s",
        happen: |it| link(it, (Duration::from_millis(300), 200_000), "the link is slow"),
    },
    Cause {
        name: "mend the link",
        what: "as fast as it was",
        happen: |it| link(it, (Duration::ZERO, 0), "the link is fast again"),
    },
    Cause {
        name: "compact the history",
        what: "watches cannot go on where they were: 410",
        happen: |it| {
            it.compact();
            it.cut();
            Ok("history is compacted: what was watched is listed again".into())
        },
    },
    Cause {
        name: "crash rk9s itself",
        what: "a slip of the program's own: the terminal comes back as it was",
        happen: |_| slip(),
    },
];

/// Makes something of [`CAUSES`] happen; what was done, or why not.
pub fn cause(cluster: &Arc<Cluster>, name: &str) -> Result<String, String> {
    let Some(cause) = CAUSES.iter().find(|cause| cause.name == name) else { return Err(format!("no trouble {name}")) };
    (cause.happen)(cluster).map_err(|refusal| refusal.message)
}

/// The one panic that is asked for: it shows, and a test sees, that the terminal comes back whole.
#[allow(clippy::panic)]
fn slip() -> Result<String, Refusal> {
    std::panic::panic_any("this slip was asked for in the demo")
}

fn kill(world: &mut World) -> Result<String, Refusal> {
    let nodes = world.list("nodes", None);
    let Some(node) = nodes.iter().rfind(|node| !nodes::is_dead(node)) else {
        return Ok("every node is dead already".into());
    };
    nodes::kill(world, object::name(node))?;
    Ok(format!("{} has fallen silent: in 40 s it is NotReady", object::name(node)))
}

fn revive(world: &mut World) -> Result<String, Refusal> {
    for node in world.list("nodes", None).iter().filter(|node| nodes::is_dead(node)) {
        nodes::revive(world, object::name(node))?;
    }
    Ok("all nodes report again".into())
}

fn for_a_while(cluster: &Arc<Cluster>, reach: Reach, said: &str) -> Result<String, Refusal> {
    cluster.reach_for(reach, Duration::from_secs(20));
    Ok(said.into())
}

fn credential(cluster: &Arc<Cluster>, credential: Credential, said: &str) -> Result<String, Refusal> {
    cluster.set_faults(|faults| faults.credential = credential);
    cluster.cut();
    Ok(said.into())
}

fn link(cluster: &Arc<Cluster>, (delay, rate): (Duration, u32), said: &str) -> Result<String, Refusal> {
    cluster.set_faults(|faults| (faults.delay, faults.rate) = (delay, rate));
    Ok(said.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_story_has_a_place_to_look() {
        for story in STORIES {
            assert!(LINES.iter().any(|(name, _)| *name == story.name), "{}", story.name);
        }
    }
}
