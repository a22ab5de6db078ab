//! The service whose death is rehearsed: a process of its own that answers health probes until it is killed.

use std::{io::Read, process::Stdio, time::Duration};

use axum::{Json, Router, routing::get};
use eyre::{Context, OptionExt, Result};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
    time::timeout,
};

/// Name of the hidden subcommand that is the service.
pub(crate) const SUBCOMMAND: &str = "drill-service";

/// Runs the service on a free loopback port, whose health address is the first line of its output. It ends when its standard input
/// does, so that it never outlives a drill that was killed.
pub(crate) async fn serve() -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.wrap_err("DRILL_SERVICE: no free loopback port")?;
    println!("http://{}/health", listener.local_addr()?);
    let health = get(|| async { Json(serde_json::json!({ "status": "ok" })) });
    let server = axum::serve(listener, Router::new().route("/health", health));
    tokio::select! {
        served = server => Ok(served?),
        _ = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())) => Ok(()),
    }
}

/// A running service process; killed when dropped.
pub(super) struct Service {
    process: Child,
    /// Where it answers `200 OK`.
    pub(super) health_url: String,
}

impl Service {
    pub(super) async fn start() -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(SUBCOMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .wrap_err("DRILL_SERVICE: the service process did not start")?;
        let output = process.stdout.take().ok_or_eyre("DRILL_SERVICE: the service has no output")?;
        let mut lines = BufReader::new(output).lines();
        let health_url = timeout(Duration::from_secs(20), lines.next_line())
            .await
            .wrap_err("DRILL_SERVICE: the service did not come up within 20 s")??
            .ok_or_eyre("DRILL_SERVICE: the service ended before it came up")?;
        Ok(Self { process, health_url })
    }

    /// Ends the process as an outage does: SIGKILL, no goodbye.
    pub(super) async fn kill(mut self) -> Result<()> {
        self.process.kill().await.wrap_err("DRILL_SERVICE: the service could not be killed")
    }
}
