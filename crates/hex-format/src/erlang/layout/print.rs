//! The second walk, which writes.

use super::{LINE, Node, Page, Pair, Shape, chars, closing_after, write, write_pair};

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

/// The node in lines, from the first column on.
pub(super) fn print(node: &Node, page: Page) -> String {
    let mut printer = Printer { page, out: String::new() };
    printer.node(node, Place { col: 1, ind: 0 }, 0, 0);
    printer.out
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
