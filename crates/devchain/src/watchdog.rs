//! A process that was started for a while must not outlive whoever started it, even one that was killed and could clean up nothing.

use std::{
    io,
    process::{Child, Command, Stdio},
};

/// Waits for the end of its input, and ends the process that it was given. Deaf to Ctrl-C, which is for those it watches.
const SCRIPT: &str = "trap '' INT; read -r line; kill -9 \"$0\"";

/// Ends another process with SIGKILL when this one ends, however it ends: a shell reads from a pipe that only this process holds, and
/// the system closes it. Watches no longer when dropped: drop it before the other process's id can be given to a new one.
#[derive(Debug)]
pub struct Watchdog(Child);

impl Watchdog {
    /// Watches over the process `pid`.
    ///
    /// # Errors
    /// If there is no shell.
    pub fn over(pid: u32) -> io::Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT, &pid.to_string()]);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(Self)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // It has ended already: nothing is left to call off.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
