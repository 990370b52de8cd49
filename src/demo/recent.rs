//! Objects that were written or read a moment ago, as trees: whoever looks at one again shares it and parses nothing.
//!
//! What counts is the store's bytes; a tree is found by the very bytes it was made from, so it is never of another state. It holds few,
//! and whoever asks for one that is not held parses it.

use super::object::Object;
use bytes::Bytes;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// An object that others look at, too.
pub type Seen = Arc<Object>;

/// So many are held while days are lived in a moment: all objects of a small cluster. A tree takes some five times its bytes.
pub const ROOMY: usize = 384;
/// So many are held else: those that one change makes others look at.
const ROOM: usize = 64;
/// So many are held though newer states of them were written: they are told of next.
const OUTDATED: usize = 48;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    held: RefCell<Held>,
}

#[derive(Clone, Debug)]
struct Held {
    room: usize,
    /// By the place of the bytes in memory, which nobody else has while they are held.
    objects: BTreeMap<usize, (Bytes, Seen)>,
    /// First in, first out. Some of them may be out already.
    order: VecDeque<usize>,
    outdated: VecDeque<usize>,
}

impl Held {
    fn new(room: usize) -> Self {
        Self { room, objects: BTreeMap::new(), order: VecDeque::new(), outdated: VecDeque::new() }
    }
}

impl Default for Held {
    fn default() -> Self {
        Self::new(ROOM)
    }
}

fn place(body: &Bytes) -> usize {
    body.as_ptr().addr()
}

impl Recent {
    /// The object of these bytes; none, if they are no JSON. It is held from now on.
    pub fn read(&self, body: &Bytes) -> Option<Seen> {
        if let Some(seen) = self.find(body) {
            return Some(seen);
        }
        let seen = Arc::new(parsed(body)?);
        self.hold(body, &seen);
        Some(seen)
    }

    /// The object of these bytes, which is held if it was: for those who read many.
    pub fn glance(&self, body: &Bytes) -> Option<Seen> {
        self.find(body).or_else(|| parsed(body).map(Arc::new))
    }

    fn find(&self, body: &Bytes) -> Option<Seen> {
        let held = self.held.borrow();
        let (own, seen) = held.objects.get(&place(body))?;
        (own.len() == body.len()).then(|| seen.clone())
    }

    /// Holds what was serialised just now.
    pub fn hold(&self, body: &Bytes, seen: &Seen) {
        if body.is_empty() {
            return;
        }
        let held = &mut *self.held.borrow_mut();
        held.objects.insert(place(body), (body.clone(), seen.clone()));
        held.order.push_back(place(body));
        while held.objects.len() > held.room || held.order.len() > 4 * held.room {
            let Some(oldest) = held.order.pop_front() else { break };
            held.objects.remove(&oldest);
        }
    }

    /// Says that there is a newer state of the object: this one will not be asked for much longer.
    pub fn outdate(&self, body: &Bytes) {
        let held = &mut *self.held.borrow_mut();
        held.outdated.push_back(place(body));
        if held.outdated.len() > OUTDATED
            && let Some(oldest) = held.outdated.pop_front()
        {
            held.objects.remove(&oldest);
        }
    }

    /// Lets all go, and holds so many from now on.
    pub fn begin_anew(&self, room: usize) {
        *self.held.borrow_mut() = Held::new(room);
    }

    /// Lets all go.
    pub fn clear(&self) {
        self.begin_anew(ROOM);
    }
}

/// The object that was serialised.
pub fn parsed(body: &[u8]) -> Option<Object> {
    // `Value`'s own reader of text is a part of its crate, which is optimised even where this one is not.
    std::str::from_utf8(body).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(n: usize) -> Bytes {
        Bytes::from(json!({ "n": n }).to_string())
    }

    #[test]
    fn what_is_held_is_shared_and_what_is_not_is_read_again() {
        let (recent, bodies) = (Recent::default(), (0..ROOM + 1).map(body).collect::<Vec<_>>());
        let first = recent.read(&bodies[0]).unwrap();
        assert!(Arc::ptr_eq(&first, &recent.read(&bodies[0].clone()).unwrap()));
        assert!(!Arc::ptr_eq(&recent.glance(&bodies[1]).unwrap(), &recent.glance(&bodies[1]).unwrap()));
        for own in &bodies {
            recent.read(own);
        }
        let again = recent.read(&bodies[0]).unwrap();
        assert!(!Arc::ptr_eq(&first, &again) && first == again, "it was the oldest");
        assert_eq!(recent.read(&Bytes::from_static(b"{")), None);
    }

    #[test]
    fn outdated_states_are_let_go_sooner() {
        let (recent, bodies) = (Recent::default(), (0..OUTDATED + 1).map(body).collect::<Vec<_>>());
        let all: Vec<Seen> = bodies.iter().filter_map(|own| recent.read(own)).collect();
        bodies.iter().for_each(|own| recent.outdate(own));
        assert!(!Arc::ptr_eq(&all[0], &recent.glance(&bodies[0]).unwrap()));
        assert!(Arc::ptr_eq(&all[1], &recent.glance(&bodies[1]).unwrap()));
    }
}
