//! What every page shows around its own content.

use super::assets;
use super::visit::Visit;

/// See the module; the templates call it `frame`.
pub(super) struct Frame {
    /// Address of the style sheet.
    pub(super) style: &'static str,
    /// Address of the picture.
    pub(super) icon: &'static str,
    /// Who is logged in.
    pub(super) username: Option<String>,
    /// What happened on the page before.
    pub(super) notice: Option<String>,
    /// What every form carries.
    pub(super) form_token: String,
}

impl Frame {
    pub(super) fn of(visit: &Visit) -> Self {
        Self {
            username: visit.user().map(|user| user.username.clone()),
            notice: visit.notice(),
            form_token: visit.form_token(),
            ..Self::of_nobody()
        }
    }

    /// For a page that is shown before it is known who asks.
    pub(super) fn of_nobody() -> Self {
        Self {
            style: &assets::STYLE.path,
            icon: &assets::ICON.path,
            username: None,
            notice: None,
            form_token: String::new(),
        }
    }
}
