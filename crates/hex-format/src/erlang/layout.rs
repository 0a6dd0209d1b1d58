//! Where Erlang's pretty printer breaks lines.
//!
//! Checksums are taken over its output, so the rules are kept to the column, including those that look like accidents:
//! a line is full one column early, an element that spans lines fills its last line, and the indentation of tagged
//! tuples is chosen once for the whole term by trying. The names: `col` is the column (from 1) where something starts, `ind` the
//! blanks a new line begins with, `closing` the brackets that must still fit behind it, `used` the characters on
//! this line that are not indentation.

mod print;
mod probe;

/// The line length of `~p`.
const LINE: isize = 80;

/// A term with the width it has on one line.
pub(super) struct Node {
    width: isize,
    shape: Shape,
}

enum Shape {
    /// Never broken.
    Text(String),
    /// `<<1,2,3>>`: the numbers.
    Bytes(Vec<String>),
    List(Vec<Node>, Option<Box<Node>>),
    Tuple {
        items: Vec<Node>,
        tagged: bool,
    },
    Map(Vec<Pair>),
}

struct Pair {
    width: isize,
    key: Node,
    value: Node,
}

fn chars(text: &str) -> isize {
    text.chars().count() as isize
}

/// The width of things separated by one character each.
fn joined(widths: impl Iterator<Item = isize>) -> isize {
    widths.map(|width| width + 1).sum::<isize>() - 1
}

impl Node {
    pub(super) fn text(text: String) -> Node {
        Node { width: chars(&text), shape: Shape::Text(text) }
    }

    /// The bytes of a binary that is not empty.
    pub(super) fn bytes(bytes: &[u8]) -> Node {
        let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
        Node { width: 4 + joined(numbers.iter().map(|n| chars(n))), shape: Shape::Bytes(numbers) }
    }

    pub(super) fn list(items: Vec<Node>, tail: Option<Node>) -> Node {
        if items.is_empty() {
            return Node::text("[]".into());
        }
        let width = 2 + joined(items.iter().chain(&tail).map(|node| node.width));
        Node { width, shape: Shape::List(items, tail.map(Box::new)) }
    }

    pub(super) fn tuple(items: Vec<Node>, tagged: bool) -> Node {
        if items.is_empty() {
            return Node::text("{}".into());
        }
        Node { width: 2 + joined(items.iter().map(|node| node.width)), shape: Shape::Tuple { items, tagged } }
    }

    pub(super) fn map(pairs: Vec<(Node, Node)>) -> Node {
        if pairs.is_empty() {
            return Node::text("#{}".into());
        }
        let pair = |(key, value): (Node, Node)| Pair { width: key.width + 4 + value.width, key, value };
        let pairs: Vec<Pair> = pairs.into_iter().map(pair).collect();
        Node { width: 3 + joined(pairs.iter().map(|pair| pair.width)), shape: Shape::Map(pairs) }
    }

    fn is_text(&self) -> bool {
        matches!(self.shape, Shape::Text(_))
    }
}

impl Pair {
    fn is_text(&self) -> bool {
        self.key.is_text() && self.value.is_text()
    }
}

/// Everything on one line.
pub(super) fn write(node: &Node, out: &mut String) {
    match &node.shape {
        Shape::Text(text) => out.push_str(text),
        Shape::Bytes(numbers) => {
            out.push_str("<<");
            out.push_str(&numbers.join(","));
            out.push_str(">>");
        }
        Shape::List(items, tail) => {
            out.push('[');
            write_items(items, out);
            if let Some(tail) = tail {
                out.push('|');
                write(tail, out);
            }
            out.push(']');
        }
        Shape::Tuple { items, .. } => {
            out.push('{');
            write_items(items, out);
            out.push('}');
        }
        Shape::Map(pairs) => {
            out.push_str("#{");
            for (index, pair) in pairs.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_pair(pair, out);
            }
            out.push('}');
        }
    }
}

fn write_items(items: &[Node], out: &mut String) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
}

fn write_pair(pair: &Pair, out: &mut String) {
    write(&pair.key, out);
    out.push_str(" => ");
    write(&pair.value, out);
}

/// Laid out in lines.
pub(super) fn pretty(node: &Node) -> String {
    if node.width < LINE - 1 {
        let mut out = String::new();
        write(node, &mut out);
        return out;
    }
    let fits = |step: &isize| Page { total: node.width, step: *step }.probe(node, 1, 0, 0).is_ok();
    let step = [-1, 4].into_iter().find(fits).unwrap_or(1);
    print::print(node, Page { total: node.width, step })
}

/// What holds for the whole term.
#[derive(Clone, Copy)]
struct Page {
    /// Its width on one line, which is also the most that a line may hold besides indentation.
    total: isize,
    /// The indentation below the tag of a tuple and below a map key; negative: as wide as the tag.
    step: isize,
}

impl Page {
    /// Whether something of this width can stand at `col` on the current line.
    fn fits(self, width: isize, col: isize, closing: isize, used: isize) -> bool {
        width < LINE - col - closing && width + used + closing <= self.total
    }

    /// Whether a further element, with its comma, can stand on the current line.
    fn fits_after(self, width: isize, col: isize, closing: isize, used: isize) -> bool {
        let width = width + 1;
        let room = if closing == 0 { 1 } else { closing };
        let wide = if closing == 0 { width + 1 < LINE - col } else { width < LINE - col - closing };
        wide && used + width + room <= self.total
    }

    /// Whether the rest of a tagged tuple goes below its tag, `step` to the right, instead of beside it.
    fn below_tag(self, tag: isize) -> bool {
        self.step > 0 && tag > self.step
    }

    fn value_step(self) -> isize {
        if self.step > 0 { self.step } else { 4 }
    }
}

/// How many brackets close behind an element.
fn closing_after(is_last: bool, closing: isize) -> isize {
    if is_last { closing + 1 } else { 0 }
}
