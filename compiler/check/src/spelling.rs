//! Names by how their last segment is spelled, so that a name that means nothing is compared with those few that may be near, however many there are.
//!
//! Segments are grouped by length, and compared letter by letter only where the sets of their letters differ little: a mistake changes at most two of them.
//! **Invariant:** what is left out is further away than was asked, and shares no word.

use base::{Name, Table, similar};

/// The shortest word that says something, and how many letters two words must have in common at their beginning.
pub(crate) const WORD_MIN: usize = 4;

#[derive(Default)]
pub(crate) struct Spellings {
    /// By length in characters.
    by_length: Vec<Vec<Segment>>,
    /// Numbers of names by how a word in their last segment begins.
    by_word: Table<String, Vec<usize>>,
}

struct Segment {
    text: String,
    letters: u64,
    /// The names that end in it.
    names: Vec<usize>,
}

impl Spellings {
    /// Names are known by their numbers.
    pub fn of<'n>(names: impl Iterator<Item = &'n Name>) -> Spellings {
        let mut segments: Table<&str, Vec<usize>> = Table::default();
        for (number, name) in names.enumerate() {
            segments.entry(name.last()).or_default().push(number);
        }
        let mut spellings = Spellings::default();
        for (text, names) in segments {
            spellings.add(text, names);
        }
        spellings
    }

    fn add(&mut self, text: &str, names: Vec<usize>) {
        for beginning in beginnings(text) {
            self.by_word.entry(beginning).or_default().extend(&names);
        }
        let length = text.chars().count();
        if self.by_length.len() <= length {
            self.by_length.resize_with(length + 1, Vec::new);
        }
        self.by_length[length].push(Segment { text: text.to_string(), letters: similar::letters(text), names });
    }

    /// The names whose last segment can be made of this word by so many changes, with how many it takes; in no particular order.
    pub fn near(&self, word: &str, limit: usize) -> Vec<(usize, usize)> {
        let (length, wanted) = (word.chars().count(), similar::letters(word));
        let lengths = length.saturating_sub(limit)..(length + limit + 1).min(self.by_length.len());
        let segments = self.by_length.get(lengths).into_iter().flatten().flatten();
        let may_be_near = |segment: &&Segment| (segment.letters ^ wanted).count_ones() as usize <= 2 * limit;
        let mut near = Vec::new();
        for segment in segments.filter(may_be_near) {
            if let Some(distance) = similar::within(word, &segment.text, limit) {
                near.extend(segment.names.iter().map(|name| (distance, *name)));
            }
        }
        near
    }

    /// The names with a word in their last segment that begins like a word in this one; in no particular order.
    pub fn sharing(&self, word: &str) -> Vec<usize> {
        let mut all: Vec<usize> =
            beginnings(word).iter().filter_map(|beginning| self.by_word.get(beginning)).flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// How the words of a name such as `foldLeft` begin, in small letters.
fn beginnings(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter.is_uppercase() || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| word.chars().count() >= WORD_MIN);
    let beginning = |word: &String| word.chars().take(WORD_MIN).collect();
    let mut beginnings: Vec<String> = words.iter().map(beginning).collect();
    beginnings.sort_unstable();
    beginnings.dedup();
    beginnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_what_comparing_with_all_names_finds() {
        let words =
            ["map", "mapp", "amp", "foldLeft", "foldRight", "foldl", "unfold", "size", "sise", "λx", "λy", "a", ""];
        let names: Vec<Name> = words.iter().map(|word| Name::new(*word)).collect();
        let spellings = Spellings::of(names.iter());
        for word in words {
            for limit in 0..3 {
                let mut found = spellings.near(word, limit);
                found.sort_by_key(|(_, name)| *name);
                let all = words.iter().enumerate().map(|(number, other)| (similar::distance(word, other), number));
                let expected: Vec<_> = all.filter(|(distance, _)| *distance <= limit).collect();
                assert_eq!(found, expected, "{word} {limit}");
            }
        }
        assert_eq!(spellings.sharing("folder"), [3, 4, 5]);
        assert_eq!(spellings.sharing("leftOver"), [3]);
        assert_eq!(spellings.sharing("map"), []);
    }
}
