#!/usr/bin/env escript
-mode(compile).
%% Writes samples: a comment with the term in external format, then the term as Erlang prints it.
main([Out, Seed, Count]) ->
    {ok, File} = file:open(Out, [write, raw]),
    rand:seed(exsss, list_to_integer(Seed)),
    lists:foreach(fun(T) -> sample(File, T) end, fixed() ++ [term() || _ <- lists:seq(1, list_to_integer(Count))]).

sample(File, Term) ->
    Text = unicode:characters_to_binary([io_lib_pretty:print(Term, [{encoding, utf8}]), ".\n"]),
    Etf = base64:encode(term_to_binary(Term, [{minor_version, 2}])),
    file:write(File, ["%% ", Etf, "\n", Text]).

fixed() ->
    [a, 'A b', '', 'é', 'ünï', 'fun', 'maybe', 'else', 'a@b_C9', '$repos', 'x\'y', 'ÿ', '÷a', 'a÷',
     0, -1, 255, 1 bsl 100, -(1 bsl 126), 1.0, 0.1, 100.0, 1.0e3, 1.0e-5, 0.0001, 1.2e-3, 1.23456e-4, 9007199254740992.0, 9007199254740991.0, -0.0, 5.0e-324, 1.7976931348623157e308,
     [], {}, #{}, <<>>, "", "abc", [0], [10], [127], [255], [256], [$a, 8212], "a\"b\\c\n\t\e\d", {a}, {"a"}, [a|b], [a,b|c], [[]], [{}],
     <<"a\"b\\c\n\t\e">>, <<127>>, <<"a", 127>>, <<0>>, <<233>>, <<"é"/utf8>>, <<"—"/utf8>>, <<"abc—def"/utf8>>, <<160>>, <<128>>, <<"\x{a0}"/utf8>>, <<"\x{80}"/utf8>>,
     binary:copy(<<"é"/utf8>>, 50), binary:copy(<<233>>, 50), binary:copy(<<"x">>, 200), binary:copy(<<200, 1>>, 60),
     {a, binary:copy(<<"—"/utf8>>, 40)}, {<<"description">>, binary:copy(<<"—"/utf8>>, 40)},
     {<<"description">>, unicode:characters_to_binary(lists:duplicate(3, "Ein Satz mit Gedankenstrich \x{2014} und Ende. "))}]
    ++ [{<<"files">>, [<<"lib/", (integer_to_binary(I))/binary, ".ex">> || I <- lists:seq(1, N)]} || N <- [1,3,5,6,7,8,9,20]]
    ++ [binary:copy(<<"x">>, N) || N <- lists:seq(70, 82)]
    ++ [{k, binary:copy(<<"x">>, N)} || N <- lists:seq(66, 82)]
    ++ [[binary:copy(<<"x">>, N), <<"y">>] || N <- lists:seq(60, 82)]
    ++ [{<<"key">>, [{<<"a">>, binary:copy(<<"x">>, N)}, {<<"b">>, true}]} || N <- lists:seq(40, 70)]
    ++ [#{key => binary:copy(<<"x">>, N), z => 1} || N <- lists:seq(56, 74)]
    ++ [#{<<"acme">> => #{auth_key => <<"K1">>, fetch_public_key => nil, oauth_exchange => false, public_key => binary:copy(<<"line of key\n">>, N)}} || N <- lists:seq(1, 9)]
    ++ [binary:copy(<<1>>, N) || N <- lists:seq(30, 45)]
    ++ [{list_to_atom(lists:duplicate(N, $a)), [{b, binary:copy(<<"x">>, 60)}, {c, [1, 2, <<"y">>]}]} || N <- [1, 2, 3, 5, 20, 34, 35, 36, 37, 38, 39, 40, 45, 60, 90]].

term() ->
    case rand:uniform(10) of
        1 -> any(4);
        2 -> any(6);
        3 -> config(4);
        _ -> metadata()
    end.

one_of(List) -> lists:nth(rand:uniform(length(List)), List).
many(Max, Fun) -> [Fun() || _ <- lists:seq(1, rand:uniform(Max + 1) - 1)].

metadata() ->
    Key = one_of([<<"name">>, <<"description">>, <<"files">>, <<"links">>, <<"requirements">>, <<"extra">>, <<"licenses">>]),
    Value = case Key of
        <<"files">> -> many(40, fun() -> path() end);
        <<"links">> -> many(5, fun() -> {text(20), text(60)} end);
        <<"licenses">> -> many(4, fun() -> text(20) end);
        <<"extra">> -> kvs(5);
        <<"requirements">> -> one_of([many(6, fun() -> requirement() end), many(6, fun() -> {text(15), requirement()} end)]);
        _ -> text(250)
    end,
    {Key, Value}.

requirement() ->
    [{<<"app">>, text(20)}, {<<"name">>, text(20)}, {<<"optional">>, one_of([true, false])},
     {<<"repository">>, text(10)}, {<<"requirement">>, text(30)}].

kvs(0) -> text(10);
kvs(D) ->
    case rand:uniform(5) of
        1 -> text(40);
        2 -> one_of([true, false, 12, 100000]);
        3 -> many(5, fun() -> kvs(D - 1) end);
        _ -> many(5, fun() -> {text(12), kvs(D - 1)} end)
    end.

path() -> iolist_to_binary(lists:join("/", ["lib" | many(4, fun() -> ascii(12) end)])).

ascii(Max) -> list_to_binary([one_of("abcdefghijklmnopqrstuvwxyz_0123456789. ") || _ <- lists:seq(1, rand:uniform(Max))]).

text(Max) ->
    case rand:uniform(12) of
        1 -> unicode:characters_to_binary([one_of("abc é ü ß\n\"\\") || _ <- lists:seq(1, rand:uniform(Max))]);
        2 -> unicode:characters_to_binary([one_of([$a, $b, $\s, 8212, 26085, 128640]) || _ <- lists:seq(1, rand:uniform(Max))]);
        3 -> rand:bytes(rand:uniform(Max));
        4 -> <<>>;
        _ -> ascii(Max)
    end.

atom() -> one_of([a, b, ok, true, nil, undefined, auth_key, 'Quoted Atom', '$repos', oauth_exchange_url, 'é']).

config(0) -> one_of([text(60), atom(), rand:uniform(1 bsl rand:uniform(60))]);
config(D) ->
    case rand:uniform(4) of
        1 -> config(0);
        2 -> maps:from_list(many(6, fun() -> {text(12), config(D - 1)} end));
        3 -> maps:from_list(many(6, fun() -> {atom(), config(D - 1)} end));
        4 -> {atom(), config(D - 1)}
    end.

any(0) -> one_of([text(30), atom(), rand:uniform(1000), -rand:uniform(1 bsl 80), rand:uniform() * 1000, "text", [], {}]);
any(D) ->
    case rand:uniform(9) of
        1 -> any(0);
        2 -> list_to_tuple(many(5, fun() -> any(D - 1) end));
        3 -> maps:from_list(many(5, fun() -> {any(max(0, D - 3)), any(D - 1)} end));
        4 -> [any(D - 1) | any(0)];
        5 -> list_to_tuple([atom() | many(5, fun() -> any(D - 1) end)]);
        6 -> [rand:uniform(256) - 1 || _ <- lists:seq(1, rand:uniform(30))];
        _ -> many(6, fun() -> any(D - 1) end)
    end.
