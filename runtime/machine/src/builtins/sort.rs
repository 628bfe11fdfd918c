//! Sorting by the order that all values have: a stable merge sort that begins with the runs that are there (Knuth, The Art of Computer
//! Programming, 5.2.4, natural merge sort). What is sorted, or sorted backwards, takes two comparisons for each element at most.

use super::asking::{self, Asked};
use super::universal::Comparison;
use super::{Call, ELEMENT_BYTES, Result};
use crate::heap::Heap;
use crate::list::{self, Elements};
use crate::remains;
use crate::word::Word;
use std::cmp::Ordering;

pub(super) fn sort(call: &mut Call<'_>) -> Result {
    let list = call.list(0)?;
    // The elements, the other half of each round, and the list that is made.
    call.heap.reserve(3 * ELEMENT_BYTES * list::size(list))?;
    let mut elements = asking::collect(call.heap, Elements::of(list), list::size(list))?;
    let mut other = Vec::with_capacity(elements.len());
    let sorted = sort_elements(call.heap, &mut elements, &mut other);
    let list = sorted.and_then(|()| asking::list_of(call.heap, &elements));
    let bytes = size_of_val(&elements[..]) + size_of_val(&other[..]);
    remains::give_back((elements, other), bytes);
    Ok(list?.0)
}

/// Sorts, with room for as many elements beside.
fn sort_elements(heap: &mut Heap, elements: &mut Vec<Word>, other: &mut Vec<Word>) -> Asked<()> {
    let mut order = Order { heap, comparison: Comparison::default(), count: 0 };
    let mut ends = runs(&mut order, elements)?;
    while ends.len() > 1 {
        ends = merge_pairs(&mut order, elements, &ends, other)?;
        std::mem::swap(elements, other);
    }
    Ok(())
}

/// Comparisons before it is asked again whether the result is still wanted.
const COMPARISONS_UNASKED: u32 = 1024;

/// How elements stand to each other.
struct Order<'a> {
    heap: &'a mut Heap,
    comparison: Comparison,
    /// How many there were.
    count: u32,
}

impl Order<'_> {
    fn compare(&mut self, a: Word, b: Word) -> Asked<Ordering> {
        self.count = self.count.wrapping_add(1);
        if self.count.is_multiple_of(COMPARISONS_UNASKED) {
            self.heap.check_interrupt()?;
        }
        self.comparison.compare(self.heap, a, b)
    }
}

/// Where the ascending runs end. Strictly descending ones are reversed, which exchanges no equal elements.
fn runs(order: &mut Order<'_>, elements: &mut [Word]) -> Asked<Vec<usize>> {
    let mut ends = Vec::new();
    let mut start = 0;
    while start < elements.len() {
        let mut end = run_end(order, elements, start, Ordering::is_le)?;
        if end == start + 1 {
            end = run_end(order, elements, start, Ordering::is_gt)?;
            elements[start..end].reverse();
        }
        start = end;
        ends.push(end);
    }
    Ok(ends)
}

/// Where the run that begins at `start` ends, neighbours in it being ordered as asked.
fn run_end(order: &mut Order<'_>, elements: &[Word], start: usize, ordered: fn(Ordering) -> bool) -> Asked<usize> {
    let mut end = start + 1;
    while end < elements.len() && ordered(order.compare(elements[end - 1], elements[end])?) {
        end += 1;
    }
    Ok(end)
}

/// One round: neighbouring runs become one.
fn merge_pairs(order: &mut Order<'_>, elements: &[Word], ends: &[usize], merged: &mut Vec<Word>) -> Asked<Vec<usize>> {
    order.heap.charge_bytes(size_of_val(elements));
    merged.clear();
    let mut merged_ends = Vec::with_capacity(ends.len().div_ceil(2));
    let mut start = 0;
    for pair in ends.chunks(2) {
        let (middle, end) = (pair[0], pair[pair.len() - 1]);
        merge(order, &elements[start..middle], &elements[middle..end], merged)?;
        merged_ends.push(end);
        start = end;
    }
    Ok(merged_ends)
}

/// Appends the elements of both runs in order; of equal ones, the left one first.
fn merge(order: &mut Order<'_>, mut left: &[Word], mut right: &[Word], merged: &mut Vec<Word>) -> Asked<()> {
    while let (Some((a, after_a)), Some((b, after_b))) = (left.split_first(), right.split_first()) {
        if order.compare(*b, *a)?.is_lt() {
            merged.push(*b);
            right = after_b;
        } else {
            merged.push(*a);
            left = after_a;
        }
    }
    // One of them is empty.
    for piece in left.chunks(asking::SEGMENT).chain(right.chunks(asking::SEGMENT)) {
        order.heap.check_interrupt()?;
        merged.extend_from_slice(piece);
    }
    Ok(())
}
