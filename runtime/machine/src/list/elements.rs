//! Walking over lists.

use super::leaf::Leaf;
use super::{Shape, tree};
use crate::word::{ObjectKind, Word};

/// Walks over the elements in order.
pub(crate) struct Elements {
    /// What is still to be walked, the next one last.
    rest: Vec<Part>,
    leaf: Option<Leaf>,
    next: usize,
    end: usize,
}

enum Part {
    Tree(Word),
    Range(Leaf, usize, usize),
}

impl Elements {
    pub(crate) fn of(list: Word) -> Elements {
        let mut rest = Vec::new();
        match Shape::of(list) {
            Shape::Slice { leaf, start, end } => rest.push(Part::Range(leaf, start, end)),
            Shape::Tree => rest.push(Part::Tree(list)),
            Shape::Ends(ends) => {
                rest.extend(ends.back.map(|(leaf, end)| Part::Range(leaf, 0, end)));
                rest.push(Part::Tree(ends.middle));
                rest.extend(ends.front.map(|(leaf, start)| Part::Range(leaf, start, leaf.capacity())));
            }
        }
        Elements { rest, leaf: None, next: 0, end: 0 }
    }

    fn next_leaf(&mut self) -> Option<()> {
        (self.leaf, self.next, self.end) = match self.rest.pop()? {
            Part::Range(leaf, start, end) => (Some(leaf), start, end),
            Part::Tree(mut tree) => {
                while tree.is_plain(ObjectKind::Node) {
                    let (left, right) = tree::halves(tree);
                    self.rest.push(Part::Tree(right));
                    tree = left;
                }
                (Leaf::of(tree), 0, tree::size(tree))
            }
        };
        Some(())
    }
}

impl Iterator for Elements {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        while self.next >= self.end {
            self.next_leaf()?;
        }
        self.next += 1;
        self.leaf.map(|leaf| leaf.get(self.next - 1))
    }
}
