defmodule Proj.MixProject do
  use Mix.Project
  def project do
    [
      app: :proj, version: "1.2.3-rc.1", elixir: "~> 1.14",
      description: "A \"quoted\" description — with a dash, é and\n  two lines that go on for quite a while so that they have to be wrapped somewhere.",
      deps: [
        {:jason, "~> 1.0"},
        {:renamed, ">= 0.1.0 and < 2.0.0", hex: :other_name, optional: true},
        {:private_thing, "~> 2.0 or ~> 3.0", organization: "acme"}
      ],
      package: [
        name: "proj_package",
        licenses: ["Apache-2.0", "MIT"],
        links: %{"GitHub" => "https://example.com/some/rather/long/address/that/goes/on/proj", "Café" => "https://example.com/"},
        extra: %{"colour" => "blue", "nested" => %{"list" => [1, 2, 300], "flag" => true, "nothing" => nil, "text" => "été", "empty" => %{}, "bytes" => [1, 10, 65], "chars" => [72, 105]}},
        build_tools: ["mix", "rebar3"]
      ]
    ]
  end
end
