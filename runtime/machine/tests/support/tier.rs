use machine::{Dispatch, Machine};

/// One with the first tier alone.
pub fn machine(dispatch: Dispatch) -> Machine {
    Machine::dispatching(dispatch)
}
