//! Texts between single quotes, as other languages write them.

use base::Span;

/// The text between single quotes in which something stands, if it looks like one: on one line, and no delay of something in brackets.
pub fn single_quoted(text: &str, inside: Span) -> Option<Span> {
    let at = inside.start as usize;
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(start..)?.lines().next()?;
    let mut from = 0;
    while let Some((open, close)) = quoted(line, from) {
        if (start + open..=start + close).contains(&at) {
            let place = |at: usize| u32::try_from(at).ok();
            return Some(Span { start: place(start + open)?, end: place(start + close + 1)?, ..inside });
        }
        from = close + 1;
    }
    None
}

/// The first such text on a line behind `from`: where its quotes stand. What stands between double quotes is none.
fn quoted(line: &str, from: usize) -> Option<(usize, usize)> {
    let signs: Vec<(usize, char)> = line.char_indices().collect();
    let in_name =
        |sign: Option<&(usize, char)>| sign.is_some_and(|(_, c)| c.is_alphanumeric() || matches!(c, '_' | '!' | '\''));
    let mut in_text = false;
    for (i, (at, sign)) in signs.iter().enumerate() {
        let before = i.checked_sub(1).map(|before| &signs[before]);
        in_text ^= *sign == '"' && before.is_none_or(|(_, before)| !matches!(before, '\\' | '?'));
        let opens = *sign == '\'' && !in_text && *at >= from && !in_name(before);
        if opens && signs.get(i + 1).is_some_and(|(_, next)| next.is_alphanumeric()) {
            let closes = |j: &usize| signs[*j].1 == '\'' && !in_name(signs.get(j + 1));
            if let Some(close) = (i + 1..signs.len()).find(closes) {
                return Some((*at, signs[close].0));
            }
        }
    }
    None
}
