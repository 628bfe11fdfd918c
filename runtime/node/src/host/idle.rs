//! Tasks that wait: when one has waited for as long as it takes others to begin to wait in numbers, it is likely to wait for longer, and keeps no more memory than what it holds takes.
//!
//! What goes back and forth between few tasks is answered before that, and costs nothing.

use super::*;
use crate::limits::AWAKE_MAX;
use tasks::State;

// Before a task has waited so often again, it has been looked at.
const _: () = assert!(AWAKE_MAX < u16::MAX as usize);

/// Tasks that have begun to wait, each with how often it had waited then: the last ones.
#[derive(Default, Debug)]
pub(super) struct Idle(VecDeque<(TaskId, u16)>);

impl Host {
    /// A task has requested something. If that was not answered at once, it waits.
    pub(super) fn may_wait(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(&id).filter(|task| task.state != State::Running) else { return };
        task.waits = task.waits.wrapping_add(1);
        self.idle.0.push_back((id, task.waits));
        if self.idle.0.len() > AWAKE_MAX
            && let Some((id, waits)) = self.idle.0.pop_front()
        {
            self.hibernate(id, waits);
        }
    }

    /// The task hibernates if it waits for the same as then. What it holds is looked at for that: so it is known which futures these are.
    fn hibernate(&mut self, id: TaskId, waits: u16) {
        let still = |task: &&mut tasks::Task| task.state != State::Running && task.waits == waits;
        let Some(task) = self.tasks.get_mut(&id).filter(still) else { return };
        let Some(job) = &mut task.job else { return };
        let Some(futures) = job.hibernate() else { return };
        let (before, after) = (task.held, job.memory_used().min(task.held));
        task.held = after;
        if let Some(peer) = task.charged.as_deref() {
            self.quotas.holds(*peer, before, after);
        }
        self.task_has(id, futures);
    }
}
