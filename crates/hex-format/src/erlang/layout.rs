//! Where Erlang's pretty printer breaks lines.
//!
//! Checksums are taken over its output, so the rules are kept to the column, including those that look like accidents:
//! a line is full one column early, an element that spans lines fills its last line, and the indentation of tagged
//! tuples is chosen once for the whole term by trying. The names: `col` is the column (from 1) where something starts, `ind` the
//! blanks a new line begins with, `closing` the brackets that must still fit behind it, `used` the characters on
//! this line that are not indentation.

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

/// The indentation of tagged tuples and map values was found to be too deep.
struct TooDeep;

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
    let mut out = String::new();
    if node.width < LINE - 1 {
        write(node, &mut out);
        return out;
    }
    let fits = |step: &isize| Page { total: node.width, step: *step }.probe(node, 1, 0, 0).is_ok();
    let step = [-1, 4].into_iter().find(fits).unwrap_or(1);
    let mut printer = Printer { page: Page { total: node.width, step }, out };
    printer.node(node, Place { col: 1, ind: 0 }, 0, 0);
    printer.out
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

/// Where a bracket stands and what new lines inside begin with.
#[derive(Clone, Copy)]
struct Place {
    col: isize,
    ind: isize,
}

impl Place {
    fn right(self, by: isize) -> Place {
        Place { col: self.col + by, ind: self.ind + by }
    }
}

/// How many brackets close behind an element.
fn closing_after(is_last: bool, closing: isize) -> isize {
    if is_last { closing + 1 } else { 0 }
}

struct Printer {
    page: Page,
    out: String,
}

impl Printer {
    fn new_line(&mut self, ind: isize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', ind.max(0) as usize));
    }

    fn node(&mut self, node: &Node, at: Place, closing: isize, used: isize) {
        if self.page.fits(node.width, at.col, closing, used) {
            return write(node, &mut self.out);
        }
        match &node.shape {
            Shape::Text(text) => self.out.push_str(text),
            Shape::Bytes(numbers) => self.bytes(numbers, at.right(2), closing, used),
            Shape::List(items, tail) => {
                self.out.push('[');
                self.items(items, tail.as_deref(), at.right(1), closing, used + 1);
                self.out.push(']');
            }
            Shape::Tuple { items, tagged } => {
                self.out.push('{');
                if *tagged {
                    self.tagged(items, at, closing, used + 1);
                } else {
                    self.items(items, None, at.right(1), closing, used + 1);
                }
                self.out.push('}');
            }
            Shape::Map(pairs) => {
                self.out.push_str("#{");
                self.pairs(pairs, at.right(2), closing, used + 1);
                self.out.push('}');
            }
        }
    }

    fn tagged(&mut self, items: &[Node], at: Place, closing: isize, used: isize) {
        let [tag, rest @ ..] = items else { return };
        write(tag, &mut self.out);
        let beside = tag.width + 2;
        if self.page.below_tag(beside) {
            self.more(rest, None, at.right(self.page.step), at.col + beside, closing, used + tag.width);
        } else {
            self.out.push(',');
            self.items(rest, None, at.right(beside), closing, used + tag.width + 1);
        }
    }

    fn items(&mut self, items: &[Node], tail: Option<&Node>, at: Place, closing: isize, used: isize) {
        let [first, rest @ ..] = items else { return };
        let is_last = rest.is_empty();
        let width = self.element(first, at, closing_after(is_last, closing), used);
        self.more(rest, tail, at, at.col + width, closing, used + width);
    }

    /// The elements after the first, which ended before `col`.
    fn more(
        &mut self,
        items: &[Node],
        tail: Option<&Node>,
        at: Place,
        mut col: isize,
        closing: isize,
        mut used: isize,
    ) {
        for (index, item) in items.iter().enumerate() {
            let is_last = index + 1 == items.len();
            let closing = closing_after(is_last, closing);
            self.out.push(',');
            if item.is_text() && self.page.fits_after(item.width, col, closing, used) {
                write(item, &mut self.out);
                col += item.width + 1;
                used += item.width + 1;
            } else {
                self.new_line(at.ind);
                used = self.element(item, at, closing, 0);
                col = at.col + used;
            }
        }
        let Some(tail) = tail else { return };
        self.out.push('|');
        if tail.is_text() && self.page.fits(tail.width + 1, col, closing + 1, used) {
            write(tail, &mut self.out);
        } else {
            self.new_line(at.ind);
            self.node(tail, at, closing + 1, 0);
        }
    }

    /// One element; its width, or a whole line when nothing may follow it there.
    fn element(&mut self, node: &Node, at: Place, closing: isize, used: isize) -> isize {
        let stays = node.is_text() && self.page.fits(node.width, at.col, closing, used);
        self.node(node, at, closing, used);
        if stays { node.width } else { LINE }
    }

    fn pairs(&mut self, pairs: &[Pair], at: Place, closing: isize, mut used: isize) {
        let mut col = at.col;
        for (index, pair) in pairs.iter().enumerate() {
            let closing = closing_after(index + 1 == pairs.len(), closing);
            if index > 0 {
                self.out.push(',');
                if pair.is_text() && self.page.fits_after(pair.width, col, closing, used) {
                    write_pair(pair, &mut self.out);
                    col += pair.width + 1;
                    used += pair.width + 1;
                    continue;
                }
                self.new_line(at.ind);
                used = 0;
            }
            used = self.pair(pair, at, closing, used);
            col = at.col + used;
        }
    }

    fn pair(&mut self, pair: &Pair, at: Place, closing: isize, used: isize) -> isize {
        if self.page.fits(pair.width, at.col, closing, used) {
            write_pair(pair, &mut self.out);
            return if pair.is_text() { pair.width } else { LINE };
        }
        self.node(&pair.key, at, closing, used);
        self.out.push_str(" =>");
        let below = at.right(self.page.value_step());
        self.new_line(below.ind);
        self.node(&pair.value, below, closing, 0);
        LINE
    }

    fn bytes(&mut self, numbers: &[String], at: Place, closing: isize, used: isize) {
        let room = ((LINE - at.col).min(self.page.total - 4 - used) - closing).max(8);
        self.out.push_str("<<");
        let mut left = room;
        for (index, number) in numbers.iter().enumerate() {
            let is_last = index + 1 == numbers.len();
            let width = chars(number) + isize::from(!is_last);
            if width > left {
                self.new_line(at.ind);
                left = room;
            }
            left -= width;
            self.out.push_str(number);
            self.out.push_str(if is_last { ">>" } else { "," });
        }
    }
}

/// The same walk without output: does the indentation stay in the left half of the line?
impl Page {
    fn probe(self, node: &Node, col: isize, closing: isize, used: isize) -> Result<(), TooDeep> {
        if self.fits(node.width, col, closing, used) {
            return Ok(());
        }
        match &node.shape {
            Shape::Text(_) | Shape::Bytes(_) => Ok(()),
            Shape::List(items, tail) => self.probe_items(items, tail.as_deref(), col + 1, closing, used + 1),
            Shape::Tuple { items, tagged: true } => self.probe_tagged(items, col, closing, used + 1),
            Shape::Tuple { items, tagged: false } => {
                self.probe_items(items, None, col + 1, closing, used + 1)
            }
            Shape::Map(pairs) => self.probe_pairs(pairs, col + 2, closing, used + 2),
        }
    }

    fn probe_tagged(self, items: &[Node], col: isize, closing: isize, used: isize) -> Result<(), TooDeep> {
        let [tag, rest @ ..] = items else { return Ok(()) };
        let beside = tag.width + 2;
        if self.below_tag(beside) {
            let below = col + self.step;
            if self.total + below > LINE && below > LINE / 2 {
                return Err(TooDeep);
            }
            self.probe_more(rest, None, below, col + beside, closing, used + tag.width)
        } else if self.total + col + beside < LINE || col + beside < LINE / 2 {
            self.probe_items(rest, None, col + beside, closing, used + tag.width + 1)
        } else {
            Err(TooDeep)
        }
    }

    fn probe_items(
        self,
        items: &[Node],
        tail: Option<&Node>,
        col: isize,
        closing: isize,
        used: isize,
    ) -> Result<(), TooDeep> {
        let [first, rest @ ..] = items else { return Ok(()) };
        let is_last = rest.is_empty();
        let width = self.probe_element(first, col, closing_after(is_last, closing), used)?;
        self.probe_more(rest, tail, col, col + width, closing, used + width)
    }

    fn probe_more(
        self,
        items: &[Node],
        tail: Option<&Node>,
        start: isize,
        mut col: isize,
        closing: isize,
        mut used: isize,
    ) -> Result<(), TooDeep> {
        for (index, item) in items.iter().enumerate() {
            let closing = closing_after(index + 1 == items.len(), closing);
            if item.is_text() && self.fits_after(item.width, col, closing, used) {
                col += item.width + 1;
                used += item.width + 1;
            } else {
                used = self.probe_element(item, start, closing, 0)?;
                col = start + used;
            }
        }
        match tail {
            Some(tail) if !(tail.is_text() && self.fits(tail.width + 1, col, closing + 1, used)) => {
                self.probe(tail, col, closing + 1, 0)
            }
            _ => Ok(()),
        }
    }

    fn probe_element(self, node: &Node, col: isize, closing: isize, used: isize) -> Result<isize, TooDeep> {
        if node.is_text() && self.fits(node.width, col, closing, used) {
            return Ok(node.width);
        }
        self.probe(node, col, closing, used)?;
        Ok(LINE)
    }

    fn probe_pairs(
        self,
        pairs: &[Pair],
        start: isize,
        closing: isize,
        mut used: isize,
    ) -> Result<(), TooDeep> {
        let mut col = start;
        for (index, pair) in pairs.iter().enumerate() {
            let closing = closing_after(index + 1 == pairs.len(), closing);
            if index > 0 && pair.is_text() && self.fits_after(pair.width, col, closing, used) {
                col += pair.width + 1;
                used += pair.width + 1;
                continue;
            }
            let before = if index == 0 { used } else { 0 };
            let width = self.probe_pair(pair, start, closing, before)?;
            // The first pair's width is counted on top of what stands before it; later ones begin a line.
            used = before + width;
            col = start + width;
        }
        Ok(())
    }

    fn probe_pair(self, pair: &Pair, col: isize, closing: isize, used: isize) -> Result<isize, TooDeep> {
        if self.fits(pair.width, col, closing, used) {
            return Ok(if pair.is_text() { pair.width } else { LINE });
        }
        self.probe(&pair.key, col, closing, used)?;
        self.probe(&pair.value, col + self.value_step(), closing, 0)?;
        Ok(LINE)
    }
}
