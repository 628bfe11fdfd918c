//! The queue of tasks that could run. Runs take turns, a slice each, so that one with many tasks holds up none that has few.

use super::{Scope, TaskId};
use std::collections::{BTreeMap, VecDeque};

/// A run is in `turns` exactly if it has tasks in the table. Where only one has tasks, as is usual, they are in the line, and there are no turns.
#[derive(Default, Debug)]
pub(super) struct Ready {
    line: VecDeque<TaskId>,
    /// Whose the line is, or was when there was something in it.
    of: Option<Scope>,
    turns: VecDeque<Scope>,
    tasks: BTreeMap<Scope, VecDeque<TaskId>>,
}

impl Ready {
    pub fn push(&mut self, scope: Scope, task: TaskId) {
        if self.turns.is_empty() {
            if self.line.is_empty() {
                self.of = Some(scope);
            }
            if self.of == Some(scope) {
                return self.line.push_back(task);
            }
            let (line, first) = (std::mem::take(&mut self.line), self.of.take());
            self.turns.extend(first);
            self.tasks.extend(first.map(|first| (first, line)));
        }
        let tasks = self.tasks.entry(scope).or_default();
        if tasks.is_empty() {
            self.turns.push_back(scope);
        }
        tasks.push_back(task);
    }

    pub fn is_empty(&self) -> bool {
        self.turns.is_empty() && self.line.is_empty()
    }

    pub fn pop(&mut self) -> Option<TaskId> {
        if self.turns.is_empty() {
            return self.line.pop_front();
        }
        let scope = self.turns.pop_front()?;
        let tasks = self.tasks.get_mut(&scope)?;
        let task = tasks.pop_front();
        if tasks.is_empty() {
            self.tasks.remove(&scope);
        } else {
            self.turns.push_back(scope);
        }
        task
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::RunId;

    #[test]
    fn a_run_with_many_tasks_holds_up_none_that_has_few() {
        let mut ready = Ready::default();
        let (many, few) = ((None, RunId([1; 16])), (None, RunId([2; 16])));
        (0..1_000).for_each(|n| ready.push(many, TaskId(n)));
        [7_000, 8_000].into_iter().for_each(|n| ready.push(few, TaskId(n)));
        let order: Vec<u64> = std::iter::from_fn(|| ready.pop()).map(|task| task.0).collect();
        assert_eq!(order[..5], [0, 7_000, 1, 8_000, 2]);
        assert_eq!(order.len(), 1_002);
        assert!(order[4..].is_sorted(), "tasks of one run keep their order");
        [1, 2].into_iter().for_each(|n| ready.push(few, TaskId(n)));
        assert_eq!([ready.pop(), ready.pop(), ready.pop()], [Some(TaskId(1)), Some(TaskId(2)), None]);
    }
}
