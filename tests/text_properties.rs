//! Properties of text and filters that hold for every input, hostile ones first of all.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use rk9s::store::filter::{Field, Filter, Scratch, Subject, selector};
use rk9s::text::{age, clean, fuzzy, quantity, shell, width};
use unicode_segmentation::UnicodeSegmentation;

const COLUMNS: [&str; 5] = ["NAME", "STATUS", "READY", "CPU", "AGE"];

/// Terms that find something in some of the rows of [`row`].
const TERMS: [&str; 32] = [
    "^rd",
    "rd$",
    "!o",
    "!or",
    "!^o",
    "a",
    "o",
    "or",
    "ord",
    "Ord",
    "orders",
    "orders-ab",
    "^o",
    "^ord",
    "b$",
    "^orders-ab$",
    "\"a b\"",
    "~oa",
    "~ob",
    "~Ob",
    "1/2",
    "status=ord",
    "status~a",
    "name!=a",
    "ready<1",
    "ready=1/2",
    "cpu>500m",
    "cpu<=2",
    "age<2h",
    "age=0s",
    "nope=a",
    "nope~o",
];

/// Text with everything that has ever misled a terminal or a reader in it.
fn hostile() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "\x1b[31m",
        "\x1b]0;x\x07",
        "\u{9b}2J",
        "\n",
        "\t",
        "\r",
        "\0",
        "\x7f",
        "\u{85}",
        "\u{202e}",
        "\u{2066}",
        "\u{2069}",
        "\u{200b}",
        "\u{200d}",
        "\u{2028}",
        "\u{feff}",
        "\u{e0041}",
        "\u{e0100}",
        "\u{ad}",
        "e\u{301}",
        "\u{301}\u{302}",
        "日本",
        "한국",
        "❤\u{fe0f}",
        "👩\u{200d}👧",
        "🇩🇪",
        "ﷺ",
        "لا",
        "…",
        "orders-5c8d7f9b6-9qwzx",
        " ",
        "-",
    ]);
    // Halfwidth voicing marks are left out: ratatui counts them twice, see `text::width`.
    let any = any::<char>().prop_filter("counted twice", |c| !matches!(c, '\u{ff9e}' | '\u{ff9f}'));
    let part =
        prop_oneof![nasty.prop_map(String::from), any.prop_map(String::from), "[a-z0-9-]{1,6}".prop_map(String::from)];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

/// Filters, most of them nearly right.
fn filter_text() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a", "b", "orders", "Ord", " ", " ", "|", "&", "!", "(", ")", "^", "$", "\"", "\\", "~", "re:", "-l ", "-f ",
        "=", "!=", "<", ">=", "status", "ready", "cpu", "age", "nope", "1/2", "500m", "2h", "7", "ö", "[", "*", "+",
        ",", "in", "x.io/y",
    ]);
    let loose = prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat());
    prop_oneof![4 => loose, 1 => hostile()]
}

/// Filters that are right.
fn expression() -> impl Strategy<Value = String> {
    let term = prop::sample::select(&TERMS[..]);
    let term = term.prop_map(String::from);
    term.prop_recursive(3, 8, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            inner.prop_map(|a| format!("!({a})")),
            pair.clone().prop_map(|(a, b)| format!("({a}) {b}")),
            pair.clone().prop_map(|(a, b)| format!("({a}) & ({b})")),
            pair.prop_map(|(a, b)| format!("({a} | {b})")),
        ]
    })
}

#[derive(Clone, Debug)]
struct Row {
    name: String,
    status: String,
    ready: (i64, i64),
    cpu: Option<f64>,
    age: i64,
    label: Option<String>,
}

fn row() -> impl Strategy<Value = Row> {
    let text = || prop_oneof!["[abo]{0,4}", "orders-[ab]{2}", "(x|o|or|ord|Ord|orders-ab){1,2}[ab]?", hostile()];
    let parts =
        (text(), text(), (0..3i64, 0..3i64), prop::option::of(0.0..4.0), -5..1_000_000i64, prop::option::of(text()));
    parts.prop_map(|(name, status, ready, cpu, age, label)| Row { name, status, ready, cpu, age, label })
}

impl Subject for Row {
    fn name(&self) -> &str {
        &self.name
    }
    fn visible_text(&self, out: &mut String) {
        out.push_str(&format!("{}\n{}\n{}/{}\n", self.name, self.status, self.ready.0, self.ready.1));
    }
    fn field(&self, column: &str) -> Option<Field<'_>> {
        Some(match column {
            "NAME" => Field::Text(self.name.as_str().into()),
            "STATUS" => Field::Text(self.status.as_str().into()),
            "READY" => Field::Ratio(self.ready.0, self.ready.1),
            "CPU" => self.cpu.map_or(Field::Missing, Field::Number),
            "AGE" => Field::Seconds(self.age),
            _ => return None,
        })
    }
    fn label(&self, key: &str) -> Option<&str> {
        self.label.as_deref().filter(|_| key == "nope")
    }
}

fn parse(text: &str) -> Option<Filter> {
    Filter::parse(text, &COLUMNS).ok()
}

/// Columns that ratatui moves on when it paints a text.
fn painted(text: &str) -> usize {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 2000, 1));
    usize::from(buffer.set_stringn(0, 0, text, 2000, Style::default()).0)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn clean_text_is_safe(text in hostile()) {
        let clean = clean::line(&text);
        for c in clean.chars() {
            prop_assert!(!c.is_control(), "{c:?} is a control character");
            let turns = matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
            prop_assert!(!turns, "{c:?} acts without being seen");
            prop_assert!(!matches!(c, '\u{feff}' | '\u{e0000}'..='\u{e0fff}'), "{c:?} is invisible");
        }
        prop_assert_eq!(clean::line(&clean), clean.as_ref(), "cleaning again changes nothing");
        prop_assert_eq!(painted(&clean), width::of(&clean), "what is measured is what is painted");
    }

    #[test]
    fn visible_text_stays(text in "[ -~äöüßéñ日本語한국어العربية…●◐○]{0,30}") {
        prop_assert_eq!(clean::line(&text), text.as_str());
    }

    #[test]
    fn cut_text_fits(text in hostile(), room in 0..40usize) {
        let clean = clean::line(&text);
        for cut in [width::cut(&clean, room), width::cut_middle(&clean, room)] {
            prop_assert!(width::of(&cut) <= room, "{:?} is too wide for {}", cut, room);
            prop_assert_eq!(painted(&cut), width::of(&cut));
            prop_assert_eq!(*cut == *clean, width::of(&clean) <= room, "what fits is left alone, and nothing else");
        }
        let start = width::cut(&clean, room);
        prop_assert!(clean.starts_with(start.strip_suffix('…').unwrap_or(&start)));
        let middle = width::cut_middle(&clean, room);
        if let Some((start, end)) = middle.split_once('…').filter(|_| *middle != *clean) {
            prop_assert!(clean.contains('…') || (clean.starts_with(start) && clean.ends_with(end)));
        }
    }

    #[test]
    fn padded_text_is_as_wide_as_asked(text in hostile(), room in 0..40usize) {
        let clean = clean::line(&text);
        let wanted = room.max(width::of(&clean));
        // A combining mark at the beginning would join the blanks before it.
        prop_assume!(width::of(&clean) == width::of(&format!(" {clean}")) - 1);
        prop_assert_eq!(width::of(&width::pad_end(&clean, room)), wanted);
        prop_assert_eq!(width::of(&width::pad_start(&clean, room)), wanted);
    }

    #[test]
    fn wrapped_text_is_whole(text in hostile(), room in 2..40usize) {
        let lines = width::wrap(&text, room);
        prop_assert!(!lines.is_empty());
        for line in &lines {
            // A grapheme that is wider than the room stands alone.
            prop_assert!(width::of(line) <= room || line.graphemes(true).count() == 1, "{:?} is too wide", line);
        }
        let letters = |text: &str| text.chars().filter(|c| !matches!(c, ' ' | '\n')).collect::<String>();
        prop_assert_eq!(letters(&lines.concat()), letters(&text), "only blanks may be lost");
    }

    #[test]
    fn ages_are_short_and_read_back(seconds in any::<i64>()) {
        let shown = age::human(seconds).to_string();
        if seconds < -1 {
            prop_assert_eq!(shown, "<invalid>");
            return Ok(());
        }
        prop_assert!(seconds > 300 * 365 * 86400 || shown.len() <= 6, "{} is long", shown);
        let read = age::parse_age(&shown).unwrap();
        prop_assert!(read <= seconds.max(0), "{} means at most {} s", shown, seconds);
        prop_assert_eq!(age::human(read).to_string(), shown, "what is printed is printed the same again");
        prop_assert!(age::parse_age(&age::short(seconds).to_string()).unwrap() <= seconds.max(0));
    }

    #[test]
    fn older_is_never_shown_as_younger(a in 0..400_000_000i64, b in 0..400_000_000i64) {
        let read = |age: i64| age::parse_age(&age::human(age).to_string()).unwrap();
        prop_assert!(read(a.min(b)) <= read(a.max(b)));
    }

    #[test]
    fn hostile_ages_quantities_and_times_do_no_harm(text in hostile(), digits in "[0-9.eE+mkKMGi-]{0,40}") {
        for text in [&text, &digits] {
            age::parse_age(text);
            age::parse_time(text);
            prop_assert_eq!(quantity::milli(text).is_some(), quantity::number(text).is_some());
            prop_assert_eq!(quantity::milli(text).is_some(), quantity::whole(text).is_some());
        }
    }

    #[test]
    fn times_are_read_back(seconds in -60_000_000_000..250_000_000_000i64) {
        prop_assert_eq!(age::parse_time(&age::print_time(seconds).unwrap()), Some(seconds));
    }

    #[test]
    fn quantities_are_exact(n in -9_000_000_000_000i64..9_000_000_000_000, power in 0..=2u32) {
        prop_assert_eq!(quantity::milli(&format!("{n}m")), Some(n));
        prop_assert_eq!(quantity::whole(&n.to_string()), Some(n));
        let suffix = ["", "Ki", "Mi"][power as usize];
        let want = n.saturating_mul(1024i64.pow(power));
        prop_assert_eq!(quantity::whole(&format!("{n}{suffix}")), Some(want));
        let fraction = format!("{}{}.{:03}", if n < 0 { "-" } else { "" }, n.abs() / 1000, n.abs() % 1000);
        prop_assert_eq!(quantity::milli(&fraction), Some(n), "{} is as many thousandths", fraction);
    }

    #[test]
    fn printed_quantities_are_near(n in any::<i64>()) {
        let shown = quantity::print_bytes(n).to_string();
        let read = quantity::number(&shown).unwrap();
        prop_assert!((read - n as f64).abs() <= n.unsigned_abs() as f64 * 0.05 + 0.5, "{} for {}", shown, n);
        prop_assert!(shown.trim_start_matches('-').len() <= 6, "{} is long", shown);
        let cores = quantity::number(&quantity::print_cpu(n).to_string()).unwrap() * 1000.0;
        prop_assert!((cores - n as f64).abs() <= n.unsigned_abs() as f64 * 0.05 + 0.5);
    }

    #[test]
    fn fuzzy_matches_are_in_order(text in hostile(), pattern in "[a-zA-Z0-9-]{0,5}") {
        let fuzzy = fuzzy::Fuzzy::new(&pattern);
        prop_assert_eq!(fuzzy.score(&text).is_some(), fuzzy.find(&text).is_some());
        let chars: Vec<char> = text.chars().collect();
        if let Some(found) = fuzzy.find(&text) {
            prop_assert!(found.at.is_sorted_by(|a, b| a < b));
            let letters: String = found.at.iter().map(|at| chars[*at]).collect();
            prop_assert!(letters.eq_ignore_ascii_case(&pattern));
        }
    }

    #[test]
    fn shell_lines_are_read_back(words in prop::collection::vec(hostile(), 0..5)) {
        let line = shell::join(&words);
        prop_assert!(!line.chars().any(|c| c.is_control()));
        let clean: Vec<String> = words.iter().map(|word| clean::line(word).into_owned()).collect();
        prop_assert_eq!(shlex::split(&line).unwrap(), clean);
    }

    #[test]
    fn no_filter_panics(text in filter_text(), row in row()) {
        match Filter::parse(&text, &COLUMNS) {
            Ok(filter) => {
                let marked = filter.highlights(&row);
                prop_assert!(marked.iter().all(|at| *at < row.name.chars().count()));
                prop_assert_eq!(filter.matches(&row), filter.matches_with(&row, &mut Scratch::default()));
                prop_assert!(filter.narrows(&filter) || filter.is_timed());
            }
            Err(error) => {
                prop_assert!(error.at <= text.chars().count());
                prop_assert!(!error.message.is_empty() && !error.hint.is_empty());
            }
        }
        let _ = selector::check(&text);
    }

    #[test]
    fn a_name_finds_itself(row in row()) {
        let quoted = format!("\"{}\"", row.name.replace('\\', "\\\\").replace('"', "\\\""));
        if !row.name.is_empty() {
            prop_assert!(parse(&quoted).unwrap().matches(&row), "{} finds it", quoted);
            let exact = format!("^{quoted}$");
            prop_assert!(parse(&exact).unwrap().matches(&row), "{} finds it", exact);
        }
        prop_assert!(parse(&format!("name={quoted}")).unwrap().matches(&row), "name={} finds it", quoted);
    }

    #[test]
    fn signs_mean_what_they_say(a in expression(), b in expression(), row in row()) {
        let fits = |text: String| parse(&text).unwrap().matches(&row);
        let (x, y) = (fits(a.clone()), fits(b.clone()));
        prop_assert_eq!(fits(format!("({a}) ({b})")), x && y);
        prop_assert_eq!(fits(format!("{a} & {b}")), x && y);
        prop_assert_eq!(fits(format!("{a} | {b}")), x || y);
        prop_assert_eq!(fits(format!("!({a})")), !x);
    }

    #[test]
    fn narrower_filters_show_no_other_rows(old in expression(), new in expression(), more in filter_text(), row in row()) {
        for new in [format!("{old}{more}"), format!("{new} {old}"), format!("{old} | {new}"), new] {
            let (Some(new), Some(old)) = (parse(&new), parse(&old)) else { continue };
            if new.narrows(&old) && new.matches(&row) {
                prop_assert!(old.matches(&row), "{:?} narrows {:?}", new, old);
            }
        }
    }

    #[test]
    fn narrower_terms_show_no_other_rows(row in row()) {
        let terms: Vec<(Filter, bool)> =
            TERMS.iter().filter_map(|text| parse(text)).map(|term| (term.clone(), term.matches(&row))).collect();
        prop_assert_eq!(terms.len(), TERMS.len());
        for ((new, new_fits), (old, old_fits)) in terms.iter().flat_map(|new| terms.iter().map(move |old| (new, old))) {
            prop_assert!(!new_fits || *old_fits || !new.narrows(old), "{:?} narrows {:?}", new, old);
        }
    }

    #[test]
    fn a_further_term_narrows(old in expression(), more in expression()) {
        let old_filter = parse(&old).unwrap();
        let new = parse(&format!("({old}) ({more})")).unwrap();
        prop_assert_eq!(new.narrows(&old_filter), !old_filter.is_timed());
    }
}
