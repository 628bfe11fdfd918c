//! Dependency order: strongly connected components, dependencies first.

/// The components of a graph in which `edges[i]` are what `i` depends on (Tarjan's algorithm, with a stack of its own). A component comes
/// after all that it depends on; otherwise the order of the nodes is kept. Members are in ascending order.
pub(crate) fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut search = Search {
        edges,
        index: vec![None; edges.len()],
        low: vec![0; edges.len()],
        on_stack: vec![false; edges.len()],
        stack: Vec::new(),
        next: 0,
        found: Vec::new(),
    };
    (0..edges.len()).for_each(|node| search.visit(node));
    search.found
}

struct Search<'e> {
    edges: &'e [Vec<usize>],
    /// When a node was entered.
    index: Vec<Option<usize>>,
    /// The earliest node on the stack that it reaches.
    low: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    next: usize,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn visit(&mut self, root: usize) {
        if self.index[root].is_some() {
            return;
        }
        // Nodes being visited, each with the number of its edges that were followed.
        let mut path = vec![(self.enter(root), 0)];
        while let Some((node, followed)) = path.last_mut() {
            let node = *node;
            match self.edges[node].get(*followed) {
                Some(&target) => {
                    *followed += 1;
                    match self.index[target] {
                        None => path.push((self.enter(target), 0)),
                        Some(index) if self.on_stack[target] => self.low[node] = self.low[node].min(index),
                        Some(_) => {}
                    }
                }
                None => {
                    path.pop();
                    self.leave(node);
                    if let Some((parent, _)) = path.last() {
                        self.low[*parent] = self.low[*parent].min(self.low[node]);
                    }
                }
            }
        }
    }

    fn enter(&mut self, node: usize) -> usize {
        self.index[node] = Some(self.next);
        self.low[node] = self.next;
        self.next += 1;
        self.stack.push(node);
        self.on_stack[node] = true;
        node
    }

    fn leave(&mut self, node: usize) {
        if self.index[node] != Some(self.low[node]) {
            return;
        }
        let mut component = Vec::new();
        while let Some(member) = self.stack.pop() {
            self.on_stack[member] = false;
            component.push(member);
            if member == node {
                break;
            }
        }
        component.sort_unstable();
        self.found.push(component);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_come_first_and_cycles_stay_together() {
        let edges = [vec![1], vec![2, 3], vec![1], vec![], vec![4]];
        assert_eq!(components(&edges), [vec![3], vec![1, 2], vec![0], vec![4]]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let n = 200_000;
        let edges: Vec<Vec<usize>> = (0..n).map(|i| if i + 1 < n { vec![i + 1] } else { vec![] }).collect();
        let order = components(&edges);
        assert_eq!((order.len(), &order[0][..]), (n, &[n - 1][..]));
    }
}
