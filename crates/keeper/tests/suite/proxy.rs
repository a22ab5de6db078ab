//! An endpoint in front of a real node, which changes what the node says.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use axum::{Router, body::Bytes, extract::State, http::header::CONTENT_TYPE, response::IntoResponse, routing::post};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

/// Changes the result of one call of a method.
pub(crate) type Edit = fn(&str, &mut Value);

pub(crate) struct Proxy {
    address: SocketAddr,
    server: JoinHandle<()>,
}

#[derive(Clone)]
struct Upstream {
    url: Arc<str>,
    client: reqwest::Client,
    edit: Edit,
}

impl Proxy {
    pub(crate) async fn start(upstream: String, edit: Edit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let upstream = Upstream { url: upstream.into(), client: reqwest::Client::new(), edit };
        let router = Router::new().route("/", post(forward)).with_state(upstream);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, server }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn forward(State(upstream): State<Upstream>, body: Bytes) -> impl IntoResponse {
    let asked: Value = serde_json::from_slice(&body).unwrap();
    let methods: HashMap<String, String> =
        each(&asked).map(|call| (call["id"].to_string(), call["method"].as_str().unwrap().to_owned())).collect();
    let request = upstream.client.post(&*upstream.url).header(CONTENT_TYPE, "application/json").body(body);
    let text = request.send().await.unwrap().text().await.unwrap();
    let mut answered: Value = serde_json::from_str(&text).unwrap();
    let answers = match &mut answered {
        Value::Array(list) => list.iter_mut().collect(),
        one => vec![one],
    };
    for answer in answers {
        let method = methods[&answer["id"].to_string()].clone();
        if let Some(result) = answer.get_mut("result") {
            (upstream.edit)(&method, result);
        }
    }
    ([(CONTENT_TYPE, "application/json")], answered.to_string())
}

fn each(body: &Value) -> impl Iterator<Item = &Value> {
    body.as_array().map_or_else(|| std::slice::from_ref(body), Vec::as_slice).iter()
}
