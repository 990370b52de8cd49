//! Sending a watch's requests and reading their answers chunk by chunk.

use super::asking::{Ask, Form, Place};
use super::count::{Count, Encoding};
use super::{Shared, Stop};
use crate::cluster::connect::Link;
use crate::cluster::fault::{self, Class, Fault};
use crate::cluster::wire::{Decoder, Frames, Garbled, Items, Lines, Packing, Page};
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use http_body_util::BodyExt;
use hyper::body::Frame;
use kube::client::Body;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long the head of an answer may take. A watch's comes at once; a list's when the server has read it (which gives up
/// after a minute).
fn patience(ask: &Ask) -> Duration {
    Duration::from_secs(match ask {
        Ask::Watch { .. } => 15,
        Ask::Stream { .. } => 30,
        Ask::Page { .. } => 65,
    })
}

/// Sends the requests of one watch. Clones send for the same one.
#[derive(Clone)]
pub struct Asker {
    pub link: Link,
    pub place: Arc<Place>,
    pub shared: Shared,
    pub count: Arc<Count>,
}

/// An answer that is being read.
pub struct Answer {
    body: Body,
    pub decoder: Decoder,
}

impl Asker {
    /// Sends a request and takes the head of its answer.
    pub async fn open(self, ask: Ask) -> Result<Answer, Stop> {
        self.count.request();
        let request = self.place.request(&ask, &self.shared.habits);
        let request = request.map_err(|e| Stop::Fault(self.fault(&ask, Class::Invalid, e.to_string())))?;
        let response = match timeout(patience(&ask), self.link.send(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(fault)) => return Err(self.refused(&ask, fault)),
            Err(_) => return Err(Stop::Fault(self.fault(&ask, Class::Timeout, "no answer"))),
        };
        self.shared.heard.now();
        let decoder = self.decoder(&ask, response.headers());
        Ok(Answer { body: response.into_body(), decoder })
    }

    fn decoder(&self, ask: &Ask, headers: &HeaderMap) -> Decoder {
        let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let packing = if header(CONTENT_ENCODING) == "gzip" { Packing::Gzip } else { Packing::Identity };
        let protobuf = header(CONTENT_TYPE).starts_with("application/vnd.kubernetes.protobuf");
        self.count.set_encoding(match (protobuf, self.place.form()) {
            (true, _) => Encoding::Protobuf,
            (false, Form::Table) => Encoding::Table,
            (false, _) => Encoding::Json,
        });
        match (ask, protobuf) {
            (Ask::Page { .. }, true) => Decoder::new(Items::default(), packing),
            (Ask::Page { .. }, false) => Decoder::new(Page::default(), packing),
            (_, true) => Decoder::new(Frames::default(), packing),
            (_, false) => Decoder::new(Lines::default(), packing),
        }
    }

    /// What an answer that is no success means for this request.
    fn refused(&self, ask: &Ask, fault: Fault) -> Stop {
        let fault = fault.asked(self.place.asked(ask));
        match (ask, fault.code) {
            (_, Some(410)) => Stop::Expired(fault),
            (_, Some(406 | 415)) if self.place.form() == Form::Objects && self.shared.habits.protobuf() => {
                self.shared.habits.refuse_protobuf();
                Stop::Again
            }
            (Ask::Stream { .. }, Some(400 | 403 | 405 | 422 | 501)) => Stop::NotStreaming(fault),
            (Ask::Watch { .. }, Some(403 | 404 | 405 | 501)) => Stop::Unwatchable(fault),
            _ => Stop::Fault(fault),
        }
    }

    /// A fault that no answer's status tells.
    pub fn fault(&self, ask: &Ask, class: Class, said: impl Into<String>) -> Fault {
        Fault::new(class, self.place.asked(ask), said)
    }

    /// A body that broke off. Which error that is depends on what broke; that the server cannot be reached is common to all.
    pub fn broken(&self, ask: &Ask, error: &kube::Error) -> Stop {
        let fault = fault::of_kube(&self.place.asked(ask), error);
        // rustls adds an address of its manual.
        let closed = fault.said.contains("close_notify");
        let said = if closed { "the server closed the connection".to_owned() } else { fault.said };
        Stop::Fault(Fault { class: Class::Unreachable, said, ..fault })
    }

    /// Bytes that are not what they should be.
    pub fn garbled(&self, ask: &Ask, Garbled(said): Garbled) -> Stop {
        Stop::Fault(self.fault(ask, Class::Other, said))
    }
}

impl Answer {
    /// The next bytes; `None` at the end.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, kube::Error>> {
        loop {
            match self.body.frame().await?.map(Frame::into_data) {
                Err(error) => return Some(Err(error)),
                Ok(Ok(data)) => return Some(Ok(data)),
                Ok(Err(_trailers)) => {}
            }
        }
    }
}
