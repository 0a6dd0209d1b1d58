#!/usr/bin/env escript
%%! +fnu
%% Makes the golden tarballs beside it: ERL_LIBS=folder-of-hex_core escript make.escript OUTPUT_FOLDER

main([Out]) ->
    Root = filename:join(Out, "tree"),
    ok = filelib:ensure_path(Root),
    ok = file:set_cwd(Root),
    put(out, Out),
    kinds(), long(), unicode(), slip(), links(), docs().

kinds() ->
    on_disk("mix.exs", <<"# project\n">>, 8#644),
    on_disk("bin/run", <<"#!/bin/sh\n">>, 8#755),
    ok = filelib:ensure_path("priv/empty"),
    ok = file:make_symlink("../mix.exs", "bin/link"),
    Same = [{Name, Name} || Name <- ["mix.exs", "bin/run", "bin/link", "priv/empty"]],
    package("kinds", Same ++ [
        {"src/block.bin", binary:copy(<<"b">>, 512)},
        {"src/empty.erl", <<>>},
        {"src/big.erl", binary:copy(<<"line\n">>, 3000)}
    ]).

%% Names at every boundary of name (100) and prefix (155).
long() ->
    D = many($d, 50),
    package("long", [
        {many($a, 99), <<"99">>},
        {many($b, 100), <<"100">>},
        {many($c, 101), <<"101">>},
        {path([D, many($e, 49)]), <<"50/49">>},
        {path([D, many($e, 50)]), <<"50/50">>},
        {path([D, many($f, 99)]), <<"50/99">>},
        {path([D, many($g, 100)]), <<"50/100">>},
        {path([D, many($h, 101)]), <<"50/101">>},
        {path([D, D, many($i, 53), "x"]), <<"155 prefix">>},
        {path([D, D, many($i, 60), "x"]), <<"162 prefix">>},
        {path([many($j, 156), "x"]), <<"156 part">>},
        {many($k, 150), <<"150">>}
    ]).

unicode() ->
    D = many($d, 50),
    package("unicode", [
        {"lib/é.ex", <<"latin">>},
        {"ü/ö.ex", <<"dir">>},
        {"中文.md", <<"cjk">>},
        {"lib/😀.ex", <<"emoji">>},
        {"lib/" ++ many($l, 95) ++ "é.ex", <<"long">>},
        {path([D, D, D, "é.ex"]), <<"deep">>}
    ]).

%% The length of this PAX record is one too small.
slip() ->
    package("slip", [{"lib/" ++ many($中, 40) ++ ".ex", <<"slip">>}]).

links() ->
    D = many($d, 50),
    Long = path([D, many($t, 60)]),
    Deep = path([D, many($u, 120)]),
    Directories = [path([D, D, "dirdirdir"]), path([D, D, many($q, 100)]), "dé"],
    [ok = filelib:ensure_path(Directory) || Directory <- Directories],
    Links = [
        {"long_target", Long},
        {"latin_target", "é.ex"},
        {Deep, "../" ++ Long},
        {"target101", path([many($z, 90), many($w, 10)])},
        {"target100", path([many($z, 90), many($w, 9)])}
    ],
    [ok = file:make_symlink(Target, Name) || {Name, Target} <- Links],
    package("links", [{Name, Name} || Name <- [Link || {Link, _} <- Links] ++ Directories]).

docs() ->
    {ok, Docs} = hex_tarball:create_docs([{"index.html", <<"<h1>docs</h1>\n">>}, {"search.html", <<"s">>}]),
    ok = file:write_file(filename:join(get(out), "docs.tar.gz"), Docs).

package(Name, Files) ->
    Metadata = #{<<"name">> => <<"golden">>, <<"version">> => <<"1.0.0">>, <<"app">> => <<"golden">>},
    {ok, #{tarball := Tarball}} = hex_tarball:create(Metadata, Files),
    ok = file:write_file(filename:join(get(out), Name ++ ".tar"), Tarball).

on_disk(Name, Bytes, Mode) ->
    ok = filelib:ensure_dir(Name),
    ok = file:write_file(Name, Bytes),
    ok = file:change_mode(Name, Mode).

many(Character, Count) -> lists:duplicate(Count, Character).
path(Parts) -> string:join(Parts, "/").
