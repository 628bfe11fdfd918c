//! Functions as text, for tests and `unison view --ir`.
