//! `skep search`

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, value_parser};
use skep_client::api::SearchOrder;

use super::PlaceArgs;

/// Most packages that one search gives.
const MAX_LIMIT: i64 = 1000;

/// Searching.
#[derive(Debug, Args)]
#[command(after_help = "\
Beside words of names and descriptions, a query may have filters:
  name:ecto*  description:\"web server\"  depends:plug  build_tool:gleam
  updated_after:2026-01-01T00:00:00Z  extra:type,nerves

Examples:
  skep search json
  skep search 'depends:plug telemetry' --sort updated_at
  skep search auth --organization acme --json")]
pub(crate) struct SearchArgs {
    /// What to look for; several words are one query
    #[arg(value_name = "QUERY", required = true)]
    pub(crate) query: Vec<String>,
    /// Most packages to show, up to 1000
    #[arg(long, value_name = "NUMBER", default_value = "25")]
    #[arg(value_parser = value_parser!(u16).range(1..=MAX_LIMIT))]
    pub(crate) limit: u16,
    /// Order: downloads, recent_downloads, name, inserted_at or updated_at
    #[arg(long, value_name = "ORDER", default_value = "downloads")]
    #[arg(value_parser = order(), hide_possible_values = true)]
    pub(crate) sort: SearchOrder,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

fn order() -> impl TypedValueParser<Value = SearchOrder> {
    PossibleValuesParser::new(SearchOrder::ALL.map(SearchOrder::as_str)).map(|word| {
        let named = SearchOrder::ALL.into_iter().find(|order| order.as_str() == word);
        named.expect("invariant: only orders are possible values")
    })
}
