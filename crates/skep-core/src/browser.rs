//! What the pages need of the rules beside those that the API uses too: logging in, showing again who one is, and what
//! a browser keeps for the server.

mod login;
mod note;
mod proof;

pub use login::{Code, Login, SECOND_FACTOR_SECONDS};
pub use note::Purpose;
pub use proof::Proof;
