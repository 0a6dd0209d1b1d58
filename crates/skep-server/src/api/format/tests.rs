use super::*;

#[track_caller]
fn check(header: &str, expected: Option<Format>) {
    assert_eq!(Format::from_accept(Some(header)), expected, "Accept: {header}");
}

#[test]
fn accept_of_the_contract() {
    use Format::*;
    assert_eq!(Format::from_accept(None), Some(Json));
    for (header, expected) in [
        ("application/json", Some(Json)),
        ("application/vnd.hex+json", Some(Json)),
        ("application/vnd.hex+erlang", Some(Erlang)),
        ("application/vnd.hex+elixir", Some(Elixir)),
        ("*/*", Some(Json)),
        ("application/*", Some(Json)),
        ("text/html", None),
        ("application/xml", None),
        ("text/html, application/json", Some(Json)),
        ("application/json;q=0.2, application/vnd.hex+erlang;q=0.9", Some(Erlang)),
        ("application/json;q=0.9, application/vnd.hex+erlang;q=0.2", Some(Json)),
        ("application/vnd.hex+erlang, application/json", Some(Erlang)),
    ] {
        check(header, expected);
    }
}

#[test]
fn accept_beyond_it() {
    use Format::*;
    for (header, expected) in [
        ("", Some(Json)),
        (" , ,", None),
        ("APPLICATION/VND.HEX+ERLANG", Some(Erlang)),
        ("application/vnd.hex+erlang; charset=utf-8", Some(Erlang)),
        ("application/vnd.hex+erlang;level=1;Q=0.5, */*;q=0.1", Some(Erlang)),
        ("application/json;q=0.5, application/vnd.hex+elixir", Some(Elixir)),
        ("application/json;q=0", None),
        ("application/json;q=x, application/vnd.hex+elixir;q=0.1", Some(Elixir)),
        ("application/json;q=NaN", None),
        ("application", None),
    ] {
        check(header, expected);
    }
}
