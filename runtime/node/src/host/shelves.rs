//! A vector of many that grows without being copied, and of which no more than a little is room for what may come.

use std::ops::{Index, IndexMut};

/// As many as make a piece that is worth an allocation of its own.
const PIECE: usize = 256;

/// See the module. Each piece but the last is full.
#[derive(Debug)]
pub(super) struct Shelves<T> {
    pieces: Vec<Vec<T>>,
}

impl<T> Default for Shelves<T> {
    fn default() -> Self {
        Shelves { pieces: Vec::new() }
    }
}

impl<T> Shelves<T> {
    pub fn len(&self) -> usize {
        self.pieces.last().map_or(0, |last| (self.pieces.len() - 1) * PIECE + last.len())
    }

    pub fn push(&mut self, value: T) {
        match self.pieces.last_mut() {
            Some(last) if last.len() < PIECE => last.push(value),
            Some(_) => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(value);
                self.pieces.push(piece);
            }
            // Most processes have few.
            None => self.pieces.push(vec![value]),
        }
    }

    pub fn get(&self, at: usize) -> Option<&T> {
        self.pieces.get(at / PIECE)?.get(at % PIECE)
    }

    pub fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.pieces.get_mut(at / PIECE)?.get_mut(at % PIECE)
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flatten()
    }
}

impl<T> Index<usize> for Shelves<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        &self.pieces[at / PIECE][at % PIECE]
    }
}

impl<T> IndexMut<usize> for Shelves<T> {
    fn index_mut(&mut self, at: usize) -> &mut T {
        &mut self.pieces[at / PIECE][at % PIECE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_there_is_found_by_its_place() {
        let mut shelves = Shelves::default();
        for n in 0..3 * PIECE + 5 {
            assert_eq!(shelves.len(), n);
            assert_eq!(shelves.get(n), None);
            shelves.push(n);
        }
        *shelves.get_mut(PIECE).expect("it is there") = 7;
        shelves[2 * PIECE - 1] = 8;
        let expected = |n| {
            if n == PIECE {
                7
            } else if n == 2 * PIECE - 1 {
                8
            } else {
                n
            }
        };
        assert!(shelves.iter().copied().eq((0..3 * PIECE + 5).map(expected)));
        assert_eq!((shelves[PIECE], shelves.get(3 * PIECE + 4)), (7, Some(&(3 * PIECE + 4))));
    }
}
