//! Lists: trees of leaves ([`tree`]), with open ends. A list is one of
//!
//! - nothing,
//! - a tree,
//! - a slice: a range of one leaf,
//! - ends: a range at the end of a leaf, a tree, and a range at the beginning of a leaf; either range may be missing, and then something else is there.
//!
//! Adding an element at an end fills a leaf in place if nobody did before, and taking one away makes the range shorter: both take constant time most of the time. Everything else takes logarithmic
//! time.

mod elements;
mod finger;
mod leaf;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use elements::Elements;
use finger::Branch;
pub(crate) use finger::{Finger, Places};

use crate::heap::Heap;
use crate::trap::Trap;
use crate::word::{ObjectKind, Word};
use leaf::{Buffer, LEAF_MAX, Leaf, range, split};
use std::ops::Range;

/// Elements of a list: sharing could make it longer, but nobody could ever walk over it.
pub(crate) const LENGTH_MAX: usize = 1 << 40;

/// Room in the first leaf of a list that grows.
const SMALL_LEAF: usize = 4;
/// A list that is so short is added to another one by one.
const SHORT: usize = 8;
/// Elements of a part of a tree in which the next one is looked for first: to find it in there takes four steps or so.
const BRANCH_MAX: usize = 16 * LEAF_MAX;

/// What a list looks like.
enum Shape {
    /// Empty or not.
    Tree,
    Slice {
        leaf: Leaf,
        start: usize,
        end: usize,
    },
    Ends(Ends),
}

/// See the module. The front leaf is filled to its end, the back leaf from its beginning.
#[derive(Clone, Copy)]
struct Ends {
    front: Option<(Leaf, usize)>,
    middle: Word,
    back: Option<(Leaf, usize)>,
}

impl Shape {
    #[inline]
    fn of(list: Word) -> Shape {
        match list.plain() {
            Some((ObjectKind::Slice, _)) => {
                let (start, end) = split(list.raw_field(1));
                Shape::Slice { leaf: Leaf::of(list.field(0)).expect("a slice is one of a leaf"), start, end }
            }
            Some((ObjectKind::Ends, _)) => Shape::Ends(Ends::of(list)),
            _ => match Leaf::of(list) {
                Some(leaf) => Shape::Slice { leaf, start: 0, end: leaf.capacity() },
                None => Shape::Tree,
            },
        }
    }
}

impl Ends {
    /// A word of kind `Ends`.
    fn of(list: Word) -> Ends {
        let (start, end) = split(list.raw_field(3));
        Ends {
            front: Leaf::of(list.field(0)).map(|leaf| (leaf, start)),
            middle: list.field(1),
            back: Leaf::of(list.field(2)).map(|leaf| (leaf, end)),
        }
    }

    fn front_len(&self) -> usize {
        self.front.map_or(0, |(leaf, start)| leaf.capacity() - start)
    }

    fn back_len(&self) -> usize {
        self.back.map_or(0, |(_, end)| end)
    }

    /// As a list.
    fn list(self, heap: &mut Heap) -> Word {
        match (self.front, self.back) {
            (None, None) => self.middle,
            (Some((leaf, start)), None) if self.middle == Word::EMPTY_LIST => slice(heap, leaf, start, leaf.capacity()),
            (None, Some((leaf, end))) if self.middle == Word::EMPTY_LIST => slice(heap, leaf, 0, end),
            (front, back) => {
                let size = self.front_len() + tree::size(self.middle) + self.back_len();
                let (front, start) = front.map_or((Word::EMPTY_LIST, 0), |(leaf, start)| (leaf.word(), start));
                let (back, end) = back.map_or((Word::EMPTY_LIST, 0), |(leaf, end)| (leaf.word(), end));
                let fields = [front.0, self.middle.0, back.0, range(start, end), size as u64];
                heap.plain(ObjectKind::Ends, &fields)
            }
        }
    }
}

/// A range of a leaf as a list.
fn slice(heap: &mut Heap, leaf: Leaf, start: usize, end: usize) -> Word {
    if start == end {
        return Word::EMPTY_LIST;
    }
    if start == 0 && end == leaf.capacity() {
        return leaf.word();
    }
    heap.plain(ObjectKind::Slice, &[leaf.word().0, range(start, end)])
}

/// How many elements. The word is a list.
#[inline]
pub(crate) fn size(list: Word) -> usize {
    match list.plain() {
        Some((ObjectKind::Ends, _)) => list.raw_field(4) as usize,
        Some((ObjectKind::Slice, _)) => {
            let (start, end) = split(list.raw_field(1));
            end - start
        }
        _ => tree::size(list),
    }
}

/// The same elements as a tree.
fn to_tree(heap: &mut Heap, list: Word) -> Word {
    match Shape::of(list) {
        Shape::Tree => list,
        Shape::Slice { leaf, start, end } => tree::part(heap, leaf, start, end),
        Shape::Ends(Ends { front, mut middle, back }) => {
            if let Some((leaf, start)) = front {
                let front = tree::part(heap, leaf, start, leaf.capacity());
                middle = tree::concat(heap, front, middle);
            }
            if let Some((leaf, end)) = back {
                let back = tree::part(heap, leaf, 0, end);
                middle = tree::concat(heap, middle, back);
            }
            middle
        }
    }
}

pub(crate) fn snoc(heap: &mut Heap, list: Word, last: Word) -> Word {
    match Shape::of(list) {
        Shape::Slice { leaf, start, end } => {
            if leaf.push_back(heap, end, last) {
                return slice(heap, leaf, start, end + 1);
            }
            if end - start <= LEAF_MAX / 2 {
                let (leaf, end) = copied_with_room_behind(heap, leaf, start, end, 2 * (end - start).max(2));
                leaf.push_back(heap, end, last);
                return slice(heap, leaf, 0, end + 1);
            }
            let ends = if end == leaf.capacity() {
                Ends { front: Some((leaf, start)), middle: Word::EMPTY_LIST, back: None }
            } else {
                Ends { front: None, middle: tree::part(heap, leaf, start, end), back: None }
            };
            ends_snoc(heap, ends, last)
        }
        Shape::Ends(ends) => ends_snoc(heap, ends, last),
        Shape::Tree if list == Word::EMPTY_LIST => {
            let leaf = Leaf::made(heap, &[last], 0, SMALL_LEAF);
            slice(heap, leaf, 0, 1)
        }
        Shape::Tree => ends_snoc(heap, Ends { front: None, middle: list, back: None }, last),
    }
}

fn ends_snoc(heap: &mut Heap, ends: Ends, last: Word) -> Word {
    let Ends { front, mut middle, back } = ends;
    let back = match back {
        Some((leaf, end)) if leaf.push_back(heap, end, last) => (leaf, end + 1),
        Some((leaf, end)) if end < LEAF_MAX => {
            let (leaf, end) = copied_with_room_behind(heap, leaf, 0, end, LEAF_MAX);
            leaf.push_back(heap, end, last);
            (leaf, end + 1)
        }
        full => {
            if let Some((leaf, end)) = full {
                let full = tree::part(heap, leaf, 0, end);
                // Nothing fits into a leaf that is full.
                middle = tree::join(heap, middle, full);
            }
            (Leaf::made(heap, &[last], 0, LEAF_MAX), 1)
        }
    };
    Ends { front, middle, back: Some(back) }.list(heap)
}

/// A copy of a range that begins a leaf with more room; and where it ends.
fn copied_with_room_behind(heap: &mut Heap, leaf: Leaf, start: usize, end: usize, capacity: usize) -> (Leaf, usize) {
    let mut buffer = Buffer::new();
    leaf.copy_to(start, end, &mut buffer);
    (Leaf::made(heap, buffer.elements(), 0, capacity), end - start)
}

/// A copy of a range that ends a leaf with more room; and where it starts.
fn copied_with_room_before(heap: &mut Heap, leaf: Leaf, start: usize, end: usize, capacity: usize) -> (Leaf, usize) {
    let mut buffer = Buffer::new();
    leaf.copy_to(start, end, &mut buffer);
    let low = capacity - (end - start);
    (Leaf::made(heap, buffer.elements(), low, capacity), low)
}

pub(crate) fn cons(heap: &mut Heap, first: Word, list: Word) -> Word {
    match Shape::of(list) {
        Shape::Slice { leaf, start, end } => {
            if leaf.push_front(heap, start, first) {
                return slice(heap, leaf, start - 1, end);
            }
            if end - start <= LEAF_MAX / 2 {
                let capacity = 2 * (end - start).max(2);
                let (leaf, start) = copied_with_room_before(heap, leaf, start, end, capacity);
                leaf.push_front(heap, start, first);
                return slice(heap, leaf, start - 1, capacity);
            }
            let ends = if start == 0 {
                Ends { front: None, middle: Word::EMPTY_LIST, back: Some((leaf, end)) }
            } else {
                Ends { front: None, middle: tree::part(heap, leaf, start, end), back: None }
            };
            ends_cons(heap, first, ends)
        }
        Shape::Ends(ends) => ends_cons(heap, first, ends),
        Shape::Tree if list == Word::EMPTY_LIST => {
            let leaf = Leaf::made(heap, &[first], SMALL_LEAF - 1, SMALL_LEAF);
            slice(heap, leaf, SMALL_LEAF - 1, SMALL_LEAF)
        }
        Shape::Tree => ends_cons(heap, first, Ends { front: None, middle: list, back: None }),
    }
}

fn ends_cons(heap: &mut Heap, first: Word, ends: Ends) -> Word {
    let Ends { front, mut middle, back } = ends;
    let front = match front {
        Some((leaf, start)) if leaf.push_front(heap, start, first) => (leaf, start - 1),
        Some((leaf, start)) if leaf.capacity() - start < LEAF_MAX => {
            let (leaf, start) = copied_with_room_before(heap, leaf, start, leaf.capacity(), LEAF_MAX);
            leaf.push_front(heap, start, first);
            (leaf, start - 1)
        }
        full => {
            if let Some((leaf, start)) = full {
                let full = tree::part(heap, leaf, start, leaf.capacity());
                middle = tree::join(heap, full, middle);
            }
            (Leaf::made(heap, &[first], LEAF_MAX - 1, LEAF_MAX), LEAF_MAX - 1)
        }
    };
    Ends { front: Some(front), middle, back }.list(heap)
}

/// `left ++ right`.
pub(crate) fn concat(heap: &mut Heap, left: Word, right: Word) -> Word {
    let (m, n) = (size(left), size(right));
    if m == 0 || n == 0 {
        return if m == 0 { right } else { left };
    }
    if m + n <= LEAF_MAX
        && let (Some(left), Some(right)) = (run(left), run(right))
    {
        return joined(heap, &left, &right);
    }
    if n <= SHORT {
        return Elements::of(right).fold(left, |list, element| snoc(heap, list, element));
    }
    if m <= SHORT {
        let elements: Vec<Word> = Elements::of(left).collect();
        return elements.into_iter().rev().fold(right, |list, element| cons(heap, element, list));
    }
    let (left, right) = (to_tree(heap, left), to_tree(heap, right));
    tree::concat(heap, left, right)
}

/// Two runs as one, in place if there is room behind the first.
fn joined(heap: &mut Heap, left: &Run, right: &Run) -> Word {
    let count = right.end - right.start;
    if !left.leaf.has_room_behind(left.end, count) {
        return Leaf::joined(heap, (left.leaf, left.start..left.end), None, (right.leaf, right.start..right.end))
            .word();
    }
    for i in 0..count {
        left.leaf.push_back(heap, left.end + i, right.get(i));
    }
    slice(heap, left.leaf, left.start, left.end + count)
}

/// The leaf that has the element at an index, and the index that the leaf's first place has or would have. None if there is no such element.
fn find(list: Word, index: usize) -> Option<(Leaf, isize)> {
    if index >= size(list) {
        return None;
    }
    Some(match Shape::of(list) {
        Shape::Slice { leaf, start, .. } => (leaf, -(start as isize)),
        Shape::Tree => {
            let (leaf, before) = tree::find(list, index);
            (leaf, before as isize)
        }
        Shape::Ends(ends) => {
            let front = ends.front_len();
            let behind = front + tree::size(ends.middle);
            match (ends.front, ends.back) {
                (Some((leaf, start)), _) if index < front => (leaf, -(start as isize)),
                (_, Some((leaf, _))) if index >= behind => (leaf, behind as isize),
                _ => {
                    let (leaf, before) = tree::find(ends.middle, index - front);
                    (leaf, (front + before) as isize)
                }
            }
        }
    })
}

pub(crate) fn at(list: Word, index: usize) -> Option<Word> {
    let (leaf, before) = find(list, index)?;
    Some(leaf.get((index as isize - before) as usize))
}

/// The element at an index, or a fault. Those beside it are at hand afterwards, most of the time.
pub(crate) fn element(heap: &mut Heap, list: Word, index: u64) -> Result<Word, Box<Trap>> {
    if !list.is_list() {
        return Trap::fault("expected a value of type List");
    }
    let Some(index) = usize::try_from(index).ok().filter(|index| *index < size(list)) else {
        return Trap::fault(format!("List.unsafeAt: no element {index} in a list of {}", size(list)));
    };
    let (leaf, before) = match Shape::of(list) {
        Shape::Slice { leaf, start, .. } => {
            // Whoever walks over a long list may look at one element of many short ones meanwhile.
            if heap.places.is_in_tree() && heap.places.short != list.0 {
                heap.places.short = list.0;
                return Ok(leaf.get(start + index));
            }
            heap.places.branch = Branch::NOWHERE;
            (leaf, -(start as isize))
        }
        Shape::Tree => find_near(heap, list, (list, 0), index),
        Shape::Ends(ends) => {
            let front = ends.front_len();
            let behind = front + tree::size(ends.middle);
            match (ends.front, ends.back) {
                (Some((leaf, start)), _) if index < front => (leaf, -(start as isize)),
                (_, Some((leaf, _))) if index >= behind => (leaf, behind as isize),
                _ => find_near(heap, list, (ends.middle, front), index),
            }
        }
    };
    let low = before.max(0) as usize;
    let high = size(list).min((before + leaf.capacity() as isize) as usize);
    heap.finger = Finger::new(list, low, high - low, leaf.place((low as isize - before) as usize));
    Ok(leaf.get((index as isize - before) as usize))
}

/// As [`tree::find`], for the tree of a list and the index of its first element, beginning where the last one was found if that is near. The list has the element, and the tree has it.
fn find_near(heap: &mut Heap, list: Word, whole: (Word, usize), index: usize) -> (Leaf, isize) {
    let (mut tree, mut before) = heap.places.branch.of(list, index).unwrap_or(whole);
    let mut is_small = false;
    loop {
        if !is_small && tree::size(tree) <= BRANCH_MAX {
            is_small = true;
            heap.places.branch = Branch::new(list, before, tree::size(tree), tree);
        }
        if !tree.is_plain(ObjectKind::Node) {
            return (Leaf::of(tree).expect("a tree ends in leaves"), before as isize);
        }
        let (left, right) = tree::halves(tree);
        let middle = before + tree::size(left);
        (tree, before) = if index < middle { (left, before) } else { (right, middle) };
    }
}

/// The first `n` elements, or all.
pub(crate) fn take(heap: &mut Heap, list: Word, n: usize) -> Word {
    let size = size(list);
    if n >= size {
        return list;
    }
    match Shape::of(list) {
        Shape::Slice { leaf, start, .. } => slice(heap, leaf, start, start + n),
        Shape::Tree => take_of_ends(heap, Ends { front: None, middle: list, back: None }, n, size),
        Shape::Ends(ends) => take_of_ends(heap, ends, n, size),
    }
}

fn take_of_ends(heap: &mut Heap, ends: Ends, n: usize, size: usize) -> Word {
    let (front, behind) = (ends.front_len(), size - ends.back_len());
    if n >= behind {
        let back = ends.back.map(|(leaf, _)| (leaf, n - behind)).filter(|(_, end)| *end > 0);
        return Ends { back, ..ends }.list(heap);
    }
    match ends.front {
        Some((leaf, start)) if n <= front => slice(heap, leaf, start, start + n),
        _ => {
            // Most often one element less: the last leaf becomes the back.
            let last = tree::edge(ends.middle, 1);
            let kept = behind - last.capacity();
            if n > kept {
                let middle = tree::take(heap, ends.middle, kept - front);
                return Ends { middle, back: Some((last, n - kept)), ..ends }.list(heap);
            }
            let middle = tree::take(heap, ends.middle, n - front);
            Ends { middle, back: None, ..ends }.list(heap)
        }
    }
}

/// All but the first `n` elements.
pub(crate) fn drop(heap: &mut Heap, list: Word, n: usize) -> Word {
    let size = size(list);
    if n == 0 || n >= size {
        return if n == 0 { list } else { Word::EMPTY_LIST };
    }
    match Shape::of(list) {
        Shape::Slice { leaf, start, end } => slice(heap, leaf, start + n, end),
        Shape::Tree => drop_of_ends(heap, Ends { front: None, middle: list, back: None }, n, size),
        Shape::Ends(ends) => drop_of_ends(heap, ends, n, size),
    }
}

fn drop_of_ends(heap: &mut Heap, ends: Ends, n: usize, size: usize) -> Word {
    let (front, behind) = (ends.front_len(), size - ends.back_len());
    if n < front {
        return Ends { front: ends.front.map(|(leaf, start)| (leaf, start + n)), ..ends }.list(heap);
    }
    if n == front {
        // Whoever takes the first one by one wants those of the next leaf.
        let next = (ends.middle != Word::EMPTY_LIST).then(|| (tree::edge(ends.middle, 0), 0));
        let middle = next.map_or(ends.middle, |_| tree::without_first(heap, ends.middle));
        return Ends { front: next, middle, ..ends }.list(heap);
    }
    match ends.back {
        Some((leaf, end)) if n >= behind => slice(heap, leaf, n - behind, end),
        _ => {
            let first = tree::edge(ends.middle, 0);
            let n = n - front;
            if n < first.capacity() {
                let middle = tree::drop(heap, ends.middle, first.capacity());
                return Ends { front: Some((first, n)), middle, ..ends }.list(heap);
            }
            let middle = tree::drop(heap, ends.middle, n);
            Ends { front: None, middle, ..ends }.list(heap)
        }
    }
}

/// Elements that stand in one leaf, one behind the other.
pub(crate) struct Run {
    leaf: Leaf,
    start: usize,
    end: usize,
}

impl Run {
    /// The element of an index, which is one of the list's.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Word {
        debug_assert!(self.start + index < self.end);
        self.leaf.get(self.start + index)
    }
}

/// The elements of a list that is one leaf or part of one.
#[inline]
pub(crate) fn run(list: Word) -> Option<Run> {
    match Shape::of(list) {
        Shape::Slice { leaf, start, end } => Some(Run { leaf, start, end }),
        _ => None,
    }
}

/// The list with an element more, at an index or at the end.
pub(crate) fn insert_at(heap: &mut Heap, list: Word, index: usize, element: Word) -> Word {
    let index = index.min(size(list));
    match run(list).filter(|run| run.end - run.start < LEAF_MAX) {
        Some(run) => spliced(heap, &run, index..index, Some(element)),
        None => parts_around(heap, list, index..index, Some(element)),
    }
}

/// The list with another element at an index, if there is one.
pub(crate) fn replace(heap: &mut Heap, list: Word, index: usize, element: Word) -> Word {
    if index >= size(list) {
        return list;
    }
    match run(list) {
        Some(run) => spliced(heap, &run, index..index + 1, Some(element)),
        None => parts_around(heap, list, index..index + 1, Some(element)),
    }
}

/// The list without the element at an index, if there is one.
pub(crate) fn delete_at(heap: &mut Heap, list: Word, index: usize) -> Word {
    if index >= size(list) {
        return list;
    }
    match run(list) {
        Some(run) => spliced(heap, &run, index..index + 1, None),
        None => parts_around(heap, list, index..index + 1, None),
    }
}

/// A run with something else in place of some elements, in a leaf of its own.
fn spliced(heap: &mut Heap, run: &Run, replaced: Range<usize>, element: Option<Word>) -> Word {
    let (from, to) = (run.start + replaced.start, run.start + replaced.end);
    if element.is_none() && from == run.start && to == run.end {
        return Word::EMPTY_LIST;
    }
    Leaf::joined(heap, (run.leaf, run.start..from), element, (run.leaf, to..run.end)).word()
}

/// As `spliced`, for any list.
fn parts_around(heap: &mut Heap, list: Word, replaced: Range<usize>, element: Option<Word>) -> Word {
    let mut front = take(heap, list, replaced.start);
    if let Some(element) = element {
        front = snoc(heap, front, element);
    }
    let back = drop(heap, list, replaced.end);
    concat(heap, front, back)
}

/// A list of these elements.
pub(crate) fn from_elements(heap: &mut Heap, elements: &[Word]) -> Word {
    tree::from_elements(heap, elements)
}
