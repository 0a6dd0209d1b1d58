//! The two databases that every test runs on.

/// If this environment variable is set (and not empty), tests on PostgreSQL are left out. Without it they fail where
/// there is no PostgreSQL: nobody should believe to have tested what was skipped.
pub const SKIP_VARIABLE: &str = "SKEP_TEST_SKIP_POSTGRES";

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in the test's own folder.
    Sqlite,
    /// A database in a throw-away server, see [`crate::postgres`].
    Postgres,
}

impl Engine {
    /// Whether tests on this engine are left out, and says so in the output of the test.
    pub fn is_left_out(self) -> bool {
        let left_out =
            self == Self::Postgres && std::env::var_os(SKIP_VARIABLE).is_some_and(|value| !value.is_empty());
        if left_out {
            #[expect(clippy::print_stderr, reason = "the test's output is where its reader looks")]
            {
                eprintln!("left out: {SKIP_VARIABLE} is set");
            }
        }
        left_out
    }
}
