//! Sends the mail that waits: by SMTP, or into a folder.
//!
//! Which mail is due, and what becomes of one that was not sent, is decided by `skep-core`. Nothing here may make a
//! request wait.

mod folder;
mod message;
mod smtp;

use std::sync::Arc;
use std::time::Duration;

use skep_core::Error;
use skep_core::mail::delivery::{LEASE, Outcome, Outgoing};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

pub use folder::Folder;
pub use message::{Sender, SenderError};
pub use smtp::{Smtp, SmtpError};

use crate::app::App;

/// How often it is looked whether mail is due.
const EVERY: Duration = Duration::from_secs(1);

/// How long no mail is sent after the mail server could not be reached.
const PAUSE: Duration = Duration::from_secs(5);

/// How long one mail may take.
const ONE_TAKES: Duration = Duration::from_secs(30);

/// How long a server that stops waits for the mail that it is sending.
const STOP_TAKES: Duration = Duration::from_secs(2);

/// How long mails are sent before it is recorded what came of them. If the server dies, those are sent again.
const RECORD_AFTER: Duration = Duration::from_millis(250);

/// How long mails that were taken together are sent. What is left then is let go of, long before another server takes it.
const ALL_TAKE: Duration = Duration::from_secs(90);

const _: () = assert!(2 * (ALL_TAKE.as_micros() + ONE_TAKES.as_micros()) < LEASE.unsigned_abs() as u128);

/// A way for mail to leave.
pub enum Transport {
    /// Files in a folder.
    Folder(Folder),
    /// A mail server.
    Smtp(Smtp),
}

/// Why a mail did not leave.
struct Failure {
    reason: String,
    /// Whether others would fail too, because of the way and not because of the mail.
    for_all: bool,
}

/// What came of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// Mails that were taken.
    pub taken: usize,
    /// Whether the way was blocked.
    pub blocked: bool,
}

impl Transport {
    async fn send(&self, mail: &Outgoing) -> Result<(), Failure> {
        let sending = async {
            match self {
                Self::Folder(folder) => folder.write(mail).await,
                Self::Smtp(smtp) => smtp.send(mail).await,
            }
        };
        let late = || Failure { reason: format!("it took longer than {ONE_TAKES:?}"), for_all: true };
        tokio::time::timeout(ONE_TAKES, sending).await.unwrap_or_else(|_| Err(late()))
    }
}

/// Goes on sending for a moment when the server stops; then nobody knows whether the mail was sent.
async fn until_stopped(
    sending: impl Future<Output = Result<(), Failure>>,
    stopped: &watch::Receiver<bool>,
) -> Result<(), Failure> {
    let mut stopped = stopped.clone();
    let stop = async {
        // An error means that the server is gone, which is the end too.
        let _ = stopped.wait_for(|stopped| *stopped).await;
        tokio::time::sleep(STOP_TAKES).await;
    };
    tokio::select! {
        sent = sending => sent,
        () = stop => Err(Failure { reason: "the server was stopped meanwhile".into(), for_all: true }),
    }
}

/// Sends mail until it is told to stop.
pub(crate) async fn send_all(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    if app.transport.is_none() {
        return;
    }
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // An error means that the server is gone, which is the end too.
            _ = stopped.wait_for(|stopped| *stopped) => return,
            _ = ticks.tick() => {}
        }
        loop {
            match send_due(&app, &stopped).await {
                Ok(Round { taken: 0, .. }) => break,
                Ok(Round { blocked: false, .. }) => {}
                Ok(Round { blocked: true, .. }) => {
                    ticks.reset_after(PAUSE);
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, cause = ?error.internal, "mail cannot be taken or recorded");
                    ticks.reset_after(PAUSE);
                    break;
                }
            }
        }
    }
}

/// Takes some of the mails that are due, and sends them one after another.
pub async fn send_due(app: &App, stopped: &watch::Receiver<bool>) -> Result<Round, Error> {
    let mut round = Round { taken: 0, blocked: false };
    let Some(transport) = &app.transport else { return Ok(round) };
    if *stopped.borrow() {
        return Ok(round);
    }
    let taken = app.core.claim_mail(&app.settings.web_url).await?;
    round.taken = taken.len();
    let began = Instant::now();
    let mut recorded = began;
    let mut outcomes = Vec::with_capacity(taken.len());
    for mail in taken {
        let goes_on = !round.blocked && !*stopped.borrow() && began.elapsed() < ALL_TAKE;
        let outcome = match goes_on {
            false => Outcome::NotTried,
            true => match until_stopped(transport.send(&mail), stopped).await {
                Ok(()) => Outcome::Sent,
                Err(failure) => {
                    round.blocked = failure.for_all;
                    Outcome::Failed(failure.reason)
                }
            },
        };
        outcomes.push((mail, outcome));
        if recorded.elapsed() >= RECORD_AFTER {
            app.core.settle_mail(&outcomes).await?;
            outcomes.clear();
            recorded = Instant::now();
        }
    }
    app.core.settle_mail(&outcomes).await?;
    Ok(round)
}
