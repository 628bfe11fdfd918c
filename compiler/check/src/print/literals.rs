//! Literals as they are written in source.

use kernel::Literal;

pub fn text(literal: &Literal) -> String {
    match literal {
        Literal::Nat(value) => value.to_string(),
        Literal::Int(value) => format!("{value:+}"),
        Literal::Float(bits) => float(f64::from_bits(*bits)),
        Literal::Char(c) => format!("?{}", escaped(*c, false)),
        Literal::Boolean(value) => value.to_string(),
        Literal::Text(text) => {
            let inner: String = text.chars().map(|c| escaped(c, true)).collect();
            format!("\"{inner}\"")
        }
        Literal::Bytes(bytes) => bytes.iter().fold("0xs".to_string(), |text, byte| format!("{text}{byte:02x}")),
    }
}

/// The shortest digits that read back as the same number. Source has no literal that is not finite, so one is written as the division that gives it.
fn float(value: f64) -> String {
    match value {
        value if value.is_nan() => "(0.0 Float./ 0.0)".to_string(),
        value if value.is_infinite() => format!("({}1.0 Float./ 0.0)", if value < 0.0 { "-" } else { "" }),
        value => format!("{value:?}"),
    }
}

fn escaped(c: char, in_text: bool) -> String {
    let letter = match c {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\x0c' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\x0b' => 'v',
        ' ' if !in_text => 's',
        '"' if in_text => '"',
        '\\' => '\\',
        other => return other.to_string(),
    };
    format!("\\{letter}")
}
