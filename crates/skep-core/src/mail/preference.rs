//! Kinds of mail that an account may do without.

/// A kind of mail that is sent unless the account does not want it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// The account was added to an organization.
    OrganizationInvite,
    /// A package of the account has a new owner.
    OwnerAdd,
    /// A package of the account lost an owner.
    OwnerRemove,
    /// A release of a package of the account was published.
    PackagePublished,
}

impl Preference {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::OrganizationInvite, Self::OwnerAdd, Self::OwnerRemove, Self::PackagePublished];

    /// As it stands on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OrganizationInvite => "organization_invite",
            Self::OwnerAdd => "owner_add",
            Self::OwnerRemove => "owner_remove",
            Self::PackagePublished => "package_published",
        }
    }

    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preference| preference.as_str() == text)
    }
}
