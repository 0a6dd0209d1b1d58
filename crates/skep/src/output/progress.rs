//! How far long work has come. Only a terminal sees it: what is piped or logged stays clean.

use std::io::IsTerminal;
use std::sync::LazyLock;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::options::options;
use super::sanitize::line;

/// All bars of the process share the terminal's last lines.
static BARS: LazyLock<MultiProgress> = LazyLock::new(|| {
    let shown = std::io::stderr().is_terminal() && !options().quiet;
    MultiProgress::with_draw_target(if shown {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    })
});

/// Between two looks of a spinner.
const TICK: Duration = Duration::from_millis(100);

/// A bar for `total` things, such as packages.
pub(crate) fn count(what: &str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} [{bar:25}] {pos}/{len} {wide_msg}")
        .expect("invariant: the template is right")
        .progress_chars("=> ");
    bar(ProgressBar::new(total).with_style(style), what)
}

/// A bar for bytes on their way.
pub(crate) fn bytes(what: &str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} [{bar:25}] {bytes}/{total_bytes} {bytes_per_sec}")
        .expect("invariant: the template is right")
        .progress_chars("=> ");
    bar(ProgressBar::new(total).with_style(style), what)
}

/// A sign of life for work of unknown length.
pub(crate) fn spinner(what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {spinner}").expect("invariant: the template is right");
    let bar = bar(ProgressBar::new_spinner().with_style(style), what);
    bar.enable_steady_tick(TICK);
    bar
}

/// A bar is taken off the terminal when it is dropped or finished.
fn bar(bar: ProgressBar, what: &str) -> ProgressBar {
    BARS.add(bar.with_prefix(line(what).into_owned()).with_finish(indicatif::ProgressFinish::AndClear))
}

/// Writes to standard error while no bar is in the way.
pub(super) fn above<T>(write: impl FnOnce() -> T) -> T {
    match LazyLock::get(&BARS) {
        Some(bars) => bars.suspend(write),
        None => write(),
    }
}
