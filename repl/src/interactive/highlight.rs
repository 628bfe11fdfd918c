//! Colours of the prompt, for a line that is edited and for answers.

use session::repl::paint::{Paint, matching_bracket, paint};
use std::fmt::Write;

const RESET: &str = "\x1b[0m";
/// What is only said by the way.
const DIM: &str = "\x1b[2m";
const MATCHING: &str = "\x1b[1;4m";

/// Bytes of a text that is coloured: more would be slow, and nobody reads it.
const COLORED_BYTES_MAX: usize = 20_000;

fn style(paint: Paint) -> &'static str {
    match paint {
        Paint::Command => "\x1b[1;36m",
        Paint::Keyword => "\x1b[35m",
        Paint::Capital => "\x1b[36m",
        Paint::Number => "\x1b[33m",
        Paint::Text => "\x1b[32m",
        Paint::Comment => DIM,
        Paint::Junk => "\x1b[31m",
    }
}

/// A text with its parts coloured. Where there is a cursor, the bracket that belongs to the one there stands out.
pub fn colored(text: &str, cursor: Option<usize>) -> String {
    if text.len() > COLORED_BYTES_MAX {
        return text.to_string();
    }
    let matching = cursor.and_then(|cursor| matching_bracket(text, cursor));
    let mut marks: Vec<_> = paint(text).into_iter().map(|(range, paint)| (range, style(paint))).collect();
    marks.extend(matching.map(|at| (at..at + 1, MATCHING)));
    marks.sort_by_key(|(range, _)| range.start);
    let (mut shown, mut end) = (String::with_capacity(2 * text.len()), 0);
    for (range, style) in marks {
        if range.start < end {
            continue;
        }
        let _ = write!(shown, "{}{style}{}{RESET}", &text[end..range.start], &text[range.clone()]);
        end = range.end;
    }
    shown + &text[end..]
}

pub fn dimmed(text: &str) -> String {
    format!("{DIM}{text}{RESET}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_change_nothing_else() {
        for text in ["f (x 1) \"a\" -- é", ":type (", "", "\"unclosed", "(日本)", "))) 1"] {
            let shown = colored(text, Some(2));
            let mut plain = String::new();
            let mut rest = shown.as_str();
            while let Some((before, after)) = rest.split_once('\x1b') {
                plain += before;
                rest = after.split_once('m').expect("a style ends").1;
            }
            assert_eq!(plain + rest, text);
        }
        assert_eq!(colored("f (1)", Some(2)), format!("f (\x1b[33m1{RESET}{MATCHING}){RESET}"));
    }
}
