//! In which order definitions are checked: by cycles, and which of them have to be there before.
//!
//! A name that very many definitions share is a node of its own between its uses and its meanings: else there would be an edge from each to each.

use crate::order;
use crate::source_key::{Candidate, Survey};
use base::Table;
use std::sync::Arc;

/// Definitions that are checked together.
pub(crate) struct Component {
    /// Ascending; none if there is only a group of meanings.
    pub members: Vec<usize>,
    /// Whether they refer to each other, or one to itself.
    pub recursive: bool,
    /// The components, by number, that come before; each once.
    pub needs: Vec<usize>,
}

/// The components in order, those that others need before them.
pub(crate) struct Plan {
    pub components: Vec<Component>,
    /// For each definition, and behind them for each group of meanings, the number of its component.
    pub component_of: Vec<usize>,
}

impl Plan {
    /// Of definitions and what they refer to. Surveys are told the numbers of their groups.
    pub fn of(surveys: &mut [Survey]) -> Plan {
        let edges = edges(surveys);
        let nodes = order::components(&edges);
        let mut component_of = vec![0; edges.len()];
        for (number, component) in nodes.iter().enumerate() {
            component.iter().for_each(|node| component_of[*node] = number);
        }
        let component = |(number, nodes): (usize, &Vec<usize>)| {
            let mut needs: Vec<usize> =
                nodes.iter().flat_map(|node| &edges[*node]).map(|node| component_of[*node]).collect();
            needs.sort_unstable();
            needs.dedup();
            let own = needs.binary_search(&number);
            let recursive = own.is_ok();
            own.into_iter().for_each(|at| _ = needs.remove(at));
            let members = nodes.iter().copied().filter(|node| *node < surveys.len()).collect();
            Component { members, recursive, needs }
        };
        let components = nodes.iter().enumerate().map(component).collect();
        Plan { components, component_of }
    }
}

/// What each definition needs, and behind them what each group of meanings consists of.
fn edges(surveys: &mut [Survey]) -> Vec<Vec<usize>> {
    let mut groups: Table<*const Candidate, usize> = Table::default();
    let mut lists: Vec<Vec<usize>> = Vec::new();
    let first = surveys.len();
    let mut edges: Vec<Vec<usize>> = Vec::with_capacity(first);
    for survey in surveys {
        let mut own = Vec::new();
        for free in &mut survey.names {
            if !free.is_group() {
                own.extend(tops(&free.candidates));
                continue;
            }
            let group = *groups.entry(Arc::as_ptr(&free.candidates).cast()).or_insert_with(|| {
                lists.push(tops(&free.candidates).collect());
                lists.len() - 1
            });
            free.group = Some(group);
            own.push(first + group);
        }
        own.sort_unstable();
        own.dedup();
        edges.push(own);
    }
    edges.extend(lists);
    edges
}

/// The definitions of the files among the meanings of a name.
fn tops(candidates: &[Candidate]) -> impl Iterator<Item = usize> {
    candidates.iter().filter_map(|candidate| if let Candidate::Top(top) = candidate { Some(*top) } else { None })
}
