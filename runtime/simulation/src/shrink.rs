//! From a plan under which something goes wrong to a smaller one under which it does, too.

use crate::plan::Plan;
use node::event::Millis;

/// The smallest plan that is found in so many tries and still fails.
pub fn shrink(plan: &Plan, tries_max: usize, mut fails: impl FnMut(&Plan) -> bool) -> Plan {
    let (mut best, mut tries) = (plan.clone(), 0);
    'smaller: loop {
        for candidate in candidates(&best) {
            if tries >= tries_max {
                return best;
            }
            tries += 1;
            if fails(&candidate) {
                best = candidate;
                continue 'smaller;
            }
        }
        return best;
    }
}

/// Plans that are a little smaller, the much smaller ones first: fewer faults, fewer hosts, shorter ones, earlier ones.
fn candidates(plan: &Plan) -> Vec<Plan> {
    let count = plan.faults.len();
    let mut all = Vec::new();
    if count > 1 {
        all.push(Plan { faults: Vec::new(), ..plan.clone() });
        all.extend([&plan.faults[..count / 2], &plan.faults[count / 2..]].map(|half| with(plan, half.to_vec())));
    }
    all.extend((0..count).map(|n| {
        let mut faults = plan.faults.clone();
        faults.remove(n);
        with(plan, faults)
    }));
    all.extend(plan.duplicates.then(|| Plan { duplicates: false, ..plan.clone() }));
    all.extend(plan.reorders.then(|| Plan { reorders: false, ..plan.clone() }));
    all.extend(plan.skew.then(|| Plan { skew: false, ..plan.clone() }));
    // With fewer hosts a program usually takes less time, and gets earlier to where it fails.
    all.extend((1..plan.hosts).flat_map(|hosts| [4, 3, 2, 1].map(|quarters| plan.among(hosts).sooner(quarters))));
    for (n, (at, fault)) in plan.faults.iter().enumerate() {
        all.extend(fault.shorter().map(|fault| replaced(plan, n, *at, fault)));
        all.extend((*at > 0).then(|| replaced(plan, n, at / 2, fault.clone())));
    }
    all
}

fn with(plan: &Plan, faults: Vec<(Millis, crate::Fault)>) -> Plan {
    Plan { faults, ..plan.clone() }
}

fn replaced(plan: &Plan, n: usize, at: Millis, fault: crate::Fault) -> Plan {
    let mut faults = plan.faults.clone();
    faults[n] = (at, fault);
    faults.sort_by_key(|(at, _)| *at);
    with(plan, faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fault, FaultKinds};

    #[test]
    fn a_plan_keeps_only_what_it_takes_to_fail() {
        let crash =
            |plan: &Plan| plan.hosts > 2 && plan.faults.iter().any(|(_, fault)| matches!(fault, Fault::Crash(2, _)));
        let plan =
            (0..).map(|seed| Plan::random(seed, 5, &FaultKinds::all(), 1_000)).find(crash).expect("sooner or later");
        let small = shrink(&plan, 1_000, crash);
        assert_eq!(small.hosts, 3);
        assert!(matches!(&small.faults[..], [(0, Fault::Crash(2, ms))] if *ms <= 100), "{small}");
        assert!(!small.duplicates && !small.reorders && !small.skew, "{small}");
    }
}
