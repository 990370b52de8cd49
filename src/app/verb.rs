//! Verbs: what a key or a `:` line can do, declared once. Keys, hints, help, `:` and its completion derive from [`VERBS`].
//!
//! What is done to the screen is declared here. What is done to the cluster are actions: each is a verb by its own declaration.

use crate::actions::{ACTIONS, Action, Begins};
use std::sync::LazyLock;

/// Where a verb's keys work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    Global,
    Table,
    Text,
    Paper,
    Log,
}

impl Scope {
    const ALL: [(&'static str, Self); 5] = [
        ("global", Self::Global),
        ("table", Self::Table),
        ("text", Self::Text),
        ("paper", Self::Paper),
        ("log", Self::Log),
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(own, _)| *own == name).map(|(_, scope)| *scope)
    }
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, own)| *own == self).map_or("", |(name, _)| name)
    }
    pub fn names() -> String {
        Self::ALL.map(|(name, _)| name).join(", ")
    }
}

/// A verb's declaration.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    pub verb: Verb,
    /// Its name in keymaps and after `:`.
    pub id: &'static str,
    pub scope: Scope,
    /// One line for help.
    pub help: &'static str,
    /// One or two words for the hints at the bottom; empty verbs are not hinted at.
    pub hint: &'static str,
    /// Reached through `:` alone; it needs no key.
    pub line_only: bool,
    /// It moves about on the page, which hands know and nobody looks for.
    pub motion: bool,
}

/// `Scope { Name "id" "help" hint; … }` becomes the enum and the parts of the table.
macro_rules! verbs {
    ($($scope:ident { $($name:ident $id:literal $help:literal $($hint:literal)? $(($mark:ident))?;)* })*) => {
        /// Everything a key or a `:` line can do that is not going somewhere.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Verb {
            $($($name,)*)*
            /// Begins an action.
            Do(&'static Action),
        }
        /// What is done to the screen. The actions of a scope stand below its first part.
        static PARTS: &[(Scope, &[Declared])] = &[$((Scope::$scope, &[$(Declared {
            verb: Verb::$name, id: $id, scope: Scope::$scope, help: $help,
            hint: concat!($($hint)?), line_only: verbs!(@line $($mark)?), motion: verbs!(@motion $($mark)?),
        },)*]),)*];
    };
    (@line line) => { true };
    (@line $($other:ident)?) => { false };
    (@motion motion) => { true };
    (@motion $($other:ident)?) => { false };
}

verbs! {
    Table {
        Down "down" "down one row" (motion);
        Up "up" "up one row" (motion);
        PageDown "page-down" "down a page" (motion);
        PageUp "page-up" "up a page" (motion);
        Top "top" "first row" (motion);
        Bottom "bottom" "last row" (motion);
        ScrollLeft "scroll-left" "columns to the left" (motion);
        ScrollRight "scroll-right" "columns to the right" (motion);
        Enter "enter" "into the row" "open";
        Describe "describe" "describe the object" "describe";
        Yaml "yaml" "the object's YAML, fresh from the server" "yaml";
        Logs "logs" "the log of the pod or container, followed" "logs";
        PreviousLogs "previous-logs" "the log of the run before";
        Filter "filter" "filter the rows" "filter";
        Wide "wide" "more columns, or fewer";
        Faults "faults" "only rows that are not well, or all" "faults";
        SortNext "sort-next" "sort by the next column";
        SortPrevious "sort-previous" "sort by the column before";
        SortTurn "sort-turn" "turn the order round";
        SortPick "sort-pick" "sort by a column from a list";
        Columns "columns" "which columns the table has";
        SortName "sort-name" "sort by NAME";
        SortAge "sort-age" "sort by AGE";
        SortStatus "sort-status" "sort by STATUS";
        Mark "mark" "mark the row" "mark";
        MarkRange "mark-range" "mark from the last mark to here";
        MarkAll "mark-all" "mark all rows shown";
        MarkInvert "mark-invert" "mark the others instead";
        Unmark "unmark" "remove all marks";
        CopyName "copy-name" "copy the name";
        CopyPick "copy-pick" "copy something else, from a list";
        Keys "keys" "the keys of a Secret or ConfigMap";
        Diff "diff" "compare two marked rows, or the object with another";
        ObjectChanges "object-changes" "what changed lately about the object";
    }
    Table {
        Owner "to-owner" "to the object that owns this one";
        Node "to-node" "to the node this runs on";
        Revisions "to-revisions" "to the revisions of the workload";
        RolloutStatus "rollout-status" "how the rollout stands, and why it waits";
        Reach "reach" "ask: whether contexts answer, how a change ended";
        Group "group" "events grouped, or one by one";
        Namespaces "pick-namespace" "pick a namespace";
        AllNamespaces "all-namespaces" "all namespaces";
        Favourite1 "favourite-1" "first favourite namespace";
        Favourite2 "favourite-2" "second favourite namespace";
        Favourite3 "favourite-3" "third favourite namespace";
        Favourite4 "favourite-4" "fourth favourite namespace";
        Favourite5 "favourite-5" "fifth favourite namespace";
        Favourite6 "favourite-6" "sixth favourite namespace";
        Favourite7 "favourite-7" "seventh favourite namespace";
        Favourite8 "favourite-8" "eighth favourite namespace";
        Favourite9 "favourite-9" "ninth favourite namespace";
    }
    Paper {
        LineDown "line-down" "down one line" (motion);
        LineUp "line-up" "up one line" (motion);
        LinePageDown "line-page-down" "down a page" (motion);
        LinePageUp "line-page-up" "up a page" (motion);
        FirstLine "first-line" "first line" (motion);
        LastLine "last-line" "last line" (motion);
        PanLeft "pan-left" "text to the left" (motion);
        PanRight "pan-right" "text to the right" (motion);
        Fold "fold" "hide or show the block" "fold";
        Find "find" "search" "search";
        FindNext "find-next" "next match";
        FindPrevious "find-previous" "match before";
        Wrap "wrap" "break long lines, or not" "wrap";
        Live "live" "follow the object's changes, or freeze" "freeze";
        Reveal "reveal" "reveal the secret value on this line, or hide it" "reveal";
        RevealAll "reveal-all" "reveal all values of the Secret, or hide them";
        CopyText "copy-text" "copy the text; on a secret value, that value unseen" "copy";
        CopyLine "copy-line" "copy the line";
        Save "save" "save the text to a private file" "save";
    }
    Paper {
        SeeDescribe "see-describe" "describe the object";
        SeeYaml "see-yaml" "the object's YAML";
        Blame "blame" "who set each line of the YAML, and when";
        Applied "applied" "what kubectl apply was last given";
    }
    Log {
        LogDown "log-down" "down one line" (motion);
        LogUp "log-up" "up one line" (motion);
        LogPageDown "log-page-down" "down a page" (motion);
        LogPageUp "log-page-up" "up a page" (motion);
        LogTop "log-top" "first line" (motion);
        LogBottom "log-bottom" "last line, and follow" (motion);
        LogLeft "log-left" "text to the left" (motion);
        LogRight "log-right" "text to the right" (motion);
        LogFollow "log-follow" "pause, or follow again; no line is lost" "pause";
        LogFilter "log-filter" "only lines with a text; `!` without it, `re:`" "filter";
        LogFind "log-find" "search" "find";
        LogNext "log-next" "next match below";
        LogPrevious "log-previous" "next match above";
        LogWrap "log-wrap" "break long lines, or not" "wrap";
        LogTimes "log-times" "when each line was written" "times";
        LogRun "log-run" "the log of the run before, or of this one" "previous";
        LogAll "log-all" "all containers, or one of them" "all/one";
        LogContainer "log-container" "pick a container from a list";
        LogMark "log-mark" "put a mark after the last line";
        LogClear "log-clear" "hide the lines so far, or show them again";
        LogNow "log-now" "leave out what has not come yet; the gap is marked";
        LogCopy "log-copy" "copy the lines on the screen";
        LogSave "log-save" "save the lines to a private file" "save";
        LogTail "log-tail" "begin with the last lines (`logs.tail`)";
        LogWhole "log-whole" "begin with the first line there is";
        LogMinute "log-1m" "begin a minute ago";
        Log5Minutes "log-5m" "begin 5 minutes ago";
        Log15Minutes "log-15m" "begin 15 minutes ago";
        Log30Minutes "log-30m" "begin 30 minutes ago";
        LogHour "log-1h" "begin an hour ago";
    }
    Text {
        ScrollDown "scroll-down" "down a line" (motion);
        ScrollUp "scroll-up" "up a line" (motion);
        ScrollPageDown "scroll-page-down" "down a page" (motion);
        ScrollPageUp "scroll-page-up" "up a page" (motion);
        ScrollTop "scroll-top" "first line" (motion);
        ScrollBottom "scroll-bottom" "last line" (motion);
    }
    Global {
        Command "command" "go to a kind, a namespace, a context; run a command" "command";
        Help "help" "the keys that work here" "help";
        Palette "palette" "every command and its key, to pick from";
        Back "back" "one step back";
        HistoryBack "history-back" "the view before";
        HistoryForward "history-forward" "the view after";
        FormerContext "former-context" "the context before";
        Refresh "refresh" "try again now; read again";
        Redraw "redraw" "paint the screen anew";
        Side "side" "what is told of the row, beside the table";
        SideFocus "side-focus" "the keys to the side view, or back to the table";
    }
    Global {
        Undo "undo" "take back the last change of this context";
        Running "running" "changes that are being carried out, and how they ended" (line);
        Again "again" "ask anew for what the last change left undone" (line);
        CancelRunning "cancel" "leave what has not begun of the change that runs" (line);
        Journal "journal" "what was changed, and how it ended" (line);
        Kubectl "kubectl" "the kubectl lines of what is on the screen";
        Changes "changes" "what changed lately in the namespace" (line);
        Messages "messages" "all messages of this session" (line);
        Theme "theme" "pick the colours from a list that shows each at once" (line);
        Demo "demo" "the demo cluster's stories, and troubles to cause" (line);
        Net "net" "what is watched, how, and what it costs" (line);
        Settings "settings" "the settings in force, and where they come from" (line);
        Login "login" "lend the terminal to the context's credential plugin" (line);
        Suspend "suspend" "stop rk9s and return to the shell; `fg` continues" (line);
        Quit "quit" "leave rk9s";
    }
}

/// Names that verbs had before, as keymaps still may have them.
const FORMER: &[(&str, &str)] = &[("to-replicasets", "to-revisions")];

/// All verbs, in the order in which help lists them.
pub static VERBS: LazyLock<Vec<Declared>> = LazyLock::new(|| {
    let mut all: Vec<Declared> = Vec::new();
    for (scope, part) in PARTS {
        let is_first = all.iter().all(|declared| declared.scope != *scope);
        all.extend_from_slice(part);
        all.extend(ACTIONS.iter().map(|action| of(action)).filter(|own| is_first && own.scope == *scope));
    }
    all
});

/// An action as a verb.
fn of(action: &'static Action) -> Declared {
    let scope = match action.begins {
        Begins::Form | Begins::Editor => Scope::Table,
        Begins::Line => Scope::Paper,
        Begins::Files => Scope::Global,
    };
    let (verb, line_only) = (Verb::Do(action), action.key.is_none());
    Declared { verb, id: action.id, scope, help: action.help, hint: "", line_only, motion: false }
}

/// The verb with this id.
pub fn named(id: &str) -> Option<Verb> {
    declared(id).map(|verb| verb.verb)
}

/// The declaration of the verb with this id, or that had it before.
pub fn declared(id: &str) -> Option<&'static Declared> {
    let id = FORMER.iter().find(|(former, _)| *former == id).map_or(id, |(_, id)| id);
    VERBS.iter().find(|verb| verb.id == id)
}

impl Verb {
    /// Where its keys work.
    pub fn scope(self) -> Scope {
        VERBS.iter().find(|declared| declared.verb == self).map_or(Scope::Global, |declared| declared.scope)
    }

    pub fn id(self) -> &'static str {
        VERBS.iter().find(|declared| declared.verb == self).map_or("", |declared| declared.id)
    }

    /// Whether it is an action for kinds with this plural name, and not for any.
    pub fn is_for(self, plural: &str) -> bool {
        matches!(self, Self::Do(action) if action.kinds.iter().any(|(_, own)| *own == plural))
    }

    /// Whether no kind has both: then they may have the same key.
    pub fn never_meets(self, other: Self) -> bool {
        let (Self::Do(one), Self::Do(two)) = (self, other) else { return false };
        !one.kinds.is_empty() && !two.kinds.is_empty() && one.kinds.iter().all(|(_, plural)| !other.is_for(plural))
    }

    /// Which favourite namespace a digit key means.
    pub fn favourite(self) -> Option<usize> {
        self.id().strip_prefix("favourite-")?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_verb_stands_in_the_way_of_a_kind() {
        for kind in crate::kinds::KINDS {
            let names = kind.names();
            let taken = VERBS.iter().find(|verb| names.answers_to(verb.id));
            assert!(taken.is_none(), "{taken:?}");
        }
    }

    #[test]
    fn ids_are_unique() {
        let ids: BTreeSet<_> = VERBS.iter().map(|verb| verb.id).collect();
        assert_eq!(ids.len(), VERBS.len());
    }
}
