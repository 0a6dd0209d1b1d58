//! The client against a web server with canned answers.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod api;
mod cache;
mod download;
mod mock;
mod network;
mod packages;
mod repository;
mod session;
mod support;
mod tls;
