//! Height-balanced trees of full leaves. Persistent; all operations take logarithmic time, and recurse no deeper than the height, which is logarithmic too.

use super::leaf::{Buffer, LEAF_MAX, Leaf};
use crate::heap::Heap;
use crate::word::{ObjectKind, Word};

/// How many elements.
pub(super) fn size(tree: Word) -> usize {
    match tree.plain() {
        Some((ObjectKind::Leaf, len)) => len - 1,
        Some((ObjectKind::Node, _)) => tree.raw_field(2) as usize,
        _ => 0,
    }
}

pub(super) fn height(tree: Word) -> u64 {
    match tree.plain() {
        Some((ObjectKind::Node, _)) => tree.raw_field(3),
        _ => 0,
    }
}

/// The two halves of a node.
pub(super) fn halves(node: Word) -> (Word, Word) {
    debug_assert!(node.is_plain(ObjectKind::Node));
    (node.field(0), node.field(1))
}

fn node(heap: &mut Heap, left: Word, right: Word) -> Word {
    let size = size(left) + size(right);
    let height = 1 + height(left).max(height(right));
    heap.plain(ObjectKind::Node, &[left.0, right.0, size as u64, height])
}

/// A leaf with the elements of two.
fn merged(heap: &mut Heap, left: Leaf, right: Leaf) -> Word {
    let mut buffer = Buffer::new();
    left.copy_to(0, left.capacity(), &mut buffer);
    right.copy_to(0, right.capacity(), &mut buffer);
    Leaf::full(heap, buffer.elements()).word()
}

/// A part of a leaf as a leaf.
pub(super) fn part(heap: &mut Heap, leaf: Leaf, from: usize, to: usize) -> Word {
    if from == to {
        return Word::EMPTY_LIST;
    }
    if from == 0 && to == leaf.capacity() && leaf.is_full() {
        return leaf.word();
    }
    let mut buffer = Buffer::new();
    leaf.copy_to(from, to, &mut buffer);
    Leaf::full(heap, buffer.elements()).word()
}

/// `left` and `right`, whose heights differ by two at most.
fn balance(heap: &mut Heap, left: Word, right: Word) -> Word {
    if height(left) > height(right) + 1 {
        let (a, b) = halves(left);
        if height(a) >= height(b) {
            let inner = node(heap, b, right);
            return node(heap, a, inner);
        }
        let (b1, b2) = halves(b);
        let (first, second) = (node(heap, a, b1), node(heap, b2, right));
        return node(heap, first, second);
    }
    if height(right) > height(left) + 1 {
        let (a, b) = halves(right);
        if height(b) >= height(a) {
            let inner = node(heap, left, a);
            return node(heap, inner, b);
        }
        let (a1, a2) = halves(a);
        let (first, second) = (node(heap, left, a1), node(heap, a2, b));
        return node(heap, first, second);
    }
    node(heap, left, right)
}

/// The elements of `left`, then those of `right`, whatever their heights.
pub(super) fn join(heap: &mut Heap, left: Word, right: Word) -> Word {
    if left == Word::EMPTY_LIST || right == Word::EMPTY_LIST {
        return if left == Word::EMPTY_LIST { right } else { left };
    }
    if let (Some(a), Some(b)) = (Leaf::of(left), Leaf::of(right))
        && a.capacity() + b.capacity() <= LEAF_MAX
    {
        return merged(heap, a, b);
    }
    if height(left) > height(right) + 1 {
        let (a, b) = halves(left);
        let end = join(heap, b, right);
        return balance(heap, a, end);
    }
    if height(right) > height(left) + 1 {
        let (a, b) = halves(right);
        let start = join(heap, left, a);
        return balance(heap, start, b);
    }
    node(heap, left, right)
}

/// `left ++ right`. A short side is merged into the leaf next to it if it fits, so that leaves stay full.
pub(super) fn concat(heap: &mut Heap, left: Word, right: Word) -> Word {
    let fits = |leaf: Option<Leaf>, edge: Leaf| leaf.is_some_and(|leaf| leaf.capacity() + edge.capacity() <= LEAF_MAX);
    if left != Word::EMPTY_LIST && right != Word::EMPTY_LIST {
        if fits(Leaf::of(right), edge(left, 1)) {
            return merge_edge(heap, left, right, 1);
        }
        if fits(Leaf::of(left), edge(right, 0)) {
            return merge_edge(heap, right, left, 0);
        }
    }
    join(heap, left, right)
}

/// The first (0) or last (1) leaf of a tree that is not empty.
pub(super) fn edge(mut tree: Word, side: usize) -> Leaf {
    while tree.is_plain(ObjectKind::Node) {
        tree = tree.field(side);
    }
    Leaf::of(tree).expect("a tree ends in leaves")
}

/// Merges a leaf into the first or last leaf of a tree; heights stay as they are.
fn merge_edge(heap: &mut Heap, tree: Word, extra: Word, side: usize) -> Word {
    if let (Some(leaf), Some(extra)) = (Leaf::of(tree), Leaf::of(extra)) {
        return if side == 0 { merged(heap, extra, leaf) } else { merged(heap, leaf, extra) };
    }
    let (left, right) = halves(tree);
    if side == 0 {
        let left = merge_edge(heap, left, extra, side);
        return node(heap, left, right);
    }
    let right = merge_edge(heap, right, extra, side);
    node(heap, left, right)
}

/// The leaf that has the element at an index, and the index of its first one. The tree has it.
pub(super) fn find(mut tree: Word, index: usize) -> (Leaf, usize) {
    let mut before = 0;
    while tree.is_plain(ObjectKind::Node) {
        let (left, right) = halves(tree);
        let middle = before + size(left);
        if index < middle {
            tree = left;
        } else {
            (tree, before) = (right, middle);
        }
    }
    (Leaf::of(tree).expect("a tree ends in leaves"), before)
}

/// The first `n` elements, or all.
pub(super) fn take(heap: &mut Heap, tree: Word, n: usize) -> Word {
    if n == 0 {
        return Word::EMPTY_LIST;
    }
    if n >= size(tree) {
        return tree;
    }
    if let Some(leaf) = Leaf::of(tree) {
        return part(heap, leaf, 0, n);
    }
    let (left, right) = halves(tree);
    if n <= size(left) {
        return take(heap, left, n);
    }
    let end = take(heap, right, n - size(left));
    join(heap, left, end)
}

/// All but the first `n` elements.
pub(super) fn drop(heap: &mut Heap, tree: Word, n: usize) -> Word {
    if n == 0 {
        return tree;
    }
    if n >= size(tree) {
        return Word::EMPTY_LIST;
    }
    if let Some(leaf) = Leaf::of(tree) {
        return part(heap, leaf, n, leaf.capacity());
    }
    let (left, right) = halves(tree);
    if n >= size(left) {
        return drop(heap, right, n - size(left));
    }
    let start = drop(heap, left, n);
    join(heap, start, right)
}

/// A tree that is not empty, without its first leaf.
pub(super) fn without_first(heap: &mut Heap, tree: Word) -> Word {
    if !tree.is_plain(ObjectKind::Node) {
        return Word::EMPTY_LIST;
    }
    let (left, right) = halves(tree);
    match without_first(heap, left) {
        Word::EMPTY_LIST => right,
        start => balance(heap, start, right),
    }
}

/// A tree of these elements.
pub(super) fn from_elements(heap: &mut Heap, elements: &[Word]) -> Word {
    let mut level: Vec<Word> = elements.chunks(LEAF_MAX).map(|chunk| Leaf::full(heap, chunk).word()).collect();
    while level.len() > 1 {
        level = level.chunks(2).map(|pair| if let [a, b] = *pair { join(heap, a, b) } else { pair[0] }).collect();
    }
    level.first().copied().unwrap_or(Word::EMPTY_LIST)
}
