//! Where expressions are evaluated, as a user writes it: `local`, `local:N`, or nodes.

use runtime::{At, NodeTextError};

/// Embedded nodes that can be asked for at once: each is named in every request.
pub const LOCAL_NODES_MAX: u64 = 1_000;

/// Text that names no place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PlaceError {
    /// In `local:N`, something other than a number from 1 to [`LOCAL_NODES_MAX`].
    Count,
    /// This part is not a node: why.
    Node(String, NodeTextError),
}

/// Reads `local`, `local:N` or `[KEY@]HOST:PORT,..`.
pub fn parse(text: &str) -> Result<At, PlaceError> {
    if text == "local" {
        return Ok(At::Local(1));
    }
    if let Some(count) = text.strip_prefix("local:") {
        let count = count.parse().ok().filter(|count| (1..=LOCAL_NODES_MAX).contains(count));
        return count.map(At::Local).ok_or(PlaceError::Count);
    }
    let node = |part: &str| part.trim().parse().map_err(|error| PlaceError::Node(part.to_string(), error));
    text.split(',').map(node).collect::<Result<_, _>>().map(At::Nodes)
}

/// A place in few words: addresses without keys.
pub fn short(at: &At) -> String {
    match at {
        At::Local(1) => "local".to_string(),
        At::Local(count) => format!("local:{count}"),
        At::Nodes(nodes) => nodes.iter().map(|node| node.address.as_str()).collect::<Vec<_>>().join(","),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_as_they_are_shown() {
        for text in ["local", "local:3", "127.0.0.1:80", "a:1,b:2"] {
            assert_eq!(parse(text).map(|at| short(&at)), Ok(text.to_string()));
        }
        assert_eq!(parse("local:0"), Err(PlaceError::Count));
        assert_eq!(parse("local:1001"), Err(PlaceError::Count));
        assert_eq!(parse("a:1,,b:2"), Err(PlaceError::Node(String::new(), NodeTextError::BadAddress)));
    }
}
