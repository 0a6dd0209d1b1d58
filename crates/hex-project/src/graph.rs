//! Who depends on whom, as far as a lock file tells: trees, the ways to a package, and who is at the top.
//!
//! Pure and about names alone: it needs no toolchain, fetches nothing, and must never claim an edge that neither the lock
//! file nor a package's own metadata has.

use std::collections::{BTreeMap, HashMap, VecDeque};

use hex_format::lock::{LockEntry, LockSource, LockedDependency};

#[cfg(test)]
mod tests;

/// Most ways that [`Graph::ways`] tells: in a lattice there are more than anybody reads.
pub const MAX_WAYS: usize = 100;

/// The dependencies of a project.
#[derive(Debug, Clone)]
pub struct Graph {
    nodes: Vec<Node>,
    /// For each node those that depend on it, in the order of the nodes.
    dependents: Vec<Vec<Edge>>,
    roots: Vec<usize>,
}

/// One dependency.
#[derive(Debug, Clone)]
pub struct Node {
    /// What the lock file says of it.
    pub entry: LockEntry,
    /// What it depends on, of what is in the lock file, by name.
    pub dependencies: Vec<Edge>,
    /// Whether it is known what it depends on.
    pub is_known: bool,
}

/// A dependency of one node on another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The other node.
    pub to: usize,
    /// Which versions will do, where that is recorded.
    pub requirement: Option<String>,
    /// Whether the node works without it.
    pub optional: bool,
}

/// Which way to walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To what a node depends on.
    Down,
    /// To what depends on a node.
    Up,
}

/// A line of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The node.
    pub node: usize,
    /// For each level above it but the root, whether it is the last there; the last one is its own.
    pub is_last: Vec<bool>,
    /// The requirement of the edge that leads here.
    pub requirement: Option<String>,
    /// Whether what is below it was told before.
    pub is_repeated: bool,
}

impl Node {
    /// The name of its package, or of its application if it comes from elsewhere.
    pub fn name(&self) -> &str {
        self.entry.release().map_or(&self.entry.app, |release| release.name.as_str())
    }

    /// The version, or the revision.
    pub fn version(&self) -> Option<String> {
        match &self.entry.source {
            LockSource::Hex(release) => Some(release.version.to_string()),
            LockSource::Other(other) => other.revision.clone().or_else(|| other.version.clone()),
        }
    }
}

impl Graph {
    /// The graph of a lock file. `requirements` says what a release requires where the lock file does not, which is
    /// always so in `rebar.lock`: what its metadata says, if that is at hand.
    pub fn new(
        entries: Vec<LockEntry>,
        requirements: impl Fn(&LockEntry) -> Option<Vec<LockedDependency>>,
    ) -> Self {
        let apps: HashMap<String, usize> =
            entries.iter().enumerate().map(|(index, entry)| (entry.app.clone(), index)).collect();
        let named = |(index, entry): (usize, &LockEntry)| Some((entry.release()?.name.to_string(), index));
        let names: HashMap<String, usize> = entries.iter().enumerate().filter_map(named).collect();
        let node = |entry: LockEntry| {
            // An empty list is an answer in `mix.lock` and `manifest.toml`, which record more than the version.
            let recorded = match &entry.source {
                LockSource::Hex(release) if release.repository.is_some() || !release.managers.is_empty() => {
                    Some(release.dependencies.clone())
                }
                LockSource::Other(other) if other.version.is_some() => Some(other.dependencies.clone()),
                LockSource::Hex(_) | LockSource::Other(_) => None,
            };
            let told = recorded.or_else(|| requirements(&entry));
            let is_known = told.is_some();
            let mut edges = BTreeMap::new();
            for dependency in told.unwrap_or_default() {
                let found = names.get(&dependency.name).or_else(|| apps.get(&dependency.app));
                // An optional one that nobody else wants is not in the file.
                if let Some(&to) = found {
                    let LockedDependency { name, requirement, optional, .. } = dependency;
                    edges.insert(name, Edge { to, requirement, optional });
                }
            }
            Node { entry, dependencies: edges.into_values().collect(), is_known }
        };
        let nodes: Vec<Node> = entries.into_iter().map(node).collect();
        let mut dependents = vec![Vec::new(); nodes.len()];
        for (from, node) in nodes.iter().enumerate() {
            for edge in &node.dependencies {
                dependents[edge.to].push(Edge { to: from, ..edge.clone() });
            }
        }
        let mut graph = Self { nodes, dependents, roots: Vec::new() };
        graph.roots = graph.find_roots();
        graph
    }

    /// All nodes, in the order of the lock file.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// What the project asks for itself: what the lock file says about that, else what nothing depends on.
    pub fn roots(&self) -> &[usize] {
        &self.roots
    }

    /// The nodes of a package or application of this name.
    pub fn find(&self, name: &str) -> Option<usize> {
        let is = |node: &Node| node.name() == name || node.entry.app == name;
        // The name of a package counts before that of an application.
        let by_name = self.nodes.iter().position(|node| node.name() == name);
        by_name.or_else(|| self.nodes.iter().position(is))
    }

    fn find_roots(&self) -> Vec<usize> {
        let all = 0..self.nodes.len();
        let is_direct = |index: &usize| self.nodes[*index].entry.direct == Some(true);
        let is_free = |index: &usize| self.dependents[*index].iter().all(|edge| edge.to == *index);
        let mut roots: Vec<usize> = all.clone().filter(is_direct).collect();
        // Then what nothing depends on; and circles have to begin somewhere.
        let mut reached = vec![false; self.nodes.len()];
        for root in roots.clone() {
            self.reach(root, &mut reached);
        }
        let free = all.clone().filter(is_free);
        for index in free.chain(all.clone()) {
            if !reached[index] {
                roots.push(index);
                self.reach(index, &mut reached);
            }
        }
        roots.sort_by(|a, b| self.nodes[*a].name().cmp(self.nodes[*b].name()));
        roots
    }

    fn reach(&self, from: usize, reached: &mut [bool]) {
        let mut waiting = vec![from];
        while let Some(index) = waiting.pop() {
            if !std::mem::replace(&mut reached[index], true) {
                waiting.extend(self.nodes[index].dependencies.iter().map(|edge| edge.to));
            }
        }
    }

    fn edges(&self, node: usize, direction: Direction) -> &[Edge] {
        match direction {
            Direction::Down => &self.nodes[node].dependencies,
            Direction::Up => &self.dependents[node],
        }
    }

    /// The lines of a tree below each of `roots`, down to `depth` levels below them. What is below a node is told once.
    pub fn tree(&self, roots: &[usize], direction: Direction, depth: Option<usize>) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut told = vec![false; self.nodes.len()];
        // What is left to do, the next thing last.
        let mut waiting: Vec<Line> = Vec::new();
        let line = |node, is_last, requirement| Line { node, is_last, requirement, is_repeated: false };
        waiting.extend(roots.iter().rev().map(|root| line(*root, Vec::new(), None)));
        while let Some(mut next) = waiting.pop() {
            let edges = self.edges(next.node, direction);
            let is_deep = depth.is_some_and(|depth| next.is_last.len() >= depth);
            if !edges.is_empty() && !is_deep {
                next.is_repeated = std::mem::replace(&mut told[next.node], true);
            }
            if !next.is_repeated && !is_deep {
                for (place, edge) in edges.iter().enumerate().rev() {
                    let mut is_last = next.is_last.clone();
                    is_last.push(place + 1 == edges.len());
                    waiting.push(line(edge.to, is_last, edge.requirement.clone()));
                }
            }
            lines.push(next);
        }
        lines
    }

    /// The shortest ways from each root to a node, with both ends: all of them from roots that lead there, up to
    /// [`MAX_WAYS`]; the second value says whether there are more.
    pub fn ways(&self, target: usize) -> (Vec<Vec<usize>>, bool) {
        let distances = self.distances(target);
        let mut ways = Vec::new();
        let mut waiting: Vec<Vec<usize>> = Vec::new();
        for root in self.roots.iter().rev().filter(|root| distances[**root].is_some()) {
            waiting.push(vec![*root]);
        }
        while let Some(way) = waiting.pop() {
            let end = *way.last().expect("invariant: a way has a root");
            if end == target {
                if ways.len() == MAX_WAYS {
                    return (ways, true);
                }
                ways.push(way);
                continue;
            }
            let left = distances[end];
            let nearer = |edge: &&Edge| distances[edge.to].map(|distance| distance + 1) == left;
            for edge in self.nodes[end].dependencies.iter().rev().filter(nearer) {
                waiting.push([way.as_slice(), &[edge.to]].concat());
            }
        }
        (ways, false)
    }

    /// How many steps each node is from the target.
    fn distances(&self, target: usize) -> Vec<Option<usize>> {
        let mut distances = vec![None; self.nodes.len()];
        distances[target] = Some(0);
        let mut waiting = VecDeque::from([(target, 0)]);
        while let Some((node, distance)) = waiting.pop_front() {
            for edge in &self.dependents[node] {
                if distances[edge.to].is_none() {
                    distances[edge.to] = Some(distance + 1);
                    waiting.push_back((edge.to, distance + 1));
                }
            }
        }
        distances
    }
}
