#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
//! What a new user does in the first minutes of `rk9s --demo`, by keys only, on a small and on a large screen.
//!
//! The real program in a pseudo-terminal, with the cluster in its own process. Nothing is waited for but what the screen shows.
#![cfg(unix)]

#[path = "tour/demo.rs"]
mod demo;
#[path = "pty/terminal.rs"]
mod terminal;

use demo::{Demo, PATIENCE};
use terminal::{CTRL_C, ENTER};

#[test]
fn a_small_screen_shows_it_all() {
    tour(&mut Demo::start(24, 80));
}

#[test]
fn a_large_screen_shows_it_all() {
    tour(&mut Demo::start(50, 200));
}

/// It is a kind of which rk9s knows nothing before the server was asked.
#[test]
fn it_may_begin_with_a_kind_of_the_servers_own() {
    let demo = Demo::start_with(&["certificates", "--context", "demo"], 24, 80);
    demo.see("the certificate", |bar, text| bar.contains("● live 1") && text.contains("shop-tls"));
}

fn tour(demo: &mut Demo) {
    pods_appear(demo);
    the_crash_loop_is_found(demo);
    the_stuck_rollout_is_led_to(demo);
    a_namespace_is_entered(demo);
    a_custom_resource_has_its_columns(demo);
    a_viewer_is_told_what_is_forbidden(demo);
    a_trouble_is_made(demo);
    demo.terminal.send(CTRL_C);
    assert!(demo.terminal.wait_for_end(PATIENCE).success());
}

fn pods_appear(demo: &mut Demo) {
    let text = demo.see("pods", |bar, text| bar.contains("● live") && text.contains("cart-"));
    let bar = text.lines().next().unwrap().replace([' ', '·', '›'], " ");
    assert_eq!(bar.split_whitespace().take(3).collect::<Vec<_>>(), ["demo", "shop", "pods"], "{text}");
    assert!(text.contains("NAME") && text.contains("READY") && text.contains("STATUS"), "{text}");
}

fn the_crash_loop_is_found(demo: &mut Demo) {
    demo.keys(&["/ord", ENTER]);
    let crashes = |line: &str| line.contains("orders-") && line.contains("CrashLoopBackOff");
    demo.see("orders only", |bar, text| bar.contains("/ord") && !text.contains("cart-") && text.lines().any(crashes));
    // Its reason, as the cursor stands on it.
    demo.see("the reason", |_, text| {
        text.lines().any(|line| line.contains("! orders: exit 1") && line.contains("restarts"))
    });
}

fn the_stuck_rollout_is_led_to(demo: &mut Demo) {
    demo.keys(&[":demo", ENTER]);
    let text = demo.see("the stories", |_, text| text.contains("─ Demo ─") && text.contains("crash loop"));
    assert!(["image", "stuck rollout", "pending pod", "budget"].iter().all(|story| text.contains(story)), "{text}");
    demo.keys(&["stuck", ENTER]);
    let ready = |line: &str, cells: &str| line.contains("checkout-") && line.contains(cells);
    demo.see("checkout's pods, one not ready", |bar, text| {
        bar.contains("/checkout")
            && text.lines().any(|line| ready(line, "0/1"))
            && text.lines().filter(|line| ready(line, "1/1")).count() >= 2
    });
}

fn a_namespace_is_entered(demo: &mut Demo) {
    demo.keys(&[":ns", ENTER]);
    let all = ["data", "monitoring", "payments", "shop"];
    demo.see("the namespaces", |bar, text| {
        bar.contains("namespaces") && bar.contains("● live") && all.iter().all(|name| text.contains(name))
    });
    demo.keys(&["/payments", ENTER]);
    demo.see("payments only", |bar, text| bar.contains("/payments") && !text.contains("monitoring"));
    demo.keys(&[ENTER]);
    let text = demo.see("its pods", |bar, text| {
        bar.contains("payments") && bar.contains("pods") && bar.contains("● live") && text.contains("fraud-")
    });
    assert!(["ImagePullBackOff", "ErrImagePull"].iter().any(|word| text.contains(word)), "{text}");
    assert!(!text.contains("orders-"), "{text}");
}

fn a_custom_resource_has_its_columns(demo: &mut Demo) {
    demo.keys(&[":certificates shop", ENTER]);
    let text = demo.see("the certificate", |bar, text| bar.contains("● live 1") && text.contains("shop-tls"));
    let words = |line: &str| line.replace('↑', "").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let titles = words(text.lines().nth(1).unwrap());
    assert_eq!(titles, ["NAME", "READY", "SECRET", "AGE"], "its definition's printer columns\n{text}");
    let row = text.lines().find(|line| line.contains("shop-tls")).unwrap();
    assert!(row.contains('!') && row.contains("False"), "{row}");
}

fn a_viewer_is_told_what_is_forbidden(demo: &mut Demo) {
    demo.keys(&[":secrets shop", ENTER]);
    let text =
        demo.see("the administrator's secrets", |bar, text| bar.contains("● live") && text.contains("orders-db"));
    assert!(text.contains("tls.crt,tls.key"), "{text}");
    demo.keys(&[":ctx demo-viewer", ENTER]);
    demo.see("the viewer's context", |bar, _| bar.starts_with(" demo-viewer"));
    demo.keys(&[":secrets shop", ENTER]);
    let text = demo.see("the refusal", |bar, text| bar.contains("⊘ forbidden") && text.contains("Said:"));
    assert!(!text.contains("orders-db") && text.contains(r#"User "viewer" cannot list resource "secrets""#), "{text}");
    demo.keys(&[":pods shop", ENTER]);
    demo.see("the viewer's pods", |bar, text| bar.contains("● live") && text.contains("cart-"));
    demo.keys(&[":ctx demo", ENTER]);
    demo.see("the administrator's context", |bar, _| bar.starts_with(" demo ") || bar.starts_with(" demo·"));
}

fn a_trouble_is_made(demo: &mut Demo) {
    demo.keys(&[":demo", ENTER, "break", ENTER]);
    demo.see("what was done", |_, text| text.contains("shop/cart has a release that never gets ready"));
    demo.keys(&[":deploy shop /cart", ENTER]);
    demo.see("a rollout that has begun", |bar, text| {
        let row = text.lines().find(|line| line.contains(" cart "));
        bar.contains("deployments") && row.is_some_and(|row| row.contains('~') || row.contains('!'))
    });
}
