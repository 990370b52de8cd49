//! Text for people: ages, quantities, widths, hostile characters, fuzzy matches, shell lines; and the fields of JSON objects.
//!
//! Pure functions over `&str` and numbers. Nothing here knows a row, a colour or a clock: whoever asks for an age says what
//! time it is.

pub mod age;
pub mod clean;
pub mod document;
pub mod fields;
pub mod fuzzy;
pub mod located;
pub mod path;
pub mod pieces;
pub mod quantity;
pub mod shell;
pub mod width;
