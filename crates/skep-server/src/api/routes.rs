//! The table of routes: method and pattern to handler.
//!
//! A table of our own, because three things need to know it before or without a call: body parsing (uploads stay
//! unread), tests that walk all routes, and metrics. Of several patterns that fit a path the most literal one wins.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use http::Method;
use skep_core::Error;

use super::params::{Malformed, decode_component};
use super::{Call, Host, Param, Params, Reply};

/// Segments of a path; longer ones match no route.
const MAX_SEGMENTS: usize = 32;

/// A function that answers calls: `async fn(call: Call) -> Result<Reply, Error>`.
pub trait Handler<A: Host>: Send + Sync + 'static {
    /// Answers a call.
    fn handle(&self, call: Call<A>) -> BoxFuture<'static, Result<Reply, Error>>;
}

impl<A: Host, F, Answer> Handler<A> for F
where
    F: Fn(Call<A>) -> Answer + Send + Sync + 'static,
    Answer: Future<Output = Result<Reply, Error>> + Send + 'static,
{
    fn handle(&self, call: Call<A>) -> BoxFuture<'static, Result<Reply, Error>> {
        Box::pin(self(call))
    }
}

/// One line of the table.
pub struct Route<A: Host> {
    /// The method; HEAD is served as GET.
    pub method: Method,
    /// The pattern below the API, such as `/packages/{name}`.
    pub pattern: Arc<str>,
    /// Whether the body is left unread for the handler.
    pub is_upload: bool,
    pub(super) handler: Arc<dyn Handler<A>>,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    // First, so that literal patterns sort before others.
    Literal(String),
    Param(String),
}

/// All routes of the API.
pub struct Routes<A: Host> {
    prefixes: Vec<&'static str>,
    by_length: HashMap<usize, Vec<Route<A>>>,
}

impl<A: Host> Default for Routes<A> {
    fn default() -> Self {
        Self { prefixes: vec![""], by_length: HashMap::new() }
    }
}

impl<A: Host> Routes<A> {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds routes under each of several prefixes, such as `["", "/repos/{repository}"]`.
    #[must_use]
    pub fn under<const N: usize>(
        mut self,
        prefixes: [&'static str; N],
        add: impl FnOnce(Self) -> Self,
    ) -> Self {
        let outer = std::mem::replace(&mut self.prefixes, prefixes.to_vec());
        let mut routes = add(self);
        routes.prefixes = outer;
        routes
    }

    /// Adds a GET route, which also answers HEAD.
    #[must_use]
    pub fn get(self, pattern: &str, handler: impl Handler<A>) -> Self {
        self.route(Method::GET, pattern, false, handler)
    }

    /// Adds a POST route.
    #[must_use]
    pub fn post(self, pattern: &str, handler: impl Handler<A>) -> Self {
        self.route(Method::POST, pattern, false, handler)
    }

    /// Adds a PUT route.
    #[must_use]
    pub fn put(self, pattern: &str, handler: impl Handler<A>) -> Self {
        self.route(Method::PUT, pattern, false, handler)
    }

    /// Adds a DELETE route.
    #[must_use]
    pub fn delete(self, pattern: &str, handler: impl Handler<A>) -> Self {
        self.route(Method::DELETE, pattern, false, handler)
    }

    /// Adds a POST route whose body the handler reads with [`Call::upload`].
    #[must_use]
    pub fn upload(self, pattern: &str, handler: impl Handler<A>) -> Self {
        self.route(Method::POST, pattern, true, handler)
    }

    fn route(mut self, method: Method, pattern: &str, is_upload: bool, handler: impl Handler<A>) -> Self {
        let handler: Arc<dyn Handler<A>> = Arc::new(handler);
        for prefix in self.prefixes.clone() {
            let pattern: Arc<str> = match format!("{prefix}{}", pattern.trim_end_matches('/')) {
                empty if empty.is_empty() => "/".into(),
                pattern => pattern.into(),
            };
            let segments: Vec<Segment> =
                pattern.split('/').filter(|part| !part.is_empty()).map(segment).collect();
            let routes = self.by_length.entry(segments.len()).or_default();
            let route =
                Route { method: method.clone(), pattern, is_upload, handler: handler.clone(), segments };
            let at = routes.partition_point(|other| other.segments <= route.segments);
            debug_assert!(
                !routes.iter().any(|other| other.segments == route.segments && other.method == route.method),
                "route {} {} is there twice",
                route.method,
                route.pattern
            );
            routes.insert(at, route);
        }
        self
    }

    /// All routes, sorted by pattern and method.
    pub fn list(&self) -> Vec<&Route<A>> {
        let mut routes: Vec<_> = self.by_length.values().flatten().collect();
        routes.sort_by(|a, b| (&a.pattern, a.method.as_str()).cmp(&(&b.pattern, b.method.as_str())));
        routes
    }

    /// The route of a path, if there is one for this method.
    pub(super) fn find(&self, method: &Method, path: &Path<'_>) -> Option<&Route<A>> {
        self.matching(path).find(|route| route.method == *method)
    }

    /// Whether there is any route for this path.
    pub(super) fn knows(&self, path: &Path<'_>) -> bool {
        self.matching(path).next().is_some()
    }

    fn matching(&self, path: &Path<'_>) -> impl Iterator<Item = &Route<A>> {
        let routes = self.by_length.get(&path.0.len()).map_or(&[][..], Vec::as_slice);
        routes.iter().filter(|route| route.matches(path))
    }
}

fn segment(text: &str) -> Segment {
    match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(name) => Segment::Param(name.to_owned()),
        None => Segment::Literal(text.to_owned()),
    }
}

impl<A: Host> Route<A> {
    fn matches(&self, path: &Path<'_>) -> bool {
        self.segments.iter().zip(&path.0).all(|(segment, part)| match segment {
            Segment::Literal(text) => text == part,
            Segment::Param(_) => true,
        })
    }

    /// The parameters that the pattern names.
    pub(super) fn params(&self, path: &Path<'_>) -> Params {
        let pairs = self.segments.iter().zip(&path.0);
        pairs
            .filter_map(|(segment, part)| match segment {
                Segment::Literal(_) => None,
                Segment::Param(name) => Some((name.as_str(), Param::Text(part.clone().into_owned()))),
            })
            .collect()
    }
}

/// A decoded path without empty segments: doubled and trailing slashes do not count.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path<'a>(Vec<Cow<'a, str>>);

impl<'a> Path<'a> {
    pub(super) fn parse(path: &'a str) -> Result<Self, Malformed> {
        let parts = path.split('/').filter(|part| !part.is_empty()).take(MAX_SEGMENTS + 1);
        Ok(Self(
            parts.map(|part| decode_component(part.as_bytes(), false, "path")).collect::<Result<_, _>>()?,
        ))
    }

    /// The path below a first segment, if it begins with that one.
    pub(super) fn below(mut self, first: &str) -> Option<Self> {
        if self.0.first()? != first {
            return None;
        }
        self.0.remove(0);
        Some(self)
    }
}

#[cfg(test)]
mod tests;
