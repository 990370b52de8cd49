//! Whether one filter is narrower than another, by their shape alone: then only rows already shown need to be tested.

use super::expr::Expr;
use super::needle::{Anchors, Case, Needle, folded};

/// Pairs of parts that are compared before giving up; what people type needs a dozen.
const PATIENCE: usize = 500;

/// Whether all that fits `new` fits `old`, too, now and later. No is always safe.
pub fn narrows(new: &Expr, old: &Expr) -> bool {
    let mut patience = PATIENCE;
    !old.is_timed() && implies(new, old, &mut patience)
}

fn implies(new: &Expr, old: &Expr, patience: &mut usize) -> bool {
    let Some(left) = patience.checked_sub(1) else { return false };
    *patience = left;
    match (new, old) {
        (_, Expr::All) => true,
        (new, old) if new == old => true,
        // What must hold for all parts is taken apart first: that loses nothing.
        (new, Expr::And(olds)) => olds.iter().all(|old| implies(new, old, patience)),
        (Expr::Or(news), old) => news.iter().all(|new| implies(new, old, patience)),
        (Expr::And(news), Expr::Or(olds)) => {
            news.iter().any(|new| implies(new, old, patience)) || olds.iter().any(|old| implies(new, old, patience))
        }
        (Expr::And(news), old) => news.iter().any(|new| implies(new, old, patience)),
        (new, Expr::Or(olds)) => olds.iter().any(|old| implies(new, old, patience)),
        (Expr::Not(new), Expr::Not(old)) => implies(old, new, patience),
        (Expr::Text(new), Expr::Text(old)) => holds(new, old),
        (Expr::Letters(new), Expr::Letters(old)) => new.narrow(old),
        _ => false,
    }
}

/// Whether each cell in which `new` is found holds `old`.
fn holds(new: &Needle, old: &Needle) -> bool {
    // A folded text has no capital letter, so it never holds one whose case counts.
    let text = if old.case == Case::Folded { folded(new.text()) } else { new.text().to_owned() };
    let Anchors { start, end } = old.anchors;
    let bound = (!start || new.anchors.start) && (!end || new.anchors.end);
    bound
        && match (start, end) {
            (false, false) => text.contains(old.text()),
            (true, false) => text.starts_with(old.text()),
            (false, true) => text.ends_with(old.text()),
            (true, true) => text == old.text(),
        }
}
