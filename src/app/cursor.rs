//! The cursor of a table: it follows its object, not its line number.
//!
//! When the order changes, the object under the cursor keeps its line on the screen and the rest moves around it.

use crate::kinds::Uid;

/// Where the cursor is, and which rows are on the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The object under the cursor. `None` follows the first row until a key moves.
    pub uid: Option<Uid>,
    /// Its place among the shown rows.
    pub at: usize,
    /// The first row on the screen.
    pub top: usize,
    /// Rows that fit on the screen, as of the last paint.
    pub height: usize,
}

impl Cursor {
    /// Moves to row `at` of `len`.
    pub fn go(&mut self, at: usize, len: usize) {
        self.at = at.min(len.saturating_sub(1));
        self.show(len);
    }

    /// Moves by `rows` down (or up if negative).
    pub fn step(&mut self, rows: isize, len: usize) {
        self.go(self.at.saturating_add_signed(rows), len);
    }

    /// A page for Page Down: the height less one row, so that one row is seen twice.
    pub fn page(&self) -> isize {
        isize::try_from(self.height.saturating_sub(1).max(1)).unwrap_or(1)
    }

    /// The object is now at `at`: its line on the screen stays where it was.
    pub fn follow(&mut self, at: usize, len: usize) {
        let line = self.at.saturating_sub(self.top);
        self.at = at.min(len.saturating_sub(1));
        self.top = self.at.saturating_sub(line);
        self.show(len);
    }

    /// Scrolls as little as needed for the cursor to be seen and no screen to be left half empty.
    pub fn show(&mut self, len: usize) {
        let height = self.height.max(1);
        let last_top = len.saturating_sub(height);
        self.top = self.top.min(self.at).max((self.at + 1).saturating_sub(height)).min(last_top);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_on_the_screen_stays() {
        let mut cursor = Cursor { at: 5, top: 3, height: 10, ..Cursor::default() };
        cursor.follow(25, 100);
        assert_eq!((cursor.at, cursor.top), (25, 23));
        cursor.follow(1, 100);
        assert_eq!((cursor.at, cursor.top), (1, 0));
    }

    #[test]
    fn no_half_empty_screen() {
        let mut cursor = Cursor { at: 99, top: 90, height: 10, ..Cursor::default() };
        cursor.follow(12, 13);
        assert_eq!((cursor.at, cursor.top), (12, 3));
    }
}
