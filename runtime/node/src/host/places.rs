//! Small sets of places: most tasks hold one future or two, and a host has a million tasks.

use super::table::Place;
use std::collections::BTreeSet;

/// A set of places. The first few stand in it; what has been larger has them all in a set elsewhere.
#[derive(Debug)]
pub(super) enum Places {
    /// Ascending, those behind the first so many mean nothing.
    Few(u8, [Place; FEW]),
    #[expect(clippy::box_collection, reason = "a small set is the usual one, and takes two words")]
    Many(Box<BTreeSet<Place>>),
}

/// As many as take no more room than the set elsewhere does.
const FEW: usize = 3;

impl Default for Places {
    fn default() -> Places {
        Places::Few(0, [0; FEW])
    }
}

impl Places {
    pub fn len(&self) -> usize {
        match self {
            Places::Few(len, _) => usize::from(*len),
            Places::Many(places) => places.len(),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = Place> {
        let (few, many) = match self {
            Places::Few(len, few) => (&few[..usize::from(*len)], None),
            Places::Many(places) => (&[][..], Some(places.iter())),
        };
        few.iter().chain(many.into_iter().flatten()).copied()
    }

    /// False: it was there.
    pub fn insert(&mut self, place: Place) -> bool {
        match self {
            Places::Many(places) => places.insert(place),
            Places::Few(len, few) => {
                let here = &few[..usize::from(*len)];
                let at = here.partition_point(|other| *other < place);
                if here.get(at) == Some(&place) {
                    return false;
                }
                if here.len() == FEW {
                    let all = here.iter().copied().chain([place]).collect();
                    *self = Places::Many(Box::new(all));
                    return true;
                }
                few.copy_within(at..usize::from(*len), at + 1);
                few[at] = place;
                *len += 1;
                true
            }
        }
    }

    /// Whether it was there.
    pub fn remove(&mut self, place: Place) -> bool {
        match self {
            Places::Many(places) => places.remove(&place),
            Places::Few(len, few) => {
                let Some(at) = few[..usize::from(*len)].iter().position(|other| *other == place) else { return false };
                few.copy_within(at + 1..usize::from(*len), at);
                *len -= 1;
                true
            }
        }
    }

    /// Takes out those of which this is true.
    pub fn extract(&mut self, mut is_out: impl FnMut(Place) -> bool) -> Vec<Place> {
        if let Places::Many(places) = self {
            return places.extract_if(.., |place| is_out(*place)).collect();
        }
        let out: Vec<Place> = self.iter().filter(|place| is_out(*place)).collect();
        out.iter().for_each(|place| _ = self.remove(*place));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Entropy;

    #[test]
    fn small_and_large_sets_are_sets() {
        let mut entropy = Entropy::new([7; 32]);
        let (mut places, mut expected) = (Places::default(), BTreeSet::new());
        for round in 0..2_000 {
            let [kind, place] = entropy.draw::<2>();
            // At first there are few.
            let place = Place::from(place) % (2 + round / 200);
            match kind % 8 {
                0..4 => assert_eq!(places.insert(place), expected.insert(place)),
                4..7 => assert_eq!(places.remove(place), expected.remove(&place)),
                _ if round % 50 == 0 => {
                    let out: Vec<Place> = expected.extract_if(.., |place| place % 2 == 0).collect();
                    assert_eq!(places.extract(|place| place % 2 == 0), out);
                }
                _ => (places, expected) = (Places::default(), BTreeSet::new()),
            }
            assert!(places.iter().eq(expected.iter().copied()));
            assert_eq!(places.len(), expected.len());
        }
    }
}
