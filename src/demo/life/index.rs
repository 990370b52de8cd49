//! Which pods a selector has, kept from change to change: services and disruption budgets would else read their whole namespace whenever one
//! pod turns.

use super::super::object::at;
use super::super::recent::Seen;
use super::super::store::{Key, What};
use super::super::world::World;
use super::{News, pods, selector};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How a kind writes its selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A map of labels, as services do; none selects nothing.
    Labels,
    /// A `LabelSelector`.
    Selector,
}

/// The selectors of a resource, and who fits them.
#[derive(Debug)]
pub struct Index {
    id: &'static str,
    form: Form,
    own: BTreeMap<Key, (Value, BTreeSet<Arc<str>>)>,
}

impl Index {
    /// Of the resource `id`, whose `spec/selector` has this form.
    pub fn new(id: &'static str, form: Form) -> Self {
        Self { id, form, own: BTreeMap::new() }
    }

    fn fits(form: Form, wanted: &Value, labels: &Value) -> bool {
        match form {
            Form::Labels => wanted.as_object().is_some_and(|own| !own.is_empty()) && selector::fits(wanted, labels),
            Form::Selector => selector::matches(wanted, labels),
        }
    }

    /// Takes note of a change; the objects with a selector that are concerned by it.
    pub fn hear(&mut self, world: &World, news: &News<'_>) -> Vec<Key> {
        if news.is(self.id) {
            self.hear_own(world, news);
            return vec![news.key.clone()];
        }
        let first = Key::new(&self.id.into(), &news.key.namespace, "");
        let is_any = self.own.range(&first..).next().is_some_and(|(key, _)| key.namespace == news.key.namespace);
        if !news.is("pods") || !is_any || !pods::is_turn(news) {
            return Vec::new();
        }
        let labels = at(news.object(), "metadata/labels");
        let mut concerned = Vec::new();
        for (key, (wanted, members)) in self.own.range_mut(first..) {
            if key.namespace != news.key.namespace {
                break;
            }
            let is_there = news.what != What::Deleted && Self::fits(self.form, wanted, labels);
            let was_there = match is_there {
                true => !members.insert(news.key.name.clone()),
                false => members.remove(&news.key.name),
            };
            if is_there || was_there {
                concerned.push(key.clone());
            }
        }
        concerned
    }

    fn hear_own(&mut self, world: &World, news: &News<'_>) {
        if news.what == What::Deleted {
            self.own.remove(&news.key);
            return;
        }
        let wanted = at(news.object(), "spec/selector");
        if self.own.get(&news.key).is_some_and(|(before, _)| before == wanted) {
            return;
        }
        let pods: Arc<str> = "pods".into();
        let all = world.store.list(&pods, Some(&news.key.namespace), None);
        let fitting = all.filter(|(_, stored)| {
            let pod = world.recent.glance(&stored.body);
            pod.is_some_and(|pod| Self::fits(self.form, wanted, at(&pod, "metadata/labels")))
        });
        let members = fitting.map(|(key, _)| key.name.clone()).collect();
        self.own.insert(news.key.clone(), (wanted.clone(), members));
    }

    /// The pods that fit the selector of the object at `key`, by name.
    pub fn pods(&self, world: &World, key: &Key) -> Vec<Seen> {
        let members = self.own.get(key).into_iter().flat_map(|(_, members)| members);
        members.filter_map(|name| world.look("pods", &key.namespace, name)).collect()
    }
}
