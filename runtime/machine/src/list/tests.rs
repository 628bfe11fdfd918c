//! Tests of lists.

use super::*;

fn nat(n: u64) -> Word {
    Word::small_nat(n).expect("small")
}

fn elements(list: Word) -> Vec<u64> {
    Elements::of(list).map(|word| word.as_nat().expect("a number")).collect()
}

/// Every leaf of a tree is full, heights of siblings differ by one at most, and sizes are right; the ends are not empty.
fn check(list: Word) {
    if let Shape::Ends(ends) = Shape::of(list) {
        assert!(ends.front.is_none_or(|_| ends.front_len() > 0) && ends.back.is_none_or(|_| ends.back_len() > 0));
        assert_eq!(size(list), ends.front_len() + tree::size(ends.middle) + ends.back_len());
        return check(ends.middle);
    }
    if list.is_plain(ObjectKind::Node) {
        let (left, right) = tree::halves(list);
        assert!(tree::height(left).abs_diff(tree::height(right)) <= 1, "balanced");
        assert_eq!(tree::height(list), 1 + tree::height(left).max(tree::height(right)));
        assert_eq!(size(list), size(left) + size(right));
        check(left);
        check(right);
    } else if let Some(leaf) = Leaf::of(list) {
        assert!(leaf.is_full());
    }
}

#[test]
fn any_operations_agree_with_vectors() {
    let mut heap = Heap::new(1 << 30, None);
    let mut state = 0x1234_5678_u64;
    let mut below = move |n: usize| {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 33) as usize % n.max(1)
    };
    let mut pool: Vec<(Word, Vec<u64>)> = vec![(Word::EMPTY_LIST, Vec::new())];
    for round in 0..20_000 {
        let (list, model) = pool[below(pool.len())].clone();
        let n = below(model.len() + 2);
        let (list, model) = match below(10) {
            0 => (cons(&mut heap, nat(round), list), [&[round], &model[..]].concat()),
            1 => (snoc(&mut heap, list, nat(round)), [&model[..], &[round]].concat()),
            2 => (take(&mut heap, list, n), model[..n.min(model.len())].to_vec()),
            3 => (drop(&mut heap, list, n), model[n.min(model.len())..].to_vec()),
            7 => {
                let mut longer = model.clone();
                longer.insert(n.min(model.len()), round);
                (insert_at(&mut heap, list, n, nat(round)), longer)
            }
            8 => {
                let mut other = model.clone();
                other.iter_mut().skip(n).take(1).for_each(|element| *element = round);
                (replace(&mut heap, list, n, nat(round)), other)
            }
            9 => {
                let mut shorter = model.clone();
                shorter.splice(n.min(model.len())..(n + 1).min(model.len()), []);
                (delete_at(&mut heap, list, n), shorter)
            }
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
    let mut heap = Heap::new(1 << 30, None);
    let (mut front, mut back) = (Word::EMPTY_LIST, Word::EMPTY_LIST);
    for n in 0..10_000 {
        front = cons(&mut heap, nat(n), front);
        back = snoc(&mut heap, back, nat(n));
    }
    // 10000 elements in full leaves are 313, so at most 1.44 * 9 levels; with half-empty ones there would be one more.
    let heights = [front, back].map(|list| tree::height(to_tree(&mut heap, list)));
    assert!(heights.iter().all(|height| *height <= 12), "{heights:?}");
}
