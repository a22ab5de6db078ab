//! What a killed process leaves behind: no node.

use std::{
    env,
    io::{BufRead, BufReader},
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use lifeboat_devchain::{DevChain, Options};

/// Set for the process that is killed: this test once more.
const VICTIM: &str = "LIFEBOAT_TEST_VICTIM";
/// Begins the line in which the victim tells its node's process id and address.
const MARK: &str = "node ";
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_node_ends_with_a_process_that_was_killed() {
    if env::var_os(VICTIM).is_some() {
        let node = DevChain::start(&Options::default()).unwrap();
        println!("\n{MARK}{} {}", node.pid(), node.url().trim_start_matches("http://"));
        loop {
            std::thread::park();
        }
    }
    let name = "orphans::a_node_ends_with_a_process_that_was_killed";
    let mut victim = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines().map(Result::unwrap);
    let node = lines.find_map(|line| line.strip_prefix(MARK).map(str::to_owned)).expect("the victim has a node");
    let (pid, address) = node.split_once(' ').unwrap();
    TcpStream::connect(address).unwrap();
    // SIGKILL: it cleans nothing up.
    victim.kill().unwrap();
    victim.wait().unwrap();
    let killed = Instant::now();
    while TcpStream::connect(address).is_ok() {
        if killed.elapsed() > PATIENCE {
            Command::new("kill").args(["-9", pid]).status().unwrap();
            panic!("the node at {address} outlives the process that started it");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
