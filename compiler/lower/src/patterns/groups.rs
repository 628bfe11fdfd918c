//! Which rows one test can decide between.

use super::{Node, Row, Shape};
use ir::{Reg, Scalar};
use kernel::Literal;

/// What a group tests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing: its one row applies, unless a guard is against it.
    Applies,
    /// Words of a scalar type.
    Word(Scalar),
    /// Constructors, requests and pure results.
    Tag,
    /// One text or byte string.
    Equal,
    /// Sizes of lists.
    List,
}

/// Rows that follow each other and are decided by one test of one register.
pub(crate) struct Group<'t> {
    pub kind: Kind,
    /// What is tested; nothing in particular for [`Kind::Applies`].
    pub on: Reg,
    /// At least one. The test of `on` is the next one of each.
    pub rows: Vec<Row<'t>>,
}

/// Groups in the order of the rows. Rows after one that surely applies are left out.
pub(super) fn split<'t>(nodes: &[Node<'t>], rows: Vec<Row<'t>>) -> Vec<Group<'t>> {
    let mut groups: Vec<Group> = Vec::new();
    // Of the last group, if it is of lists.
    let mut sizes = Sizes::default();
    for mut row in rows {
        if let Some(group) = groups.last_mut()
            && join(nodes, group, &mut sizes, &mut row)
        {
            group.rows.push(row);
            continue;
        }
        let Some((on, node)) = row.tests.last().copied() else {
            let applies = row.case.guard.is_none();
            groups.push(Group { kind: Kind::Applies, on: Reg(0), rows: vec![row] });
            if applies {
                break;
            }
            continue;
        };
        sizes = Sizes::default();
        let fits = sizes.add(&nodes[node]);
        debug_assert!(fits, "nothing was there before");
        groups.push(Group { kind: kind(&nodes[node]), on, rows: vec![row] });
    }
    groups
}

/// Makes the group's test the next one of the row, if that test can decide about the row too.
fn join<'t>(nodes: &[Node<'t>], group: &Group<'t>, sizes: &mut Sizes, row: &mut Row<'t>) -> bool {
    if group.kind == Kind::Applies {
        return false;
    }
    let Some(place) = row.tests.iter().rposition(|(on, _)| *on == group.on) else { return false };
    let node = &nodes[row.tests[place].1];
    let fits = kind(node) == group.kind
        && match group.kind {
            Kind::Equal => literal(nodes, &group.rows[0]) == Some(node.shape),
            Kind::List => sizes.add(node),
            Kind::Applies | Kind::Word(_) | Kind::Tag => true,
        };
    if fits {
        let test = row.tests.remove(place);
        row.tests.push(test);
    }
    fits
}

fn literal<'t>(nodes: &[Node<'t>], row: &Row<'t>) -> Option<Shape<'t>> {
    row.tests.last().map(|(_, node)| nodes[*node].shape)
}

fn kind(node: &Node) -> Kind {
    match node.shape {
        Shape::Any => Kind::Applies,
        Shape::Literal(Literal::Nat(_)) => Kind::Word(Scalar::Nat),
        Shape::Literal(Literal::Int(_)) => Kind::Word(Scalar::Int),
        Shape::Literal(Literal::Char(_)) => Kind::Word(Scalar::Char),
        Shape::Literal(Literal::Boolean(_)) => Kind::Word(Scalar::Boolean),
        Shape::Literal(Literal::Float(_) | Literal::Text(_) | Literal::Bytes(_)) => Kind::Equal,
        Shape::Tag(_) => Kind::Tag,
        Shape::Exact | Shape::Prefix | Shape::Suffix => Kind::List,
    }
}

/// The sizes that the shapes of a group allow. No list has two of the shapes.
#[derive(Default)]
struct Sizes {
    /// One more than the largest exact size.
    exact_below: usize,
    /// The one open shape, and how many children its patterns have.
    open: Option<(bool, usize)>,
}

impl Sizes {
    /// Whether a further pattern keeps to that; then it is counted in.
    fn add(&mut self, node: &Node) -> bool {
        let count = node.children.len();
        match node.shape {
            Shape::Exact => {
                let fits = self.open.is_none_or(|(_, children)| count < children - 1);
                if fits {
                    self.exact_below = self.exact_below.max(count + 1);
                }
                fits
            }
            Shape::Prefix | Shape::Suffix => {
                let open = (matches!(node.shape, Shape::Prefix), count);
                let fits = match self.open {
                    Some(known) => known == open,
                    None => self.exact_below < count,
                };
                if fits {
                    self.open = Some(open);
                }
                fits
            }
            Shape::Any | Shape::Literal(_) | Shape::Tag(_) => true,
        }
    }
}
