//! A service's health endpoint, which can be killed.

use std::net::SocketAddr;

use axum::{Router, routing::get};
use tokio::{net::TcpListener, task::JoinHandle};

pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Service {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/health", get(|| async { "ok" }));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, task }
    }

    /// Ends the server and closes its socket.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}
