//! Progress on stderr: bars where a person watches, nothing where none does.

use indicatif::{ProgressBar, ProgressStyle};

/// A line that says what is going on.
pub(super) fn spinner(what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}").expect("a valid template");
    let bar = ProgressBar::new_spinner().with_style(style).with_message(what.to_owned());
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    bar
}

/// A bar for `total` of something.
pub(super) fn bar(what: &str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("  {msg:28} {bar:32} {pos}/{len} {elapsed}").expect("a valid template");
    ProgressBar::new(total).with_style(style).with_message(what.to_owned())
}
