use hex_format::lock;

use super::*;

/// A lock of mix in which each line is `name > dependency dependency`.
fn graph(lines: &str) -> Graph {
    let hash = "0".repeat(64);
    let entry = |line: &str| {
        let (name, rest) = line.split_once('>').unwrap();
        let deps: Vec<String> = rest
            .split_whitespace()
            .map(|dep| format!("{{:{dep}, \"~> 1.0\", [hex: :{dep}, repo: \"hexpm\", optional: false]}}"))
            .collect();
        let name = name.trim();
        format!(
            "\"{name}\": {{:hex, :{name}, \"1.0.0\", \"{hash}\", [:mix], [{}], \"hexpm\", \"{hash}\"}},\n",
            deps.join(", ")
        )
    };
    let text: String = lines.trim().lines().map(entry).collect();
    Graph::new(lock::mix::parse(&format!("%{{\n{text}}}\n")).unwrap(), |_| None)
}

fn drawn(graph: &Graph, lines: &[Line]) -> Vec<String> {
    let line = |line: &Line| {
        let mark = if line.is_repeated { " (*)" } else { "" };
        format!("{}{}{mark}", "  ".repeat(line.is_last.len()), graph.nodes()[line.node].name())
    };
    lines.iter().map(line).collect()
}

fn names(graph: &Graph, nodes: &[usize]) -> Vec<String> {
    nodes.iter().map(|node| graph.nodes()[*node].name().to_owned()).collect()
}

const DIAMOND: &str =
    "web > left right\nleft > leaf\nright > leaf\nleaf > deep\ndeep >\ntool > deep absent\n";

#[test]
fn a_tree_tells_everything_once() {
    let graph = graph(DIAMOND);
    assert_eq!(names(&graph, graph.roots()), ["tool", "web"]);
    let all = graph.tree(graph.roots(), Direction::Down, None);
    assert_eq!(
        drawn(&graph, &all),
        ["tool", "  deep", "web", "  left", "    leaf", "      deep", "  right", "    leaf (*)"]
    );
    assert_eq!(all[3].is_last, [false]);
    assert_eq!(all[7].is_last, [true, true]);
    assert_eq!(all[7].requirement.as_deref(), Some("~> 1.0"));
    let top = graph.tree(graph.roots(), Direction::Down, Some(1));
    assert_eq!(drawn(&graph, &top), ["tool", "  deep", "web", "  left", "  right"]);
    let up = graph.tree(&[graph.find("leaf").unwrap()], Direction::Up, None);
    assert_eq!(drawn(&graph, &up), ["leaf", "  left", "    web", "  right", "    web"]);
}

#[test]
fn all_shortest_ways() {
    let graph = graph(DIAMOND);
    let ways = |name| {
        let (ways, more) = graph.ways(graph.find(name).unwrap());
        assert!(!more);
        ways.iter().map(|way| names(&graph, way).join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(ways("leaf"), ["web left leaf", "web right leaf"]);
    assert_eq!(ways("deep"), ["tool deep", "web left leaf deep", "web right leaf deep"]);
    assert_eq!(ways("web"), ["web"]);
}

#[test]
fn circles_begin_somewhere() {
    let graph = graph("aa > bb\nbb > aa\ncc > cc\n");
    assert_eq!(names(&graph, graph.roots()), ["aa", "cc"]);
    assert_eq!(
        drawn(&graph, &graph.tree(graph.roots(), Direction::Down, None)),
        ["aa", "  bb", "    aa (*)", "cc", "  cc (*)"]
    );
    assert_eq!(graph.ways(graph.find("bb").unwrap()).0.len(), 1);
}

/// Two packages on each of twenty floors: a million ways.
#[test]
fn ways_have_a_limit() {
    let floor = |n: u32| format!("a{n} > a{} b{}\nb{n} > a{} b{}\n", n + 1, n + 1, n + 1, n + 1);
    let lines: String = (0..20).map(floor).collect();
    let graph = graph(&format!("{lines}a20 > end\nb20 > end\nend >\n"));
    let (ways, more) = graph.ways(graph.find("end").unwrap());
    assert_eq!((ways.len(), more), (MAX_WAYS, true));
    assert_eq!(graph.tree(graph.roots(), Direction::Down, None).len(), 2 + 4 * 20 + 2 + 1 - 1);
}

#[test]
fn the_file_says_what_is_direct() {
    let text = "{\"1.2.0\",[{<<\"aa\">>,{pkg,<<\"aa\">>,<<\"1.0.0\">>},0},{<<\"bb\">>,{pkg,<<\"bb\">>,<<\"1.0.0\">>},1}]}.";
    let entries = lock::rebar::parse(text).unwrap();
    let dependency = |name: &str| LockedDependency {
        app: name.to_owned(),
        name: name.to_owned(),
        requirement: None,
        repository: None,
        optional: false,
    };
    let told = Graph::new(entries.clone(), |entry| {
        Some(if entry.app == "aa" { vec![dependency("bb")] } else { Vec::new() })
    });
    assert_eq!(names(&told, told.roots()), ["aa"]);
    assert!(told.nodes()[0].is_known);
    // Without metadata nothing is below anything, and still nothing is left out.
    let untold = Graph::new(entries, |_| None);
    assert_eq!(names(&untold, untold.roots()), ["aa", "bb"]);
    assert!(!untold.nodes()[0].is_known);
}
