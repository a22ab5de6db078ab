//! The operator's role: beats while a real HTTP service answers, silence when it died.

use lifeboat_keeper::{Outcome, run};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    service::Service,
    world::{World, until},
};

/// The status page's JSON.
pub(crate) async fn status(port: u16) -> Value {
    let text = match reqwest::get(format!("http://127.0.0.1:{port}/status")).await {
        Ok(response) => response.text().await.unwrap(),
        Err(_) => return Value::Null,
    };
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn beats_stop_when_the_service_dies() {
    let world = World::new().await;
    let vault = world.vault();
    let service = Service::start().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let roles = format!(
        "[operator]
         key = {{ file = 'operator' }}
         heartbeat = '600s'
         probes = ['http://{}/health']
         probe_every = '20ms'
         down_after = 2
         [status]
         listen = '127.0.0.1:{port}'",
        service.address
    );
    let stop = CancellationToken::new();
    let keeper = tokio::spawn(run(world.config(4, &roles), stop.clone()));
    let last_beat = async || vault.liveness().call().await.unwrap().lastBeat.to::<u64>();

    for _ in 0..3 {
        world.advance(600).await;
        let due = world.now().await;
        until("a beat", async || last_beat().await >= due).await;
    }
    until("health", async || reqwest::get(format!("http://127.0.0.1:{port}/healthz")).await.unwrap().status() == 200)
        .await;

    service.kill().await;
    let silent_since = last_beat().await;
    let first_look = status(port).await["rpc_calls"].as_u64().unwrap();
    world.advance(1_200).await;
    let time = world.now().await;
    until("a look at the head on which a beat is due, and more looks after it", async || {
        let seen = status(port).await;
        seen["chain"]["time"] == time
            && seen["service_up"] == false
            && seen["rpc_calls"].as_u64() > Some(first_look + 60)
    })
    .await;
    assert_eq!(last_beat().await, silent_since);
    assert_eq!(status(port).await["transactions"]["mined"], 3);
    stop.cancel();
    assert_eq!(keeper.await.unwrap().unwrap(), Outcome::Stopped);
}
