//! A signature as it was written, with more abilities: what a message tells to write.

/// The text of a signature with these abilities on its last arrow, or in its delay. None if it has neither, or several lines.
pub(crate) fn with_abilities(signature: &str, abilities: &str) -> Option<String> {
    if signature.contains('\n') {
        return None;
    }
    let at = match (last_arrow(signature), signature.strip_prefix('\'')) {
        (Some(arrow), _) => arrow,
        (None, Some(_)) => 1,
        (None, None) => return None,
    };
    let (before, after) = signature.split_at(at);
    let closed = |row: &str| row.split(',').any(|ability| ability.trim() == "Remote!");
    let without_implied = |row: &str| {
        let written: Vec<&str> = row.split(',').map(str::trim).filter(|ability| *ability != "Remote").collect();
        written.join(", ")
    };
    let row = after.trim_start().strip_prefix('{').and_then(|row| row.split_once('}'));
    Some(match row {
        Some((inside, rest)) if inside.trim().is_empty() => format!("{before}{{{abilities}}}{rest}"),
        Some((inside, rest)) if closed(abilities) && !inside.contains(['(', '[']) => {
            let inside = without_implied(inside);
            let comma = if inside.is_empty() { "" } else { ", " };
            format!("{before}{{{inside}{comma}{abilities}}}{rest}")
        }
        Some((inside, rest)) => format!("{before}{{{}, {abilities}}}{rest}", inside.trim()),
        None => format!("{before}{{{abilities}}} {}", after.trim_start()),
    })
}

/// The end of the last arrow outside of brackets.
fn last_arrow(signature: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut found = None;
    for (at, byte) in signature.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'-' if depth == 0 && signature[at..].starts_with("->") => found = Some(at + 2),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::with_abilities;

    #[test]
    fn abilities_stand_on_the_last_arrow() {
        for (signature, expected) in [
            ("Text -> ()", "Text ->{IO} ()"),
            ("(a -> b) -> [a] -> [b]", "(a -> b) -> [a] ->{IO} [b]"),
            ("Nat ->{Ask Nat} Nat", "Nat ->{Ask Nat, IO} Nat"),
            ("Nat ->{} Nat", "Nat ->{IO} Nat"),
            ("'Nat", "'{IO} Nat"),
            ("'{Exception} (a -> b)", "'{Exception, IO} (a -> b)"),
        ] {
            assert_eq!(with_abilities(signature, "IO").as_deref(), Some(expected));
        }
        // `Remote!` includes `Remote`.
        assert_eq!(with_abilities("'{Remote} ()", "Remote!").as_deref(), Some("'{Remote!} ()"));
        assert_eq!(with_abilities("'{IO, Remote} ()", "Remote!").as_deref(), Some("'{IO, Remote!} ()"));
        assert_eq!(with_abilities("Nat", "IO"), None);
        assert_eq!(with_abilities("Nat\n -> Nat", "IO"), None);
    }
}
