//! The one choke point of authorization. [`Skep::allow`] applies the table in [`operations`] and gives
//! an [`Access`], which nothing else can make; every rule that reads or changes something for a caller
//! takes one.
//!
//! Non-members of an organization get 404, never 403, for everything of it.

pub mod operations;
mod ownership;
mod target;

use std::marker::PhantomData;

pub use operations::{Relation, Scope};
pub(crate) use ownership::owns;
pub use target::{
    Anything, Instance, KeysTarget, OrganizationTarget, OwnAccount, PackagePath, PackageTarget, PolicyPath,
    PolicyTarget, RepositoryTarget, Target,
};

use crate::permission::Need;
use crate::principal::{Caller, Subject};
use crate::{Error, Result, Skep, two_factor};

/// Whether an operation needs credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// 401 without.
    Required,
    /// Anonymous callers go on to the check of the relation.
    Optional,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Whether credentials must be shown.
    pub credential: Presence,
    /// What they must open, if they are shown.
    pub scope: Scope,
    /// What the caller must be to the target.
    pub relation: Relation,
}

impl Rule {
    /// Whether the operation changes something.
    fn writes(&self) -> bool {
        matches!(self.scope, Scope::Write | Scope::Account | Scope::Package)
    }
}

/// Something that a caller may be allowed to do.
pub trait Operation: Send + Sync + 'static {
    /// For tables and logs.
    const NAME: &'static str;
    /// The row of the table.
    const RULE: Rule;
    /// What it is done to.
    type Target: Target;
}

/// Proof that the caller may do `O` to the target. Only [`Skep::allow`] makes it.
pub struct Access<O: Operation> {
    caller: Caller,
    target: O::Target,
    operation: PhantomData<O>,
}

impl<O: Operation> Access<O> {
    /// Who was allowed.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// To do it to what.
    pub fn target(&self) -> &O::Target {
        &self.target
    }
}

impl Skep {
    /// Checks, in this order: credentials present, address verified, credential opens the scope, second
    /// factor, caller stands in the needed relation to the target.
    ///
    /// Errors: 401, 403 and 404 exactly as the Hex HTTP contract orders them; 5xx of the stores.
    pub async fn allow<'a, O: Operation>(
        &'a self,
        caller: &Caller,
        path: <O::Target as Target>::Path<'a>,
    ) -> Result<Access<O>> {
        // What a cache says may be a second old: enough to let someone read, but neither to change anything
        // nor to be turned away just after having been let in.
        if O::RULE.writes() {
            return self.decide(self.renewed(caller).await?, path).await;
        }
        match self.decide(caller.clone(), path).await {
            Err(refusal) if caller.principal.is_some() && refusal.status < 500 => {
                match self.renewed(caller).await {
                    Ok(renewed) => self.decide(renewed, path).await,
                    Err(_) => Err(refusal),
                }
            }
            decided => decided,
        }
    }

    async fn decide<'a, O: Operation>(
        &'a self,
        caller: Caller,
        path: <O::Target as Target>::Path<'a>,
    ) -> Result<Access<O>> {
        self.check_credential::<O>(&caller, &path).await?;
        let target = O::Target::resolve(self, &caller, O::RULE, path).await?;
        Ok(Access { caller, target, operation: PhantomData })
    }

    async fn check_credential<O: Operation>(
        &self,
        caller: &Caller,
        path: &<O::Target as Target>::Path<'_>,
    ) -> Result<()> {
        let rule = O::RULE;
        let Some(principal) = &caller.principal else {
            return match rule.credential {
                Presence::Required => {
                    Err(Error::unauthorized("missing_credentials", "missing authentication information"))
                }
                Presence::Optional => Ok(()),
            };
        };
        // A key is made right after signing up, before the mail has arrived. Fetching is decided by the key.
        let email_exempt = matches!(rule.scope, Scope::None | Scope::Fetch)
            || [operations::CreateKey::NAME, operations::SendVerification::NAME].contains(&O::NAME);
        if let Subject::User(user) = &principal.subject
            && !user.email_verified
            && !email_exempt
        {
            return Err(Error::new(403, "email_not_verified", "email not verified"));
        }
        let opens = match rule.scope {
            Scope::None => true,
            Scope::Read => principal.opens(Need::ApiRead),
            Scope::Write => principal.opens(Need::ApiWrite),
            Scope::Account => principal.answerable_key_id().is_none() && principal.opens(Need::ApiWrite),
            Scope::Package => match O::Target::package(path) {
                Some((repository, name)) => principal.opens(Need::Package { repository, name }),
                None => principal.opens(Need::ApiWrite),
            },
            // Decided together with the repository: a refusal there has a status of its own.
            Scope::Fetch => true,
        };
        if !opens {
            return Err(not_authorized());
        }
        // Changing the second factor asks for more than a code.
        let code_exempt = O::NAME == <operations::ChangeTwoFactor as Operation>::NAME;
        if rule.writes() && two_factor::is_asked_of(principal, rule.scope) && !code_exempt {
            let code = caller.one_time_code.as_ref();
            self.check_second_factor(principal, code, &caller.origin).await?;
        }
        Ok(())
    }
}

/// 401: the credential does not open what is asked.
pub(crate) fn not_authorized() -> Error {
    Error::unauthorized("key_not_authorized", "key not authorized for this action")
}
