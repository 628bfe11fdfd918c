//! The canonical order of the members of a component.
//!
//! The order must not depend on the order in which the members were given, nor on anything but their content; and the content of a member includes what it refers to,
//! that is, the other members. So:
//!
//! 1. Each member becomes a vertex: its bytes with references to members left out, and an edge for each of these, labelled with its place.
//! 2. Vertices with equal bytes share a cell; cells are ordered by bytes.
//! 3. A cell whose vertices differ in the labels of their edges into some cell (the splitter) is split, and its parts are ordered by those labels; again until
//!    no cell can be split. Each new part becomes a splitter, except the largest part of a cell that was one already: what the others do not
//!    explain, nothing explains (Hopcroft). So each edge is looked at a logarithmic number of times, even in a cycle of which one turn at a time splits.
//! 4. Vertices that are still together are interchangeable.
//!
//! Every decision (which splitter is next, which part comes first, which one is largest) depends on places and sizes of cells only, never on the
//! numbers of vertices. That is what makes the order canonical.

use std::collections::VecDeque;

/// A member, or a member of a row inside one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Vertex {
    pub bytes: Vec<u8>,
    pub edges: Vec<Edge>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Edge {
    /// The place of the reference. Equal for references whose places cannot be told apart.
    pub label: u32,
    pub target: u32,
}

/// The rank of each of the first `members` vertices; equal ranks mean interchangeable members. Ranks are dense, from 0.
pub(crate) fn ranks(vertices: &[Vertex], members: usize) -> Vec<u32> {
    let mut partition = Partition::by_bytes(vertices, members);
    let incoming = incoming(vertices);
    while let Some(splitter) = partition.queue.pop_front() {
        partition.cells[splitter].queued = false;
        let touched = partition.touched_by(splitter, &incoming);
        partition.split(touched);
    }
    partition.ranks(members)
}

/// Whether each of the members reaches each other one.
pub(crate) fn connected(vertices: &[Vertex], members: usize) -> bool {
    let forward: Vec<Vec<u32>> = vertices.iter().map(|v| v.edges.iter().map(|e| e.target).collect()).collect();
    let back: Vec<Vec<u32>> = incoming(vertices).iter().map(|e| e.iter().map(|e| e.target).collect()).collect();
    [forward, back].iter().all(|edges| reached(edges)[..members].iter().all(|seen| *seen))
}

/// Which vertices can be reached from the first one.
fn reached(edges: &[Vec<u32>]) -> Vec<bool> {
    let mut seen = vec![false; edges.len()];
    let mut work = vec![0];
    while let Some(vertex) = work.pop() {
        if !std::mem::replace(&mut seen[vertex as usize], true) {
            work.extend(&edges[vertex as usize]);
        }
    }
    seen
}

/// For each vertex the edges that end in it, `target` being where they start.
fn incoming(vertices: &[Vertex]) -> Vec<Vec<Edge>> {
    let mut incoming = vec![Vec::new(); vertices.len()];
    for (source, vertex) in (0u32..).zip(vertices) {
        for edge in &vertex.edges {
            incoming[edge.target as usize].push(Edge { label: edge.label, target: source });
        }
    }
    incoming
}

/// Vertices in order, in cells that are neighbours in that order.
struct Partition {
    /// A permutation of the vertices, in which each cell is a range.
    order: Vec<u32>,
    /// For each vertex its place in `order`.
    place: Vec<usize>,
    /// For each vertex its cell.
    cell_of: Vec<usize>,
    cells: Vec<Cell>,
    /// Cells that are still to be used as splitters, each once.
    queue: VecDeque<usize>,
}

#[derive(Clone, Copy)]
struct Cell {
    start: usize,
    len: usize,
    queued: bool,
}

/// A vertex with edges into the splitter, and their labels, ascending.
struct Touched {
    cell_start: usize,
    labels: Vec<u32>,
    vertex: u32,
}

impl Partition {
    /// One cell for each different byte string; those of members first.
    fn by_bytes(vertices: &[Vertex], members: usize) -> Partition {
        let count = vertices.len();
        let key = |v: &u32| (*v as usize >= members, &vertices[*v as usize].bytes);
        let mut order: Vec<u32> = (0..count as u32).collect();
        order.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut partition = Partition {
            place: vec![0; count],
            cell_of: vec![0; count],
            cells: Vec::new(),
            queue: VecDeque::new(),
            order: Vec::new(),
        };
        let mut start = 0;
        for group in order.chunk_by(|a, b| key(a) == key(b)) {
            let cell = partition.new_cell(start, group.len());
            partition.enqueue(cell);
            for (place, vertex) in (start..).zip(group) {
                partition.place[*vertex as usize] = place;
                partition.cell_of[*vertex as usize] = cell;
            }
            start += group.len();
        }
        partition.order = order;
        partition
    }

    fn new_cell(&mut self, start: usize, len: usize) -> usize {
        self.cells.push(Cell { start, len, queued: false });
        self.cells.len() - 1
    }

    fn enqueue(&mut self, cell: usize) {
        if !std::mem::replace(&mut self.cells[cell].queued, true) {
            self.queue.push_back(cell);
        }
    }

    /// Every vertex with an edge into the splitter, by cell and labels.
    fn touched_by(&self, splitter: usize, incoming: &[Vec<Edge>]) -> Vec<Touched> {
        let Cell { start, len, .. } = self.cells[splitter];
        let mut edges: Vec<(u32, u32)> = Vec::new();
        for vertex in &self.order[start..start + len] {
            edges.extend(incoming[*vertex as usize].iter().map(|edge| (edge.target, edge.label)));
        }
        edges.sort_unstable();
        let touched = |group: &[(u32, u32)]| {
            let vertex = group[0].0;
            let cell_start = self.cells[self.cell_of[vertex as usize]].start;
            Touched { cell_start, labels: group.iter().map(|(_, label)| *label).collect(), vertex }
        };
        let mut touched: Vec<Touched> = edges.chunk_by(|a, b| a.0 == b.0).map(touched).collect();
        touched.sort_by(|a, b| (a.cell_start, &a.labels).cmp(&(b.cell_start, &b.labels)));
        touched
    }

    fn split(&mut self, touched: Vec<Touched>) {
        for of_cell in touched.chunk_by(|a, b| a.cell_start == b.cell_start) {
            self.split_cell(of_cell);
        }
    }

    /// Vertices that are not touched come first and keep the cell (if there are none, the first group does); each other group becomes a cell.
    /// Costs as much as there are touched vertices, however large the cell is.
    fn split_cell(&mut self, touched: &[Touched]) {
        let cell = self.cell_of[touched[0].vertex as usize];
        let Cell { start, len, queued } = self.cells[cell];
        let untouched = len - touched.len();
        for (i, t) in touched.iter().enumerate().rev() {
            self.swap(self.place[t.vertex as usize], start + untouched + i);
        }
        let mut parts = if untouched > 0 { vec![cell] } else { Vec::new() };
        self.cells[cell].len = untouched;
        let mut next = start + untouched;
        for group in touched.chunk_by(|a, b| a.labels == b.labels) {
            let part = if parts.is_empty() { cell } else { self.new_cell(next, group.len()) };
            self.cells[part].len = group.len();
            group.iter().for_each(|t| self.cell_of[t.vertex as usize] = part);
            parts.push(part);
            next += group.len();
        }
        self.enqueue_parts(&parts, queued);
    }

    fn enqueue_parts(&mut self, parts: &[usize], was_queued: bool) {
        let largest = parts.iter().rev().copied().max_by_key(|part| self.cells[*part].len);
        for part in parts {
            if was_queued || Some(*part) != largest {
                self.enqueue(*part);
            }
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.order.swap(a, b);
        self.place[self.order[a] as usize] = a;
        self.place[self.order[b] as usize] = b;
    }

    fn ranks(&self, members: usize) -> Vec<u32> {
        let mut starts: Vec<usize> = self.cells.iter().map(|cell| cell.start).collect();
        starts.sort_unstable();
        let rank = |vertex: usize| starts.binary_search(&self.cells[self.cell_of[vertex]].start);
        (0..members).map(|v| rank(v).expect("the start of a cell is among the starts") as u32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;
    use std::collections::BTreeSet;

    /// Gives vertices that look the same so far one colour, until nothing changes.
    fn colours(vertices: &[Vertex]) -> Vec<usize> {
        let mut colours = vec![0; vertices.len()];
        loop {
            let look = |(vertex, colour): (&Vertex, &usize)| {
                let mut edges: Vec<_> = vertex.edges.iter().map(|e| (e.label, colours[e.target as usize])).collect();
                edges.sort_unstable();
                (*colour, vertex.bytes.clone(), edges)
            };
            let looks: Vec<_> = vertices.iter().zip(&colours).map(look).collect();
            let all: BTreeSet<_> = looks.iter().collect();
            let next: Vec<usize> = looks.iter().map(|look| all.iter().position(|l| *l == look).unwrap()).collect();
            if next == colours {
                return colours;
            }
            colours = next;
        }
    }

    fn graph() -> impl Strategy<Value = Vec<Vertex>> {
        let edge = (0u32..3, any::<prop::sample::Index>());
        let vertex = (0u8..2, prop::collection::vec(edge, 0..4));
        prop::collection::vec(vertex, 1..24).prop_map(|vertices| {
            let n = vertices.len();
            let edge = |(label, target): (u32, prop::sample::Index)| Edge { label, target: target.index(n) as u32 };
            let vertex = |(byte, edges): (u8, Vec<_>)| Vertex {
                bytes: vec![byte],
                edges: edges.into_iter().map(edge).collect(),
            };
            vertices.into_iter().map(vertex).collect()
        })
    }

    fn renamed(vertices: &[Vertex], place: &[u32]) -> Vec<Vertex> {
        let mut renamed = vertices.to_vec();
        for (vertex, place_of) in vertices.iter().zip(place) {
            let edge = |e: &Edge| Edge { label: e.label, target: place[e.target as usize] };
            let edges = vertex.edges.iter().map(edge).collect();
            renamed[*place_of as usize] = Vertex { bytes: vertex.bytes.clone(), edges };
        }
        renamed
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]

        #[test]
        fn exactly_those_are_together_that_look_the_same(vertices in graph()) {
            let (ranks, colours) = (ranks(&vertices, vertices.len()), colours(&vertices));
            for a in 0..vertices.len() {
                for b in 0..a {
                    prop_assert_eq!(ranks[a] == ranks[b], colours[a] == colours[b], "{} and {}", a, b);
                }
            }
        }

        #[test]
        fn ranks_do_not_depend_on_numbers(vertices in graph(), seed in any::<u64>()) {
            let n = vertices.len();
            let mut place: Vec<u32> = (0..n as u32).collect();
            place.sort_by_key(|v| (seed ^ u64::from(*v)).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let (before, after) = (ranks(&vertices, n), ranks(&renamed(&vertices, &place), n));
            for v in 0..n {
                prop_assert_eq!(before[v], after[place[v] as usize]);
            }
        }
    }
}
