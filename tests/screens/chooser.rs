//! Columns chosen, moved, added and kept.

use super::harness::Console;
use super::things::{pods, shop};
use rk9s::app::effect::Effect;
use rk9s::app::msg::Msg;
use rk9s::config::columns::{Choices, file_with};
use rk9s::config::texts::{Source, Texts};
use rk9s::kinds::Value;
use rk9s::store::delta::{Batch, Delta, State};

fn titles(console: &mut Console) -> Vec<String> {
    console.paint();
    console.row(1).split_whitespace().map(|title| title.trim_end_matches(['↑', '↓']).to_owned()).collect()
}

/// What was kept last, as the file would hold it.
fn kept(console: &mut Console) -> Option<String> {
    console.effects().into_iter().rev().find_map(|effect| match effect {
        Effect::KeepColumns { kind, choice } => Some(file_with("", &kind, choice.as_ref())),
        _ => None,
    })
}

#[test]
fn columns_are_hidden_moved_added_and_kept() {
    let mut console = Console::live(shop());
    console.resize(120, 24);
    assert_eq!(titles(&mut console), ["NAME", "READY", "STATUS", "RST", "LAST", "IP", "NODE", "AGE"]);
    console.keys("|");
    let text = console.paint();
    assert!(text.contains("Columns of pods") && text.contains("✓ READY") && text.contains("w IMAGE"), "{text}");
    // READY hidden, STATUS in front of NAME, a label behind that.
    console.keys("j space j K K a");
    console.type_text("app");
    console.keys("enter esc");
    assert_eq!(titles(&mut console), ["STATUS", "APP", "NAME", "RST", "LAST", "IP", "NODE", "AGE"]);
    let file = kept(&mut console).unwrap();
    assert!(
        file.starts_with(
            "views:\n  \"pods\":\n    columns:\n    - \"STATUS\"\n    - \"APP:.metadata.labels['app']\"\n"
        ),
        "{file}"
    );
    assert!(file.contains("- \"READY|H\"\n"), "{file}");
    // Another table of the kind, and the next start, have them too.
    console.keys("0");
    console.list(shop());
    assert_eq!(titles(&mut console)[..3], ["NAMESPACE", "STATUS", "APP"], "{file}");
    let mut next = Console::live(shop());
    next.tell(Msg::Config(Box::new(Texts { columns: file, ..Texts::default() })));
    assert_eq!(titles(&mut next)[..3], ["STATUS", "APP", "NAME"]);
    next.keys("/");
    next.type_text("ready=1/1");
    next.keys("enter");
    assert_eq!(next.names().len(), 1, "a hidden column can be asked for by name");
    next.keys("esc | r esc");
    assert_eq!(titles(&mut next)[..3], ["NAME", "READY", "STATUS"]);
    assert_eq!(kept(&mut next).as_deref(), Some("views:\n"));
}

#[test]
fn an_added_column_sorts_filters_and_says_what_is_wrong() {
    let mut console = Console::live(shop());
    console.resize(120, 24);
    console.keys("| a");
    console.type_text("no label");
    console.keys("enter");
    assert!(console.paint().contains("`no label` is no label"));
    console.keys("esc x");
    assert!(console.paint().contains("the kind's own columns can be hidden: space"));
    console.keys("esc");
    assert_eq!(kept(&mut console), None, "nothing was changed");
    console.keys("| a");
    console.type_text("app");
    console.keys("enter esc O");
    console.type_text("app");
    console.keys("enter");
    assert!(console.paint().contains("APP↑"), "{}", console.text());
}

#[test]
fn k9s_views_choose_columns_and_order() {
    let mut console = Console::start(pods("shop"));
    let text = "views:\n  v1/pods:\n    columns: [NAME, AGE, STATUS, PF, 'APP:.metadata.labels.app']\n    sortColumn: AGE:desc\n";
    let views = Some(Source { file: "views.yaml".into(), text: text.into() });
    console.tell(Msg::Config(Box::new(Texts { views, ..Texts::default() })));
    console.connect("prod-eu");
    console.list(shop());
    assert_eq!(titles(&mut console), ["NAME", "AGE", "STATUS", "APP"]);
    assert!(console.row(1).contains("AGE↓"));
    console.keys("ctrl-w");
    assert!(titles(&mut console).contains(&"READY".to_owned()), "what was not listed is wide");
    let (_, wrong) = Choices::read("views: {pods: {colums: [NAME], columns: ['|W'], sortColumn: [a]}}");
    assert_eq!(wrong.len(), 3, "{wrong:?}");
}

#[test]
fn a_column_by_path_is_fed_while_it_is_shown() {
    let mut console = Console::live(shop());
    console.resize(120, 24);
    console.effects();
    console.keys("| a");
    console.type_text("owner:.metadata.annotations.owner");
    console.keys("enter esc");
    let feed = console.effects().into_iter().find_map(|effect| match effect {
        Effect::Watch { watch, want, .. } => Some((watch, format!("{:?}", want.source))),
        _ => None,
    });
    let (watch, source) = feed.unwrap();
    assert_eq!(source, "cells .metadata.annotations.owner");
    assert!(console.paint().contains("…"), "{}", console.text());
    let uid = console.app.table().unwrap().current().unwrap().row.uid.clone();
    let news = [Delta::State(State::Live), Delta::Cells(uid, Some([Value::Word("team-a".into())].into()))];
    console.tell(Msg::Watch(watch, Batch { deltas: news.into(), version: None }));
    assert!(console.paint().contains("team-a"), "{}", console.text());
    console.keys("| j space esc");
    let ended = console.effects().into_iter().any(|effect| matches!(effect, Effect::Unwatch(own) if own == watch));
    assert!(ended, "what nobody sees is not read");
}
