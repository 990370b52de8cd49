//! What each verb does. One arm a verb; anything longer has a function in the module that owns the matter.

use super::App;
use super::effect::Effect;
use super::page::{Page, Text, Topic};
use super::paper::{Paper, Seek};
use super::picker::Picker;
use super::prompt::Prompt;
use super::table::Table;
use super::verb::Verb;
use crate::cluster::logs::Run;
use crate::cluster::papers::View;
use crate::kinds::From;
use crate::store::lens::{Sort, Way};

impl App {
    /// Does what a verb says, wherever it came from: a key, the `:` line, a menu.
    pub fn act(&mut self, verb: Verb) {
        if let Err(why) = self.possible(verb) {
            return self.say(Err(why));
        }
        match verb {
            Verb::Down => self.step(1),
            Verb::Up => self.step(-1),
            Verb::PageDown => self.page_step(1),
            Verb::PageUp => self.page_step(-1),
            Verb::Top => self.point(0),
            Verb::Bottom => self.point(usize::MAX),
            Verb::ScrollLeft => self.on_table(|table| table.scroll = table.scroll.saturating_sub(1)),
            Verb::ScrollRight => self.on_table(|table| table.scroll = (table.scroll + 1).min(table.heads.len())),
            Verb::Enter => self.enter(),
            Verb::Filter => self.prompt = self.table().map(|table| Prompt::filter(&table.filter_text)),
            Verb::Wide => self.toggle_wide(),
            Verb::Faults => self.toggle_faults(),
            Verb::SortNext => self.sort_step(1),
            Verb::SortPrevious => self.sort_step(-1),
            Verb::SortTurn => {
                self.on_table(|table| sort(table, Sort { way: table.lens.sort.way.turned(), ..table.lens.sort }))
            }
            Verb::SortPick => self.picker = self.table().map(Picker::columns),
            Verb::SortName => self.sort_by("NAME"),
            Verb::SortAge => self.sort_by("AGE"),
            Verb::SortStatus => self.sort_by("STATUS"),
            Verb::Mark => self.mark(),
            Verb::MarkRange => self.mark_range(),
            Verb::MarkAll => self.on_table(|table| table.marks = shown_uids(table)),
            Verb::MarkInvert => self.on_table(|table| table.marks = &shown_uids(table) - &table.marks),
            Verb::Unmark => self.on_table(|table| table.marks.clear()),
            Verb::CopyName => self.copy_name(),
            Verb::CopyPick => self.pick_copy(),
            Verb::Owner => self.go_owner(),
            Verb::Node => self.go_node(),
            Verb::Revisions => self.go_revisions(),
            Verb::RolloutStatus => self.read_rollout(),
            Verb::Reach => self.reach_or_check(),
            Verb::Group => self.toggle_group(),
            Verb::Namespaces => self.pick_namespace(),
            Verb::AllNamespaces => self.go_namespace(None),
            Verb::Favourite1
            | Verb::Favourite2
            | Verb::Favourite3
            | Verb::Favourite4
            | Verb::Favourite5
            | Verb::Favourite6
            | Verb::Favourite7
            | Verb::Favourite8
            | Verb::Favourite9 => self.go_favourite(verb.favourite().unwrap_or(1)),
            Verb::Describe | Verb::SeeDescribe => self.read(View::Describe),
            Verb::Yaml | Verb::SeeYaml => self.read(View::Yaml),
            Verb::Blame => self.read(View::Blame),
            Verb::Applied => self.read(View::Applied),
            Verb::Keys => self.read(View::Keys),
            Verb::Side => self.turn_side(),
            Verb::SideFocus => self.turn_focus(),
            Verb::Do(action) => self.begin(action),
            Verb::Undo => self.undo(),
            Verb::Running => self.show_text(Topic::Running),
            Verb::Again => self.again(),
            Verb::CancelRunning => self.cancel_job(),
            Verb::Journal => self.open_journal(),
            Verb::Diff => self.diff(),
            Verb::ObjectChanges => self.read(View::Changes),
            Verb::Changes => self.read_changes(),
            Verb::Kubectl => self.pick_kubectl(),
            Verb::Logs => self.open_log(Run::Current),
            Verb::PreviousLogs => self.open_log(Run::Previous),
            Verb::LogDown
            | Verb::LogUp
            | Verb::LogPageDown
            | Verb::LogPageUp
            | Verb::LogTop
            | Verb::LogBottom
            | Verb::LogLeft
            | Verb::LogRight
            | Verb::LogFollow
            | Verb::LogFilter
            | Verb::LogFind
            | Verb::LogNext
            | Verb::LogPrevious
            | Verb::LogWrap
            | Verb::LogTimes
            | Verb::LogRun
            | Verb::LogAll
            | Verb::LogContainer
            | Verb::LogMark
            | Verb::LogClear
            | Verb::LogNow
            | Verb::LogCopy
            | Verb::LogSave
            | Verb::LogTail
            | Verb::LogWhole
            | Verb::LogMinute
            | Verb::Log5Minutes
            | Verb::Log15Minutes
            | Verb::Log30Minutes
            | Verb::LogHour => self.act_on_log(verb),
            Verb::LineDown => self.on_paper(|paper| paper.step(1)),
            Verb::LineUp => self.on_paper(|paper| paper.step(-1)),
            Verb::LinePageDown => self.on_paper(|paper| paper.step(paper.height as isize)),
            Verb::LinePageUp => self.on_paper(|paper| paper.step(-(paper.height as isize))),
            Verb::FirstLine => self.on_paper(|paper| paper.at = 0),
            Verb::LastLine => self.on_paper(|paper| paper.step(isize::MAX)),
            Verb::PanLeft => self.on_paper(|paper| paper.left = paper.left.saturating_sub(8)),
            Verb::PanRight => self.on_paper(|paper| paper.left += 8),
            Verb::Fold => self.on_paper(Paper::turn),
            Verb::Find => self.open_find(),
            Verb::FindNext => self.find_again(Seek::Next),
            Verb::FindPrevious => self.find_again(Seek::Previous),
            Verb::Wrap => self.turn_wrap(),
            Verb::Live => self.turn_live(),
            Verb::Reveal => self.reveal(),
            Verb::RevealAll => self.reveal_all(),
            Verb::CopyText => self.copy_paper(),
            Verb::CopyLine => self.copy_line(),
            Verb::Save => self.save_paper(),
            Verb::ScrollDown => self.scroll_text(|_| 1),
            Verb::ScrollUp => self.scroll_text(|_| -1),
            Verb::ScrollPageDown => self.scroll_text(|text| text.height as isize),
            Verb::ScrollPageUp => self.scroll_text(|text| -(text.height as isize)),
            Verb::ScrollTop => self.scroll_text(|_| isize::MIN),
            Verb::ScrollBottom => self.scroll_text(|_| isize::MAX),
            Verb::Command => self.prompt = Some(Prompt::command("")),
            Verb::Help => {
                self.ask_rights();
                self.show_text(Topic::Help);
            }
            Verb::Messages => self.show_text(Topic::Messages),
            Verb::Theme => self.pick_theme(),
            Verb::Demo => self.open_demo(),
            Verb::Settings => self.show_text(Topic::Settings),
            Verb::Palette => self.open_palette(),
            Verb::Columns => self.open_chooser(),
            Verb::Net => self.show_text(Topic::Net),
            Verb::Back => self.back(),
            Verb::HistoryBack => self.history_step(-1),
            Verb::HistoryForward => self.history_step(1),
            Verb::FormerContext => self.switch_to_former(),
            Verb::Refresh => self.refresh(),
            Verb::Redraw => self.out.push(Effect::Redraw),
            Verb::Login => self.login(),
            Verb::Suspend => self.out.push(Effect::Suspend),
            Verb::Quit => self.quit(),
        }
    }

    fn on_table(&mut self, change: impl FnOnce(&mut Table)) {
        if let Some(table) = self.table_mut() {
            change(table);
        }
    }

    fn scroll_text(&mut self, lines: impl FnOnce(&Text) -> isize) {
        if let Some(Page::Text(text)) = self.stack_mut().and_then(|stack| stack.last_mut()) {
            text.scroll(lines(text));
        }
    }

    fn pick_copy(&mut self) {
        self.picker = self.copies().map(Picker::copies);
    }

    fn open_demo(&mut self) {
        self.picker = Some(Picker::demo(&self.demo));
    }

    fn step(&mut self, rows: isize) {
        self.on_table(|table| table.step(rows));
    }

    fn page_step(&mut self, way: isize) {
        self.on_table(|table| table.step(way * table.cursor.page()));
    }

    fn point(&mut self, at: usize) {
        self.on_table(|table| table.point(at));
    }

    fn toggle_wide(&mut self) {
        let now = self.now;
        self.on_table(|table| {
            table.wide = !table.wide;
            // A filter reads what is visible.
            if table.filter.is_some() {
                table.refilter(now);
            }
        });
        self.tend_companions();
    }

    fn toggle_faults(&mut self) {
        let now = self.now;
        self.on_table(|table| {
            table.faults_only = !table.faults_only;
            table.refilter(now);
        });
    }

    fn toggle_group(&mut self) {
        let now = self.now;
        let Some(table) = self.table_mut() else { return };
        table.grouped = !table.grouped;
        table.refilter(now);
    }

    fn sort_step(&mut self, step: isize) {
        self.on_table(|table| {
            let shown: Vec<From> = table
                .heads
                .iter()
                .filter(|h| !h.is_hidden() && (table.wide || !h.wide))
                .map(|head| head.from)
                .collect();
            let at = shown.iter().position(|from| *from == table.lens.sort.by).unwrap_or(0);
            let next = at.saturating_add_signed(step).min(shown.len().saturating_sub(1));
            if let Some(by) = shown.get(next) {
                sort(table, Sort { by: *by, way: Way::Up });
            }
        });
    }

    /// Sorts by a column; a second time turns the order round.
    pub fn sort_by(&mut self, title: &str) {
        let Some(table) = self.table_mut() else { return };
        let Some(by) = table.heads.iter().find(|head| head.title == title).map(|head| head.from) else {
            let kind = table.subject.of.name();
            return self.say(Err(format!("{kind} have no column {title}")));
        };
        let now = table.lens.sort;
        let way = if now.by == by { now.way.turned() } else { Way::Up };
        sort(table, Sort { by, way });
    }

    fn mark(&mut self) {
        self.on_table(|table| {
            let Some(uid) = table.current().map(|held| held.row.uid.clone()) else { return };
            if !table.marks.remove(&uid) {
                table.marks.insert(uid.clone());
            }
            table.last_mark = Some(uid);
            table.step(1);
        });
    }

    fn mark_range(&mut self) {
        self.on_table(|table| {
            let from = table
                .last_mark
                .as_ref()
                .and_then(|uid| table.rows.find(uid))
                .and_then(|slot| table.lens.position(slot));
            let from = from.unwrap_or(table.cursor.at);
            let (low, high) = (from.min(table.cursor.at), from.max(table.cursor.at));
            let range = table.lens.order().iter().skip(low).take(high - low + 1);
            let uids: Vec<_> = range.filter_map(|slot| Some(table.rows.get(*slot)?.row.uid.clone())).collect();
            table.marks.extend(uids);
        });
    }

    fn refresh(&mut self) {
        let Some(session) = self.session().map(|session| session.id) else { return };
        self.reread();
        self.retry_log();
        self.out.push(Effect::Nudge(session));
        self.out.push(Effect::ReadContexts);
        self.session_mut(session).into_iter().for_each(|session| session.rights.clear());
        self.retry_link(session);
        self.ask_again(session);
    }

    fn show_text(&mut self, topic: Topic) {
        if matches!(self.page(), Some(Page::Text(text)) if text.topic == topic) {
            return self.back();
        }
        self.push_page(Page::Text(Text::new(topic)));
    }
}

fn sort(table: &mut Table, sort: Sort) {
    table.lens.sort = sort;
    table.lens.invalidate();
    // A sort that was asked for is not movement: it happens at once, and the cursor stays with its object.
    table.resort();
}

fn shown_uids(table: &Table) -> std::collections::HashSet<crate::kinds::Uid> {
    table.lens.order().iter().filter_map(|slot| Some(table.rows.get(*slot)?.row.uid.clone())).collect()
}
