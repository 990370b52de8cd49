//! How wide each column is: packed to the left at its content's width; when the screen is too narrow columns give way by
//! priority, when it is wider than needed the width goes to what answers most.

use crate::kinds::{From, Head, Stays};

/// A column on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its place among the heads.
    pub head: usize,
    pub width: u16,
}

/// The columns that fit, and whether there are more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    pub columns: Vec<Placed>,
    pub more: bool,
}

/// Blanks between columns.
pub const GAP: u16 = 2;
/// No name needs to be cut below this.
const NARROWEST_NAME: u16 = 14;
/// A text column is at most so wide while others want room.
const WIDE_TEXT: u16 = 48;

/// Chooses columns for `room` columns of screen. `natural` is each candidate's content width, title included.
pub fn fit(heads: &[Head], candidates: &[usize], natural: &[u16], room: u16) -> Layout {
    let mut kept: Vec<(usize, u16)> = candidates.iter().copied().zip(natural.iter().copied()).collect();
    let total = |kept: &[(usize, u16)]| kept.iter().map(|(_, width)| width.min(&WIDE_TEXT) + GAP).sum::<u16>();
    let mut more = false;
    while total(&kept) > room + GAP {
        // The least lasting column goes first; among equals the one farthest right.
        let stays = |head: usize| heads.get(head).map_or(Stays::Short, |head| head.stays);
        let last = kept.iter().enumerate().filter(|(_, (head, _))| stays(*head) != Stays::Always);
        let Some(at) = last.max_by_key(|(at, (head, _))| (stays(*head), *at)).map(|(at, _)| at) else { break };
        kept.remove(at);
        more = true;
    }
    let widths = share(heads, &kept, room);
    Layout { columns: kept.iter().zip(widths).map(|((head, _), width)| Placed { head: *head, width }).collect(), more }
}

/// Gives each column its width: what it needs if there is room, else less for the name.
fn share(heads: &[Head], kept: &[(usize, u16)], room: u16) -> Vec<u16> {
    let mut widths: Vec<u16> = kept.iter().map(|(_, width)| (*width).min(WIDE_TEXT)).collect();
    let sum = |widths: &[u16]| widths.iter().map(|width| width + GAP).sum::<u16>().saturating_sub(GAP);
    let over = sum(&widths).saturating_sub(room);
    if over > 0 {
        let name = kept.iter().position(|(head, _)| heads.get(*head).is_some_and(|head| head.from == From::Name));
        if let Some(width) = name.and_then(|at| widths.get_mut(at)) {
            *width = width.saturating_sub(over).max(NARROWEST_NAME.min(*width));
        }
        return widths;
    }
    let mut free = room.saturating_sub(sum(&widths));
    for (width, (_, natural)) in widths.iter_mut().zip(kept) {
        let more = natural.saturating_sub(*width).min(free);
        *width += more;
        free -= more;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(title: &str, stays: Stays, from: From) -> Head {
        Head { title: title.into(), short: String::new(), wide: false, stays, from }
    }

    fn heads() -> Vec<Head> {
        vec![
            head("NAME", Stays::Always, From::Name),
            head("IP", Stays::Short, From::Cell(0)),
            head("AGE", Stays::Long, From::Age),
        ]
    }

    #[test]
    fn everything_fits_on_a_wide_screen() {
        let layout = fit(&heads(), &[0, 1, 2], &[30, 12, 4], 100);
        assert_eq!(layout.columns.iter().map(|c| c.width).collect::<Vec<_>>(), [30, 12, 4]);
        assert!(!layout.more);
    }

    #[test]
    fn columns_give_way_by_priority_and_the_name_is_cut_last() {
        let layout = fit(&heads(), &[0, 1, 2], &[30, 12, 4], 38);
        assert_eq!(layout.columns.iter().map(|c| c.head).collect::<Vec<_>>(), [0, 2]);
        assert!(layout.more);
        let layout = fit(&heads(), &[0, 1, 2], &[60, 12, 4], 20);
        assert_eq!(layout.columns, [Placed { head: 0, width: 20 }]);
    }
}
