//! The objects of a heap that own counts of blobs: a list that grows without moving what it has, since there may be many millions.

/// Objects in a piece of the list: what is done with each takes a tenth of a microsecond or two.
const PIECE: usize = 4096;

#[derive(Default)]
pub(crate) struct Owners {
    full: Vec<Vec<*mut u64>>,
    last: Vec<*mut u64>,
}

impl Owners {
    #[inline]
    pub(crate) fn push(&mut self, object: *mut u64) {
        if self.last.len() == PIECE {
            self.full.push(std::mem::replace(&mut self.last, Vec::with_capacity(PIECE)));
        }
        self.last.push(object);
    }

    pub(crate) fn append(&mut self, mut more: Owners) {
        self.full.append(&mut more.full);
        more.last.into_iter().for_each(|object| self.push(object));
    }

    pub(crate) fn len(&self) -> usize {
        PIECE * self.full.len() + self.last.len()
    }

    /// Takes some of them out; none, if there are none.
    pub(crate) fn pop_piece(&mut self) -> Option<Vec<*mut u64>> {
        if !self.last.is_empty() {
            return Some(std::mem::take(&mut self.last));
        }
        self.full.pop()
    }

    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[*mut u64]> {
        self.full.iter().chain([&self.last]).map(Vec::as_slice)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = *mut u64> {
        self.pieces().flatten().copied()
    }
}

impl From<Vec<*mut u64>> for Owners {
    fn from(objects: Vec<*mut u64>) -> Owners {
        if objects.len() <= PIECE {
            return Owners { full: Vec::new(), last: objects };
        }
        let mut owners = Owners::default();
        objects.into_iter().for_each(|object| owners.push(object));
        owners
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_them_come_out_again() {
        let numbered = |range: std::ops::Range<usize>| Owners::from(range.map(|n| n as *mut u64).collect::<Vec<_>>());
        let mut owners = numbered(0..10_000);
        owners.append(numbered(10_000..10_007));
        owners.append(numbered(10_007..30_000));
        assert_eq!(owners.len(), 30_000);
        let mut found: Vec<usize> = owners.iter().map(|object| object as usize).collect();
        found.sort_unstable();
        assert!(found.into_iter().eq(0..30_000));
        let taken: usize = std::iter::from_fn(|| owners.pop_piece()).map(|piece| piece.len()).sum();
        assert_eq!((taken, owners.len()), (30_000, 0));
    }
}
