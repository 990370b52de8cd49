//! What a cluster serves: its kinds, as discovery lists them. Plain data; asking is `discovery`'s business.

/// One resource of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    pub group: String,
    pub version: String,
    pub plural: String,
    pub singular: String,
    pub kind: String,
    pub short: Vec<String>,
    pub namespaced: bool,
    pub verbs: Vec<String>,
    /// Whether it has a scale subresource.
    pub scales: bool,
}

impl Served {
    /// Whether it can be shown as a live table.
    pub fn is_listable(&self) -> bool {
        ["list", "watch"].iter().all(|verb| self.verbs.iter().any(|own| own == verb))
    }

    /// Whether `name` (`plural`, `singular`, `Kind`, a short name, each also with `.group`) means it; case ignored.
    pub fn answers_to(&self, name: &str) -> bool {
        let (plain, group) = name.split_once('.').map_or((name, None), |(plain, group)| (plain, Some(group)));
        let own = [&self.plural, &self.singular, &self.kind].into_iter().chain(&self.short);
        group.is_none_or(|group| group == self.group) && own.into_iter().any(|own| own.eq_ignore_ascii_case(plain))
    }

    /// The name that tells it from others: `plural`, with its group unless that is the core one.
    pub fn full_name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }
}

/// Everything that a cluster serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    /// In the server's order of preference.
    pub served: Vec<Served>,
    /// Groups that the server knows but could not ask (a dead aggregated API).
    pub missing: Vec<String>,
}

impl Catalog {
    /// The first served kind called `name`.
    pub fn find(&self, name: &str) -> Option<&Served> {
        self.served.iter().filter(|served| served.is_listable()).find(|served| served.answers_to(name))
    }
}
