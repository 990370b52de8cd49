#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
//! The gallery: every screen there is, at three sizes, of the demo's cluster at one moment. What is painted is compared with
//! `tests/fixtures/gallery/SCENE.txt`, and the README's pictures with `assets/`; `UPDATE=1` paints both anew.

#[path = "screens/harness.rs"]
#[allow(dead_code)] // it serves other tests, too
mod harness;
#[path = "gallery/picture.rs"]
mod picture;
#[path = "gallery/scenes.rs"]
mod scenes;
#[path = "gallery/stage.rs"]
mod stage;
#[path = "screens/svg.rs"]
#[allow(dead_code)]
mod svg;
#[path = "screens/things.rs"]
#[allow(dead_code)]
mod things;
