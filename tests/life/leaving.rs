//! Leaving: by `:q` and ^C, not by q; the terminal is then as it was.

use crate::cluster::{Cluster, closed_port};
use crate::home::{Home, PATIENCE};
use crate::terminal::{CTRL_C, Terminal};

/// Waits for the shell's last words and checks that the terminal is as before.
pub fn assert_restored(terminal: &Terminal, ended: &str) {
    let screen = terminal.wait_for_text("\ndone", PATIENCE);
    let text = screen.contents();
    assert!(text.contains(ended), "{text}");
    assert!(!screen.alternate_screen(), "the alternate screen was left");
    assert!(!screen.hide_cursor(), "the cursor is shown");
    assert!(!screen.bracketed_paste(), "pastes are not bracketed any more");
    // What `stty -a` says of a terminal that echoes and edits lines.
    for flag in ["icanon", "echo", "isig", "opost", "icrnl"] {
        assert!(text.split_whitespace().any(|word| word.trim_end_matches(';') == flag), "{flag}: {text}");
    }
}

#[test]
fn q_does_nothing_at_the_root_and_colon_q_leaves() {
    let cluster = Cluster::of_pods(&["cart"]);
    let home = Home::new(&[("prod-eu", cluster.port)]);
    let mut terminal = home.start_by_shell(&[]);
    terminal.wait_for_text("● live 1", PATIENCE);
    assert!(terminal.screen().alternate_screen());
    terminal.send("qqq?");
    terminal.wait_for_text("In tables", PATIENCE);
    terminal.send("q");
    terminal.wait_for_text("● live 1", PATIENCE);
    terminal.send(":q\r");
    assert_restored(&terminal, "ended with 0");
}

#[test]
fn control_c_leaves_whatever_the_network_does() {
    let home = Home::new(&[("dead", closed_port())]);
    let mut terminal = home.start_by_shell(&[]);
    terminal.wait_for_text("dead", PATIENCE);
    terminal.send(CTRL_C);
    assert_restored(&terminal, "ended with 0");
}

#[test]
fn a_panic_gives_the_terminal_back_and_says_what_happened() {
    let home = Home::new(&[("none", closed_port())]);
    let mut terminal = home.start_by_shell(&["--demo"]);
    terminal.wait_for_text("● live", PATIENCE);
    terminal.send(":demo\r");
    terminal.wait_for_text("+ kill a node", PATIENCE);
    terminal.send("crash rk9s\r");
    assert_restored(&terminal, "ended with 101");
    let text = terminal.text();
    assert!(text.contains("this slip was asked for in the demo"), "{text}");
}

#[test]
fn a_server_that_never_answers_does_not_keep_the_program() {
    // It takes connections (the kernel does) and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let home = Home::new(&[("silent", silent.local_addr().unwrap().port())]);
    let mut terminal = home.start_by_shell(&[]);
    terminal.wait_for_text("silent", PATIENCE);
    terminal.send(":q\r");
    let asked = std::time::Instant::now();
    assert_restored(&terminal, "ended with 0");
    assert!(asked.elapsed().as_secs() < 5, "{:?}", asked.elapsed());
}
