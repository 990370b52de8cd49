//! Logs on the screen: opening them, what their keys do, and what comes of it.

use super::App;
use super::copy::targets;
use super::effect::{Effect, LogId};
use super::log::{Ask, LogPage, News, Times};
use super::page::Page;
use super::paper::Wrap;
use super::picker::Picker;
use super::prompt::{Part, Prompt};
use super::verb::Verb;
use crate::cluster::logs::{Run, Span, State, Want, Which};
use crate::store::log::{Sieve, View, Way};

impl App {
    /// The log on the screen.
    pub fn log(&self) -> Option<&LogPage> {
        match self.page()? {
            Page::Log(log) => Some(log),
            _ => None,
        }
    }

    pub fn log_mut(&mut self) -> Option<&mut LogPage> {
        match self.stack_mut()?.last_mut()? {
            Page::Log(log) => Some(log),
            _ => None,
        }
    }

    /// Shows the log of the pod or container under the cursor.
    pub(super) fn open_log(&mut self, run: Run) {
        match self.log_target() {
            Err(why) => self.say(Err(why)),
            Ok((namespace, pod, which)) => {
                let Some(session) = self.session().map(|session| session.id) else { return };
                let span = Span::Tail(self.settings.logs_tail());
                let want = Want { namespace, pod, which, run, span };
                self.push_page(Page::Log(Box::new(LogPage::new(session, want))));
            }
        }
    }

    fn log_target(&self) -> Result<(String, String, Which), String> {
        let table = self.table().ok_or("there is no table on the screen")?;
        let row = targets(table).first().copied().ok_or("there is no row under the cursor")?;
        let namespace = row.namespace.to_string();
        match table.subject.of.name().as_str() {
            "pods" => Ok((namespace, row.name.to_string(), Which::All)),
            "containers" => {
                let pod = row.owner.as_ref().ok_or("the container's pod is not known")?;
                Ok((namespace, pod.name.to_string(), Which::One(row.name.to_string())))
            }
            other => Err(format!("{other} have no logs of their own; Enter leads to the pods, where there are any")),
        }
    }

    /// A log came to the screen: it is read, and looked at.
    pub(super) fn tend_log(&mut self) {
        let Some(session) = self.session().filter(|session| session.is_ready()).map(|session| session.id) else {
            return;
        };
        let Some(log) = self.log() else { return };
        if log.id.is_none() {
            let (want, id) = (log.want.clone(), LogId(self.next_id()));
            if let Some(log) = self.log_mut() {
                log.id = Some(id);
            }
            self.out.push(Effect::Log { log: id, session, ask: Ask::Open(Box::new(want)) });
            let view = self.log().map(|log| log.view.clone()).filter(|view| !view.is_whole());
            view.into_iter().for_each(|view| self.ask_log(Ask::View(view)));
        }
        self.look_at_log();
    }

    /// The page is covered: lines go on coming, but nobody needs to be told.
    pub(super) fn leave_log(&mut self) {
        self.ask_log(Ask::Rest);
    }

    fn ask_log(&mut self, ask: Ask) {
        let known = self.log().and_then(|log| Some((log.id?, log.session)));
        self.out.extend(known.map(|(log, session)| Effect::Log { log, session, ask }));
    }

    fn look_at_log(&mut self) {
        let look = self.log().map(LogPage::look);
        look.into_iter().for_each(|look| self.ask_log(Ask::Look(look)));
    }

    pub(super) fn take_log(&mut self, id: LogId, news: News) {
        match news {
            News::Said(said) => self.say(said),
            News::Seen(sight) => {
                let logs = self.stacks.values_mut().flatten().filter_map(|page| match page {
                    Page::Log(log) => Some(log),
                    _ => None,
                });
                logs.into_iter().filter(|log| log.id == Some(id)).for_each(|log| log.take((*sight).clone()));
            }
            News::Found(found) => self.take_found(id, found),
        }
    }

    fn take_found(&mut self, id: LogId, found: Option<u64>) {
        let Some(log) = self.log_mut().filter(|log| log.id == Some(id)) else { return };
        match found {
            Some(number) => {
                log.show(number);
                self.look_at_log();
            }
            None => {
                let what = log.find.as_ref().map(|find| find.typed().to_owned()).unwrap_or_default();
                self.say(Err(format!("no more lines with `{what}` that way")));
            }
        }
    }

    /// What the keys of a log do.
    pub(super) fn act_on_log(&mut self, verb: Verb) {
        match verb {
            Verb::LogDown => self.on_log(|log| log.scroll(1)),
            Verb::LogUp => self.on_log(|log| log.scroll(-1)),
            Verb::LogPageDown => self.on_log(|log| log.scroll(log.height as isize)),
            Verb::LogPageUp => self.on_log(|log| log.scroll(-(log.height as isize))),
            Verb::LogTop => self.on_log(LogPage::to_start),
            Verb::LogBottom => self.on_log(LogPage::follow),
            Verb::LogLeft => self.on_log(|log| log.left = log.left.saturating_sub(16)),
            Verb::LogRight => self.on_log(|log| log.left += 16),
            Verb::LogFollow => {
                self.on_log(|log| if log.is_following() { log.pause() } else { log.follow() });
            }
            Verb::LogWrap => self.on_log(|log| {
                log.wrap = if log.wrap == Wrap::Off { Wrap::On } else { Wrap::Off };
                log.left = 0;
            }),
            Verb::LogTimes => self.on_log(|log| {
                log.times = if log.times == Times::Hidden { Times::Shown } else { Times::Hidden };
            }),
            Verb::LogMark => self.ask_log(Ask::Mark("mark".into())),
            Verb::LogClear => self.turn_clear(),
            Verb::LogNow => {
                self.on_log(LogPage::follow);
                self.ask_log(Ask::Now);
            }
            Verb::LogCopy => {
                let text = self.log().map(LogPage::text).filter(|text| !text.is_empty());
                self.out.extend(text.map(Effect::Copy));
            }
            Verb::LogSave => self.save_log(),
            Verb::LogFilter => self.prompt = self.log().map(|log| Prompt::log(Part::Filter, typed(&log.view.sieve))),
            Verb::LogFind => self.prompt = self.log().map(|log| Prompt::log(Part::Find, typed(&log.find))),
            Verb::LogNext => self.seek_log(Way::Down),
            Verb::LogPrevious => self.seek_log(Way::Up),
            Verb::LogAll => self.turn_containers(),
            Verb::LogContainer => self.picker = self.log().map(Picker::sources),
            Verb::LogRun => self.reopen_log(|want| {
                want.run = if want.run == Run::Previous { Run::Current } else { Run::Previous };
            }),
            Verb::LogTail => {
                let lines = self.settings.logs_tail();
                self.reopen_log(|want| want.span = Span::Tail(lines));
            }
            Verb::LogWhole => self.reopen_log(|want| want.span = Span::Whole),
            Verb::LogMinute => self.reopen_log(|want| want.span = Span::Seconds(60)),
            Verb::Log5Minutes => self.reopen_log(|want| want.span = Span::Seconds(5 * 60)),
            Verb::Log15Minutes => self.reopen_log(|want| want.span = Span::Seconds(15 * 60)),
            Verb::Log30Minutes => self.reopen_log(|want| want.span = Span::Seconds(30 * 60)),
            Verb::LogHour => self.reopen_log(|want| want.span = Span::Seconds(60 * 60)),
            _ => {}
        }
    }

    /// Changes how the log is read by whom it is on the screen of, and asks for the lines that are needed then.
    fn on_log(&mut self, change: impl FnOnce(&mut LogPage)) {
        let Some(log) = self.log_mut() else { return };
        change(log);
        self.look_at_log();
    }

    /// Shows other lines.
    pub(super) fn view_log(&mut self, change: impl FnOnce(&mut View)) {
        let Some(log) = self.log_mut() else { return };
        change(&mut log.view);
        let view = log.view.clone();
        self.ask_log(Ask::View(view));
    }

    /// Reads another log of the same pod, from the beginning.
    pub(super) fn reopen_log(&mut self, change: impl FnOnce(&mut Want)) {
        self.ask_log(Ask::Close);
        let Some(log) = self.log_mut() else { return };
        let mut fresh = LogPage::new(log.session, log.want.clone());
        change(&mut fresh.want);
        (fresh.wrap, fresh.times, fresh.left) = (log.wrap, log.times, log.left);
        (fresh.width, fresh.height, fresh.find) = (log.width, log.height, log.find.clone());
        fresh.view.sieve = log.view.sieve.clone();
        // A container keeps its number as long as all of them are read.
        fresh.view.only = log.view.only.filter(|_| fresh.want.which == log.want.which);
        *log = fresh;
        self.tend_log();
    }

    /// One container, or all of the pod.
    fn turn_containers(&mut self) {
        let Some(log) = self.log() else { return };
        match (&log.want.which, log.view.only) {
            (Which::One(_), _) => self.reopen_log(|want| want.which = Which::All),
            (Which::All, Some(_)) => self.view_log(|view| view.only = None),
            (Which::All, None) if log.sight.sources.len() > 1 => self.picker = Some(Picker::sources(log)),
            (Which::All, None) => self.say(Err("the pod has no other container".into())),
        }
    }

    fn turn_clear(&mut self) {
        let next = self.log().map_or(0, |log| log.sight.totals.next);
        self.on_log(LogPage::follow);
        self.view_log(|view| view.from = if view.from == 0 { next } else { 0 });
    }

    fn save_log(&mut self) {
        let Some(log) = self.log() else { return };
        let (name, times) = (format!("log-{}-{}.log", log.want.namespace, log.want.pod), log.times);
        self.ask_log(Ask::Save { name, times });
    }

    fn seek_log(&mut self, way: Way) {
        let Some(log) = self.log() else { return };
        let Some(sieve) = log.find.clone() else {
            self.prompt = Some(Prompt::log(Part::Find, ""));
            return;
        };
        let (first, last) = log.span().unwrap_or_default();
        let edge = if way == Way::Down { first } else { last + 1 };
        let from = log.found.filter(|found| (first..=last).contains(found)).unwrap_or(edge);
        self.ask_log(Ask::Seek { from, way, sieve });
    }

    /// Filters or searches as the text is typed; the error is what is wrong with it.
    pub(super) fn sift_log(&mut self, part: Part, text: &str) -> Result<(), String> {
        let sieve = Sieve::read(text)?;
        match part {
            Part::Find => {
                self.log_mut().into_iter().for_each(|log| (log.find, log.found) = (sieve.clone(), None));
            }
            Part::Filter => self.view_log(|view| view.sieve = sieve),
        }
        Ok(())
    }

    /// The text of the prompt stands: a search goes to the last line that has it.
    pub(super) fn enter_sieve(&mut self, part: Part) {
        if part == Part::Find && self.log().is_some_and(|log| log.find.is_some()) {
            self.seek_log(Way::Up);
        }
    }

    /// Asks again for a log that was refused.
    pub(super) fn retry_log(&mut self) {
        let refused = |(_, state): &(String, State)| matches!(state, State::Refused(_));
        if self.log().is_some_and(|log| log.sight.sources.iter().any(refused)) {
            self.reopen_log(|_| {});
        }
    }

    /// Takes back what narrows the log, one thing at a time; whether there was any.
    pub(super) fn widen_log(&mut self) -> bool {
        let Some(log) = self.log_mut() else { return false };
        if log.find.is_some() {
            (log.find, log.found) = (None, None);
            return true;
        }
        if log.view.sieve.is_some() {
            self.view_log(|view| view.sieve = None);
            return true;
        }
        if log.view.from > 0 {
            self.view_log(|view| view.from = 0);
            return true;
        }
        false
    }
}

fn typed(sieve: &Option<Sieve>) -> &str {
    sieve.as_ref().map_or("", Sieve::typed)
}
