#!/usr/bin/env escript
%% Judges texts: TEXTS has one in base64 per line, OUT gets each twice, with the verdict of file:consult's scanner and
%% parser ("config") and of Hex's lexer for metadata with Erlang's parser ("metadata"). The lexer must be compiled
%% in the current folder: hex_core's src/safe_erl_term.xrl. Texts with atoms that Erlang does not know are not comparable.
-mode(compile).

main([Texts, Out]) ->
  code:add_patha("."),
  {ok, Bin} = file:read_file(Texts),
  {ok, F} = file:open(Out, [write, raw, delayed_write]),
  _ = ['utf8','integer',a,b,ok,ok_1@,'q a','at om','\'',k],
  lists:foreach(fun(<<>>) -> ok; (L) ->
    T = base64:decode(L),
    Cs = unicode:characters_to_list(T),
    file:write(F, ["config ", L, " ", v(fun() -> consult(Cs, 1, []) end), "\n"]),
    file:write(F, ["metadata ", L, " ", v(fun() -> safe(Cs, []) end), "\n"])
  end, binary:split(Bin, <<"\n">>, [global])),
  file:close(F).
v(Fun) -> try Fun() of {ok, Ts} -> base64:encode(term_to_binary(Ts,[{minor_version,2}])); _ -> "error" catch _:_ -> "error" end.

consult(Cs, L, Acc) ->
  case erl_scan:tokens([], Cs, L) of
    {done, {ok, Toks, L2}, Rest} -> {ok, T} = erl_parse:parse_term(Toks), consult2(Rest, L2, [T|Acc]);
    {done, {eof, _}, _} -> {ok, lists:reverse(Acc)};
    {more, C} ->
      case erl_scan:tokens(C, eof, L) of
        {done, {ok, Toks, L2}, Rest} -> {ok, T} = erl_parse:parse_term(Toks), consult2(Rest, L2, [T|Acc]);
        {done, {eof, _}, _} -> {ok, lists:reverse(Acc)};
        _ -> error
      end;
    _ -> error
  end.
consult2(eof, _, Acc) -> {ok, lists:reverse(Acc)};
consult2(Rest, L, Acc) -> consult(Rest, L, Acc).
safe(Cs, Acc) ->
  case safe_erl_term:tokens([], Cs) of
    {done, {ok, Toks, _}, Rest} -> {ok, T} = erl_parse:parse_term(Toks), safe(Rest, [T|Acc]);
    {done, {eof,_}, _} -> {ok, lists:reverse(Acc)};
    {more, C} -> case safe_erl_term:tokens(C, eof) of
        {done, {eof,_}, _} -> {ok, lists:reverse(Acc)};
        {done, {ok, Toks, _}, Rest} when Rest =:= eof; Rest =:= [] -> {ok, T} = erl_parse:parse_term(Toks), {ok, lists:reverse([T|Acc])};
        {done, {ok, Toks, _}, Rest} -> {ok, T} = erl_parse:parse_term(Toks), safe(Rest, [T|Acc]);
        _ -> error end;
    _ -> error
  end.
