//! Waiting for what other processes do: by looking, with a deadline, never by sleeping a guessed time.

use std::time::{Duration, Instant};

use crate::failure::Failure;

/// How long any single step may take before the drill gives up on it.
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Looks until there is something to see.
///
/// # Errors
/// `DRILL_TIMEOUT` after five minutes; those of looking.
pub(super) async fn until<T>(what: &str, look: impl AsyncFnMut() -> eyre::Result<Option<T>>) -> eyre::Result<T> {
    until_within(PATIENCE, what, look).await
}

/// [`until`] with a patience of its own.
pub(super) async fn until_within<T>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> eyre::Result<Option<T>>,
) -> eyre::Result<T> {
    let began = Instant::now();
    loop {
        if let Some(seen) = look().await? {
            return Ok(seen);
        }
        if began.elapsed() > patience {
            return Failure::report(
                "DRILL_TIMEOUT",
                format!("waited {} s for this: {what}", patience.as_secs()),
                "run the drill again with --keep DIR and read keeper.log in it",
            );
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
