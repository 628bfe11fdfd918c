//! Where a doc literal ends, and what stands in it as it is.

/// What encloses code or text in which nothing has a meaning. The ends are as long as the starts.
const FENCES: [u8; 2] = [b'`', b'\''];

/// How many bytes lie before the end (inclusive) of a literal that is already open.
pub(crate) fn end_of_literal(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (1usize, 0);
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"}}") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return Some(at);
            }
        } else if rest.starts_with(b"{{") {
            (depth, at) = (depth + 1, at + 2);
        } else {
            at += fenced(&text[at..], &bytes[..at]).unwrap_or(1);
            while !text.is_char_boundary(at) {
                at += 1;
            }
        }
    }
    None
}

/// The length of what is fenced here, fences included: ` ``..`` ` or `''..''` in a paragraph, or more of them. Nothing if it has no end before the literal may have one.
fn fenced(rest: &str, before: &[u8]) -> Option<usize> {
    let sign = rest.bytes().next().filter(|sign| FENCES.contains(sign))?;
    let fence = &rest[..rest.bytes().take_while(|b| *b == sign).count()];
    // A quote behind a letter is an apostrophe or a prime.
    let is_prime = sign == b'\'' && before.last().is_some_and(u8::is_ascii_alphanumeric);
    if fence.len() < 2 || is_prime {
        return Some(fence.len());
    }
    let inside = &rest[fence.len()..];
    let limit = if fence.len() > 2 { inside.len() } else { inside.find("\n\n").unwrap_or(inside.len()) };
    let end = closing(&inside[..limit], fence);
    Some(end.map_or(fence.len(), |end| fence.len() + end + fence.len()))
}

/// Where a run of exactly this fence stands.
pub(crate) fn closing(text: &str, fence: &str) -> Option<usize> {
    let sign = fence.as_bytes().first()?;
    let mut at = 0;
    while let Some(found) = text[at..].find(fence) {
        let start = at + found;
        let len = text.as_bytes()[start..].iter().take_while(|b| *b == sign).count();
        if len == fence.len() {
            return Some(start);
        }
        at = start + len;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_in_code_end_nothing() {
        assert_eq!(end_of_literal(" a }} b"), Some(5));
        assert_eq!(end_of_literal("{{ a }} }}"), Some(10));
        assert_eq!(end_of_literal(" ``{{x}`` }}"), Some(12));
        assert_eq!(end_of_literal("\n'''\n}}\n'''\n}}"), Some(14));
        assert_eq!(end_of_literal(" don't '' }}"), Some(12));
        assert_eq!(end_of_literal(" ```\n}}"), Some(7), "a fence without its end hides nothing");
        assert_eq!(end_of_literal(" a"), None);
    }
}
