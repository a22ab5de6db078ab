//! `lifeboat status --watch`: one line a block, until it is stopped.

use std::{
    io::{BufRead, BufReader},
    process::Child,
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use serde_json::Value;

use crate::world::World;

/// Longer than any line takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A process that ends with its handle.
struct Watch {
    process: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn over(mut process: Child) -> Self {
        let (sender, lines) = channel();
        let output = BufReader::new(process.stdout.take().unwrap());
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { process, lines }
    }

    fn next(&self) -> Value {
        serde_json::from_str(&self.lines.recv_timeout(PATIENCE).unwrap()).unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_new_block_is_a_line() {
    let world = World::start().await;
    let vault = world.deploy().to_string();
    let watch = Watch::over(world.spawn(&["status", &vault, "--watch"]));
    let first = watch.next();
    assert_eq!(first["phase"], "LIVE");
    world.pass(2 * 3_600 + 60).await;
    let second = watch.next();
    assert_eq!(second["block"].as_u64().unwrap(), first["block"].as_u64().unwrap() + 1);
    assert_eq!(second["phase"], "SUSPECTED");
}
