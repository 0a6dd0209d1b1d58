//! The three formats of the API and how a request chooses one.
//!
//! Rules of the Hex HTTP contract: media types, `Accept` and the `_format` parameter.

/// A format that answers are rendered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// `application/json`
    #[default]
    Json,
    /// The Erlang external term format.
    Erlang,
    /// Elixir literals as text.
    Elixir,
}

/// Entries of an `Accept` header that are looked at; the rest is ignored.
const MAX_ACCEPT_ENTRIES: usize = 32;

impl Format {
    /// The `Content-Type` of answers.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Erlang => "application/vnd.hex+erlang; charset=utf-8",
            Self::Elixir => "application/vnd.hex+elixir; charset=utf-8",
        }
    }

    /// The format called so in the `_format` parameter.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "erlang" => Some(Self::Erlang),
            "elixir" => Some(Self::Elixir),
            _ => None,
        }
    }

    /// The format that an `Accept` header selects, `None` when nothing in it is acceptable.
    ///
    /// The first entry of full quality that is known wins, else the known one of highest quality. Entries that cannot be
    /// read are skipped. An absent or empty header accepts everything.
    pub fn from_accept(header: Option<&str>) -> Option<Self> {
        let header = header.map(str::trim).filter(|header| !header.is_empty());
        let Some(header) = header else { return Some(Self::default()) };

        let mut best: Option<(Self, f32)> = None;
        for entry in header.split(',').take(MAX_ACCEPT_ENTRIES) {
            let (media_type, parameters) = entry.split_once(';').unwrap_or((entry, ""));
            let Some(format) = Self::from_media_type(media_type.trim()) else { continue };
            let Some(quality) = quality(parameters) else { continue };
            if quality > best.map_or(0.0, |(_, quality)| quality) {
                best = Some((format, quality));
            }
        }
        best.map(|(format, _)| format)
    }

    fn from_media_type(media_type: &str) -> Option<Self> {
        const TYPES: [(&str, Format); 6] = [
            ("application/json", Format::Json),
            ("application/vnd.hex+erlang", Format::Erlang),
            ("*/*", Format::Json),
            ("application/vnd.hex+json", Format::Json),
            ("application/vnd.hex+elixir", Format::Elixir),
            ("application/*", Format::Json),
        ];
        TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(media_type)).map(|(_, format)| *format)
    }
}

/// The `q` of an entry, 0 to 1; `None` when it cannot be read.
fn quality(parameters: &str) -> Option<f32> {
    for parameter in parameters.split(';') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if name.trim().eq_ignore_ascii_case("q") {
            return value.trim().parse().ok().filter(|quality| (0.0..=1.0).contains(quality));
        }
    }
    Some(1.0)
}

#[cfg(test)]
mod tests;
