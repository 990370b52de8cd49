//! Columns: packed to the left, in line, giving way by priority. Whole frames, as they stand on the screen.

use super::harness::Console;
use super::things::{pods_everywhere, shop};

/// A frame without its empty lines at the end of the page: bar, header, rows, and the two lines below.
fn frame(console: &mut Console) -> String {
    let text = console.paint();
    let lines: Vec<&str> = text.lines().collect();
    let (top, below) = lines.split_at(lines.len() - 2);
    let top = top.join("\n");
    format!("\n{}\n---\n{}\n", top.trim_end_matches('\n'), below.join("\n"))
}

#[test]
fn eighty_columns() {
    let mut console = Console::live(shop());
    console.keys("j");
    assert_eq!(
        frame(&mut console),
        r#"
 prod-eu·shop›pods ● live 4  !1                                             2/4
   NAME↑                   READY  STATUS             RST  LAST  NODE     AGE   ›
   cart-7d9f6c5b8-2xk4p    1/1    Running              0        node-a2  60m
▌! orders-5c8d7f9b6-9qwzx  1/2    CrashLoopBackOff    17    2m  node-a2   6h
 ~ orders-6f7b9d4c8-lm2vt  0/2    ContainerCreating    0        node-a2   4s
   report-29381120-x8k2m   0/1    Completed            0        node-a2  60m
---
 ! api exit 1 after 3 s, 17×: cannot read /etc/app/db.yaml: no such file
 ↵ open  d describe  y yaml  l logs  / filter  ^Z faults  : command  ? help
"#
    );
}

#[test]
fn two_hundred_columns() {
    let mut console = Console::live(shop());
    console.resize(200, 50);
    console.keys("j ctrl-w");
    assert_eq!(
        frame(&mut console),
        r#"
 prod-eu · shop › pods                                       ● live 4 · 1 not well                                                                                                                  2/4
   NAME↑                   READY  STATUS             RST  LAST  IP        NODE     AGE  IMAGE
   cart-7d9f6c5b8-2xk4p    1/1    Running              0        10.0.0.7  node-a2  60m  shop/web:1.0
▌! orders-5c8d7f9b6-9qwzx  1/2    CrashLoopBackOff    17    2m  10.0.0.7  node-a2   6h  shop/web:1.0
 ~ orders-6f7b9d4c8-lm2vt  0/2    ContainerCreating    0        <none>    node-a2   4s  shop/web:1.0
   report-29381120-x8k2m   0/1    Completed            0        10.0.0.7  node-a2  60m  shop/web:1.0
---
 ! api exit 1 after 3 s, 17×: cannot read /etc/app/db.yaml: no such file
 ↵ open  d describe  y yaml  l logs  / filter  ^Z faults  space mark  : command  ? help
"#
    );
}

#[test]
fn forty_columns() {
    let mut console = Console::live(shop());
    console.resize(40, 12);
    console.keys("j");
    assert_eq!(
        frame(&mut console),
        r#"
 prod-eu·shop›pods ● live 4  !1     2/4
   NAME↑              STATUS           ›
   cart-7d9f6…-2xk4p  Running
▌! orders-5c8…-9qwzx  CrashLoopBackOff
 ~ orders-6f7…-lm2vt  ContainerCreating
   report-293…-x8k2m  Completed
---
 ! api exit 1 after 3 s, 17×: cannot re…
 ↵ open  d describe  : command  ? help
"#
    );
}

#[test]
fn all_namespaces() {
    let mut console = Console::start(pods_everywhere());
    console.connect("prod-eu");
    console.list(shop());
    console.resize(100, 24);
    assert_eq!(
        frame(&mut console),
        r#"
 prod-eu · all › pods                              ● live 4 · 1 not well                        1/4
   NAMESPACE↑ NAME                    READY  STATUS             RST  LAST  IP        NODE     AGE
▌  shop       cart-7d9f6c5b8-2xk4p    1/1    Running              0        10.0.0.7  node-a2  60m
 ! shop       orders-5c8d7f9b6-9qwzx  1/2    CrashLoopBackOff    17    2m  10.0.0.7  node-a2   6h
 ~ shop       orders-6f7b9d4c8-lm2vt  0/2    ContainerCreating    0        <none>    node-a2   4s
   shop       report-29381120-x8k2m   0/1    Completed            0        10.0.0.7  node-a2  60m
---

 ↵ open  d describe  y yaml  l logs  / filter  ^Z faults  space mark  : command  ? help
"#
    );
}
