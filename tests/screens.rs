#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
//! Screens: messages and a key script in, frame text and effects out. No cluster, no terminal, no clock of this machine.
//!
//! With `RK9S_SVG_DIR` set, every screen that a test looks at is also saved there as SVG, to be judged by eye.

mod screens {
    pub mod harness;
    pub mod things;

    mod applying;
    mod changing;
    mod chooser;
    mod columns;
    mod connection;
    mod copying;
    mod cursor;
    mod filtering;
    mod hostile;
    mod keys;
    mod lines;
    mod logs;
    mod making;
    mod marks;
    mod motion;
    mod pages;
    mod papers;
    mod readme;
    mod revisions;
    mod settings;
    mod sizes;
    mod sorting;
    mod state;
    mod svg;
    mod themes;
}
