//! The `:` line: `KIND[/NAME] [NS] [-n NS] [-l SELECTOR] [/FILTER] [@CONTEXT]`, `ctx [NAME]`, `ns [NAME]`, or a verb.
//!
//! The same text is what a locator holds and what the command line takes. Exact names, aliases and unique prefixes are run,
//! never a guess.

use super::App;
use super::subject::{Of, Scope, Subject};
use super::verb::{self, VERBS, Verb};
use crate::actions::apply::APPLY;
use crate::config::Settings;
use crate::kinds::KINDS;
use crate::store::filter::{Filter, FilterError};

/// A line that was understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    Verb(Verb),
    /// `ctx` alone shows the contexts.
    Context(Option<String>),
    /// `ns` alone shows the namespaces.
    Namespace(Option<String>),
    Theme(String),
    /// The path of a file or folder.
    Apply(String),
    Go(Go),
}

/// Where a line wants to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Go {
    pub kind: String,
    pub name: Option<String>,
    pub scope: Option<Scope>,
    pub labels: Option<String>,
    pub fields: Option<String>,
    /// `KIND/NAME` of what owns the rows.
    pub owner: Option<String>,
    pub filter: String,
    pub context: Option<String>,
}

/// Other names of verbs, as vi and k9s users type them.
const ALIASES: &[(&str, Verb)] = &[
    ("q", Verb::Quit),
    ("q!", Verb::Quit),
    ("exit", Verb::Quit),
    ("h", Verb::Help),
    ("?", Verb::Help),
    ("a", Verb::Palette),
    ("alias", Verb::Palette),
    ("aliases", Verb::Palette),
    ("rollout", Verb::RolloutStatus),
];

fn verb_named(word: &str) -> Option<Verb> {
    ALIASES.iter().find(|(name, _)| *name == word).map(|(_, verb)| *verb).or(verb::named(word))
}

/// Reads a line. The error is one sentence.
pub fn read(text: &str) -> Result<Line, String> {
    if let Some(path) = text.trim().strip_prefix("apply ") {
        return applied(path);
    }
    let (text, filter) = split_filter(text.trim());
    let words = shlex::split(text).ok_or("a quote is not closed")?;
    let mut words = words.into_iter().peekable();
    let first = words.next().ok_or("nothing to do")?;
    if let ("theme", Some(name)) = (first.as_str(), words.peek()) {
        return Ok(Line::Theme(name.clone()));
    }
    if let Some(verb) = verb_named(&first) {
        return Ok(Line::Verb(verb));
    }
    match first.as_str() {
        "ctx" | "context" | "contexts" => {
            return Ok(Line::Context(words.next().map(|w| w.trim_start_matches('@').into())));
        }
        "ns" if filter.is_empty() => return Ok(Line::Namespace(words.next())),
        _ => {}
    }
    let (kind, name) = match first.split_once('/') {
        Some((kind, name)) if !name.is_empty() => (kind.to_owned(), Some(name.to_owned())),
        _ => (first.trim_end_matches('/').to_owned(), None),
    };
    let mut go = Go { kind, name, filter: filter.into(), ..Go::default() };
    while let Some(word) = words.next() {
        go.take(&word, || words.next())?;
    }
    Ok(Line::Go(go))
}

/// `apply PATH`, or with kubectl's `-f`.
fn applied(words: &str) -> Result<Line, String> {
    let words = shlex::split(words).ok_or("a quote is not closed")?;
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Ok(Line::Verb(Verb::Do(&APPLY))),
        [path] | ["-f", path] => Ok(Line::Apply((*path).to_owned())),
        _ => Err("it takes one path of a file or folder; one with blanks is quoted".into()),
    }
}

impl Go {
    fn take(&mut self, word: &str, mut next: impl FnMut() -> Option<String>) -> Result<(), String> {
        if let Some(context) = word.strip_prefix('@').filter(|context| !context.is_empty()) {
            self.context = Some(context.into());
            return Ok(());
        }
        match word {
            "-A" | "--all-namespaces" => self.scope = Some(Scope::All),
            "-n" | "--namespace" => self.scope = Scope::read(&next().ok_or("-n needs a namespace")?),
            "-l" | "--selector" => self.labels = Some(next().ok_or("-l needs a selector")?),
            "--field-selector" => self.fields = Some(next().ok_or("--field-selector needs a selector")?),
            "--owner" => self.owner = Some(next().ok_or("--owner needs KIND/NAME")?),
            flag if flag.starts_with('-') => return Err(format!("{flag} means nothing here; there are -n, -A and -l")),
            // As k9s takes them; no namespace has such a name.
            selector if selector.contains('=') && self.labels.is_none() => self.labels = Some(selector.into()),
            namespace if self.scope.is_none() => self.scope = Scope::read(namespace),
            rest => return Err(format!("`{rest}` is one word too many: KIND [NS] [-l SELECTOR] [/FILTER] [@CONTEXT]")),
        }
        Ok(())
    }
}

/// A filter begins with the first word that begins with `/`, and goes on to the end.
fn split_filter(text: &str) -> (&str, &str) {
    let at = text
        .match_indices('/')
        .map(|(at, _)| at)
        .find(|at| text.get(..*at).is_some_and(|before| before.ends_with(' ')));
    let Some(at) = at else { return (text, "") };
    let (line, filter) = text.split_at(at);
    (line.trim_end(), filter.strip_prefix('/').unwrap_or(filter))
}

/// A line with its first word replaced by what that is an alias of. Aliases may lead to aliases; names of verbs are none.
pub fn expanded(settings: &Settings, text: &str) -> String {
    let mut line = text.trim().to_owned();
    let mut seen: Vec<String> = Vec::new();
    loop {
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let verb = verb_named(word).is_some() || seen.iter().any(|own| own == word);
        let Some(target) = settings.alias(word).filter(|_| !verb) else { return line };
        seen.push(word.to_owned());
        let target = target.trim();
        let (kind, more) = target.split_once(' ').unwrap_or((target, ""));
        let kind = resource(kind);
        let words = [kind.as_str(), more, rest].map(str::trim);
        line = words.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    }
}

/// `v1/pods` and `apps/v1/deployments`, as k9s' files name kinds, in our words: `pods`, `deployments.apps`.
fn resource(word: &str) -> String {
    let version =
        |part: &str| part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    match word.split('/').collect::<Vec<_>>().as_slice() {
        [v, plural] if version(v) => (*plural).to_owned(),
        [group, v, plural] if version(v) => format!("{plural}.{group}"),
        _ => word.to_owned(),
    }
}

impl App {
    /// Runs a `:` line and says what is wrong with one that cannot be run.
    pub fn run_line(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let text = &expanded(&self.settings, text);
        let line = match read(text) {
            Ok(line) => line,
            Err(why) => return self.say(Err(format!("`{text}`: {why}"))),
        };
        match line {
            Line::Verb(verb) => self.act(verb),
            Line::Apply(path) => self.apply(&path),
            Line::Theme(name) => self.choose_theme(&name),
            Line::Context(context) => self.switch(context),
            Line::Namespace(None) => self.go(Go { kind: "namespaces".into(), ..Go::default() }),
            Line::Namespace(Some(namespace)) => {
                self.go_namespace(Some(&namespace).filter(|ns| *ns != "all").map(|ns| &**ns))
            }
            Line::Go(go) => self.go(go),
        }
    }

    /// Goes where a line says.
    pub fn go(&mut self, go: Go) {
        if let Some(context) = go.context.clone() {
            self.switch(Some(context));
        }
        let of = match self.kind_named(&go.kind) {
            Ok(of) => of,
            Err(why) => return self.say(Err(why)),
        };
        let here =
            self.table().map(|table| table.subject.scope.clone()).filter(|scope| *scope != Scope::In(Vec::new()));
        let scope = match (go.scope, &of) {
            (_, of) if !of.is_namespaced() => Scope::All,
            (Some(scope), _) => scope,
            (None, _) => self.scope_for_next(here),
        };
        let mut subject = Subject::new(of, scope);
        (subject.labels, subject.fields, subject.owner) = (go.labels, go.fields, go.owner);
        self.open(subject);
        self.set_filter(&go.filter);
        if let Some(table) = self.table_mut().filter(|_| go.name.is_some()) {
            table.seek = go.name;
            table.lens.invalidate();
        }
    }

    /// A kind named without a namespace is shown where the table on the screen is, or was before it left the namespaces.
    fn scope_for_next(&self, here: Option<Scope>) -> Scope {
        let on_namespaces = self.table().is_some_and(|table| !table.subject.of.is_namespaced());
        if !on_namespaces && let Some(scope) = here {
            return scope;
        }
        let session = self.session();
        let stack = session.and_then(|session| self.stacks.get(&session.id));
        let below = stack.into_iter().flatten().rev().find_map(|page| match page {
            super::page::Page::Table(table) if table.subject.of.is_namespaced() => Some(table.subject.scope.clone()),
            _ => None,
        });
        let own = session.map(|session| session.connection.namespace.clone()).filter(|own| !own.is_empty());
        below.or(own.map(|own| Scope::one(&own))).unwrap_or(Scope::In(Vec::new()))
    }

    /// The kind that a name means: exactly, by an alias, or as the prefix of just one.
    fn kind_named(&self, name: &str) -> Result<Of, String> {
        let session = self.session();
        let exact = Of::named(name, session.and_then(|session| session.served(name)));
        if !matches!(exact, Of::Named(_)) {
            return Ok(exact);
        }
        let mut fits: Vec<String> = self.kind_names().into_iter().filter(|own| own.starts_with(name)).collect();
        fits.sort();
        fits.dedup();
        match (fits.as_slice(), session.is_some_and(|session| session.catalog.is_some())) {
            ([one], _) => Ok(Of::named(one, session.and_then(|session| session.served(one)))),
            ([], true) => Err(format!("the server has no kind `{name}`, and there is no command of that name")),
            // What the server has is not known yet: the page waits for it.
            ([], false) => Ok(exact),
            (many, _) => Err(format!("`{name}` could be {}", many.join(", "))),
        }
    }

    /// Every kind's name, once.
    pub(super) fn kind_names(&self) -> Vec<String> {
        let served = self.session().and_then(|session| session.catalog.as_ref()).into_iter().flat_map(|c| &c.served);
        let served = served.filter(|served| served.is_listable()).map(|served| served.plural.clone());
        let own = KINDS.iter().map(|kind| kind.names().plural.to_owned());
        // Of several groups' kinds of one name, and of ours that are served, one is enough.
        let mut seen = std::collections::HashSet::new();
        own.chain(served).chain(["contexts".into()]).filter(|name: &String| seen.insert(name.clone())).collect()
    }

    /// What could be meant by a half-typed line: whole lines, best first.
    pub fn completions(&self, text: &str) -> Vec<String> {
        let (head, last) = text.rsplit_once(' ').map_or(("", text), |(head, last)| (head, last));
        let candidates: Vec<String> = if let Some(context) = last.strip_prefix('@') {
            self.context_names()
                .into_iter()
                .filter(|name| name.starts_with(context))
                .map(|name| format!("@{name}"))
                .collect()
        } else if head.is_empty() {
            let verbs =
                VERBS.iter().filter(|verb| verb.line_only || verb.scope == verb::Scope::Global).map(|v| v.id.into());
            let aliases = self.settings.aliases().into_keys();
            self.kind_names().into_iter().chain(["ctx".into(), "ns".into()]).chain(verbs).chain(aliases).collect()
        } else if matches!(head, "ctx" | "context" | "contexts") {
            self.context_names()
        } else if head == "theme" {
            self.themes.names()
        } else if head.ends_with("-l") || head.starts_with("apply") {
            Vec::new()
        } else {
            self.session().map(|session| session.namespaces.clone()).unwrap_or_default()
        };
        let mut fits = crate::text::fuzzy::rank(last, candidates);
        fits.dedup();
        fits.into_iter().map(|fit| if head.is_empty() { fit } else { format!("{head} {fit}") }).collect()
    }

    fn context_names(&self) -> Vec<String> {
        let aliases = self.settings.context_aliases().map(|(_, alias)| alias.to_owned());
        self.contexts.iter().map(|context| context.name.clone()).chain(aliases).collect()
    }

    /// Puts a filter into force; one that does not parse leaves the rows alone and says where it is wrong.
    pub fn set_filter(&mut self, text: &str) {
        if let Err(e) = self.try_filter(text) {
            self.say(Err(format!("filter, {e}")));
        }
    }

    /// Puts a filter into force, unless it does not parse.
    pub(super) fn try_filter(&mut self, text: &str) -> Result<(), FilterError> {
        let now = self.now;
        let Some(table) = self.table_mut() else { return Ok(()) };
        let titles: Vec<&str> =
            table.heads.iter().flat_map(|head| [head.title.as_str(), head.short.as_str()]).collect();
        let filter = Filter::parse(text, &titles)?;
        table.filter_text = text.into();
        table.set_filter((!filter.is_empty()).then_some(filter), now);
        Ok(())
    }

    pub(super) fn clear_filter(&mut self) {
        self.set_filter("");
        let now = self.now;
        if let Some(table) = self.table_mut() {
            table.faults_only = false;
            table.refilter(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go(text: &str) -> Go {
        match read(text) {
            Ok(Line::Go(go)) => go,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn lines_are_read() {
        let line = go("deploy/orders shop -l app=web,tier=front /rea dy @prod");
        assert_eq!(line.kind, "deploy");
        assert_eq!(line.name.as_deref(), Some("orders"));
        assert_eq!(line.scope, Some(Scope::one("shop")));
        assert_eq!(line.labels.as_deref(), Some("app=web,tier=front"));
        assert_eq!(line.filter, "rea dy @prod", "a filter goes to the end");
        assert_eq!(go("po @prod -n a,b").scope, Some(Scope::In(vec!["a".into(), "b".into()])));
        assert_eq!(go("po all").scope, Some(Scope::All));
        assert_eq!(read("ctx"), Ok(Line::Context(None)));
        assert_eq!(read("theme nord"), Ok(Line::Theme("nord".into())));
        assert_eq!(read("q"), Ok(Line::Verb(Verb::Quit)));
        assert_eq!(
            read("apply /srv/all -x"),
            Err("it takes one path of a file or folder; one with blanks is quoted".into())
        );
        assert_eq!(read("apply -f '/srv/my files'"), Ok(Line::Apply("/srv/my files".into())));
        assert_eq!(read("apply /srv"), Ok(Line::Apply("/srv".into())), "this is no filter");
        assert!(read("po a b c").is_err());
        assert!(read("po -n").is_err());
    }
}
