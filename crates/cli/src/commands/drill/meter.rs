//! Stands between the keeper and the chain: counts the keeper's calls, and can hold one of them so that the keeper dies at exactly that
//! moment.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use eyre::{Context, Result};
use serde_json::Value;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// When a held call stops, seen from the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// The chain never sees it.
    BeforeTheChain,
    /// The chain has acted on it, the keeper never gets the answer.
    BeforeTheAnswer,
}

/// A forwarding JSON-RPC endpoint; stops when dropped.
pub(super) struct Meter {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    upstream: String,
    client: reqwest::Client,
    state: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    calls: BTreeMap<String, u64>,
    trap: Option<Trap>,
}

/// Springs at the `countdown`-th call of `method` from now (1: the next one); `None`: of any method.
struct Trap {
    method: Option<&'static str>,
    countdown: u64,
    hold: Hold,
    sprung: oneshot::Sender<()>,
}

impl Meter {
    pub(super) async fn start(upstream: String) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.wrap_err("DRILL_METER: no free loopback port")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { upstream, client: reqwest::Client::new(), state: Mutex::default() });
        let router = Router::new()
            .fallback(forward)
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(shared.clone());
        let server = tokio::spawn(async move {
            // Ends with the drill; the keeper notices an endpoint that is gone by itself.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, shared, server })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Calls so far, by method.
    pub(super) fn calls(&self) -> BTreeMap<String, u64> {
        self.shared.counts().calls.clone()
    }

    /// Holds the `nth` call of `method` (`None`: of any) from now for ever; the receiver then fires.
    pub(super) fn hold(&self, method: Option<&'static str>, nth: u64, hold: Hold) -> oneshot::Receiver<()> {
        let (sprung, receiver) = oneshot::channel();
        self.shared.counts().trap = Some(Trap { method, countdown: nth, hold, sprung });
        receiver
    }

    /// Removes a trap that did not spring.
    pub(super) fn release(&self) {
        self.shared.counts().trap = None;
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request and takes the trap out if it springs on it.
    fn count(&self, body: &[u8]) -> Option<Trap> {
        let mut counts = self.counts();
        let mut sprung = false;
        for method in methods(body) {
            if let Some(trap) = counts.trap.as_mut().filter(|trap| trap.method.is_none_or(|trapped| trapped == method))
            {
                trap.countdown = trap.countdown.saturating_sub(1);
                sprung |= trap.countdown == 0;
            }
            *counts.calls.entry(method).or_default() += 1;
        }
        if sprung { counts.trap.take() } else { None }
    }
}

async fn forward(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let trap = shared.count(&body);
    if let Some(Trap { hold: Hold::BeforeTheChain, sprung, .. }) = trap {
        let _ = sprung.send(());
        return std::future::pending().await;
    }
    let answer = async {
        let sent = shared.client.post(&shared.upstream).header(CONTENT_TYPE, "application/json").body(body);
        sent.send().await?.bytes().await
    };
    let answer = answer.await;
    if let Some(Trap { sprung, .. }) = trap {
        let _ = sprung.send(());
        return std::future::pending().await;
    }
    match answer {
        Ok(bytes) => ([(CONTENT_TYPE, "application/json")], bytes).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

/// The methods that a request calls: one, or several in a batch.
fn methods(body: &[u8]) -> Vec<String> {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let one = |call: &Value| call["method"].as_str().unwrap_or("?").to_owned();
    match request.as_array() {
        Some(batch) => batch.iter().map(one).collect(),
        None => vec![one(&request)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn upstream() -> (String, JoinHandle<()>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("port");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        let server = tokio::spawn(async move {
            let router = Router::new().fallback(|| async { "{\"result\":1}" });
            axum::serve(listener, router).await.expect("serves");
        });
        (url, server)
    }

    #[tokio::test]
    async fn counts_calls_and_batches_by_method() {
        let (url, server) = upstream().await;
        let meter = Meter::start(url).await.expect("meter");
        let client = reqwest::Client::new();
        for body in [r#"{"method":"a"}"#, r#"[{"method":"a"},{"method":"b"}]"#] {
            let answer = client.post(meter.url()).body(body).send().await.expect("sent").text().await.expect("text");
            assert_eq!(answer, "{\"result\":1}");
        }
        assert_eq!(meter.calls(), BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 1)]));
        server.abort();
    }

    #[tokio::test]
    async fn holds_exactly_the_nth_call() {
        let (url, server) = upstream().await;
        let meter = Meter::start(url).await.expect("meter");
        let mut sprung = meter.hold(Some("a"), 2, Hold::BeforeTheChain);
        let client = reqwest::Client::new();
        let send = |method: &str| client.post(meter.url()).body(format!("{{\"method\":\"{method}\"}}")).send();
        send("a").await.expect("the first passes");
        send("b").await.expect("another method passes");
        assert!(sprung.try_recv().is_err(), "nothing is held yet");
        let held = tokio::spawn(send("a"));
        sprung.await.expect("the second is held");
        send("a").await.expect("a trap springs once");
        assert!(!held.is_finished(), "the held call never ends");
        held.abort();
        server.abort();
    }
}
