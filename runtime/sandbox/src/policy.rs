//! What a peer's code may do.

use builtin::Builtin;
use kernel::DefId;

/// What code may do. Later policies are sets of builtins and definitions with budgets; whoever asks goes through the methods, so that they only add variants here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Policy {
    /// Whatever the user of this host could do.
    Everything,
    /// Not even to be evaluated.
    #[default]
    Nothing,
}

impl Policy {
    /// Whether code may be evaluated at all.
    pub fn admits(self) -> bool {
        self == Policy::Everything
    }

    /// Whether code may call a builtin.
    pub fn allows(self, _builtin: Builtin) -> bool {
        self == Policy::Everything
    }

    /// Whether a definition is an entry point: what it uses itself is not audited.
    pub fn grants(self, _definition: DefId) -> bool {
        self == Policy::Everything
    }

    /// What both permit: the policy of code that runs on behalf of both.
    pub fn intersect(self, other: Policy) -> Policy {
        match (self, other) {
            (Policy::Everything, Policy::Everything) => Policy::Everything,
            _ => Policy::Nothing,
        }
    }
}
