//! Reading `config.yaml`: a wrong value costs that setting alone, which keeps the value it had, and is told with its place.

use super::declared::{Declared, Place, SETTINGS, Setting, named};
use super::value::Value;
use super::{Settings, Values};
use crate::text::located::{self, At, Located, Mistake, Node, hint};

/// Reads the settings of a file. `before` are those in force: a setting that is wrong in the file keeps its value.
pub fn read(text: &str, before: &Settings) -> (Settings, Vec<Mistake>) {
    let root = match located::read(text) {
        Ok(root) => root,
        Err(mut mistake) => {
            mistake.said.push_str("; the settings stay as they were");
            return (before.clone(), vec![mistake]);
        }
    };
    let mut wrong = Vec::new();
    let mut settings = Settings { top: Values::default(), contexts: Default::default(), ..before.clone() };
    for (name, at, value) in root.entries("the settings", &mut wrong) {
        if name == "contexts" {
            contexts(value, before, &mut settings, &mut wrong);
            continue;
        }
        let old = |setting| before.everywhere(setting);
        one(&name, at, value, Place::Top, &old, &mut settings.top, &mut wrong);
    }
    (settings, wrong)
}

fn contexts(value: &Located, before: &Settings, settings: &mut Settings, wrong: &mut Vec<Mistake>) {
    for (context, _, own) in value.entries("contexts", wrong) {
        let mut values = Values::default();
        let old = |setting| before.value(&context, setting);
        for (name, at, value) in own.entries(&format!("context {context}"), wrong) {
            one(&name, at, value, Place::Context, &old, &mut values, wrong);
        }
        settings.contexts.insert(context, values);
    }
}

/// Takes in one entry.
fn one(
    name: &str,
    at: At,
    value: &Located,
    place: Place,
    old: &dyn Fn(Setting) -> Value,
    values: &mut Values,
    wrong: &mut Vec<Mistake>,
) {
    let Some(own) = named(name) else {
        let near = hint(name, fitting(place).map(|own| own.name).chain(["contexts"]));
        wrong.push(Mistake::new(at, format!("there is no setting `{name}`{near}")));
        return;
    };
    if own.place != Place::Both && own.place != place {
        let said = match place {
            Place::Context => "stands at the top, not below a context",
            Place::Top | Place::Both => "stands below a context: `contexts: {NAME: {…}}`",
        };
        wrong.push(Mistake::new(at, format!("`{name}` {said}")));
        return;
    }
    // `readonly: {allow: [...]}` is read-only with what it lets through.
    if own.setting == Setting::Readonly && matches!(value.node, Node::Map(_)) {
        values.set(Setting::Readonly, Value::Flag(true), at);
        for (inner, at, value) in value.entries("readonly", wrong) {
            match named(&format!("readonly.{inner}")) {
                Some(allow) => take(allow, value, old, values, wrong),
                None => wrong.push(Mistake::new(at, format!("there is no `{inner}` in readonly; there is `allow`"))),
            }
        }
        return;
    }
    take(own, value, old, values, wrong);
}

fn take(
    own: &Declared,
    value: &Located,
    old: &dyn Fn(Setting) -> Value,
    values: &mut Values,
    wrong: &mut Vec<Mistake>,
) {
    match own.takes.read(value) {
        Ok(read) => values.set(own.setting, read, value.at),
        Err((at, said)) => {
            let kept = old(own.setting);
            wrong.push(Mistake::new(at, format!("{}: {said}; {kept} holds", own.name)));
            values.set(own.setting, kept, value.at);
        }
    }
}

fn fitting(place: Place) -> impl Iterator<Item = &'static Declared> {
    SETTINGS.iter().filter(move |own| own.place == Place::Both || own.place == place)
}

/// Reads k9s' `aliases.yaml`: names and the lines or `group/version/resource` that they stand for.
/// Source: k9s internal/config/alias.go.
pub fn aliases(text: &str) -> (std::collections::BTreeMap<String, String>, Vec<Mistake>) {
    let mut wrong = Vec::new();
    let root = match located::read(text) {
        Ok(root) => root,
        Err(mistake) => return (Default::default(), vec![mistake]),
    };
    let mut all = std::collections::BTreeMap::new();
    for (name, at, value) in root.entries("the aliases", &mut wrong) {
        if name != "aliases" && name != "alias" {
            wrong.push(Mistake::new(at, format!("`{name}` means nothing here; the file is `aliases: {{NAME: LINE}}`")));
            continue;
        }
        for (name, at, value) in value.entries("aliases", &mut wrong) {
            match value.word().filter(|line| !line.trim().is_empty()) {
                Some(line) => {
                    all.insert(name, line);
                }
                None => wrong.push(Mistake::new(at, format!("what `{name}` stands for is a text"))),
            }
        }
    }
    (all, wrong)
}
