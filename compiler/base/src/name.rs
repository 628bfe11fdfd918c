//! Names: segments joined by dots, as in `List.map`, `Nat.+`, `Remote!.send`.

use std::fmt;
use std::sync::Arc;

/// A dotted name, never empty. Segments are what the lexer accepts; no segment contains a dot.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    pub fn new(text: impl Into<Arc<str>>) -> Name {
        Name(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.')
    }

    /// The segment that says what it is: `map` of `List.map`.
    pub fn last(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or(&self.0)
    }

    /// Everything before the last segment: `List` of `List.map`, nothing of `map`.
    pub fn parent(&self) -> Option<Name> {
        self.0.rsplit_once('.').map(|(parent, _)| Name::new(parent))
    }

    /// `a.b` joined with `c.d` is `a.b.c.d`.
    pub fn join(&self, rest: &Name) -> Name {
        Name::new(format!("{}.{}", self.0, rest.0))
    }

    /// Whether `suffix` is this name, or the end of it at a segment boundary.
    pub fn has_suffix(&self, suffix: &Name) -> bool {
        self.0.strip_suffix(&*suffix.0).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    }

    /// All suffixes, the whole name first: `a.b.c`, `b.c`, `c`.
    pub fn suffixes(&self) -> impl Iterator<Item = Name> + '_ {
        let starts = std::iter::once(0).chain(self.0.match_indices('.').map(|(dot, _)| dot + 1));
        starts.map(|start| Name::new(&self.0[start..]))
    }

    /// Whether the last segment is an operator such as `+`.
    pub fn is_operator(&self) -> bool {
        self.last().chars().next().is_some_and(|c| "!$%^&*-=+<>~\\/|:".contains(c))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Name {
        Name::new(text)
    }
}
