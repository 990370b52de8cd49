//! The schemas of the built-in kinds that are served: what fields there are, of which types, and how their lists are told apart.
//!
//! They were taken from the real server by `tests/kubernetes/schema` and are unzipped when first asked for; of them a definition is read line by
//! line as it is needed, and nothing is kept. Custom kinds have the schema of their definition (`custom`). What the values of fields may be
//! is admission's business.
//!
//! A definition is a line `=name marks⇥description` and a line `field type marks⇥description` for each of its fields.
//! Types: `s`tring, `i`nt32, `l`ong, `f`loat, `b`oolean, b`y`tes, `t`ime, `Q`uantity, `I`nt or string, `o` anything, `@name` another definition,
//! `[]` a list of, `{}` a map of, with a Go name behind a colon where it is not that of the type.
//! Marks: `!` required, `a`tomic or `s`et list, `m:keys` list that is a map, `A`tomic map, `p:key:strategy` of patches, `e:values`,
//! `d:default`, `g:` the Go structs that are embedded around it, `k:group/version/kind`, `t:` the type of a definition without fields.

pub mod applied;
pub mod custom;
pub mod document;
pub mod read;

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::LazyLock;

const ZIPPED: &[u8] = include_bytes!("schema/kinds.txt.gz");

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut text = String::new();
    // It is a part of the program: it can be read, and without it nothing is known.
    drop(flate2::read::GzDecoder::new(ZIPPED).read_to_string(&mut text));
    text
});

/// Where the definitions are, by name and by `group/version/kind`.
static INDEX: LazyLock<BTreeMap<&'static str, Definition>> = LazyLock::new(|| {
    let mut index = BTreeMap::new();
    for part in TEXT.split("\n=").map(|part| part.trim_start_matches('=')) {
        let (head, fields) = part.split_once('\n').unwrap_or((part, ""));
        let (words, about) = head.split_once('\t').unwrap_or((head, ""));
        let (name, marks) = words.split_once(' ').unwrap_or((words, ""));
        let definition = Definition { name, marks: Marks(marks), about, fields };
        index.insert(name, definition);
        if let Some(kind) = definition.marks.get("k:") {
            index.insert(kind, definition);
        }
    }
    index
});

/// One type of the API.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Without what all names begin with: `core.v1.Pod`, `m/apis.meta.v1.ObjectMeta`.
    pub name: &'static str,
    pub marks: Marks,
    /// Its first sentence.
    pub about: &'static str,
    fields: &'static str,
}

/// One field of a type.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub sort: Sort,
    pub marks: Marks,
    pub about: &'static str,
}

/// What is noted of a field or type, in words.
#[derive(Clone, Copy, Debug)]
pub struct Marks(&'static str);

/// A type as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    code: &'static str,
    /// Go's name for it, where the code does not say it.
    go: &'static str,
}

/// What a type is.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    Text,
    Int32,
    Int64,
    Float,
    Bool,
    Bytes,
    Time,
    Quantity,
    IntOrString,
    Any,
    List(Sort),
    Map(Sort),
    Struct(Definition),
}

/// A definition by its name.
pub fn named(name: &str) -> Option<Definition> {
    INDEX.get(name).copied()
}

/// The definition of a kind.
pub fn kind(group: &str, version: &str, kind: &str) -> Option<Definition> {
    named(&format!("{group}/{version}/{kind}"))
}

/// What tells this edition of the schemas from others.
pub fn edition() -> &'static [u8] {
    ZIPPED
}

impl Definition {
    pub fn fields(self) -> impl Iterator<Item = Field> {
        self.fields.lines().filter_map(Field::read)
    }

    pub fn field(self, name: &str) -> Option<Field> {
        let is_it = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '));
        self.fields.lines().find(is_it).and_then(Field::read)
    }

    /// Its type, if it has no fields.
    pub fn sort(self) -> Option<Sort> {
        self.marks.get("t:").map(|code| Sort { code, go: "" })
    }

    /// As Go calls it, without its package.
    pub fn short(self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or_default()
    }

    /// As Go calls it: `v1.PodSpec`.
    pub fn go(self) -> &'static str {
        let package = self.name.rmatch_indices('.').nth(1);
        package.and_then(|(at, _)| self.name.get(at + 1..)).unwrap_or(self.name)
    }

    /// As OpenAPI calls it.
    pub fn full_name(self) -> String {
        match self.name.split_once('/') {
            Some(("m", rest)) => format!("io.k8s.apimachinery.pkg.{rest}"),
            Some(("x", rest)) => format!("io.k8s.apiextensions-apiserver.pkg.apis.{rest}"),
            _ => format!("io.k8s.api.{}", self.name),
        }
    }
}

impl Field {
    fn read(line: &'static str) -> Option<Self> {
        let (words, about) = line.split_once('\t').unwrap_or((line, ""));
        let mut parts = words.splitn(3, ' ');
        let (name, sort) = (parts.next()?, parts.next()?);
        let (code, go) = sort.split_once(':').unwrap_or((sort, ""));
        Some(Self { name, sort: Sort { code, go }, marks: Marks(parts.next().unwrap_or_default()), about })
    }
}

impl Marks {
    pub fn has(self, mark: &str) -> bool {
        self.0.split(' ').any(|own| own == mark)
    }

    /// What comes after a mark that ends in a colon.
    pub fn get(self, mark: &str) -> Option<&'static str> {
        self.0.split(' ').find_map(|own| own.strip_prefix(mark))
    }

    /// By what the items of a list are told apart.
    pub fn keys(self) -> Option<Vec<&'static str>> {
        self.get("m:").map(|keys| keys.split(',').collect())
    }
}

impl Sort {
    pub fn form(self) -> Form {
        if let Some(item) = self.code.strip_prefix("[]") {
            return Form::List(self.inner(item));
        }
        if let Some(value) = self.code.strip_prefix("{}") {
            return Form::Map(self.inner(value));
        }
        if let Some(name) = self.code.strip_prefix('@') {
            let Some(definition) = named(name) else { return Form::Any };
            return match definition.sort() {
                Some(sort) => sort.form(),
                None if definition.fields.is_empty() => Form::Any,
                None => Form::Struct(definition),
            };
        }
        match self.code {
            "s" => Form::Text,
            "i" => Form::Int32,
            "l" => Form::Int64,
            "f" => Form::Float,
            "b" => Form::Bool,
            "y" => Form::Bytes,
            "t" => Form::Time,
            "Q" => Form::Quantity,
            "I" => Form::IntOrString,
            _ => Form::Any,
        }
    }

    fn inner(self, code: &'static str) -> Self {
        let go = self.go.strip_prefix("[]").unwrap_or_default();
        Self { code, go }
    }

    /// The definition's name, if it is one by reference.
    pub fn reference(self) -> Option<&'static str> {
        self.code.strip_prefix('@')
    }

    /// As Go's errors call it.
    pub fn go(self) -> String {
        if !self.go.is_empty() {
            return self.go.to_owned();
        }
        match self.form() {
            Form::Text | Form::Time | Form::Quantity => "string".to_owned(),
            Form::Int32 | Form::IntOrString => "int32".to_owned(),
            Form::Int64 => "int64".to_owned(),
            Form::Float => "float64".to_owned(),
            Form::Bool => "bool".to_owned(),
            Form::Bytes => "[]uint8".to_owned(),
            Form::Any => "interface {}".to_owned(),
            Form::List(item) => format!("[]{}", item.go()),
            Form::Map(value) => format!("map[string]{}", value.go()),
            Form::Struct(definition) => definition.go().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::catalog::{Catalog, Verbs};
    use crate::demo::patch::keys::{self, List, Schema};

    #[test]
    fn every_kind_that_is_served_has_a_schema() {
        for own in Catalog::default().all().iter().filter(|own| own.verbs != Verbs::Read) {
            let definition = kind(&own.group, &own.version, &own.kind).unwrap_or_else(|| panic!("{}", own.id));
            assert!(definition.field("metadata").is_some(), "{}", own.id);
            assert!(definition.fields().all(|field| field.sort.reference().is_none_or(|name| named(name).is_some())));
        }
        let container = named("core.v1.Container").unwrap();
        assert_eq!(container.field("imagePullPolicy").unwrap().sort.go(), "v1.PullPolicy");
        assert_eq!(container.field("env").unwrap().sort.go(), "[]v1.EnvVar");
        assert!(container.field("imagePull").is_none());
    }

    /// Where the table of `patch::keys` differs from the schema, and why that is left.
    const KNOWN: &[(&str, &str)] = &[
        (
            "batch.v1.JobStatus.",
            "conditions are merged by a patch and whole when applied; the rest only its controller writes",
        ),
        ("batch.v1.UncountedTerminatedPods", "only the job controller writes it, and ours does not"),
        ("core.v1.NodeAllocatableResourceClaimStatus", "there is no dynamic resource allocation"),
        ("core.v1.PodStatus.hostIPs", "merged by a patch and whole when applied; only the kubelet writes it"),
        ("core.v1.PodStatus.resourceClaimStatuses", "there is no dynamic resource allocation"),
        ("core.v1.ResourceRequirements.claims", "there is no dynamic resource allocation"),
        ("core.v1.ContainerStatus.allocatedResourcesStatus", "there are no devices"),
        ("core.v1.ResourceStatus.resources", "there are no devices"),
        ("x/apiextensions.v1.", "definitions are applied as a whole, by tools that own all of them"),
    ];

    /// The table of `patch::keys` goes by names alone. That must be as the schema says, for all fields of all kinds that it can meet.
    #[test]
    fn the_table_of_merged_lists_agrees_with_the_schema() {
        let mut all = Vec::new();
        for own in Catalog::default().all().iter().filter(|own| own.verbs == Verbs::All) {
            let definition = kind(&own.group, &own.version, &own.kind).unwrap();
            gather(definition, "", &mut vec![definition.name], &mut all);
        }
        all.sort();
        all.dedup();
        all.retain(|own| KNOWN.iter().all(|(known, _)| !own.starts_with(known)));
        assert!(all.is_empty(), "{}", all.join("\n"));
    }

    fn gather(definition: Definition, parent: &str, above: &mut Vec<&'static str>, all: &mut Vec<String>) {
        for field in definition.fields() {
            let form = field.sort.form();
            let mut differ = |what: &str, ours: String, theirs: String| {
                if ours != theirs {
                    let name = format!("{}.{}", definition.name, field.name);
                    all.push(format!("{name} in {parent:?}: {what}: ours {ours}, the schema's {theirs}"));
                }
            };
            let (inner, is_item) = match form {
                Form::List(item) => (item.form(), true),
                Form::Map(item) => (item.form(), false),
                form => (form, false),
            };
            if is_item {
                let ours = keys::list(Schema::BuiltIn, parent, field.name);
                let (list, patch) = match ours {
                    List::Atomic => ("atomic".to_owned(), None),
                    List::Set => ("set".to_owned(), Some("")),
                    List::Keyed(keys) => (format!("{keys:?}"), keys.first().copied()),
                };
                let theirs = match field.marks.keys() {
                    Some(keys) => format!("{keys:?}"),
                    None if field.marks.has("s") => "set".to_owned(),
                    None => "atomic".to_owned(),
                };
                differ("applied", list, theirs);
                let merged = field.marks.get("p:").and_then(|own| own.split_once(':'));
                let merged = merged.filter(|(_, strategy)| strategy.contains("merge")).map(|(key, _)| key);
                differ("patched", format!("{patch:?}"), format!("{merged:?}"));
                if field.marks.has("a") && merged.is_none() {
                    // What is in a list that is one value is never looked at.
                    continue;
                }
            }
            let Form::Struct(inner) = inner else {
                if matches!(form, Form::Map(_)) {
                    let ours = keys::is_atomic_map(Schema::BuiltIn, parent, field.name);
                    differ("atomic", ours.to_string(), field.marks.has("A").to_string());
                }
                continue;
            };
            let name = if is_item { (field.name, "") } else { (parent, field.name) };
            let ours = keys::is_atomic_map(Schema::BuiltIn, name.0, name.1);
            differ("atomic", ours.to_string(), (inner.marks.has("A") || field.marks.has("A")).to_string());
            if !above.contains(&inner.name) {
                above.push(inner.name);
                gather(inner, field.name, above, all);
                above.pop();
            }
        }
    }
}
