//! Text to markup: the one place where something is escaped.

use std::fmt::Write;

/// Text as it may stand between tags and in a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Directions that would change the order of what follows, and what no page may contain.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => _ = write!(escaped, "&#xfffd;"),
            c if c.is_control() && c != '\n' && c != '\t' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A name in letters that files, addresses and anchors take as they are; different names stay different.
pub fn safe(name: &str) -> String {
    let mut safe = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') {
            safe.push(c);
        } else {
            _ = write!(safe, "~{:x}~", u32::from(c));
        }
    }
    // Names of files do not begin with a dot or hyphen.
    if safe.starts_with(['.', '-']) { format!("_{safe}") } else { safe }
}

/// `<tag class="..">text</tag>`
pub fn span(class: &str, text: &str) -> String {
    format!(r#"<span class="{class}">{}</span>"#, escape(text))
}

/// A link whose address was made by [`safe`], with markup inside.
pub fn link(address: &str, class: &str, inner: &str) -> String {
    let class = if class.is_empty() { String::new() } else { format!(r#" class="{class}""#) };
    format!(r#"<a{class} href="{}">{inner}</a>"#, escape(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_program_is_markup() {
        assert_eq!(escape("<script>&\"'"), "&lt;script&gt;&amp;&quot;&#39;");
        assert_eq!(escape("a\u{202e}b\u{0}"), "a&#xfffd;b\u{fffd}");
        assert_eq!(safe("Nat.+"), "Nat.~2b~");
        assert_eq!(safe("../x"), "_..~2f~x");
    }
}
