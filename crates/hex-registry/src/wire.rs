//! The protobuf messages of the registry (proto2), field by field.
//!
//! Private on purpose: what is written, left out or sorted is decided in the domain modules, and a
//! caller that filled these structs by hand could write files that clients refuse.
//!
//! prost reads an absent `required` field as its default. Where that default would be a lie
//! (an override without action would *allow*), the field is declared optional, so that decoding can
//! refuse it; encoding always sets it.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Signed {
    #[prost(bytes = "vec", required, tag = "1")]
    pub(crate) payload: Vec<u8>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) signature: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Timestamp {
    #[prost(int64, required, tag = "1")]
    pub(crate) seconds: i64,
    #[prost(int32, required, tag = "2")]
    pub(crate) nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Names {
    #[prost(message, repeated, tag = "1")]
    pub(crate) packages: Vec<NamesPackage>,
    #[prost(string, required, tag = "2")]
    pub(crate) repository: String,
}

// Field 2 was a repository name that no registry ever wrote.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct NamesPackage {
    #[prost(string, required, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) updated_at: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Versions {
    #[prost(message, repeated, tag = "1")]
    pub(crate) packages: Vec<VersionsPackage>,
    #[prost(string, required, tag = "2")]
    pub(crate) repository: String,
}

// Field 4 was a repository name that no registry ever wrote.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct VersionsPackage {
    #[prost(string, required, tag = "1")]
    pub(crate) name: String,
    #[prost(string, repeated, tag = "2")]
    pub(crate) versions: Vec<String>,
    #[prost(int32, repeated, packed = "true", tag = "3")]
    pub(crate) retired: Vec<i32>,
    #[prost(int32, repeated, packed = "true", tag = "5")]
    pub(crate) with_advisories: Vec<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Package {
    #[prost(message, repeated, tag = "1")]
    pub(crate) releases: Vec<Release>,
    #[prost(string, required, tag = "2")]
    pub(crate) name: String,
    #[prost(string, required, tag = "3")]
    pub(crate) repository: String,
    #[prost(message, repeated, tag = "4")]
    pub(crate) advisories: Vec<SecurityAdvisory>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Release {
    #[prost(string, required, tag = "1")]
    pub(crate) version: String,
    #[prost(bytes = "vec", required, tag = "2")]
    pub(crate) inner_checksum: Vec<u8>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) dependencies: Vec<Dependency>,
    #[prost(message, optional, tag = "4")]
    pub(crate) retired: Option<RetirementStatus>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub(crate) outer_checksum: Option<Vec<u8>>,
    #[prost(uint32, repeated, packed = "false", tag = "6")]
    pub(crate) advisory_indexes: Vec<u32>,
    #[prost(message, optional, tag = "7")]
    pub(crate) published_at: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Dependency {
    #[prost(string, required, tag = "1")]
    pub(crate) package: String,
    #[prost(string, required, tag = "2")]
    pub(crate) requirement: String,
    #[prost(bool, optional, tag = "3")]
    pub(crate) optional: Option<bool>,
    #[prost(string, optional, tag = "4")]
    pub(crate) app: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub(crate) repository: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RetirementStatus {
    #[prost(int32, optional, tag = "1")]
    pub(crate) reason: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) message: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SecurityAdvisory {
    #[prost(string, required, tag = "1")]
    pub(crate) id: String,
    #[prost(string, required, tag = "2")]
    pub(crate) summary: String,
    #[prost(string, required, tag = "3")]
    pub(crate) html_url: String,
    #[prost(int32, optional, tag = "4")]
    pub(crate) severity: Option<i32>,
    #[prost(float, optional, tag = "5")]
    pub(crate) cvss_score: Option<f32>,
    #[prost(string, required, tag = "6")]
    pub(crate) api_url: String,
    #[prost(string, repeated, tag = "7")]
    pub(crate) aliases: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Policy {
    #[prost(string, required, tag = "1")]
    pub(crate) repository: String,
    #[prost(string, required, tag = "2")]
    pub(crate) name: String,
    #[prost(string, optional, tag = "3")]
    pub(crate) description: Option<String>,
    #[prost(int32, required, tag = "4")]
    pub(crate) visibility: i32,
    #[prost(message, repeated, tag = "5")]
    pub(crate) repositories: Vec<RepositoryPolicy>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RepositoryPolicy {
    #[prost(string, required, tag = "1")]
    pub(crate) repository: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) restriction: Option<Restriction>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) overrides: Vec<Override>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Restriction {
    #[prost(int32, optional, tag = "1")]
    pub(crate) advisory_min_severity: Option<i32>,
    #[prost(int32, repeated, packed = "true", tag = "2")]
    pub(crate) retirement_reasons: Vec<i32>,
    #[prost(string, optional, tag = "3")]
    pub(crate) cooldown: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Override {
    #[prost(int32, optional, tag = "1")]
    pub(crate) action: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) target: Option<PackageRef>,
    #[prost(string, optional, tag = "3")]
    pub(crate) advisory_id: Option<String>,
    #[prost(int32, optional, tag = "4")]
    pub(crate) retirement_reason: Option<i32>,
    #[prost(string, optional, tag = "5")]
    pub(crate) comment: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct PackageRef {
    #[prost(string, required, tag = "1")]
    pub(crate) package: String,
    #[prost(string, optional, tag = "2")]
    pub(crate) requirement: Option<String>,
}
