# Makes elixir_versions.tsv: what Elixir's Version module and the solver inside Mix's Hex say about random versions and
# requirements. The Rust tests compare themselves with that table.
#
#   elixir -pa HEX_ARCHIVE_EBIN elixir_versions.exs 300 2>/dev/null > elixir_versions.tsv
#
# HEX_ARCHIVE_EBIN is the `ebin` folder of an installed Hex (`mix local.hex`), for the module Hex.Solver.Requirement; the
# number says how many rows of each kind to make. The committed table was made with Elixir 1.14.0 and hex_solver 0.2.3.
#
# Rows, separated by tabs:
#   version      TEXT ok|error
#   compare      VERSION VERSION lt|eq|gt
#   requirement  TEXT ok|error
#   match        REQUIREMENT VERSION MATCHES MATCHES_WITHOUT_PRE
#   solver       REQUIREMENT ok|error       (error also when the solver crashes)
:rand.seed(:exsss, {2026, 11, 21})
[count] = Enum.map(System.argv(), &String.to_integer/1)

pick = &Enum.random/1
number = fn -> pick.([0, 0, 1, 1, 2, 3, 10]) end
pre = fn -> pick.(["", "", "", "-0", "-1", "-2", "-10", "-a", "-a.1", "-a.b", "-rc", "-rc.1", "-1.a", "-a-b", "-A", "-0a", "-0.0"]) end
build = fn -> pick.(["", "", "", "", "", "", "", "+1", "+build.01"]) end
version = fn -> "#{number.()}.#{number.()}.#{number.()}#{pre.()}#{build.()}" end
short = fn -> "#{number.()}.#{number.()}#{pre.()}" end

# One edit somewhere, so that most of the text stays meaningful.
noise = String.graphemes("0 1.-+ab=<>~!é_\n") ++ ["..", "01", "or", " and ", " or "]

mutate = fn text ->
  {left, right} = String.split_at(text, :rand.uniform(String.length(text) + 1) - 1)
  case :rand.uniform(2) do
    1 -> left <> pick.(noise) <> right
    2 -> left <> String.slice(right, 1..-1)
  end
end

clause = fn ->
  op = pick.(["", "==", "!=", "!", ">", ">=", "<", "<=", "~>", "~>", ">=", "<"])
  operand = if op == "~>" and :rand.uniform(2) == 1, do: short.(), else: version.()
  pick.(["", "", "", " "]) <> op <> pick.([" ", " ", ""]) <> operand <> pick.(["", "", "", " "])
end

plain = fn -> pick.([">", ">=", "<", "<=", "~>", "~>", "=="]) <> " " <> version.() end
joiner = fn -> pick.([" and ", " and ", " or ", " or ", " or  ", " and"]) end
join = fn clause, n -> Enum.reduce(2..n//1, clause.(), fn _, acc -> acc <> joiner.() <> clause.() end) end

row = fn fields ->
  # A line break would end the row.
  unless Enum.any?(fields, &String.contains?(&1, ["\n", "\t"])), do: IO.puts(Enum.join(fields, "\t"))
end

status = fn result -> if result == :error, do: "error", else: "ok" end
times = fn n, fun -> Enum.each(1..n, fn _ -> fun.() end) end

times.(count, fn ->
  text = mutate.(version.())
  row.(["version", text, status.(Version.parse(text))])
end)

times.(count, fn ->
  {a, b} = {version.(), version.()}
  row.(["compare", a, b, to_string(Version.compare(a, b))])
end)

times.(count, fn ->
  text = join.(clause, pick.([1, 1, 2, 3]))
  text = if :rand.uniform(2) == 1, do: mutate.(text), else: text
  row.(["requirement", text, status.(Version.parse_requirement(text))])
end)

times.(count, fn ->
  text = join.(clause, pick.([1, 1, 1, 2, 3, 4]))
  version = version.()

  with {:ok, requirement} <- Version.parse_requirement(text) do
    without = Version.match?(version, requirement, allow_pre: false)
    row.(["match", text, version, to_string(Version.match?(version, requirement)), to_string(without)])
  end
end)

times.(count, fn ->
  text = join.(pick.([plain, plain, clause]), pick.([1, 2, 2, 2, 3]))
  result = try do Hex.Solver.Requirement.to_constraint(text) rescue _ -> :error end
  row.(["solver", text, status.(result)])
end)
