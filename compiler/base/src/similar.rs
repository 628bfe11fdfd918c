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

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn neighbours_that_changed_places_are_one_mistake() {
        let cases =
            [("run", "run", 0), ("rnu", "run", 1), ("chek", "check", 1), ("", "ab", 2), ("kitten", "sitting", 3)];
        for (a, b, expected) in cases {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
