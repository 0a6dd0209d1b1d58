//! Invitations to organizations.

use crate::openapi::schema::Schema::{Named, Text};
use crate::openapi::schema::{always, list};
use crate::openapi::schemas::role;
use crate::openapi::{Family, Operation};

pub(super) fn family() -> Family {
    Family {
        name: "Invitations",
        about: "Links that make whoever opens them a member of an organization",
        operations: operations(),
    }
}

fn operations() -> Vec<Operation> {
    let token = || always("token", Text, "From the link");
    vec![
        Operation::new("GET", "/orgs/{organization}/invitations", "Pending invitations").gives(
            200,
            "By address",
            list(Named("Invitation")),
        ),
        Operation::new("POST", "/orgs/{organization}/invitations", "Invite an address")
            .notes(
                "The link is good for a week and for one account, whichever its address. It is shown once.",
            )
            .takes([always("email", Text, ""), always("role", role(), "")])
            .gives(201, "The invitation", Named("NewInvitation")),
        Operation::new("DELETE", "/orgs/{organization}/invitations/{id}", "Take an invitation back")
            .validates()
            .done(204, "The link is dead"),
        Operation::new("POST", "/invitations/show", "What a link invites to")
            .login()
            .hides()
            .takes([token()])
            .gives(200, "What it invites to", Named("Offer")),
        Operation::new("POST", "/invitations/accept", "Accept an invitation")
            .login()
            .hides()
            .notes("Who is a member keeps the role, and the invitation is used up.")
            .takes([token()])
            .gives(200, "The membership", Named("Acceptance")),
    ]
}
