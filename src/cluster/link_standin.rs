//! A stand-in for the link to a cluster, until the real one is merged.

use crate::cluster::fault::{Class, Fault};
use http::{Request, Response};
use http_body_util::BodyExt;
use kube::client::Body;
use std::time::Duration;

/// A way to send requests to one cluster.
#[derive(Clone)]
pub struct Link {
    client: kube::Client,
    rtt: Option<Duration>,
}

impl Link {
    pub fn new(client: kube::Client, rtt: Option<Duration>) -> Self {
        Self { client, rtt }
    }

    /// The measured round trip.
    pub fn rtt(&self) -> Option<Duration> {
        self.rtt
    }

    /// Sends a request; an answer that is no success comes as a fault.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, Fault> {
        let asked = format!("{} {}", request.method(), request.uri().path());
        let fault = |class, said: String, code| Fault {
            class,
            asked: asked.clone(),
            said,
            hint: None,
            code,
            retry_after: None,
        };
        let response = self.client.send(request).await.map_err(|e| fault(Class::Unreachable, e.to_string(), None))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let retry_after = response.headers().get(http::header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
        let body = response.into_body().collect().await.map(|b| b.to_bytes()).unwrap_or_default();
        let said = serde_json::from_slice::<serde_json::Value>(&body)
            .ok()
            .and_then(|v| Some(v.get("message")?.as_str()?.to_owned()));
        let class = match status.as_u16() {
            401 => Class::Credentials,
            403 => Class::Forbidden,
            404 => Class::NotFound,
            409 => Class::Conflict,
            410 => Class::Gone,
            400 | 422 => Class::Invalid,
            429 => Class::Throttled,
            504 => Class::Timeout,
            _ => Class::Other,
        };
        let mut fault = fault(class, said.unwrap_or_else(|| status.to_string()), Some(status.as_u16()));
        fault.retry_after = retry_after.map(Duration::from_secs);
        Err(fault)
    }
}
