//! Effects of this host's own that are under way (files, mostly), and those that wait for a place.
//!
//! Each takes a thread for as long as it likes: reading a pipe that nobody writes to never ends. So a run has a number of places and no more, and the last places
//! of the host are for runs that have none: whatever others do, a run can do one thing at a time. Output, input, sleeping and what is over at once take no place.

use super::*;
use builtin::Builtin;
use machine::HostRequest;

/// Whether an effect is over at once, whatever the system is doing.
pub fn is_quick(builtin: Builtin) -> bool {
    use Builtin::*;
    matches!(builtin, IoGetEnv | IoRealtime | IoMonotonic | IoRandomNat | RemoteBangClock)
}

#[derive(Default, Debug)]
pub(super) struct Effects {
    /// Those that have a place. They keep it when their task has ended: nothing ends what the system does.
    running: BTreeMap<TaskId, Scope>,
    runs: BTreeMap<Scope, OfRun>,
    /// Runs of which something waits, in the order of their turns.
    turns: VecDeque<Scope>,
    /// Where the effect of a task waits.
    tickets: BTreeMap<TaskId, (Scope, u64)>,
    last_ticket: u64,
}

/// A run is in the table as long as it has something in one of the two.
#[derive(Default, Debug)]
struct OfRun {
    running: usize,
    waiting: BTreeMap<u64, (TaskId, HostRequest)>,
}

impl Effects {
    /// Gives the request back if it may begin now.
    fn begin(&mut self, scope: Scope, task: TaskId, request: HostRequest) -> Option<HostRequest> {
        let total = self.running.len();
        let of = self.runs.entry(scope).or_default();
        if of.waiting.is_empty() && of.has_place(total) {
            of.running += 1;
            self.running.insert(task, scope);
            return Some(request);
        }
        if of.waiting.is_empty() {
            self.turns.push_back(scope);
        }
        self.last_ticket += 1;
        of.waiting.insert(self.last_ticket, (task, request));
        self.tickets.insert(task, (scope, self.last_ticket));
        None
    }

    /// The effect of a task is over. Gives one that waits, if there is a place for it now.
    fn end(&mut self, task: TaskId) -> Option<(TaskId, HostRequest)> {
        let scope = self.running.remove(&task)?;
        if let Some(of) = self.runs.get_mut(&scope) {
            of.running -= 1;
        }
        self.forget_run(scope);
        self.next()
    }

    /// The first in turn whose run has a place.
    fn next(&mut self) -> Option<(TaskId, HostRequest)> {
        let total = self.running.len();
        let has_place = |scope: &Scope| self.runs.get(scope).is_some_and(|of| of.has_place(total));
        let scope = self.turns.remove(self.turns.iter().position(has_place)?)?;
        let of = self.runs.get_mut(&scope)?;
        let (_, (task, request)) = of.waiting.pop_first()?;
        of.running += 1;
        if !of.waiting.is_empty() {
            self.turns.push_back(scope);
        }
        self.tickets.remove(&task);
        self.running.insert(task, scope);
        Some((task, request))
    }

    /// The task has ended: what waits of it does not begin.
    pub fn withdraw(&mut self, task: TaskId) {
        let Some((scope, ticket)) = self.tickets.remove(&task) else { return };
        let Some(of) = self.runs.get_mut(&scope) else { return };
        of.waiting.remove(&ticket);
        if of.waiting.is_empty() {
            self.turns.retain(|other| *other != scope);
        }
        self.forget_run(scope);
    }

    fn forget_run(&mut self, scope: Scope) {
        if self.runs.get(&scope).is_some_and(|of| of.running == 0 && of.waiting.is_empty()) {
            self.runs.remove(&scope);
        }
    }
}

impl OfRun {
    fn has_place(&self, total: usize) -> bool {
        let limit = if self.running == 0 { EFFECTS_MAX } else { EFFECTS_MAX - EFFECTS_RESERVE };
        self.running < EFFECTS_PER_RUN_MAX && total < limit
    }
}

impl Host {
    pub(super) fn perform(&mut self, id: TaskId, request: HostRequest) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.state = tasks::State::Effect;
        task.opens |= request.builtin == Builtin::IoOpen;
        let scope = task.context.scope();
        let request = match is_quick(request.builtin) {
            true => Some(request),
            false => self.effects.begin(scope, id, request),
        };
        self.actions.extend(request.map(|request| Action::Perform { task: id, request }));
    }

    /// The task's effect leaves its place to another.
    pub(super) fn effect_ended(&mut self, id: TaskId) {
        if let Some((task, request)) = self.effects.end(id) {
            self.actions.push(Action::Perform { task, request });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> HostRequest {
        HostRequest { builtin: Builtin::IoReadFile, args: Vec::new() }
    }

    fn run(n: u8) -> Scope {
        (None, RunId([n; 16]))
    }

    #[test]
    fn whatever_other_runs_do_each_can_do_one_thing_at_a_time() {
        let mut effects = Effects::default();
        let mut begun = Vec::new();
        // Many runs whose effects never end take what they can get.
        for n in 0..100_000 {
            let greedy = (n % 20) as u8;
            if effects.begin(run(greedy), TaskId(n), request()).is_some() {
                begun.push(greedy);
            }
        }
        assert_eq!(begun.len(), EFFECTS_MAX - EFFECTS_RESERVE, "the reserve is for those that have none");
        assert!((0..20).all(|n| begun.iter().filter(|greedy| **greedy == n).count() <= EFFECTS_PER_RUN_MAX));
        // Another does one thing after the other, and is not held up by what waits.
        for n in 0..1_000 {
            let task = TaskId(1_000_000 + n);
            assert!(effects.begin(run(99), task, request()).is_some());
            assert!(effects.end(task).is_none(), "nobody else may have its place");
        }
    }

    #[test]
    fn what_waits_begins_in_turn_when_a_place_is_free_unless_its_task_has_ended() {
        let mut effects = Effects::default();
        let places = EFFECTS_PER_RUN_MAX as u64;
        for n in 0..places + 3 {
            assert_eq!(effects.begin(run(1), TaskId(n), request()).is_some(), n < places);
        }
        effects.withdraw(TaskId(places));
        assert_eq!(effects.end(TaskId(0)).map(|(task, _)| task), Some(TaskId(places + 1)));
        assert_eq!(effects.end(TaskId(1)).map(|(task, _)| task), Some(TaskId(places + 2)));
        assert_eq!(effects.end(TaskId(1)), None, "it has no place any more");
        (2..places).for_each(|n| assert_eq!(effects.end(TaskId(n)), None));
        (1..3).for_each(|n| assert_eq!(effects.end(TaskId(places + n)), None));
        assert!(effects.runs.is_empty() && effects.turns.is_empty() && effects.tickets.is_empty());
    }
}
