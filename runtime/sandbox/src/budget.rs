//! How much code may use, and the ledger that keeps count.
//!
//! Fuel, messages and tasks are quantities: what a child gets is taken from its parent, and what is left comes back. Time, memory, stack
//! and result size are ceilings for each task: a child's is at most its parent's.

/// A quantity without end: taking from it leaves it as it is.
pub const UNLIMITED: u64 = u64::MAX;

/// What may run out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Resource {
    Fuel,
    WallTime,
    Memory,
    Stack,
    ResultSize,
    Messages,
    Tasks,
}

/// How much may be used of each [`Resource`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// Units that the machine counts: calls, and the work of long builtins.
    pub fuel: u64,
    pub wall_ms: u64,
    pub memory_bytes: u64,
    pub stack_bytes: u64,
    pub result_bytes: u64,
    /// Requests to the host: output, input, evaluations elsewhere.
    pub messages: u64,
    /// Evaluations started, wherever.
    pub tasks: u64,
}

impl Budget {
    /// What a task has whose user pays for the computer: no end of fuel, and ceilings that keep one mistake from taking the computer along.
    pub const DEFAULT: Budget = Budget {
        fuel: UNLIMITED,
        wall_ms: UNLIMITED,
        memory_bytes: 2 << 30,
        stack_bytes: 1 << 30,
        result_bytes: 64 << 20,
        messages: UNLIMITED,
        tasks: UNLIMITED,
    };

    /// Whether any of its quantities may be used up.
    pub fn has_an_end(&self) -> bool {
        [self.fuel, self.messages, self.tasks].iter().any(|quantity| *quantity != UNLIMITED)
    }

    /// The lesser of each.
    pub fn min(self, other: Budget) -> Budget {
        Budget {
            fuel: self.fuel.min(other.fuel),
            wall_ms: self.wall_ms.min(other.wall_ms),
            memory_bytes: self.memory_bytes.min(other.memory_bytes),
            stack_bytes: self.stack_bytes.min(other.stack_bytes),
            result_bytes: self.result_bytes.min(other.result_bytes),
            messages: self.messages.min(other.messages),
            tasks: self.tasks.min(other.tasks),
        }
    }
}

/// What is left of a budget. Of quantities, `left + given to children + used` never exceeds what it began with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ledger {
    left: Budget,
}

impl Ledger {
    pub fn new(budget: Budget) -> Ledger {
        Ledger { left: budget }
    }

    pub fn left(&self) -> Budget {
        self.left
    }

    /// Uses up `n` of a quantity; where so much is not left, takes what there is and says what ran out.
    pub fn spend(&mut self, resource: Resource, n: u64) -> Result<(), Resource> {
        let left = self.quantity(resource);
        if *left == UNLIMITED {
            return Ok(());
        }
        let enough = *left >= n;
        *left = left.saturating_sub(n);
        if enough { Ok(()) } else { Err(resource) }
    }

    /// Takes a child's budget out of this one: one task, and of the quantities one `share`-th of what is left (1: everything).
    pub fn reserve(&mut self, share: u64) -> Result<Budget, Resource> {
        assert!(share > 0, "a share is a fraction");
        self.spend(Resource::Tasks, 1)?;
        if self.left.fuel == 0 {
            return Err(Resource::Fuel);
        }
        let mut child = self.left;
        for resource in [Resource::Fuel, Resource::Messages, Resource::Tasks] {
            let left = self.quantity(resource);
            let part = if *left == UNLIMITED { UNLIMITED } else { left.div_ceil(share) };
            if *left != UNLIMITED {
                *left -= part;
            }
            match resource {
                Resource::Fuel => child.fuel = part,
                Resource::Messages => child.messages = part,
                _ => child.tasks = part,
            }
        }
        Ok(child)
    }

    /// Gives back what a child did not use. `left` is its own word for it, so it is believed up to what was `reserved`.
    pub fn refund(&mut self, reserved: &Budget, left: &Budget) {
        let pairs = [
            (Resource::Fuel, reserved.fuel, left.fuel),
            (Resource::Messages, reserved.messages, left.messages),
            (Resource::Tasks, reserved.tasks, left.tasks),
        ];
        for (resource, reserved, left) in pairs {
            let mine = self.quantity(resource);
            if *mine != UNLIMITED && reserved != UNLIMITED {
                *mine = mine.saturating_add(left.min(reserved)).min(UNLIMITED - 1);
            }
        }
    }

    fn quantity(&mut self, resource: Resource) -> &mut u64 {
        match resource {
            Resource::Fuel => &mut self.left.fuel,
            Resource::Messages => &mut self.left.messages,
            Resource::Tasks => &mut self.left.tasks,
            Resource::WallTime | Resource::Memory | Resource::Stack | Resource::ResultSize => {
                panic!("{resource:?} is a ceiling")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Budget = Budget { fuel: 1000, messages: 100, tasks: 10, ..Budget::DEFAULT };

    #[test]
    fn nothing_is_made_from_nothing() {
        let mut parent = Ledger::new(SMALL);
        let first = parent.reserve(4).expect("there is enough");
        let second = parent.reserve(1).expect("there is enough");
        assert_eq!((first.fuel, second.fuel, parent.left().fuel), (250, 750, 0));
        assert_eq!(first.tasks + second.tasks + parent.left().tasks + 2, 10);
        assert_eq!(parent.reserve(1), Err(Resource::Tasks));
        let boast = Budget { fuel: 5000, ..first };
        parent.refund(&first, &boast);
        assert_eq!(parent.left().fuel, 250, "a child gives back no more than it got");
    }

    #[test]
    fn spending_stops_at_zero_and_unlimited_never_ends() {
        let mut ledger = Ledger::new(SMALL);
        assert_eq!(ledger.spend(Resource::Messages, 60), Ok(()));
        assert_eq!(ledger.spend(Resource::Messages, 60), Err(Resource::Messages));
        assert_eq!(ledger.left().messages, 0);
        let mut rich = Ledger::new(Budget::DEFAULT);
        let child = rich.reserve(8).expect("unlimited");
        assert_eq!((child.fuel, rich.left().fuel), (UNLIMITED, UNLIMITED));
        rich.refund(&child, &Budget { fuel: 3, ..child });
        assert_eq!(rich.left().fuel, UNLIMITED);
    }
}
