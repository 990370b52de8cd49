//! Runs of text, each with a style of its own, fitted to a width: broken into rows, or moved to the left.
//!
//! What a style is, the caller knows.

use super::width;

/// The pieces in rows of at most `room` columns, broken anywhere; at least one row.
pub fn wrap<T: Copy>(pieces: &[(String, T)], room: usize) -> Vec<Vec<(String, T)>> {
    let room = room.max(1);
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut used = 0;
    for (text, style) in pieces {
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let fits = width::head(rest, room - used);
            if fits.is_empty() {
                if used == 0 {
                    // A character that is wider than the room.
                    break;
                }
                rows.push(std::mem::take(&mut row));
                used = 0;
                continue;
            }
            row.push((fits.to_owned(), *style));
            used += width::of(fits);
            rest = rest.get(fits.len()..).unwrap_or_default();
        }
    }
    rows.push(row);
    rows
}

/// The pieces without their first `left` columns.
pub fn shift<T: Copy>(pieces: &[(String, T)], left: usize) -> Vec<(String, T)> {
    let mut skip = left;
    let cut = pieces.iter().filter_map(|(text, style)| {
        let own = width::of(text);
        if skip >= own {
            skip -= own;
            return None;
        }
        let rest = width::skip(text, skip);
        skip = 0;
        Some((rest.to_owned(), *style))
    });
    cut.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(texts: &[&str]) -> Vec<(String, usize)> {
        texts.iter().enumerate().map(|(n, text)| ((*text).to_owned(), n)).collect()
    }

    fn rows(texts: &[&str], room: usize) -> Vec<String> {
        let join = |row: Vec<(String, usize)>| row.into_iter().map(|(text, _)| text).collect::<String>();
        wrap(&pieces(texts), room).into_iter().map(join).collect()
    }

    #[test]
    fn rows_are_full_and_nothing_is_lost() {
        assert_eq!(rows(&["api ", "abcdef"], 5), ["api a", "bcdef"]);
        assert_eq!(rows(&["abcde"], 5), ["abcde"]);
        assert_eq!(rows(&[], 5), [""]);
        assert_eq!(rows(&["日本", "語x"], 3), ["日", "本", "語x"]);
        assert_eq!(wrap(&pieces(&["ab", "cd"]), 3), [vec![("ab".into(), 0), ("c".into(), 1)], vec![("d".into(), 1)]]);
    }

    #[test]
    fn what_is_left_keeps_its_style() {
        assert_eq!(shift(&pieces(&["ab", "cd"]), 3), [("d".to_owned(), 1)]);
        assert_eq!(shift(&pieces(&["ab", "cd"]), 0), pieces(&["ab", "cd"]));
        assert!(shift(&pieces(&["ab"]), 9).is_empty());
    }
}
