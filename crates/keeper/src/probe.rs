//! Whether the service is alive: its health endpoints, asked over HTTP, and a verdict that neither one hiccup nor one lucky answer
//! turns. Wall-clock time paces the rounds and bounds each probe; it decides nothing else.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;
use reqwest::{Client, Url};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::config::OperatorConfig;

/// Up or down, with hysteresis. Begins down: a keeper that just started has seen nothing yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    up: bool,
    against: u32,
    down_after: u32,
    up_after: u32,
}

impl Verdict {
    /// `down_after` failed rounds in a row turn it down, `up_after` clean ones turn it up.
    pub(crate) const fn new(down_after: u32, up_after: u32) -> Self {
        Self { up: false, against: 0, down_after, up_after }
    }

    /// Takes one round in; returns whether the verdict turned.
    pub(crate) fn observe(&mut self, clean: bool) -> bool {
        if clean == self.up {
            self.against = 0;
            return false;
        }
        self.against += 1;
        let needed = if self.up { self.down_after } else { self.up_after };
        let turned = self.against >= needed;
        if turned {
            (self.up, self.against) = (clean, 0);
        }
        turned
    }

    /// Up, and the last round was clean.
    const fn is_steadily_up(&self) -> bool {
        self.up && self.against == 0
    }

    /// Whether the service counts as up.
    pub(crate) const fn is_up(&self) -> bool {
        self.up
    }
}

/// The service's health, probed.
#[derive(Debug)]
pub(crate) struct Health {
    client: Client,
    config: OperatorConfig,
    verdict: Mutex<Verdict>,
}

impl Health {
    pub(crate) fn new(config: &OperatorConfig) -> Result<Self, reqwest::Error> {
        // Redirects would let another host answer for the service.
        let client = Client::builder()
            .timeout(config.probe_timeout.0)
            .connect_timeout(config.probe_timeout.0)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let verdict = Mutex::new(Verdict::new(config.down_after, config.up_after));
        Ok(Self { client, config: config.clone(), verdict })
    }

    /// Asks every endpoint now. True only if all of them answered well and the verdict is up: a beat must not rest on an older answer.
    pub(crate) async fn probe(&self) -> bool {
        let answers = join_all(self.config.probes.iter().map(|url| self.answers(url))).await;
        let failure = answers.into_iter().find_map(Result::err);
        let clean = failure.is_none();
        let mut verdict = self.verdict.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = failure
            && verdict.is_steadily_up()
        {
            warn!(reason, "probe failed");
        }
        if verdict.observe(clean) {
            if clean { info!("service is up") } else { warn!("service is down: beats stop") }
        }
        clean && verdict.is_up()
    }

    pub(crate) fn is_up(&self) -> bool {
        self.verdict.lock().unwrap_or_else(PoisonError::into_inner).is_up()
    }

    /// Why an endpoint's answer is not good, if it is not.
    async fn answers(&self, url: &Url) -> Result<(), String> {
        let host = url.host_str().unwrap_or_default();
        match self.client.get(url.clone()).send().await {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(format!("{host} answers with status {}", response.status())),
            Err(error) if error.is_timeout() => Err(format!("{host} does not answer in time")),
            Err(_) => Err(format!("{host} cannot be reached")),
        }
    }

    /// Probes at the configured pace until told to stop.
    pub(crate) async fn watch(self: Arc<Self>, stop: CancellationToken) {
        loop {
            self.probe().await;
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.config.probe_every.0) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_hiccup_turns_nothing() {
        let mut verdict = Verdict::new(3, 2);
        for (clean, up) in [
            (true, false),
            (true, true),
            (false, true),
            (false, true),
            (true, true),
            (false, true),
            (false, true),
            (false, false),
            (true, false),
            (false, false),
        ] {
            verdict.observe(clean);
            assert_eq!(verdict.is_up(), up);
        }
    }

    proptest! {
        /// A verdict is up exactly if the last run of `up_after` clean rounds is newer than the last run of `down_after` failed ones.
        #[test]
        fn the_last_long_enough_run_decides(rounds in prop::collection::vec(any::<bool>(), 0..60), down in 1u32..5, up in 1u32..5) {
            let mut verdict = Verdict::new(down, up);
            rounds.iter().for_each(|clean| { verdict.observe(*clean); });
            let last_run = |wanted: bool, length: u32| {
                rounds.windows(length as usize).rposition(|run| run.iter().all(|clean| *clean == wanted)).map(|at| at + length as usize)
            };
            let expected = match (last_run(true, up), last_run(false, down)) {
                (Some(clean), Some(failed)) => clean > failed,
                (clean, _) => clean.is_some(),
            };
            prop_assert_eq!(verdict.is_up(), expected);
        }
    }
}
