//! The end-to-end tests stand in `tests/`, one file a subject.
