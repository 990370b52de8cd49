//! The query of a request: options of lists, watches and writes, read and checked as the API server does.
//!
//! Checks and words are those of k8s.io/apimachinery/pkg/apis/meta/internalversion/validation and of its conversion from URL values.

use crate::demo::refusal::{Cause, Refusal};
use crate::demo::world::Dry;

/// Names and values in the order given; of a repeated name the first counts.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// A value that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// All values of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own == name)
    }

    /// As the API reads truth values: all but `0` and `false` is true, if the name is there.
    pub fn flag(&self, name: &str) -> bool {
        let value = self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.to_lowercase());
        value.is_some_and(|value| !matches!(value.as_str(), "0" | "false"))
    }

    pub fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let slip = |_| Refusal::bad_request(format!("strconv.ParseInt: parsing {value:?}: invalid syntax"));
        value.parse().map(Some).map_err(slip)
    }

    /// `dryRun`; `options` is whose it is, as in `CreateOptions`.
    pub fn dry(&self, options: &str) -> Result<Dry, Refusal> {
        dry(options, self.all("dryRun"))
    }
}

/// What `dryRun` says: nothing or `All`.
pub fn dry<'a>(options: &str, values: impl Iterator<Item = &'a str>) -> Result<Dry, Refusal> {
    let values: Vec<&str> = values.filter(|value| !value.is_empty()).collect();
    if values.iter().any(|value| *value != "All") {
        let message = format!("Unsupported value: {values:?}: supported values: \"All\"");
        return Err(bad(options, vec![cause("FieldValueNotSupported", "dryRun", message)]));
    }
    Ok(if values.is_empty() { Dry::Kept } else { Dry::Run })
}

/// 422 for options, as in `ListOptions`.
pub fn bad(options: &str, causes: Vec<Cause>) -> Refusal {
    Refusal::invalid(("meta.k8s.io", options), "", causes)
}

pub fn cause(reason: &'static str, field: &str, message: impl Into<String>) -> Cause {
    Cause { reason, message: message.into(), field: field.to_owned() }
}

fn forbidden(field: &str, message: &str) -> Cause {
    cause("FieldValueForbidden", field, format!("Forbidden: {message}"))
}

/// `resourceVersionMatch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    Exact,
    NotOlderThan,
}

/// What a list or watch asks for, selectors apart.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// 0 is no limit.
    pub limit: usize,
    pub token: Option<String>,
    /// As asked; `Some(0)` is any.
    pub version: Option<u64>,
    pub matching: Option<Match>,
    /// Watches.
    pub initial: Option<bool>,
    pub bookmarks: bool,
    pub timeout: Option<i64>,
}

/// Reads the options of a list.
pub fn listing(query: &Query) -> Result<Listing, Refusal> {
    let limit = query.number("limit")?.unwrap_or(0).max(0);
    let version = query.get("resourceVersion");
    let matching = query.get("resourceVersionMatch");
    let mut causes = Vec::new();
    if let Some(matching) = matching {
        if version.is_none() {
            causes.push(forbidden(
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden unless resourceVersion is provided",
            ));
        }
        if query.get("continue").is_some() {
            let why = "resourceVersionMatch is forbidden when continue is provided";
            causes.push(forbidden("resourceVersionMatch", why));
        }
        if !matches!(matching, "Exact" | "NotOlderThan") {
            let message =
                format!("Unsupported value: {matching:?}: supported values: \"Exact\", \"NotOlderThan\", \"\"");
            causes.push(cause("FieldValueNotSupported", "resourceVersionMatch", message));
        }
        if (matching, version) == ("Exact", Some("0")) {
            let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            causes.push(forbidden("resourceVersionMatch", why));
        }
    }
    if query.has("sendInitialEvents") {
        causes.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
    }
    refuse(causes)?;
    if version.is_some_and(|version| version != "0") && query.get("continue").is_some() {
        return Err(Refusal::bad_request("specifying resource version is not allowed when using continue"));
    }
    let version = version
        .map(|text| revision(text).map_err(|why| Refusal::bad_request(format!("invalid resource version: {why}"))));
    Ok(Listing {
        limit: usize::try_from(limit).unwrap_or(0),
        token: query.get("continue").map(str::to_owned),
        version: version.transpose()?,
        matching: matching.map(|text| if text == "Exact" { Match::Exact } else { Match::NotOlderThan }),
        ..Listing::default()
    })
}

/// Reads the options of a watch.
pub fn watching(query: &Query) -> Result<Listing, Refusal> {
    let matching = query.get("resourceVersionMatch");
    let initial = query.has("sendInitialEvents").then(|| query.flag("sendInitialEvents"));
    let mut causes = Vec::new();
    if initial.is_some() && matching != Some("NotOlderThan") {
        let why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        causes.push(forbidden("resourceVersionMatch", why));
    }
    if let Some(matching) = matching {
        if initial.is_none() {
            let why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
            causes.push(forbidden("resourceVersionMatch", why));
        }
        if matching != "NotOlderThan" {
            let message = format!("Unsupported value: {matching:?}: supported values: \"NotOlderThan\"");
            causes.push(cause("FieldValueNotSupported", "resourceVersionMatch", message));
        }
    }
    refuse(causes)?;
    let version = query.get("resourceVersion").map(|text| revision(text).map_err(|why| Refusal::new(500, "", why)));
    Ok(Listing {
        version: version.transpose()?,
        initial,
        bookmarks: query.flag("allowWatchBookmarks"),
        timeout: query.number("timeoutSeconds")?,
        ..Listing::default()
    })
}

fn refuse(causes: Vec<Cause>) -> Result<(), Refusal> {
    if causes.is_empty() { Ok(()) } else { Err(bad("ListOptions", causes)) }
}

fn revision(text: &str) -> Result<u64, String> {
    let slip = "invalid syntax";
    text.parse()
        .map_err(|_| format!("resourceVersion: Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: {slip}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_in_the_servers_words() {
        let list = |text: &str| listing(&Query::parse(text)).unwrap_err().message;
        assert_eq!(list("limit=x"), "strconv.ParseInt: parsing \"x\": invalid syntax");
        assert_eq!(
            list("resourceVersion=abc"),
            "invalid resource version: resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax"
        );
        assert_eq!(
            list("sendInitialEvents=true&resourceVersionMatch=NotOlderThan"),
            "ListOptions.meta.k8s.io \"\" is invalid: [resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list]"
        );
        assert_eq!(
            watching(&Query::parse("sendInitialEvents=true")).unwrap_err().message,
            "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        );
        assert_eq!(
            Query::parse("dryRun=foo").dry("DeleteOptions").unwrap_err().message,
            "DeleteOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [\"foo\"]: supported values: \"All\""
        );
    }
}
