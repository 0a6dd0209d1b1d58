//! Invitations to organizations. Their links are secrets: whoever has one becomes a member.

use hex_format::name::OrganizationName;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Api, ApiError, Organization, Role};
use crate::secret::Secret;
use crate::server::ApiUrl;

/// An invitation that was not accepted yet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Invitation {
    /// What it is taken back by.
    pub id: i64,
    /// Who was invited.
    pub email: String,
    /// The role that comes with it, in the server's word.
    pub role: String,
    /// Until when it can be accepted.
    pub expires_at: String,
    /// When it was made.
    pub inserted_at: String,
}

/// An invitation that was just made. Not printable, because of its link.
pub struct NewInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// The link, shown by the server this once.
    pub url: Secret,
}

/// What a link invites to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Offer {
    /// The organization.
    pub organization: String,
    /// The role that comes with it.
    pub role: String,
    /// Until when it can be accepted.
    pub expires_at: String,
}

/// What became of an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Acceptance {
    /// The organization.
    pub organization: Organization,
    /// The caller's role.
    pub role: String,
    /// Whether the caller was no member before.
    pub joined: bool,
}

/// The link of an invitation, taken apart. Not printable, because of its token.
pub struct InvitationLink {
    url: Url,
    token: Secret,
}

impl InvitationLink {
    /// Takes a link apart; none for a text that is no link with a token.
    pub fn parse(text: &Secret) -> Option<Self> {
        let url = Url::parse(text.expose()).ok().filter(|url| url.has_host())?;
        let token = url.query_pairs().find(|(name, _)| name == "token")?.1.into_owned();
        Some(Self { token: Secret::new(token), url })
    }

    /// Whether it is a link of the server that has this API.
    pub fn is_of(&self, api: &ApiUrl) -> bool {
        Url::parse(api.as_str()).is_ok_and(|api| api.origin() == self.url.origin())
    }

    /// The server that it is of.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// What the server knows the invitation by.
    pub fn into_token(self) -> Secret {
        self.token
    }
}

#[derive(Serialize)]
struct Token<'a> {
    token: &'a str,
}

impl Api {
    /// Invitations that were not accepted yet, by address.
    ///
    /// # Errors
    /// When the caller is no admin of the organization.
    pub async fn invitations(&self, to: &OrganizationName) -> Result<Vec<Invitation>, ApiError> {
        self.get(&["orgs", to.as_str(), "invitations"]).await
    }

    /// Invites an address. The server mails the link, if it has mail.
    ///
    /// # Errors
    /// When the caller is no admin, or the address belongs to a member.
    pub async fn invite(
        &self,
        to: &OrganizationName,
        email: &str,
        role: Role,
    ) -> Result<NewInvitation, ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            email: &'a str,
            role: Role,
        }
        #[derive(Deserialize)]
        struct Answer {
            #[serde(flatten)]
            invitation: Invitation,
            url: String,
        }
        let answer: Answer = self.post(&["orgs", to.as_str(), "invitations"], &Body { email, role }).await?;
        Ok(NewInvitation { invitation: answer.invitation, url: Secret::new(answer.url) })
    }

    /// Takes an invitation back: its link is dead.
    ///
    /// # Errors
    /// When there is none of that number, or the caller is no admin.
    pub async fn revoke_invitation(&self, to: &OrganizationName, id: i64) -> Result<(), ApiError> {
        self.delete(&["orgs", to.as_str(), "invitations", &id.to_string()]).await
    }

    /// What a link's token invites to.
    ///
    /// # Errors
    /// When it invites to nothing any more.
    pub async fn invitation(&self, token: &Secret) -> Result<Offer, ApiError> {
        self.post(&["invitations", "show"], &Token { token: token.expose() }).await
    }

    /// Makes the caller a member.
    ///
    /// # Errors
    /// When the token invites to nothing any more, or no seat is free.
    pub async fn accept_invitation(&self, token: &Secret) -> Result<Acceptance, ApiError> {
        self.post(&["invitations", "accept"], &Token { token: token.expose() }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_belong_to_one_server() {
        let link = |text: &str| InvitationLink::parse(&Secret::new(text));
        let api = ApiUrl::parse("https://hex.example.com/api").unwrap();
        let ours = link("https://HEX.example.com:443/invites?token=a%2Bb").unwrap();
        assert!(ours.is_of(&api));
        assert_eq!(ours.into_token().expose(), "a+b");
        for other in ["http://hex.example.com/i?token=t", "https://hex.example.com:8443/i?token=t"] {
            assert!(!link(other).unwrap().is_of(&api), "{other}");
        }
        assert!(link("0123abcd").is_none() && link("https://hex.example.com/invites").is_none());
    }
}
