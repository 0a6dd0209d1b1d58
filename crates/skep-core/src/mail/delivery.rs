//! What a server does with the mail that waits: take some, send it, say what came of it.
//!
//! Any number of servers may do this at once: what one has taken no other sees for [`LEASE`]. A server that dies after
//! sending and before saying so makes another one send again, with the same message id; none is ever lost.

use skep_store::Micros;
use skep_store::tables::mails::{self, Mail};
use skep_store::tables::{email_verifications, password_resets};

use super::Notice;
use super::letter::{Letter, clean};
use super::templates::Sender;
use crate::{Result, Skep};

const MINUTE: Micros = 60 * 1_000_000;

/// Mails that a server takes at once.
const BATCH: i64 = 20;

/// How long what was taken is held, in microseconds. Whoever takes mails must be done with them in half of it.
pub const LEASE: Micros = 5 * MINUTE;

/// How often a mail is tried before it is given up.
const MAX_ATTEMPTS: i64 = 10;

/// Pauses after the first attempt, the second and so on, in minutes; together two days.
const PAUSES: [i64; 9] = [1, 3, 10, 30, 60, 180, 360, 720, 1440];

/// How long a mail that was given up can still be seen, in microseconds.
const KEPT: Micros = 30 * 24 * 60 * MINUTE;

/// A mail that this server has taken and is to send.
#[derive(Debug)]
pub struct Outgoing {
    /// Names the mail among those of all instances: two attempts at the same mail have the same. ASCII letters, digits
    /// and dots.
    pub message_id: String,
    /// Address, lower-cased; not known to be one that a mail server takes.
    pub recipient: String,
    /// When it was written.
    pub written_at: Micros,
    /// What it says.
    pub letter: Letter,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    id: i64,
    kind: String,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody has taken the responsibility for it.
    Sent,
    /// It was not sent, for this reason.
    Failed(String),
    /// There was no attempt.
    NotTried,
}

impl Skep {
    /// Takes mails that are due, oldest first, for a server whose web pages are at `web_url` (without a final slash).
    /// Every one of them must be given to [`Skep::settle_mail`].
    pub async fn claim_mail(&self, web_url: &str) -> Result<Vec<Outgoing>> {
        let now = self.now();
        // Asked first, because it takes no place among those who write.
        let mut conn = self.db.read().await?;
        if !mails::any_due(&mut conn, now).await? {
            return Ok(Vec::new());
        }
        drop(conn);
        let mut tx = self.db.write().await?;
        let sender = Sender { web_url, key: &self.instance_key };
        let mut taken = Vec::new();
        for mail in mails::claim(&mut tx, BATCH, now + LEASE, now).await? {
            match outgoing(&sender, &mail, now) {
                Ok(mail) => taken.push(mail),
                Err(reason) => {
                    tracing::error!(mail.id, mail.kind, reason, "a mail was given up");
                    mails::delay(&mut tx, mail.id, mail.attempts, None, &reason).await?;
                }
            }
        }
        tx.commit(now).await?;
        Ok(taken)
    }

    /// Records what came of mails that were taken.
    pub async fn settle_mail(&self, outcomes: &[(Outgoing, Outcome)]) -> Result<()> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let mut tx = self.db.write().await?;
        for (mail, outcome) in outcomes {
            match outcome {
                Outcome::Sent => mails::delete_sent(&mut tx, mail.id, mail.attempt).await?,
                Outcome::NotTried => mails::release(&mut tx, mail.id, mail.attempt, now).await?,
                Outcome::Failed(reason) => {
                    let reason = clean(reason);
                    let next = next_attempt(mail.attempt, now);
                    match next {
                        Some(_) => tracing::warn!(
                            mail.id,
                            mail.kind,
                            reason,
                            "a mail was not sent, it is tried again"
                        ),
                        None => tracing::error!(mail.id, mail.kind, reason, "a mail was given up"),
                    }
                    mails::delay(&mut tx, mail.id, mail.attempt, next, &reason).await?;
                }
            }
        }
        Ok(tx.commit(now).await?)
    }

    /// Deletes mails that were given up long ago, and links that have ended. To be called now and then.
    pub async fn forget_old_mail(&self) -> Result<()> {
        let now = self.now();
        let mut conn = self.db.read().await?;
        let any = mails::any_expired(&mut conn, now - KEPT).await?
            || email_verifications::any_ended(&mut conn, now).await?
            || password_resets::any_ended(&mut conn, now).await?;
        drop(conn);
        if !any {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        mails::delete_expired(&mut tx, now - KEPT).await?;
        email_verifications::delete_ended(&mut tx, now).await?;
        password_resets::delete_ended(&mut tx, now).await?;
        Ok(tx.commit(now).await?)
    }
}

/// The mail as it is sent, or why it never will be.
fn outgoing(sender: &Sender<'_>, mail: &Mail, now: Micros) -> Result<Outgoing, String> {
    if mail.expires_at <= now {
        return Err(mail.last_error.clone().unwrap_or_else(|| "it was too late to send it".into()));
    }
    // A server that died on it counts as an attempt.
    if mail.attempts > MAX_ATTEMPTS {
        return Err(mail.last_error.clone().unwrap_or_else(|| "no attempt came to an end".into()));
    }
    let notice: Notice = serde_json::from_str(&mail.params)
        .map_err(|error| format!("this version of Skep does not know such a mail: {error}"))?;
    Ok(Outgoing {
        message_id: format!("{:x}.{}.{}", mail.inserted_at, mail.id, sender.key.fingerprint()),
        id: mail.id,
        recipient: mail.recipient.clone(),
        written_at: mail.inserted_at,
        letter: sender.letter(&notice),
        attempt: mail.attempts,
        kind: mail.kind.clone(),
    })
}

/// When a mail is tried again after so many attempts; none = never.
fn next_attempt(attempts: i64, now: Micros) -> Option<Micros> {
    let done = usize::try_from(attempts).ok()?.checked_sub(1)?;
    PAUSES.get(done).map(|minutes| now + minutes * MINUTE)
}
