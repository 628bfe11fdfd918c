//! Several moves between slots that happen at once, as moves one after the other.

use std::collections::BTreeMap;

/// The moves (from, to) in an order in which none destroys what another still has to read. Each `to` occurs once. `scratch` is a slot that nobody uses.
pub(super) fn in_order(moves: &[(u32, u32)], scratch: u32) -> Vec<(u32, u32)> {
    let mut open: BTreeMap<u32, u32> =
        moves.iter().filter(|(from, to)| from != to).map(|(from, to)| (*to, *from)).collect();
    let mut readers: BTreeMap<u32, usize> = BTreeMap::new();
    open.values().for_each(|from| *readers.entry(*from).or_default() += 1);
    let mut ready: Vec<u32> = open.keys().copied().filter(|to| !readers.contains_key(to)).collect();
    let mut ordered = Vec::with_capacity(open.len());
    loop {
        while let Some(to) = ready.pop() {
            let Some(from) = open.remove(&to) else { continue };
            ordered.push((from, to));
            let left = readers.get_mut(&from).map(|count| {
                *count -= 1;
                *count
            });
            if left == Some(0) && open.contains_key(&from) {
                ready.push(from);
            }
        }
        // What is left are circles: one is opened by keeping the word that its first move destroys.
        let Some((&to, _)) = open.first_key_value() else { return ordered };
        ordered.push((to, scratch));
        let reader = open.iter().find(|(_, from)| **from == to).map(|(reader, _)| *reader);
        if let Some(reader) = reader {
            open.insert(reader, scratch);
        }
        readers.insert(to, 0);
        ready.push(to);
    }
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn any_moves_give_what_they_give_at_once() {
        let mut state = 1_u64;
        let mut below = move |n: u32| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 33) as u32 % n
        };
        for _ in 0..5_000 {
            let size = 1 + below(8);
            let moves: Vec<(u32, u32)> = (0..size).map(|to| (below(size + 2), to)).collect();
            let mut words: Vec<u32> = (100..100 + size + 3).collect();
            let before = words.clone();
            for (from, to) in in_order(&moves, size + 2) {
                words[to as usize] = words[from as usize];
            }
            for (from, to) in &moves {
                assert_eq!(words[*to as usize], before[*from as usize], "{moves:?}");
            }
        }
    }
}
