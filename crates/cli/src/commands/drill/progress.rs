//! Progress on stderr: what is going on, and bars for what takes long. Where nobody watches, nothing is drawn.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Everything that a drill draws.
pub(super) struct Progress {
    all: MultiProgress,
    headline: ProgressBar,
}

impl Progress {
    pub(super) fn new() -> Self {
        let all = MultiProgress::new();
        let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})").expect("a valid template");
        let headline = all.add(ProgressBar::new_spinner().with_style(style));
        headline.enable_steady_tick(Duration::from_millis(120));
        Self { all, headline }
    }

    /// Says what is going on.
    pub(super) fn say(&self, what: &'static str) {
        self.headline.set_message(what);
    }

    /// A bar below it, for `total` of something.
    pub(super) fn bar(&self, what: &'static str, total: u64) -> ProgressBar {
        let style = ProgressStyle::with_template("  {msg:20} {bar:32} {pos}/{len}").expect("a valid template");
        self.all.add(ProgressBar::new(total).with_style(style).with_message(what))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.headline.finish_and_clear();
    }
}
