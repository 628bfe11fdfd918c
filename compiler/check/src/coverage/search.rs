//! The search for values that no case takes, which finds on its way which cases are reached.
//!
//! The first column is told apart by what its values are made by; for each of these the rows that may take them go on, with its fields as further columns. What no row
//! names is looked at once, however many constructors that are. Where a row takes everything that is left, and it and those above it are known to be reached, there is
//! nothing more to find: so most matches with a last case for all the rest take no more time than there are cases. Lists are told apart by length, up to one from which on all
//! lists are taken by the same patterns.

use super::inhabited::Known;
use super::shape::{Head, Shape};
use crate::names::Names;
use kernel::{Constructor, Declaration, Literal, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Rows that are looked at before a match is called too entangled: a second or so. Programs need some thousand, where the algorithm is exponential.
const WORK_MAX: usize = 4_000_000;

/// Examples that are found: one more than are shown.
const EXAMPLES_MAX: usize = super::witness::SHOWN_MAX + 1;

/// What stands behind the pattern of a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Guard {
    None,
    Some,
    /// It has a mistake, so that it may be one that always holds.
    Unknown,
}

/// The patterns of a case that are still to be looked at.
#[derive(Clone)]
pub(super) struct Row<'p> {
    case: usize,
    guard: Guard,
    /// The first column on top. Rows share what lies below.
    patterns: Option<Rc<Link<'p>>>,
    /// How many of them do not take everything.
    telling: usize,
}

struct Link<'p> {
    pattern: &'p Shape,
    below: Option<Rc<Link<'p>>>,
}

static ANY: Shape = Shape::Any;

impl<'p> Row<'p> {
    pub fn new(case: usize, pattern: &'p Shape, guard: Guard) -> Row<'p> {
        let mut row = Row { case, guard, patterns: None, telling: 0 };
        row.push(pattern);
        row
    }

    fn push(&mut self, pattern: &'p Shape) {
        self.telling += usize::from(!pattern.is_any());
        self.patterns = Some(Rc::new(Link { pattern, below: self.patterns.take() }));
    }

    /// Whether it takes whatever is left.
    fn takes_all(&self) -> bool {
        self.telling == 0 && self.guard == Guard::None
    }

    fn first(&self) -> &'p Shape {
        self.patterns.as_ref().map_or(&ANY, |link| link.pattern)
    }

    /// Without its first column.
    fn rest(&self) -> Row<'p> {
        let below = self.patterns.as_ref().and_then(|link| link.below.clone());
        Row { patterns: below, telling: self.telling - usize::from(!self.first().is_any()), ..*self }
    }

    /// The row for values that are made by `head`: its fields, then the rest. None if the row does not take those.
    fn under(&self, head: &Head, arity: usize) -> Option<Row<'p>> {
        let mut row = self.rest();
        match self.first() {
            Shape::Any => (0..arity).for_each(|_| row.push(&ANY)),
            Shape::Of(own, fields) if own == head => fields.iter().rev().for_each(|field| row.push(field)),
            Shape::Of(..) => return None,
            Shape::List { front, back, open } => {
                let known = front.len() + back.len();
                if known > arity || (!open && known < arity) {
                    return None;
                }
                back.iter().rev().for_each(|element| row.push(element));
                (known..arity).for_each(|_| row.push(&ANY));
                front.iter().rev().for_each(|element| row.push(element));
            }
        }
        Some(row)
    }
}

/// The columns of all rows. Their types, the first on top, if they matter.
struct Columns {
    count: usize,
    types: Option<Vec<Known>>,
}

impl Columns {
    /// Without the first column, whose type is given.
    fn rest(&self) -> (Columns, Known) {
        let mut types = self.types.clone();
        let first = types.as_mut().and_then(Vec::pop).unwrap_or(Known::Unknown);
        (Columns { count: self.count - 1, types }, first)
    }

    /// With the fields of what the first one was made by in front.
    fn with(&self, fields: usize, types: Option<Vec<Known>>) -> Columns {
        let types = self.types.as_ref().map(|below| {
            let above = types.into_iter().flatten().rev();
            below.iter().cloned().chain(above).collect()
        });
        Columns { count: self.count + fields, types }
    }
}

/// A value for each column, the first one last.
type Example = Vec<Shape>;

/// What makes values of a column's type.
struct Heads {
    /// Those that some row names, with their numbers of fields.
    named: Vec<(Head, usize)>,
    others: Others,
}

/// What makes values and is named by no row.
enum Others {
    /// These.
    Heads(Vec<(Head, usize)>),
    /// Constructors of a type, which may be very many.
    Constructors(TypeRef, Arc<Declaration>),
}

impl Others {
    /// All but those that are named.
    fn iter<'o>(&'o self, named: &'o BTreeSet<&Head>) -> impl Iterator<Item = (Head, usize)> + 'o {
        let (listed, declared) = match self {
            Others::Heads(heads) => (&heads[..], None),
            Others::Constructors(ty, declaration) => (&[][..], Some((*ty, &declaration.constructors))),
        };
        let constructor = |ty, (index, made): (u32, &Constructor)| (Head::Constructor(ty, index), made.arity as usize);
        let declared =
            declared.into_iter().flat_map(move |(ty, all)| (0..).zip(all).map(move |it| constructor(ty, it)));
        listed.iter().cloned().chain(declared).filter(|(head, _)| !named.contains(head))
    }
}

pub(super) struct Search<'s> {
    names: &'s Names<'s>,
    /// Those of a `Request`, whose operations are all to be covered.
    abilities: &'s [TypeRef],
    /// Rows that were looked at.
    pub work: usize,
    /// Whether some value gets to each case.
    pub reached: Vec<bool>,
    knows_types: bool,
}

impl<'s> Search<'s> {
    pub fn new(names: &'s Names<'s>, abilities: &'s [TypeRef], cases: usize) -> Search<'s> {
        Search { names, abilities, work: 0, reached: vec![false; cases], knows_types: false }
    }

    pub fn gave_up(&self) -> bool {
        self.work > WORK_MAX
    }

    /// Examples of values that no row takes: if their type is given, of those that there are.
    pub fn uncovered(&mut self, rows: Vec<Row>, ty: Option<Known>) -> Vec<Shape> {
        self.knows_types = ty.is_some();
        let types = ty.map(|ty| vec![ty]);
        let found = self.explore(rows, &Columns { count: 1, types });
        found.into_iter().filter_map(|mut example| example.pop()).collect()
    }

    fn explore(&mut self, mut rows: Vec<Row>, columns: &Columns) -> Vec<Example> {
        self.work += rows.len() + 1;
        if self.gave_up() {
            return Vec::new();
        }
        if rows.iter().all(|row| row.telling == 0) {
            return self.settled(&rows, columns);
        }
        if let Some(first) = rows.first().filter(|first| first.takes_all()) {
            self.reached[first.case] = true;
            return Vec::new();
        }
        if let Some(last) = rows.iter().position(Row::takes_all) {
            if rows[..=last].iter().all(|row| self.reached[row.case]) {
                return Vec::new();
            }
            rows.truncate(last + 1);
        }
        let (rest, ty) = columns.rest();
        if rows.iter().all(|row| row.first().is_any()) {
            if !self.has_values(&ty) {
                return Vec::new();
            }
            let found = self.explore(rows.iter().map(Row::rest).collect(), &rest);
            return with_first(found, &Shape::Any);
        }
        self.told_apart(&rows, &rest, &ty)
    }

    /// Rows that take everything: values get to those that no one above keeps them from.
    fn settled(&mut self, rows: &[Row], columns: &Columns) -> Vec<Example> {
        for row in rows {
            self.reached[row.case] = true;
            if row.guard == Guard::None {
                return Vec::new();
            }
        }
        let covered = rows.iter().any(|row| row.guard == Guard::Unknown);
        let empty = columns.types.iter().flatten().any(|ty| !self.has_values(ty));
        if covered || empty { Vec::new() } else { vec![vec![Shape::Any; columns.count]] }
    }

    fn has_values(&mut self, ty: &Known) -> bool {
        !self.knows_types || self.names.inhabited.borrow_mut().has_values(ty, self.names)
    }

    /// The first column told apart.
    fn told_apart(&mut self, rows: &[Row], rest: &Columns, ty: &Known) -> Vec<Example> {
        let Heads { named, others } = self.heads(rows);
        let by_head = ByHead::of(rows);
        let mut found: Vec<Example> = Vec::new();
        for (head, arity) in named {
            if found.len() >= EXAMPLES_MAX && rows.iter().all(|row| self.reached[row.case]) {
                return found;
            }
            let types = rest.types.is_some().then(|| self.fields(&head, arity, ty));
            if types.iter().flatten().any(|ty| !self.has_values(ty)) {
                continue;
            }
            let mut under: Vec<Row> = Vec::new();
            for row in by_head.rows(&head).filter_map(|row| rows[row].under(&head, arity)) {
                let is_last = row.takes_all();
                under.push(row);
                if is_last {
                    break;
                }
            }
            let examples = self.explore(under, &rest.with(arity, types));
            found.extend(examples.into_iter().map(|mut example| {
                let fields = example.split_off(example.len() - arity).into_iter().rev().collect();
                example.push(Shape::Of(head.clone(), fields));
                example
            }));
            found.truncate(EXAMPLES_MAX);
        }
        found.extend(self.unnamed(rows, &by_head, &others, rest, ty));
        found.truncate(EXAMPLES_MAX);
        found
    }

    /// What no row names in the first column is taken by those that take everything there.
    fn unnamed(&mut self, rows: &[Row], by_head: &ByHead, others: &Others, rest: &Columns, ty: &Known) -> Vec<Example> {
        let named: BTreeSet<&Head> = by_head.heads.keys().copied().collect();
        let has_values = |search: &mut Self, (head, arity): &(Head, usize)| {
            rest.types.is_none() || search.fields(head, *arity, ty).iter().all(|ty| search.has_values(ty))
        };
        let mut left = others.iter(&named);
        let Some(first) = left.find(|head| has_values(self, head)) else { return Vec::new() };
        let examples = self.explore(by_head.others.iter().map(|row| rows[*row].rest()).collect(), rest);
        if examples.is_empty() {
            return Vec::new();
        }
        let value = |(head, arity): &(Head, usize)| Shape::Of(head.clone(), vec![Shape::Any; *arity]);
        let more = left.filter(|head| has_values(self, head)).take(EXAMPLES_MAX);
        let heads: Vec<(Head, usize)> = std::iter::once(first).chain(more).collect();
        heads.iter().flat_map(|head| with_first(examples.clone(), &value(head))).take(EXAMPLES_MAX).collect()
    }

    fn heads(&self, rows: &[Row]) -> Heads {
        let telling = rows.iter().map(|row| row.first()).find(|shape| !shape.is_any());
        let others = match telling {
            Some(Shape::Of(Head::Constructor(ty, _), _)) => match self.names.declaration(*ty) {
                Some(declaration) => Others::Constructors(*ty, declaration),
                None => Others::Heads(rows.iter().filter_map(|row| head(row.first())).take(1).map(owned).collect()),
            },
            Some(Shape::Of(Head::Pure | Head::Request(..), _)) => Others::Heads(self.requests(rows)),
            Some(Shape::Of(..)) => Others::Heads(literals(rows)),
            Some(Shape::List { .. }) => return Heads { named: lengths(rows), others: Others::Heads(Vec::new()) },
            Some(Shape::Any) | None => Others::Heads(Vec::new()),
        };
        let named: BTreeMap<&Head, usize> = rows.iter().filter_map(|row| head(row.first())).collect();
        let named = match &others {
            Others::Heads(heads) => heads.iter().filter(|(head, _)| named.contains_key(head)).cloned().collect(),
            // These are in order.
            Others::Constructors(..) => named.into_iter().map(owned).collect(),
        };
        Heads { named, others }
    }

    fn requests(&self, rows: &[Row]) -> Vec<(Head, usize)> {
        let mut abilities = self.abilities.to_vec();
        for row in rows {
            if let Shape::Of(Head::Request(ability, _), _) = row.first()
                && !abilities.contains(ability)
            {
                abilities.push(*ability);
            }
        }
        let mut heads = vec![(Head::Pure, 1)];
        for ability in abilities {
            let Some(declaration) = self.names.declaration(ability) else { continue };
            heads.extend(
                (0..)
                    .zip(&declaration.constructors)
                    .map(|(index, operation)| (Head::Request(ability, index), operation.arity as usize + 1)),
            );
        }
        heads
    }

    /// The types of what a value of this type has inside.
    fn fields(&self, head: &Head, arity: usize, ty: &Known) -> Vec<Known> {
        let mut fields = match head {
            Head::Constructor(of, index) => ty.fields(*of, *index, self.names),
            Head::Length(_) | Head::Longer(_) => vec![ty.element(); arity],
            Head::Pure => vec![ty.result()],
            Head::Request(ability, index) => ty.requested(*ability).fields(*ability, *index, self.names),
            Head::Literal(_) | Head::OtherLiteral(_) => Vec::new(),
        };
        fields.resize(arity, Known::Unknown);
        fields
    }
}

fn with_first(mut examples: Vec<Example>, value: &Shape) -> Vec<Example> {
    examples.iter_mut().for_each(|example| example.push(value.clone()));
    examples
}

fn owned((head, arity): (&Head, usize)) -> (Head, usize) {
    (head.clone(), arity)
}

/// What a pattern is for, with its number of fields.
fn head(shape: &Shape) -> Option<(&Head, usize)> {
    match shape {
        Shape::Of(head, fields) => Some((head, fields.len())),
        Shape::Any | Shape::List { .. } => None,
    }
}

/// Rows by the head of their first pattern, so that a match with many cases need not look at all of them for each.
struct ByHead<'r> {
    heads: BTreeMap<&'r Head, Vec<usize>>,
    /// Those that begin with a pattern for several heads.
    others: Vec<usize>,
}

impl<'r> ByHead<'r> {
    fn of(rows: &[Row<'r>]) -> ByHead<'r> {
        let mut by_head = ByHead { heads: BTreeMap::new(), others: Vec::new() };
        for (number, row) in rows.iter().enumerate() {
            match head(row.first()) {
                Some((head, _)) => by_head.heads.entry(head).or_default().push(number),
                None => by_head.others.push(number),
            }
        }
        by_head
    }

    /// The rows that may take values with this head, in their order.
    fn rows(&self, head: &Head) -> impl Iterator<Item = usize> {
        let (mut own, mut others) = (self.heads.get(head).map_or(&[][..], Vec::as_slice), &self.others[..]);
        std::iter::from_fn(move || {
            let next = match (own.first(), others.first()) {
                (Some(one), Some(other)) if one > other => &mut others,
                (None, _) => &mut others,
                _ => &mut own,
            };
            let (first, rest) = next.split_first()?;
            *next = rest;
            Some(*first)
        })
    }
}

fn lengths(rows: &[Row]) -> Vec<(Head, usize)> {
    let (mut closed, mut before, mut behind) = (0, 0, 0);
    for row in rows {
        match row.first() {
            Shape::List { front, back, open: true } => {
                before = before.max(front.len());
                behind = behind.max(back.len());
            }
            Shape::List { front, .. } => closed = closed.max(front.len() + 1),
            Shape::Any | Shape::Of(..) => {}
        }
    }
    let long = closed.max(before + behind);
    let lengths = (0..long).map(|length| (Head::Length(length), length));
    lengths.chain([(Head::Longer(long), long)]).collect()
}

fn literals(rows: &[Row]) -> Vec<(Head, usize)> {
    let mut named: BTreeSet<&Literal> = BTreeSet::new();
    for row in rows {
        match row.first() {
            Shape::Of(Head::Literal(Literal::Boolean(_)), _) => {
                return [true, false].map(|value| (Head::Literal(Literal::Boolean(value)), 0)).to_vec();
            }
            Shape::Of(Head::Literal(literal), _) => _ = named.insert(literal),
            _ => {}
        }
    }
    let other = other_literal(&named).map(Head::OtherLiteral);
    named.into_iter().cloned().map(Head::Literal).chain(other).map(|head| (head, 0)).collect()
}

/// The simplest literal of the type of these that is none of them.
fn other_literal(named: &BTreeSet<&Literal>) -> Option<Literal> {
    let text = |n: u64| {
        let letter = |n: u64| char::from(b'a' + (n % 26) as u8);
        Literal::Text(
            n.checked_sub(1).map_or(String::new(), |n| letter(n).to_string().repeat(1 + n as usize / 26)).into(),
        )
    };
    let nth = |n: u64| match named.first()? {
        Literal::Nat(_) => Some(Literal::Nat(n)),
        Literal::Int(_) => Some(Literal::Int(i64::try_from(n).ok()?)),
        Literal::Char(_) => char::from_u32('a' as u32 + u32::try_from(n).ok()?).map(Literal::Char),
        Literal::Text(_) => Some(text(n)),
        Literal::Bytes(_) => Some(Literal::Bytes(vec![0; usize::try_from(n).ok()?].into())),
        Literal::Float(_) | Literal::Boolean(_) => None,
    };
    // Of one more than there are, one is not among them.
    (0..=named.len() as u64).filter_map(nth).find(|literal| !named.contains(literal))
}
