//! The protocol of the HTTP API: everything between the socket and a handler.
//!
//! A handler is `async fn(call: Call) -> Result<Reply, skep_core::Error>`; it sees merged parameters and answers with a
//! [`Value`]. Formats, negotiation, limits, conditional requests, error bodies and headers are decided here once.
//! Nothing in this module may know what a package or an organization is.

pub mod body;
pub mod call;
pub mod client_address;
pub mod error;
pub mod format;
pub mod host;
pub(crate) mod notice;
pub mod params;
pub mod pipeline;
pub mod rate_limit;
pub mod reply;
pub mod request_id;
pub mod routes;
pub mod upload;
pub mod value;

pub use call::{Call, Head};
pub use client_address::AddressRange;
pub use format::Format;
pub use host::{ApiSettings, Host};
pub use params::{Cast, Param, Params};
pub use pipeline::Api;
pub use rate_limit::{Limits, RateLimiter, RateSubject};
pub use reply::{Cache, Reply};
pub use request_id::RequestIds;
pub use routes::Routes;
pub use upload::Upload;
pub use value::Value;
pub(crate) use value::object;
