//! The troubles that `:demo` makes, as the console says them: each has a cluster of its own, and they go on at the same time.

use crate::demo::Demo;
use crate::terminal::ENTER;
use crate::{NOTICED, RIGHT, is_stale};
use std::thread;
use std::time::Duration;

const SMALL: (u16, u16) = (24, 80);
const LARGE: (u16, u16) = (50, 200);

/// How long a cut or a freeze goes on, and what a busy machine adds.
const A_WHILE: Duration = Duration::from_secs(40);

fn live((rows, columns): (u16, u16)) -> Demo {
    let demo = Demo::start(rows, columns);
    demo.see("its pods", |bar, text| bar.contains("● live") && text.contains("orders-"));
    demo
}

/// Picks what is called so from `:demo`, and sees it said.
fn cause(demo: &mut Demo, name: &str, said: &str) {
    demo.keys(&[":demo", ENTER]);
    demo.see("the menu", |_, text| text.contains("─ Demo ─"));
    demo.keys(&[name, ENTER]);
    demo.see("that it is done", |_, text| text.contains(said));
}

fn rows(text: &str) -> usize {
    text.lines().filter(|line| line.contains("-") && line.contains("/")).count()
}

/// A server that goes for a while is called stale, with its rows, and is live again afterwards without a key.
fn goes_and_comes_back(size: (u16, u16), name: &str, said: &str) {
    let mut demo = live(size);
    cause(&mut demo, name, said);
    let stale = demo.see_within(NOTICED, "the word that it is stale", |bar, _| is_stale(bar));
    assert!(rows(&stale) > 10 && !stale.contains("● live"), "what was known stays, and is called stale:\n{stale}");
    demo.see_within(A_WHILE, "live again", |bar, text| bar.contains("● live") && rows(text) > 10);
}

fn a_node_dies(size: (u16, u16)) {
    let mut demo = live(size);
    demo.keys(&[":nodes", ENTER]);
    let dead = |text: &str| text.lines().filter(|line| line.contains("node-") && line.contains("NotReady")).count();
    let before = dead(&demo.see("the nodes", |bar, text| bar.contains("● live 6") && text.contains("node-c2")));
    cause(&mut demo, "kill a", "has fallen silent");
    // Kubernetes' node controller waits 40 s for a lease to be renewed.
    demo.see("another node that is not ready", |_, text| dead(text) == before + 1);
}

fn a_credential_expires(size: (u16, u16)) {
    let mut demo = live(size);
    cause(&mut demo, "expire", "the credential has expired");
    demo.see_within(NOTICED, "the refusal", |bar, _| bar.contains("○ stale since") && bar.contains("Unauthorized"));
    cause(&mut demo, "renew", "the credential is taken again");
    demo.keys(&["\x12"]);
    demo.see_within(NOTICED, "live again", |bar, _| bar.contains("● live"));
}

fn history_is_compacted(size: (u16, u16)) {
    let mut demo = live(size);
    cause(&mut demo, "compact", "history is compacted");
    // Pods come and go meanwhile: they are not counted.
    demo.see_within(RIGHT, "live with its rows", |bar, text| bar.contains("● live") && rows(text) > 10);
}

#[test]
fn troubles_are_said_and_their_end_too() {
    thread::scope(|troubles| {
        troubles.spawn(|| a_node_dies(SMALL));
        troubles.spawn(|| goes_and_comes_back(LARGE, "cut", "the connection is cut for 20 s"));
        troubles.spawn(|| goes_and_comes_back(SMALL, "freeze", "the server is frozen for 20 s"));
        troubles.spawn(|| a_credential_expires(LARGE));
        troubles.spawn(|| history_is_compacted(SMALL));
    });
}
