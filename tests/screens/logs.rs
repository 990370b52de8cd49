//! Logs on the screen: followed, paused, filtered, searched, narrowed, and why there are none.

use super::harness::Console;
use super::things;
use rk9s::app::effect::{Effect, LogId};
use rk9s::app::log::{Ask, News, Sight};
use rk9s::app::msg::Msg;
use rk9s::cluster::fault::{Class, Fault};
use rk9s::cluster::logs::{Run, Span, State, Want, Which};
use rk9s::store::log::{Kind, Line, Log, Look, Spill};

/// Nothing here needs a spill.
struct NoSpill;

impl Spill for NoSpill {
    fn write(&mut self, _: u32, _: &[u8]) -> Result<(), String> {
        Err("no spill".into())
    }
    fn read(&mut self, _: u32, _: usize) -> Result<Vec<u8>, String> {
        Err("no spill".into())
    }
}

/// A console and the keeper of the log on its screen.
struct Logs {
    console: Console,
    id: LogId,
    want: Want,
    log: Log,
    look: Option<Look>,
    sight: Sight,
}

/// The log of a pod, opened by `l`, followed.
fn logs() -> Logs {
    let mut console = Console::live(vec![things::pod("orders-5c8d7f9b6-9qwzx")]);
    console.effects();
    console.keys("l");
    let (id, want) = console
        .effects()
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Log { log, ask: Ask::Open(want), .. } => Some((log, *want)),
            _ => None,
        })
        .expect("the log is opened");
    let sources = vec![("api".to_owned(), State::Following)];
    let sight = Sight { sources, ..Sight::default() };
    let mut logs = Logs { console, id, want, log: Log::new(Box::new(NoSpill), 0), look: None, sight };
    logs.console.paint();
    logs.console.keys("G");
    logs.obey();
    logs
}

impl Logs {
    fn write(&mut self, source: u16, text: &str) {
        // 2026-05-28T20:26:40.250Z and on.
        let at = things::NOON * 1_000_000_000 + 250_000_000;
        self.log.push(&Line { at, source, kind: Kind::Text, text: text.into() });
    }

    /// Does what the app asks of the keeper, and tells what it looks at.
    fn obey(&mut self) {
        for effect in self.console.effects() {
            let Effect::Log { log, ask, .. } = effect else { continue };
            assert_eq!(log, self.id);
            match ask {
                Ask::Look(look) => self.look = Some(look),
                Ask::View(view) => self.log.set_view(view),
                Ask::Seek { from, way, sieve } => {
                    let found = match self.log.seek(from, way, &sieve) {
                        rk9s::store::log::Seek::Found(number) => Some(number),
                        _ => None,
                    };
                    self.console.tell(Msg::Log(self.id, News::Found(found)));
                    return self.obey();
                }
                Ask::Mark(text) => {
                    self.log.push(&Line { text, kind: Kind::Mark, ..Line::default() });
                }
                _ => {}
            }
        }
        while self.log.sift(100) {}
        self.sight.window = self.look.map(|look| self.log.window(look));
        self.sight.totals = self.log.totals();
        self.console.tell(Msg::Log(self.id, News::Seen(Box::new(self.sight.clone()))));
    }

    fn keys(&mut self, keys: &str) -> String {
        self.console.keys(keys);
        self.obey();
        self.console.paint()
    }

    fn type_text(&mut self, text: &str) -> String {
        self.console.type_text(text);
        self.obey();
        self.console.paint()
    }

    fn paint(&mut self) -> String {
        self.obey();
        self.console.paint()
    }
}

fn filled(lines: usize) -> Logs {
    let mut logs = logs();
    (0..lines).for_each(|n| logs.write(0, &format!("line {n}")));
    logs.obey();
    logs
}

#[test]
fn a_pod_s_log_is_followed_to_the_end() {
    let mut logs = filled(12_304);
    assert_eq!((logs.want.namespace.as_str(), &logs.want.which), ("shop", &Which::All));
    assert_eq!((logs.want.run, logs.want.span), (Run::Current, Span::Tail(1_000)));
    let text = logs.paint();
    let rows: Vec<&str> = text.lines().collect();
    assert!(rows[0].contains("logs orders-5c8d7f9b6-9qwzx") && rows[0].contains("● following 12,304 lines"), "{text}");
    assert_eq!((rows[1], rows[22]), (" line 12282", " line 12303"));
    assert!(rows[23].contains("s pause") && rows[23].contains("/ filter"), "{text}");
    logs.console.resize(200, 50);
    logs.write(0, "the next");
    let text = logs.keys("G");
    let rows: Vec<&str> = text.lines().collect();
    assert!(rows[0].contains("prod-eu · shop › logs orders"), "{text}");
    assert_eq!((rows[1], rows[48]), (" line 12257", " the next"));
}

#[test]
fn paused_it_stays_and_counts_what_comes() {
    let mut logs = filled(100);
    let before = logs.keys("s");
    assert!(before.contains("◌ paused · 100 lines"), "{before}");
    logs.write(0, "new");
    let text = logs.paint();
    assert!(text.contains("+1 new") && !text.lines().any(|line| line == " new"), "{text}");
    assert_eq!(text.lines().nth(1), before.lines().nth(1));
    let text = logs.keys("s");
    assert!(text.lines().any(|line| line == " new") && text.contains("● following"), "{text}");
    let text = logs.keys("k k");
    assert_eq!(text.lines().nth(22), Some(" line 98"), "scrolling up pauses:\n{text}");
    let text = logs.keys("j j");
    assert!(text.contains("● following"), "and the end is followed again:\n{text}");
    let text = logs.keys("g");
    assert_eq!(text.lines().nth(1), Some(" line 0"));
    let text = logs.keys("pgdn pgdn");
    assert_eq!(text.lines().nth(1), Some(" line 44"));
}

#[test]
fn a_filter_works_as_it_is_typed_and_esc_takes_it_back() {
    let mut logs = filled(200);
    logs.keys("/");
    let text = logs.type_text("line 19");
    assert!(text.contains("/line 19 11") && text.lines().nth(11) == Some(" line 199"), "{text}");
    let text = logs.keys("enter");
    assert_eq!(text.lines().nth(1), Some(" line 19"), "{text}");
    let text = logs.keys("esc");
    assert!(text.contains(" line 178") && text.contains("logs orders"), "{text}");
    logs.keys("/");
    let text = logs.type_text("re:(");
    assert!(text.contains("unclosed group"), "{text}");
    logs.keys("esc /");
    logs.type_text("nothing like it");
    let text = logs.keys("enter");
    assert!(text.contains("None of 200 lines fits `nothing like it`. Esc shows all."), "{text}");
    logs.keys("esc");
    logs.keys("/");
    logs.type_text("!line 1");
    let text = logs.keys("enter");
    assert!(text.lines().nth(1) == Some(" line 78") && text.contains(" line 99"), "{text}");
}

#[test]
fn searching_goes_up_from_the_end_and_tells_when_there_is_no_more() {
    let mut logs = filled(300);
    logs.keys("f");
    logs.type_text("line 7");
    let text = logs.keys("enter");
    assert!(text.contains(" line 79") && text.contains("find line 7"), "{text}");
    let text = logs.keys("N");
    assert!(text.contains(" line 78"), "{text}");
    logs.keys("n");
    logs.keys("n");
    assert_eq!(logs.console.said(), Some("no more lines with `line 7` that way"));
}

#[test]
fn containers_are_named_where_there_are_several_and_one_can_be_picked() {
    let mut logs = logs();
    logs.sight.sources.push(("istio-proxy".into(), State::Following));
    logs.write(0, "from the api");
    logs.write(1, "from the proxy");
    let text = logs.paint();
    assert!(text.contains(" api         from the api\n istio-proxy from the proxy"), "{text}");
    logs.keys("a");
    let text = logs.type_text("istio");
    assert!(text.contains("istio-proxy"), "{text}");
    let text = logs.keys("enter");
    assert!(text.contains("istio-proxy") && text.contains("\n from the proxy") && !text.contains("the api"), "{text}");
    let text = logs.keys("a");
    assert!(text.contains("from the api"), "{text}");
}

#[test]
fn long_lines_are_scrolled_or_broken_and_hostile_ones_made_visible() {
    let mut logs = logs();
    let long: String = (0..40).map(|n| format!("word{n:02} ")).collect();
    logs.write(0, &long);
    logs.write(0, "\u{1b}]0;owned\u{7}\ta\u{202e}b");
    let text = logs.paint();
    assert!(text.contains("␛]0;owned␇    a\\u{202e}b") && !text.contains("word39"), "{text}");
    let text = logs.keys("right");
    assert!(text.lines().nth(1).unwrap().starts_with(" rd02 word03"), "{text}");
    let text = logs.keys("w");
    assert!(text.contains("word39") && text.lines().nth(1).unwrap().starts_with(" word00"), "{text}");
    let text = logs.keys("t");
    assert!(text.lines().nth(1).unwrap().contains(":40.250 word00"), "{text}");
}

#[test]
fn marks_stand_out_and_clearing_hides_what_was_before() {
    let mut logs = filled(5);
    let text = logs.keys("m");
    assert!(text.contains("── mark ──"), "{text}");
    let text = logs.keys("C");
    assert!(text.contains("No lines since then."), "{text}");
    logs.write(0, "after");
    let text = logs.paint();
    assert!(text.contains("\n after") && !text.contains("line 4"), "{text}");
    let text = logs.keys("C");
    assert!(text.contains("line 4") && text.contains("── mark ──"), "{text}");
}

#[test]
fn who_is_behind_is_told_with_the_key_to_now() {
    let mut logs = filled(100);
    logs.sight.behind = Some(134);
    let text = logs.paint();
    assert!(text.contains("◐ 2m14s behind (> to now) · 100 lines"), "{text}");
    logs.console.keys(">");
    let asked = logs.console.effects();
    assert!(asked.iter().any(|effect| matches!(effect, Effect::Log { ask: Ask::Now, .. })), "{asked:?}");
}

#[test]
fn the_span_and_the_run_are_read_anew_and_esc_closes_the_log() {
    let mut logs = filled(10);
    logs.console.keys("6");
    let asked = logs.console.effects();
    let closed =
        asked.iter().any(|effect| matches!(effect, Effect::Log { log, ask: Ask::Close, .. } if *log == logs.id));
    let opened = asked.iter().find_map(|effect| match effect {
        Effect::Log { ask: Ask::Open(want), .. } => Some(want.span),
        _ => None,
    });
    assert_eq!((closed, opened), (true, Some(Span::Seconds(3_600))));
    logs.console.keys("p");
    assert_eq!(logs.console.app.log().unwrap().want.run, Run::Previous);
    let line = logs.console.app.log().unwrap().kubectl("prod-eu");
    assert_eq!(
        line,
        "kubectl --context prod-eu -n shop logs orders-5c8d7f9b6-9qwzx --all-containers --prefix --previous --since 3600s"
    );
    logs.console.effects();
    logs.console.keys("esc");
    let asked = logs.console.effects();
    assert!(asked.iter().any(|effect| matches!(effect, Effect::Log { ask: Ask::Close, .. })), "{asked:?}");
    assert!(logs.console.app.table().is_some());
}

#[test]
fn what_is_refused_says_why_and_what_waits_says_for_what() {
    let mut logs = logs();
    let fault =
        Fault::new(Class::Forbidden, "get pod orders (log) in shop", "no logs for you").hint("ask for pods/log");
    logs.sight.sources = vec![("api".into(), State::Refused(fault))];
    let text = logs.paint();
    assert!(text.contains("⊘ forbidden") && text.contains("Said:  no logs for you"), "{text}");
    assert!(text.contains("Do:    ask for pods/log"), "{text}");
    logs.sight.sources = vec![("api".into(), State::Waiting("ContainerCreating".into()))];
    let text = logs.paint();
    assert!(text.contains("◌ waits: ContainerCreating") && text.contains("api waits: ContainerCreating"), "{text}");
    logs.sight.sources = vec![("api".into(), State::Retrying("connection reset".into()))];
    assert!(logs.paint().contains("○ cut off: connection reset, trying again"));
}

#[test]
fn help_over_a_log_does_not_end_it() {
    let mut logs = filled(3);
    logs.console.keys("?");
    let asked = logs.console.effects();
    assert!(asked.iter().any(|effect| matches!(effect, Effect::Log { ask: Ask::Rest, .. })), "{asked:?}");
    logs.console.keys("esc");
    let asked = logs.console.effects();
    assert!(asked.iter().any(|effect| matches!(effect, Effect::Log { ask: Ask::Look(_), .. })), "{asked:?}");
    assert!(!asked.iter().any(|effect| matches!(effect, Effect::Log { ask: Ask::Open(_), .. })), "{asked:?}");
}

#[test]
fn other_kinds_say_where_logs_are() {
    let mut console = Console::live(vec![]);
    console.keys("l");
    assert_eq!(console.said(), Some("there is no row under the cursor"));
}
