//! Names that nobody may register, because a tool, an OTP application, a file system or an address already
//! means something else by them.
//!
//! The table is the Hex HTTP contract's. It must not be consulted when *reading*: a registry may hold names
//! that were reserved later.

/// Whether a new package may not have this name, in any repository.
pub fn is_reserved_package(name: &str) -> bool {
    RESERVED.contains(&name) || is_device(name)
}

/// Whether a new organization may not have this name: the names reserved for packages, and `phoenix`.
///
/// hex.pm also reserves `acme`, because its documentation uses it as the example. Here it is free: a team
/// that follows that documentation on a server of its own should be able to type what it reads.
pub fn is_reserved_organization(name: &str) -> bool {
    name == "phoenix" || is_reserved_package(name)
}

/// `com1` to `com9` and `lpt1` to `lpt9`, which are devices on Windows.
fn is_device(name: &str) -> bool {
    let number = name.strip_prefix("com").or_else(|| name.strip_prefix("lpt"));
    matches!(number.map(str::as_bytes), Some([b'1'..=b'9']))
}

#[rustfmt::skip]
const RESERVED: &[&str] = &[
    // Elixir
    "eex", "elixir", "elixirc", "ex_unit", "iex", "logger", "mix",
    // Erlang/OTP
    "otp", "asn1", "common_test", "compiler", "crypto", "debugger", "dialyzer", "diameter", "edoc", "eldap",
    "erl_docgen", "erl_interface", "erts", "et", "eunit", "ftp", "hipe", "inets", "jinterface", "kernel",
    "megaco", "mnesia", "observer", "odbc", "os_mon", "parsetools", "public_key", "reltool", "runtime_tools",
    "sasl", "snmp", "ssh", "ssl", "stdlib", "syntax_tools", "toolbar", "tools", "typer", "wx", "xmerl",
    "tftp", "httpc", "httpd",
    // Tools
    "erlang", "to_erl", "run_erl", "escript", "erlc", "erl", "epmd", "ct_run", "rebar", "rebar3", "hex",
    "hexpm", "mix_hex",
    // Generic names of network modules
    "net", "http", "net_http", "gen_http",
    // Devices on Windows, beside the numbered ones
    "nul", "con", "prn", "aux",
    // Words of the web pages and the documentation
    "package", "organization", "www", "myapp", "lock", "locked", "all", "assets",
    // Hosts
    "api", "docs", "preview", "search", "staging", "stats", "static",
];
