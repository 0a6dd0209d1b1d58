//! The first walk, which tries an indentation without writing anything.

use super::{LINE, Node, Page, Pair, Shape, closing_after};

/// The indentation of tagged tuples and map values was found to be too deep.
pub(super) struct TooDeep;

impl Page {
    /// Whether the indentation stays in the left half of the line.
    pub(super) fn probe(self, node: &Node, col: isize, closing: isize, used: isize) -> Result<(), TooDeep> {
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
