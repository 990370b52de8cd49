//! HTTP's side of an answer: a request read into what the API takes, and its answer sent, at once or piece by piece as the world changes.

use super::{Cluster, Credential, Faults, Reach};
use crate::demo::api::{Answer, Asked, Headers, Response, Step, is_public};
use bytes::Bytes;
use futures::stream::{self, Stream};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::{sleep, sleep_until};

/// The largest body that is read (apiserver's default), in bytes.
const LARGEST: usize = 3 * 1024 * 1024;

type Pieces = std::pin::Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Infallible>> + Send>>;
type Sent = http::Response<StreamBody<Pieces>>;

/// Answers one request. `authorization` is used where the request has none.
pub async fn answer(
    cluster: Arc<Cluster>,
    request: Request<Incoming>,
    authorization: Option<Arc<str>>,
) -> Result<Sent, Infallible> {
    let (head, body) = request.into_parts();
    let is_head = head.method == http::Method::HEAD;
    let body = Limited::new(body, LARGEST).collect().await;
    let Ok(body) = body.map(|body| body.to_bytes()) else {
        return Ok(whole(Response::too_large(LARGEST), cluster, is_head));
    };
    let mut headers = headers(&head.headers);
    headers.authorization = headers.authorization.or_else(|| authorization.map(|own| own.to_string()));
    let asked = Asked {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
    };
    let faults = thawed(&cluster).await;
    if faults.credential == Credential::Expired && !is_public(&asked.path) {
        return Ok(whole(Response::unauthorized(), cluster, is_head));
    }
    Ok(match cluster.answer(&asked) {
        Answer::Whole(response) => whole(response, cluster, is_head),
        Answer::Watch(mut watch) => going(cluster, "application/json", move |world| watch.advance(world)),
        Answer::Log(mut log) => going(cluster, "text/plain", move |world| log.advance(world)),
    })
}

/// Waits while the server is frozen; what else is wrong.
async fn thawed(cluster: &Cluster) -> Faults {
    let mut faults = cluster.faults.subscribe();
    match faults.wait_for(|faults| faults.reach != Reach::Frozen).await {
        Ok(faults) => faults.clone(),
        Err(_) => Faults::default(),
    }
}

fn headers(own: &HeaderMap) -> Headers {
    let text = |name: http::HeaderName| {
        let all: Vec<&str> = own.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        all.join(",")
    };
    let some = |text: String| (!text.is_empty()).then_some(text);
    let all = |name: &str| own.get_all(name).iter().filter_map(|value| value.to_str().ok()).map(str::to_owned);
    Headers {
        accept: text(ACCEPT),
        content_type: text(CONTENT_TYPE),
        authorization: some(text(AUTHORIZATION)),
        user_agent: text(USER_AGENT),
        impersonate_user: all("impersonate-user").next(),
        impersonate_groups: all("impersonate-group").collect(),
    }
}

fn begin(code: u16, content_type: &str) -> http::response::Builder {
    let code = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    http::Response::builder()
        .status(code)
        .header(CONTENT_TYPE, content_type)
        .header("cache-control", "no-cache, private")
}

fn sent(builder: http::response::Builder, pieces: Pieces) -> Sent {
    // Headers are made here, of text that is known to be sendable, or were checked when they were made.
    builder.body(StreamBody::new(pieces)).unwrap_or_else(|_| {
        let empty: Pieces = Box::pin(stream::empty());
        let mut response = http::Response::new(StreamBody::new(empty));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// An answer that is known as a whole.
fn whole(response: Response, cluster: Arc<Cluster>, is_head: bool) -> Sent {
    let mut builder = begin(response.code, response.content_type).header(CONTENT_LENGTH, response.length());
    for (name, value) in &response.headers {
        builder = builder.header(*name, value.as_str());
    }
    if is_head {
        return sent(builder, Box::pin(stream::empty()));
    }
    let pieces = response.body.into_iter().filter(|piece| !piece.is_empty());
    let faults = cluster.faults();
    if faults.takes(0).is_zero() && faults.rate == 0 {
        return sent(builder, Box::pin(stream::iter(pieces.map(|piece| Ok(Frame::data(piece))))));
    }
    // The delay is once for an answer, the rate for each of its bytes.
    let pieces: VecDeque<Bytes> = pieces.collect();
    let rate = Faults { delay: std::time::Duration::ZERO, ..faults.clone() };
    let slow = stream::unfold((pieces, faults.delay), move |(mut pieces, delay)| {
        let rate = rate.clone();
        async move {
            let piece = pieces.pop_front()?;
            sleep(delay + rate.takes(piece.len())).await;
            Some((Ok(Frame::data(piece)), (pieces, std::time::Duration::ZERO)))
        }
    });
    sent(builder, Box::pin(slow))
}

/// An answer that goes on.
struct Going<F> {
    cluster: Arc<Cluster>,
    advance: F,
    revision: watch::Receiver<u64>,
    pieces: VecDeque<Bytes>,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    /// There may be something new.
    Ask,
    /// Nothing, until then or until something changes.
    Wait(Option<jiff::Timestamp>),
    Over,
}

fn going<F>(cluster: Arc<Cluster>, content_type: &str, advance: F) -> Sent
where
    F: FnMut(&crate::demo::world::World) -> Step + Send + 'static,
{
    let revision = cluster.revision.subscribe();
    let going = Going { cluster, advance, revision, pieces: VecDeque::new(), state: State::Ask };
    let pieces = stream::unfold(going, |mut going| async move {
        let piece = going.next().await?;
        Some((Ok(Frame::data(piece)), going))
    });
    sent(begin(200, content_type), Box::pin(pieces))
}

impl<F: FnMut(&crate::demo::world::World) -> Step> Going<F> {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let faults = thawed(&self.cluster).await;
            if let Some(piece) = self.pieces.pop_front() {
                let takes = faults.takes(piece.len());
                if !takes.is_zero() {
                    sleep(takes).await;
                }
                return Some(piece);
            }
            match self.state {
                State::Over => return None,
                State::Ask => self.ask(),
                State::Wait(again) => self.wait(again).await,
            }
        }
    }

    fn ask(&mut self) {
        // What changes from here on is waited for.
        self.revision.mark_unchanged();
        let step = self.cluster.act(|world| (self.advance)(world));
        self.pieces.extend(step.pieces);
        self.state = if step.is_over { State::Over } else { State::Wait(step.again) };
    }

    async fn wait(&mut self, again: Option<jiff::Timestamp>) {
        let due = again.map(|again| self.cluster.instant(again));
        let alarm = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        self.state = State::Ask;
        tokio::select! {
            changed = self.revision.changed() => if changed.is_err() { self.state = State::Over },
            () = alarm => {}
        }
    }
}
