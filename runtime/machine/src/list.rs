//! Lists: height-balanced trees whose leaves hold up to [`LEAF_MAX`] elements. Persistent; all operations but building and walking take logarithmic time,
//! and recurse no deeper than the height, which is logarithmic too.

use crate::heap::Heap;
use crate::word::{ObjectKind, Word};

/// Elements of a leaf: copying one is a few cache lines.
pub(crate) const LEAF_MAX: usize = 32;

/// Elements of a list: sharing could make it longer, but nobody could ever walk over it.
pub(crate) const LENGTH_MAX: usize = 1 << 40;

/// How many elements. The word is a list.
#[inline]
pub(crate) fn size(list: Word) -> usize {
    match list.plain() {
        Some((ObjectKind::Leaf, len)) => len,
        Some((ObjectKind::Node, _)) => list.raw_field(2) as usize,
        _ => 0,
    }
}

fn height(list: Word) -> u64 {
    match list.plain() {
        Some((ObjectKind::Node, _)) => list.raw_field(3),
        _ => 0,
    }
}

fn leaf_len(list: Word) -> Option<usize> {
    match list.plain()? {
        (ObjectKind::Leaf, len) => Some(len),
        _ => None,
    }
}

/// The two halves of a node.
fn halves(node: Word) -> (Word, Word) {
    debug_assert!(node.is_plain(ObjectKind::Node));
    (node.field(0), node.field(1))
}

fn leaf(heap: &mut Heap, elements: &[Word]) -> Word {
    if elements.is_empty() {
        return Word::EMPTY_LIST;
    }
    let mut raw = [0; LEAF_MAX];
    elements.iter().enumerate().for_each(|(i, element)| raw[i] = element.0);
    heap.plain(ObjectKind::Leaf, &raw[..elements.len()])
}

fn node(heap: &mut Heap, left: Word, right: Word) -> Word {
    let size = size(left) + size(right);
    let height = 1 + height(left).max(height(right));
    heap.plain(ObjectKind::Node, &[left.0, right.0, size as u64, height])
}

/// A leaf's elements `from .. to`, followed by those of another.
fn spliced(heap: &mut Heap, first: (Word, usize, usize), second: Option<(Word, usize)>) -> Word {
    let (mut elements, mut len) = ([Word::EMPTY_LIST; LEAF_MAX], 0);
    let (list, from, to) = first;
    let rest = second.map_or((Word::EMPTY_LIST, 0), |pair| pair);
    for element in (from..to).map(|i| list.field(i)).chain((0..rest.1).map(|i| rest.0.field(i))) {
        elements[len] = element;
        len += 1;
    }
    leaf(heap, &elements[..len])
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
fn join(heap: &mut Heap, left: Word, right: Word) -> Word {
    if left == Word::EMPTY_LIST || right == Word::EMPTY_LIST {
        return if left == Word::EMPTY_LIST { right } else { left };
    }
    if let (Some(m), Some(n)) = (leaf_len(left), leaf_len(right))
        && m + n <= LEAF_MAX
    {
        return spliced(heap, (left, 0, m), Some((right, n)));
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
pub(crate) fn concat(heap: &mut Heap, left: Word, right: Word) -> Word {
    if let Some(n) = leaf_len(right)
        && leaf_len(edge(left, 1)).is_some_and(|m| m + n <= LEAF_MAX)
    {
        return merge_edge(heap, left, right, 1);
    }
    if let Some(m) = leaf_len(left)
        && leaf_len(edge(right, 0)).is_some_and(|n| m + n <= LEAF_MAX)
    {
        return merge_edge(heap, right, left, 0);
    }
    join(heap, left, right)
}

/// The first (0) or last (1) leaf.
fn edge(mut list: Word, side: usize) -> Word {
    while list.is_plain(ObjectKind::Node) {
        list = list.field(side);
    }
    list
}

/// Merges a leaf into the first or last leaf of a list; heights stay as they are.
fn merge_edge(heap: &mut Heap, list: Word, extra: Word, side: usize) -> Word {
    if !list.is_plain(ObjectKind::Node) {
        let (first, second) = if side == 0 { (extra, list) } else { (list, extra) };
        return spliced(heap, (first, 0, size(first)), Some((second, size(second))));
    }
    let (left, right) = halves(list);
    if side == 0 {
        let left = merge_edge(heap, left, extra, side);
        return node(heap, left, right);
    }
    let right = merge_edge(heap, right, extra, side);
    node(heap, left, right)
}

pub(crate) fn cons(heap: &mut Heap, first: Word, rest: Word) -> Word {
    let single = leaf(heap, &[first]);
    concat(heap, single, rest)
}

pub(crate) fn snoc(heap: &mut Heap, front: Word, last: Word) -> Word {
    let single = leaf(heap, &[last]);
    concat(heap, front, single)
}

pub(crate) fn at(mut list: Word, mut index: usize) -> Option<Word> {
    if index >= size(list) {
        return None;
    }
    while list.is_plain(ObjectKind::Node) {
        let (left, right) = halves(list);
        if index < size(left) {
            list = left;
        } else {
            index -= size(left);
            list = right;
        }
    }
    Some(list.field(index))
}

/// The first `n` elements, or all.
pub(crate) fn take(heap: &mut Heap, list: Word, n: usize) -> Word {
    if n == 0 {
        return Word::EMPTY_LIST;
    }
    if n >= size(list) {
        return list;
    }
    if leaf_len(list).is_some() {
        return spliced(heap, (list, 0, n), None);
    }
    let (left, right) = halves(list);
    if n <= size(left) {
        return take(heap, left, n);
    }
    let end = take(heap, right, n - size(left));
    join(heap, left, end)
}

/// All but the first `n` elements.
pub(crate) fn drop(heap: &mut Heap, list: Word, n: usize) -> Word {
    if n == 0 {
        return list;
    }
    if n >= size(list) {
        return Word::EMPTY_LIST;
    }
    if let Some(len) = leaf_len(list) {
        return spliced(heap, (list, n, len), None);
    }
    let (left, right) = halves(list);
    if n >= size(left) {
        return drop(heap, right, n - size(left));
    }
    let start = drop(heap, left, n);
    join(heap, start, right)
}

/// A list of these elements.
pub(crate) fn from_elements(heap: &mut Heap, elements: &[Word]) -> Word {
    let mut level: Vec<Word> = elements.chunks(LEAF_MAX).map(|chunk| leaf(heap, chunk)).collect();
    while level.len() > 1 {
        level = level.chunks(2).map(|pair| if let [a, b] = *pair { join(heap, a, b) } else { pair[0] }).collect();
    }
    level.first().copied().unwrap_or(Word::EMPTY_LIST)
}

/// Walks over the elements in order.
pub(crate) struct Elements {
    /// Lists that are still to be walked, the next one last.
    rest: Vec<Word>,
    leaf: Word,
    next: usize,
}

impl Elements {
    pub(crate) fn of(list: Word) -> Elements {
        Elements { rest: vec![list], leaf: Word::EMPTY_LIST, next: 0 }
    }
}

impl Iterator for Elements {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        while self.next >= leaf_len(self.leaf).unwrap_or(0) {
            let mut list = self.rest.pop()?;
            while list.is_plain(ObjectKind::Node) {
                let (left, right) = halves(list);
                self.rest.push(right);
                list = left;
            }
            (self.leaf, self.next) = (list, 0);
        }
        self.next += 1;
        Some(self.leaf.field(self.next - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nat(n: u64) -> Word {
        Word::small_nat(n).expect("small")
    }

    fn elements(list: Word) -> Vec<u64> {
        Elements::of(list).map(|word| word.as_nat().expect("a number")).collect()
    }

    /// Heights of siblings differ by one at most, and sizes are right.
    fn check(list: Word) {
        if list.is_plain(ObjectKind::Node) {
            let (left, right) = halves(list);
            assert!(height(left).abs_diff(height(right)) <= 1, "balanced");
            assert_eq!(height(list), 1 + height(left).max(height(right)));
            assert_eq!(size(list), size(left) + size(right));
            check(left);
            check(right);
        }
    }

    #[test]
    fn any_operations_agree_with_vectors() {
        let mut heap = Heap::new(1 << 30);
        let mut state = 0x1234_5678_u64;
        let mut below = move |n: usize| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 33) as usize % n.max(1)
        };
        let mut pool: Vec<(Word, Vec<u64>)> = vec![(Word::EMPTY_LIST, Vec::new())];
        for round in 0..20_000 {
            let (list, model) = pool[below(pool.len())].clone();
            let n = below(model.len() + 2);
            let (list, model) = match below(7) {
                0 => (cons(&mut heap, nat(round), list), [&[round], &model[..]].concat()),
                1 => (snoc(&mut heap, list, nat(round)), [&model[..], &[round]].concat()),
                2 => (take(&mut heap, list, n), model[..n.min(model.len())].to_vec()),
                3 => (drop(&mut heap, list, n), model[n.min(model.len())..].to_vec()),
                4 | 5 => {
                    let (other, others) = pool[below(pool.len())].clone();
                    (concat(&mut heap, list, other), [model, others].concat())
                }
                _ => {
                    let words: Vec<Word> = (0..n as u64 * 3).map(nat).collect();
                    (from_elements(&mut heap, &words), (0..n as u64 * 3).collect())
                }
            };
            check(list);
            assert_eq!(elements(list), model);
            assert_eq!(at(list, n).and_then(Word::as_nat), model.get(n).copied());
            if model.len() < 3000 {
                let place = below(20);
                if place < pool.len() { pool[place] = (list, model) } else { pool.push((list, model)) }
            }
        }
    }

    #[test]
    fn lists_built_one_by_one_have_full_leaves() {
        let mut heap = Heap::new(1 << 30);
        let (mut front, mut back) = (Word::EMPTY_LIST, Word::EMPTY_LIST);
        for n in 0..10_000 {
            front = cons(&mut heap, nat(n), front);
            back = snoc(&mut heap, back, nat(n));
        }
        // 10000 elements in full leaves are 313, so at most 1.44 * 9 levels; with half-empty ones there would be one more.
        assert!(height(front) <= 12 && height(back) <= 12, "{} {}", height(front), height(back));
    }
}
