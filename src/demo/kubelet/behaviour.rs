//! What the containers of a pod do in this cluster, where there are none: told by an annotation of the pod.
//!
//! `demo.rk9s.dev/behaviour: "api: image=1.9.0 exit=1 after 3s; proxy: start=1s; ready=2s"`: clauses are separated by semicolons. One with a
//! name is for the container of that name, one with `image=` for images of that tag, and the first that fits counts: so a rollback heals what
//! a release broke. Nobody but the kubelet and its logs reads it.

use crate::demo::object::{self, Object, text};
use jiff::SignedDuration;

/// The annotation.
pub const ANNOTATION: &str = "demo.rk9s.dev/behaviour";

/// Words after which a pod is left as it is: it was made running, and only its deletion matters. See `story::fill`.
pub const STILL: &str = "still";

/// What one container does. What is not said is usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behaviour {
    pub pull: Option<Pull>,
    /// From pulled to running.
    pub start: Option<SignedDuration>,
    pub ready: Option<Ready>,
    pub end: Option<End>,
    /// It does not stop when it is told to, so its whole grace period passes.
    pub ignores_term: bool,
    /// The template of its log.
    pub log: Option<String>,
}

/// How its image is pulled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pull {
    Takes(SignedDuration),
    Fails,
}

/// When it is ready after its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    After(SignedDuration),
    Never,
}

/// How it ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    pub after: SignedDuration,
    pub how: How,
    /// After so many ends it goes on running; zero: it ends each time.
    pub times: i64,
}

/// Why it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Exit(i64),
    OutOfMemory,
}

impl Behaviour {
    /// Of a container of a pod.
    pub fn of(pod: &Object, container: &Object) -> Self {
        Self::read(object::annotation(pod, ANNOTATION), text(container, "name"), text(container, "image"))
    }

    fn read(told: &str, container: &str, image: &str) -> Self {
        for clause in told.split([';', '\n']) {
            let (name, words) = clause.split_once(": ").unwrap_or((container, clause));
            let tag = words.split_whitespace().find_map(|word| word.strip_prefix("image="));
            let fits = tag.is_none_or(|tag| image.rsplit_once(':').is_some_and(|(_, own)| own == tag));
            if name.trim() == container && fits {
                return Self::words(words);
            }
        }
        Self::default()
    }

    /// Words that mean nothing are passed over: they are told by users, too.
    fn words(words: &str) -> Self {
        let mut own = Self::default();
        let mut words = words.split_whitespace().peekable();
        let mut end = End { after: SignedDuration::from_secs(1), how: How::Exit(0), times: 0 };
        let mut ends = false;
        while let Some(word) = words.next() {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            match key {
                "pull" if value == "fail" => own.pull = Some(Pull::Fails),
                "pull" => own.pull = duration(value).map(Pull::Takes),
                "start" => own.start = duration(value),
                "ready" if value == "never" => own.ready = Some(Ready::Never),
                "ready" => own.ready = duration(value).map(Ready::After),
                "exit" => (end.how, ends) = (How::Exit(value.parse().unwrap_or(1)), true),
                "oom" => (end.how, ends) = (How::OutOfMemory, true),
                "times" => end.times = value.parse().unwrap_or_default(),
                "after" | "runs" => {
                    let told = words.next_if(|word| duration(word).is_some());
                    end.after = told.and_then(duration).unwrap_or(end.after);
                    ends |= key == "runs";
                }
                "ignores-term" => own.ignores_term = true,
                "log" => own.log = Some(value.to_owned()),
                _ => {}
            }
        }
        own.end = ends.then_some(end);
        own
    }
}

/// `3s`, `1m30s`, `500ms`.
fn duration(text: &str) -> Option<SignedDuration> {
    text.parse().ok().filter(|duration: &SignedDuration| !duration.is_negative())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_by_container() {
        let told = "api: pull=3s start=500ms ready=never exit=1 after 2m log=orders; proxy: runs 20s then exit=0; oom after 90s times=2";
        let secs = SignedDuration::from_secs;
        let api = Behaviour::read(told, "api", "");
        assert_eq!(api.pull, Some(Pull::Takes(secs(3))));
        assert_eq!(api.start, Some(SignedDuration::from_millis(500)));
        assert_eq!(api.ready, Some(Ready::Never));
        assert_eq!(api.end, Some(End { after: secs(120), how: How::Exit(1), times: 0 }));
        assert_eq!(api.log.as_deref(), Some("orders"));
        let ends = |container: &str| Behaviour::read(told, container, "").end;
        assert_eq!(ends("proxy"), Some(End { after: secs(20), how: How::Exit(0), times: 0 }));
        assert_eq!(ends("other"), Some(End { after: secs(90), how: How::OutOfMemory, times: 2 }));
        assert_eq!(Behaviour::read("", "other", ""), Behaviour::default());
        assert_eq!(Behaviour::read("pull=fail nonsense exit=x after", "a", "").pull, Some(Pull::Fails));
        let told = "image=1.9.0 pull=fail; log=usual";
        assert_eq!(Behaviour::read(told, "a", "shop/a:1.9.0").pull, Some(Pull::Fails));
        assert_eq!(Behaviour::read(told, "a", "shop/a:11.9.0").log.as_deref(), Some("usual"));
    }
}
