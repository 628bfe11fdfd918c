//! The standard library, as text: one noun a file, each definition with its meaning and an example above it.
//!
//! It is checked and lowered at first use, like any other tree of files, and kept in the user's cache.
//!
//! **Invariant:** data only. The names and types follow Unison's base library where that has such a thing; what is built in stands in `builtin`.
#![forbid(unsafe_code)]

/// What is built in, documented like definitions: comments, each above a line with the name (`type NAME` for types).
pub const BUILTINS: &str = include_str!("builtins.txt");

macro_rules! files {
    ($($path:literal)*) => {
        /// Name and text of each file, in the order of their names.
        pub const FILES: &[(&str, &str)] = &[$(($path, include_str!($path))),*];
    };
}

files! {
    "abort.u"
    "ask.u"
    "boolean.u"
    "bytes.u"
    "char.u"
    "clock.u"
    "crypto.u"
    "doc.u"
    "duration.u"
    "each.u"
    "either.u"
    "exception.u"
    "file_path.u"
    "float.u"
    "function.u"
    "handle.u"
    "instant.u"
    "int.u"
    "io.u"
    "json.u"
    "list.u"
    "map.u"
    "mutable.u"
    "nat.u"
    "nonempty.u"
    "one_or_both.u"
    "optional.u"
    "ordering.u"
    "pattern.u"
    "random.u"
    "remote.u"
    "set.u"
    "store.u"
    "stream.u"
    "test.u"
    "text.u"
    "throw.u"
    "tuple.u"
    "universal.u"
    "void.u"
}
