//! What is shown beside the line while it is typed.

use super::{command, complete, search};
use base::Name;
use check::Environment;

/// Characters of a hint.
const HINT_CHARS_MAX: usize = 70;

/// What the last word of the line means: the type of a name, the help of a command.
pub fn hint(line: &str, environment: &dyn Environment) -> Option<String> {
    let command = line.strip_prefix(':').filter(|word| !word.is_empty() && !word.contains(char::is_whitespace));
    if let Some(word) = command {
        let command = command::find(word)?;
        return Some(cut(&format!("  {}  {}", command.usage(), command.help)));
    }
    let word = complete::word(line);
    if word.len() < 2 || !word.starts_with(char::is_alphabetic) || word.ends_with('.') {
        return None;
    }
    // With several meanings the type at hand would be a guess.
    let found = search::signatures(&Name::new(word), environment);
    match found.as_slice() {
        [one] => Some(cut(&format!("  {one}"))),
        _ => None,
    }
}

fn cut(text: &str) -> String {
    let text = text.replace('\n', " ");
    match text.char_indices().nth(HINT_CHARS_MAX) {
        Some((end, _)) => format!("{} ..", &text[..end]),
        None => text,
    }
}
