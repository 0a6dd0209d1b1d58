//! The own account: who one is, and where one is logged in.

use askama::Template;
use skep_core::access::operations::{ReadSessions, RevokeSessions};
use skep_core::sessions::{Kind, SessionView};
use skep_core::{Error, Micros};

use crate::web::answer::Answer;
use crate::web::frame::Frame;
use crate::web::visit::{Stop, Visit};

/// A session as a row shows it.
struct Row {
    id: i64,
    kind: &'static str,
    name: String,
    current: bool,
    used: String,
    address: String,
    ends: String,
}

#[derive(Template)]
#[template(path = "account.html")]
struct Page<'a> {
    frame: Frame,
    username: &'a str,
    two_factor: bool,
    organizations: Vec<(&'a str, &'static str)>,
    sessions: Vec<Row>,
}

pub(in crate::web) async fn show(visit: &Visit) -> Result<Answer, Stop> {
    let user = visit.logged_in()?;
    let core = &visit.app.core;
    let access = core.allow::<ReadSessions>(&visit.caller, ()).await?;
    let sessions = core.list_sessions(&access).await?;
    let page = Page {
        frame: Frame::of(visit),
        username: &user.username,
        two_factor: user.two_factor,
        organizations: user.memberships.iter().map(|m| (m.organization.as_str(), m.role.as_str())).collect(),
        sessions: sessions.into_iter().map(row).collect(),
    };
    Ok(Answer::page(&page)?)
}

fn row(session: SessionView) -> Row {
    let (kind, name) = match (session.kind, session.client) {
        (Kind::Browser, _) => ("Browser", session.name.unwrap_or_default()),
        (Kind::OAuth, client) => {
            let client = client.map(|(_, name)| name).filter(|name| !name.is_empty());
            ("Client", [client, session.name].into_iter().flatten().collect::<Vec<_>>().join(", "))
        }
    };
    let (used, address) = match session.last_use {
        Some((at, address, _)) => (format!("last used {}", time(at)), address),
        None => (format!("since {}", time(session.inserted_at)), String::new()),
    };
    Row {
        id: session.id,
        kind,
        name,
        current: session.current,
        used,
        address,
        ends: time(session.expires_at),
    }
}

pub(in crate::web) async fn revoke_session(visit: &Visit) -> Result<Answer, Stop> {
    visit.logged_in()?;
    let core = &visit.app.core;
    let id = visit.field("id").parse().map_err(|_| Error::not_found())?;
    let access = core.allow::<RevokeSessions>(&visit.caller, ()).await?;
    let kind = match core.revoke_session(&access, id).await?.kind {
        Kind::Browser => "browser",
        Kind::OAuth => "client",
    };
    Ok(visit.redirect_with(&"/account".into(), &format!("The {kind} session was revoked successfully.")))
}

/// A time for people, in UTC and to the minute.
fn time(micros: Micros) -> String {
    let time = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    time.strftime("%-d %B %Y, %H:%M UTC").to_string()
}
