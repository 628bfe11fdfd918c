//! How alike two words are.

/// How many characters have to be added, removed, changed or swapped with their neighbour to make one word of the other.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut earlier: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut before = None;
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let changed = row[j] + usize::from(x != *y);
            let mut least = changed.min(row[j + 1] + 1).min(next[j] + 1);
            if j > 0 && before == Some(*y) && x == b[j - 1] {
                least = least.min(earlier[j - 1] + 1);
            }
            next.push(least);
        }
        earlier = std::mem::replace(&mut row, next);
        before = Some(x);
    }
    row[b.len()]
}

/// The distance, if it is no greater than this. Most words that differ more are told by their lengths and letters.
pub fn within(a: &str, b: &str, limit: usize) -> Option<usize> {
    let length = |text: &str| text.chars().count();
    if length(a).abs_diff(length(b)) > limit || (letters(a) ^ letters(b)).count_ones() as usize > 2 * limit {
        return None;
    }
    Some(distance(a, b)).filter(|distance| *distance <= limit)
}

/// Which letters there are, of which one change adds and removes one at most. Letters that share a bit make words more alike than they are.
pub fn letters(text: &str) -> u64 {
    text.chars().fold(0, |letters, letter| letters | 1 << (u32::from(letter) % 64))
}

#[cfg(test)]
mod tests {
    use super::{distance, within};

    #[test]
    fn neighbours_that_changed_places_are_one_mistake() {
        let cases =
            [("run", "run", 0), ("rnu", "run", 1), ("chek", "check", 1), ("", "ab", 2), ("kitten", "sitting", 3)];
        for (a, b, expected) in cases {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert!((0..4).all(|limit| within(a, b, limit) == (expected <= limit).then_some(expected)), "{a} {b}");
        }
    }
}
