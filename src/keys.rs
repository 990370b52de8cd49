//! Keys: how they are written, and which verb a key means where. Pure; the bindings themselves are data
//! (`keymaps/*.yaml`), and what a verb does is the app's business.

pub mod chord;
pub mod default;
pub mod keymap;
pub mod line;

pub use chord::{Chord, Keys};
pub use keymap::Keymap;
