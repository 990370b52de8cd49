//! One container's log: attempt after attempt, run after run.

use super::lines::{Raw, Splitter};
use super::pod::{self, Moment};
use super::seen::Seen;
use super::{Gone, Piece, REFUSED, Run, Span, State, Want, rest};
use crate::cluster::backoff::Backoff;
use crate::cluster::connect::Link;
use crate::cluster::fault::{Class, Fault, of_error};
use crate::cluster::watch::{Shared, interruption};
use crate::store::log::{Kind, Line, strip};
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use kube::client::Body;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

/// Without a byte for so long, everything written so far has come.
const CAUGHT_UP: Duration = Duration::from_millis(250);
/// An API server sends the head of its answer with the first line: none for so long means that there is none yet.
const NO_HEAD: Duration = Duration::from_millis(1_500);
/// How often it is looked whether a container runs again.
const POLL: Duration = Duration::from_secs(2);
/// Lines that go out together.
const BATCH: usize = 1_024;

/// A container's log at work.
pub struct Source {
    link: Link,
    want: Want,
    number: u16,
    name: String,
    shared: Shared,
    out: mpsc::Sender<Piece>,
    seen: Seen,
    backoff: Backoff,
    uid: Option<String>,
    /// The run that was read last, by its number of restarts.
    run: Option<u32>,
    said: State,
    began: Instant,
    /// What the kubelet said last in the place of a line.
    excuse: String,
    /// The last line of a stream that ended without a line feed.
    unfinished: Splitter,
}

/// How a stream ended.
enum End {
    /// As it should: the container has ended, or the server is tired of it.
    Closed,
    Broken(String),
}

/// What to do next.
enum Next {
    Again,
    Stop,
}

/// A request for a log.
struct Ask {
    run: Run,
    follow: bool,
}

impl Source {
    pub fn new(
        link: Link,
        want: Want,
        (number, name): (u16, String),
        shared: Shared,
        out: mpsc::Sender<Piece>,
    ) -> Self {
        Self {
            link,
            want,
            number,
            name,
            shared,
            out,
            seen: Seen::default(),
            backoff: Backoff::default(),
            uid: None,
            run: None,
            said: State::Opening,
            began: Instant::now(),
            excuse: String::new(),
            unfinished: Splitter::default(),
        }
    }

    /// Reads until nothing can come any more.
    pub async fn run(mut self, uid: Option<String>, start: Option<Moment>) -> Result<(), Gone> {
        self.uid = uid;
        self.run = start.map(|moment| moment.restarts);
        loop {
            let ask = Ask { run: self.want.run, follow: self.want.run == Run::Current };
            let next = match self.read(&ask).await? {
                Ok(end) => self.after(&ask, end).await?,
                Err(fault) => self.refused(fault).await?,
            };
            if let Next::Stop = next {
                return Ok(());
            }
        }
    }

    /// One stream from its request to its end.
    async fn read(&mut self, ask: &Ask) -> Result<Result<End, Fault>, Gone> {
        let request = match Request::get(self.path(ask)).body(Body::empty()) {
            Ok(request) => request,
            Err(e) => return Ok(Err(Fault::new(Class::Invalid, "read the log", e.to_string()))),
        };
        self.seen.resume();
        let pulse = self.shared.pulse.clone();
        let mut silence = pin!(interruption(pulse));
        let link = self.link.clone();
        let mut opening = pin!(link.send(request));
        let response = loop {
            tokio::select! {
                biased;
                response = &mut opening => break response,
                _ = &mut silence => return Ok(Ok(End::Broken("the server does not answer".into()))),
                () = sleep(NO_HEAD), if self.said != State::Following => self.say(State::Following).await?,
            }
        };
        let mut body = match response {
            Ok(response) => response.into_body(),
            Err(fault) => return Ok(Err(fault)),
        };
        self.say(State::Reading).await?;
        let mut splitter = Splitter::default();
        loop {
            let frame = tokio::select! {
                biased;
                frame = timeout(CAUGHT_UP, body.frame()) => frame,
                _ = &mut silence => return Ok(Ok(End::Broken("the server does not answer".into()))),
            };
            match frame {
                Err(_) => self.say(State::Following).await?,
                Ok(Some(Ok(frame))) => {
                    let Ok(chunk) = frame.into_data() else { continue };
                    self.take(&mut splitter, chunk).await?;
                }
                // Half a line is not taken: the next stream brings it whole.
                Ok(Some(Err(e))) => return Ok(Ok(End::Broken(of_error("read the log", &e).said))),
                Ok(None) => {
                    self.unfinished = splitter;
                    return Ok(Ok(End::Closed));
                }
            }
        }
    }

    fn path(&self, ask: &Ask) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("timestamps", "true");
        if !self.name.is_empty() {
            query.append_pair("container", &self.name);
        }
        if ask.follow {
            query.append_pair("follow", "true");
        }
        if ask.run == Run::Previous {
            query.append_pair("previous", "true");
        }
        let since = self.seen.since().and_then(|at| jiff::Timestamp::from_second(at).ok());
        match (since, self.want.span) {
            (Some(at), _) => query.append_pair("sinceTime", &at.to_string()),
            (None, Span::Tail(lines)) => query.append_pair("tailLines", &lines.to_string()),
            // Nothing has come yet: what was written since the first try is wanted, too.
            (None, Span::Seconds(seconds)) => {
                let seconds = u64::from(seconds) + self.began.elapsed().as_secs();
                query.append_pair("sinceSeconds", &seconds.to_string())
            }
            (None, Span::Whole) => &mut query,
        };
        format!("{}/log?{}", pod::path(&self.want), query.finish())
    }

    async fn take(&mut self, splitter: &mut Splitter, chunk: Bytes) -> Result<(), Gone> {
        self.shared.heard.now();
        if matches!(self.said, State::Following) {
            self.said = State::Reading;
        }
        let mut lines = Vec::new();
        splitter.push(&chunk, &mut |raw| lines.extend(self.line(raw)));
        self.send(lines).await
    }

    async fn send(&mut self, lines: Vec<Line>) -> Result<(), Gone> {
        if !lines.is_empty() {
            self.backoff.reset();
        }
        let mut lines = lines.into_iter().peekable();
        while lines.peek().is_some() {
            let batch = lines.by_ref().take(BATCH).collect();
            self.out.send(Piece::Lines(batch)).await.map_err(|_| Gone)?;
        }
        Ok(())
    }

    /// The line, unless it was read before.
    fn line(&mut self, raw: Raw<'_>) -> Option<Line> {
        let text = String::from_utf8_lossy(raw.text);
        let Some(at) = raw.at else {
            let is_new = !text.is_empty() && self.excuse != text;
            self.excuse = text.into_owned();
            return is_new.then(|| self.mark(self.excuse.clone()));
        };
        let is_new = self.seen.is_new(at, raw.text);
        is_new.then(|| Line { at, source: self.number, kind: Kind::Text, text: strip(&text).into_owned() })
    }

    fn mark(&self, text: String) -> Line {
        let at = self.seen.newest().unwrap_or_default();
        Line { at, source: self.number, kind: Kind::Mark, text }
    }

    async fn note(&mut self, text: String) -> Result<(), Gone> {
        let mark = self.mark(text);
        self.out.send(Piece::Lines(vec![mark])).await.map_err(|_| Gone)
    }

    async fn say(&mut self, state: State) -> Result<(), Gone> {
        if self.said == state {
            return Ok(());
        }
        self.said = state.clone();
        self.out.send(Piece::State(self.number, state)).await.map_err(|_| Gone)
    }

    /// The container wrote no line feed at its end.
    async fn finish(&mut self) -> Result<(), Gone> {
        let mut splitter = std::mem::take(&mut self.unfinished);
        let mut lines = Vec::new();
        splitter.unfinished(&mut |raw| lines.extend(self.line(raw)));
        self.send(lines).await
    }

    /// A stream has ended: by itself, by the container's end, or by a cut.
    async fn after(&mut self, ask: &Ask, end: End) -> Result<Next, Gone> {
        if let End::Broken(why) = end {
            self.say(State::Retrying(why)).await?;
            rest(self.backoff.next(None), &self.shared).await;
            // Whatever happened meanwhile: the next stream tells.
            return if ask.follow { self.look(Sight::Again).await } else { Ok(Next::Again) };
        }
        if !ask.follow {
            self.finish().await?;
            self.say(State::Ended("the run before the last".into())).await?;
            return Ok(Next::Stop);
        }
        self.look(Sight::Ended).await
    }

    /// Looks what has become of the container, until there is something to read or nothing can come any more.
    async fn look(&mut self, sight: Sight) -> Result<Next, Gone> {
        let mut sight = sight;
        loop {
            let pod = match pod::read(&self.link, &self.want).await {
                Ok(pod) => pod,
                Err(fault) => return self.unsure(fault).await,
            };
            if self.uid.as_ref().is_some_and(|uid| uid != pod.uid()) {
                self.finish().await?;
                return self.over("the pod is gone; another of its name has taken its place").await;
            }
            let moment = pod.container(&self.name).unwrap_or_default();
            let before = *self.run.get_or_insert(moment.restarts);
            if moment.restarts > before {
                self.finish().await?;
                self.restarted(&moment, before).await?;
                return Ok(Next::Again);
            }
            if moment.running || matches!(sight, Sight::Again) {
                self.unfinished = Splitter::default();
                if moment.running && matches!(sight, Sight::Ended) {
                    rest(self.backoff.next(None), &self.shared).await;
                }
                return Ok(Next::Again);
            }
            self.finish().await?;
            let how = moment.ended.clone().unwrap_or_else(|| "ended".into());
            if moment.over {
                return self.over(&format!("container {} has ended: {how}", self.name)).await;
            }
            if matches!(sight, Sight::Ended) {
                self.note(format!("container {} has ended: {how}", self.name)).await?;
            }
            sight = Sight::Waits;
            self.say(State::Waiting(moment.waiting)).await?;
            rest(POLL, &self.shared).await;
        }
    }

    /// The pod cannot be read.
    async fn unsure(&mut self, fault: Fault) -> Result<Next, Gone> {
        match fault.class {
            Class::NotFound => {
                self.finish().await?;
                self.over("the pod is gone").await
            }
            // Who may read the log and not the pod: the stream alone tells.
            Class::Forbidden => {
                rest(self.backoff.next(None), &self.shared).await;
                Ok(Next::Again)
            }
            _ => {
                self.say(State::Retrying(fault.said)).await?;
                rest(self.backoff.next(fault.retry_after), &self.shared).await;
                Ok(Next::Again)
            }
        }
    }

    async fn over(&mut self, why: &str) -> Result<Next, Gone> {
        self.note(why.into()).await?;
        self.say(State::Ended(why.into())).await?;
        Ok(Next::Stop)
    }

    /// A new run: first what is left of the one before it, then the mark.
    async fn restarted(&mut self, moment: &Moment, before: u32) -> Result<(), Gone> {
        let missed = moment.restarts - before - 1;
        if missed > 0 {
            let logs = if missed == 1 { "the log of 1 run".into() } else { format!("the logs of {missed} runs") };
            let times = missed + 1;
            self.note(format!("container {} was restarted {times} times meanwhile: {logs} may be missing", self.name))
                .await?;
        }
        // It may be gone, or forbidden; what comes next comes all the same.
        let rest_of_it = Ask { run: Run::Previous, follow: false };
        while let Ok(end) = self.read(&rest_of_it).await? {
            if matches!(end, End::Closed) {
                self.finish().await?;
                break;
            }
            rest(self.backoff.next(None), &self.shared).await;
        }
        self.run = Some(moment.restarts);
        let ended = moment.ended.as_ref().map(|how| format!(" after {how}")).unwrap_or_default();
        self.note(format!("container {} restarted{ended} (restart {})", self.name, moment.restarts)).await
    }

    /// The server refuses the log.
    async fn refused(&mut self, fault: Fault) -> Result<Next, Gone> {
        let waits = fault.said.contains("waiting to start");
        match (fault.class, fault.code) {
            (Class::NotFound, _) => {
                self.say(State::Refused(fault)).await?;
                return Ok(Next::Stop);
            }
            (_, Some(400)) if waits => {
                let why = fault.said.rsplit(": ").next().unwrap_or(&fault.said).to_owned();
                self.say(State::Waiting(why)).await?;
                rest(POLL, &self.shared).await;
            }
            (_, Some(400)) if self.want.run == Run::Previous => {
                self.say(State::Refused(fault)).await?;
                return Ok(Next::Stop);
            }
            (Class::Forbidden | Class::Invalid, _) => {
                self.say(State::Refused(fault)).await?;
                rest(REFUSED, &self.shared).await;
            }
            _ => {
                self.say(State::Retrying(fault.said)).await?;
                rest(self.backoff.next(fault.retry_after), &self.shared).await;
            }
        }
        Ok(Next::Again)
    }
}

/// Why it is looked at the container.
#[derive(Clone, Copy)]
enum Sight {
    /// Its stream was cut off: the next one goes on where it was.
    Again,
    /// Its stream ended.
    Ended,
    /// It was told that it has ended.
    Waits,
}
