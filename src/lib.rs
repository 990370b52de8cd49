//! rk9s: a terminal console for Kubernetes clusters. This page is the architecture: bird's eye, code map, invariants.
//!
//! # Bird's eye
//!
//! ```text
//! API server ── one request a watch ── decode only the fields a table needs ── Row        (cluster, kinds)
//!    Batch ── bounded channel: a slow screen slows the reader, nothing grows
//! loop: select { signals ▸ keys ▸ replies ▸ batches ▸ frame timer ▸ clock }               (engine)
//!    App::update(Msg, Now) -> Vec<Effect>        pure: no I/O, no clock, no runtime       (app)
//!    App::settle, then views::draw(App) -> cells  only the visible rows                   (store, views)
//!    Effect -> task, clipboard, file              the one bridge to the world             (engine::perform)
//! ```
//!
//! A key goes to what floats, then to the prompt, then through the keymap to a [`app::verb::Verb`]. The same verbs and the
//! same [`app::line`] serve keys, the `:` line, the command line and locators.
//!
//! # Code map
//!
//! | module | what it is for | knows |
//! |---|---|---|
//! | [`cli`] | arguments, exit codes, `snapshot`, `check` | everything it starts |
//! | [`app`] | pure state: messages in, effects out | no I/O |
//! | [`engine`] | the loop, the terminal, tasks, signals, the clipboard | everything |
//! | [`cluster`] | kubeconfig, credentials, links, discovery, watches, access | `kube`, HTTP |
//! | [`kinds`] | what a pod is: fields, columns, health; one file a kind | its lean structs |
//! | [`actions`] | what can be done to the cluster, one file an action: an object and values in, a change out | JSON |
//! | [`manifest`] | objects as YAML, Secrets masked, who set what | pure |
//! | [`store`] | rows with epochs, order, filter | pure |
//! | [`keys`] | chords, keymaps, line editing | pure (crossterm's key codes) |
//! | [`views`] | what is painted | ratatui |
//! | [`theme`] | roles and their colours | ratatui's Style |
//! | [`config`] | settings and what is remembered | files |
//! | [`demo`] | the embedded cluster: a Kubernetes API in this process, judged by kubectl; rk9s reaches it by its ordinary client | nothing of the rest |
//! | [`describe`] | an object as a text to be read, in `kubectl describe`'s words; one file a kind | pure |
//! | [`text`] | ages, quantities, widths, cleaning, fuzzy | pure |
//!
//! Adding a kind is one file and one line in [`kinds::KINDS`]; an action is one file and one line in [`actions::ACTIONS`]; what is
//! done to the screen is one line in [`app::verb`] and one arm in `app::act`; a keymap is one YAML file; a theme is one, and one
//! line in [`theme::library`].
//!
//! # Invariants (`tests/tidy.rs` keeps those that can be read off the source)
//!
//! - **One owner.** [`app::App`] is plain data on the loop task. No `Arc<Mutex<App>>`, no statics but declaration tables.
//! - **The core performs nothing.** Time, cluster, terminal and files come in as messages and go out as effects.
//! - **One place each.** Only [`engine`] spawns and paints; only [`cluster`] knows the client; only [`views`], [`theme`] and
//!   [`engine`] know ratatui.
//! - **Objects become rows at the edge.** The watch turns each object into a [`kinds::Row`] and frees it. Text is made when a
//!   row is painted, sorted or filtered, so ages are never stale.
//! - **A context is a value.** All that belongs to a connected context is a [`app::session::Session`]; a message from a session
//!   or watch that is gone is dropped by its id, and ids are never used twice.
//! - **A table is a union of watches**, each with its own state.
//! - **Text from the API is hostile.** It reaches the screen through [`views::paint`] alone, which makes controls visible.
//! - **Secrets stay where they are.** Values never enter rows, logs or messages.
//! - **Paint on change, never on a clock.** Keys at once, data every 50 ms, one tick a second while ages are on the screen.

pub mod actions;
pub mod app;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod demo;
pub mod describe;
pub mod engine;
pub mod keys;
pub mod kinds;
pub mod manifest;
pub mod store;
pub mod text;
pub mod theme;
pub mod views;
