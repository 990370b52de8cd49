//! stub until the watch branch is merged
use crate::kinds::{Kind, Word};
#[derive(Clone)]
pub enum What {
    Kind(&'static dyn Kind),
    Table(TableOf),
    Figures(crate::kinds::Companion, &'static str),
}
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOf {
    pub group: String,
    pub version: String,
    pub plural: String,
    pub kind: String,
    pub namespaced: bool,
}
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadChoice {
    #[default]
    Auto,
    Stream,
    Pages,
}
#[derive(Clone, Debug)]
pub struct WatchSpec {
    pub what: What,
    pub namespace: Option<String>,
    pub labels: Option<String>,
    pub fields: Option<String>,
    pub resume: Option<Word>,
    pub read: ReadChoice,
}
impl std::fmt::Debug for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            What::Kind(k) => f.write_str(k.names().plural),
            What::Table(t) => f.write_str(&t.plural),
            What::Figures(c, k) => write!(f, "{c:?} {k}"),
        }
    }
}
