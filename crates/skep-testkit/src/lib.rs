//! The real server on a random port, typed callers, tarball builders, throw-away PostgreSQL, drivers of real clients.
