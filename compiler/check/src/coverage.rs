//! Whether cases cover every value, and whether each one is reached.
//!
//! The usual matrix algorithm: a row of patterns is useful below others if some values match it and none of those. A match covers everything if a row of wildcards is
//! useless below its cases; a case is superfluous if it is useless below those above it. Cases with a guard may fail, so they cover nothing.
//!
//! Lists are told apart by length: up to one more than the longest pattern in sight, that one standing for all longer lists.

use crate::elab::{Elab, Match, Pattern};
use crate::names::Names;
use crate::problem::PatternProblem;
use kernel::{Literal, TypeRef};
use std::collections::{BTreeMap, BTreeSet};

/// Steps after which a match is taken as covered: the algorithm is exponential, programs are not.
const STEPS_MAX: usize = 200_000;

/// The mistakes in one match.
pub(crate) fn check(taken: &Match, names: &Names) -> Vec<PatternProblem> {
    // Without cases its type decides, not its patterns.
    if taken.cases.is_empty() || taken.cases.iter().any(|case| is_broken(&case.pattern)) {
        return Vec::new();
    }
    let mut search = Search { names, abilities: &taken.abilities, steps: 0 };
    let mut rows: Vec<Vec<Shape>> = Vec::new();
    let mut problems = Vec::new();
    for case in &taken.cases {
        let row = vec![shape(&case.pattern)];
        if search.useful(&rows, &row).is_none() {
            let problem = PatternProblem::Redundant { span: case.span };
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        // A guard with a mistake may have been meant as `otherwise`.
        if matches!(case.guard, None | Some(Elab::Error)) {
            rows.push(row);
        }
    }
    if let Some(example) = search.useful(&rows, &[Shape::Any]) {
        let example = example.first().map_or(String::new(), |value| search.text(value, false));
        problems.push(PatternProblem::NotExhaustive { span: taken.span, example, binds: taken.binds });
    }
    if search.steps > STEPS_MAX { Vec::new() } else { problems }
}

/// Whether a mistake hides what the pattern takes.
fn is_broken(pattern: &Pattern) -> bool {
    let any = |patterns: &[Pattern]| patterns.iter().any(is_broken);
    match pattern {
        Pattern::Error => true,
        Pattern::Any | Pattern::Var(_) | Pattern::Literal(_) => false,
        Pattern::As(_, inner) | Pattern::Pure(inner) => is_broken(inner),
        Pattern::Constructor(_, _, fields) | Pattern::List(fields) => any(fields),
        Pattern::Cons(one, other) | Pattern::Snoc(one, other) => is_broken(one) || is_broken(other),
        Pattern::Prefix(elements, rest) | Pattern::Suffix(rest, elements) => any(elements) || is_broken(rest),
        Pattern::Request { args, resume, .. } => any(args) || is_broken(resume),
    }
}

/// A pattern as far as coverage cares, and an example of a value.
#[derive(Clone, PartialEq, Debug)]
enum Shape {
    Any,
    Of(Head, Vec<Shape>),
    /// A list: elements at its front and at its back, and whether there may be more between.
    List {
        front: Vec<Shape>,
        back: Vec<Shape>,
        open: bool,
    },
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Head {
    Constructor(TypeRef, u32),
    Literal(Literal),
    /// A literal that no pattern names.
    OtherLiteral,
    /// A list of this length.
    Length(usize),
    Pure,
    Request(TypeRef, u32),
}

fn shape(pattern: &Pattern) -> Shape {
    let shapes = |patterns: &[Pattern]| patterns.iter().map(shape).collect::<Vec<_>>();
    match pattern {
        Pattern::Any | Pattern::Var(_) | Pattern::Error => Shape::Any,
        Pattern::As(_, inner) => shape(inner),
        Pattern::Literal(literal) => Shape::Of(Head::Literal(literal.clone()), Vec::new()),
        Pattern::Constructor(ty, index, fields) => Shape::Of(Head::Constructor(*ty, *index), shapes(fields)),
        Pattern::List(elements) => Shape::List { front: shapes(elements), back: Vec::new(), open: false },
        Pattern::Cons(first, rest) => extended(vec![shape(first)], shape(rest), Vec::new()),
        Pattern::Snoc(front, last) => extended(Vec::new(), shape(front), vec![shape(last)]),
        Pattern::Prefix(elements, rest) => extended(shapes(elements), shape(rest), Vec::new()),
        Pattern::Suffix(front, elements) => extended(Vec::new(), shape(front), shapes(elements)),
        Pattern::Pure(inner) => Shape::Of(Head::Pure, vec![shape(inner)]),
        Pattern::Request { ability, operation, args, resume } => {
            let mut fields = shapes(args);
            fields.push(shape(resume));
            Shape::Of(Head::Request(*ability, *operation), fields)
        }
    }
}

/// A list pattern with more elements before and behind it.
fn extended(mut before: Vec<Shape>, middle: Shape, behind: Vec<Shape>) -> Shape {
    match middle {
        Shape::List { front, back, open } => {
            before.extend(front);
            let back = back.into_iter().chain(behind).collect();
            Shape::List { front: before, back, open }
        }
        Shape::Any | Shape::Of(..) => Shape::List { front: before, back: behind, open: true },
    }
}

struct Search<'s> {
    names: &'s Names<'s>,
    /// Those of a `Request`, whose operations are all to be covered.
    abilities: &'s [TypeRef],
    steps: usize,
}

impl Search<'_> {
    /// Values that match `row` and no row above it.
    fn useful(&mut self, rows: &[Vec<Shape>], row: &[Shape]) -> Option<Vec<Shape>> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return None;
        }
        let Some((first, rest)) = row.split_first() else {
            return rows.is_empty().then(Vec::new);
        };
        if let Shape::Of(head, fields) = first {
            return self.useful_under(rows, row, head.clone(), fields.len());
        }
        let column: Vec<&Shape> = rows.iter().map(|row| &row[0]).chain([first]).collect();
        let heads = self.heads(&column);
        let Some(heads) = heads else {
            // Nothing is told apart here.
            let rows: Vec<Vec<Shape>> = rows.iter().map(|row| row[1..].to_vec()).collect();
            let mut found = self.useful(&rows, rest)?;
            found.insert(0, Shape::Any);
            return Some(found);
        };
        let by_head = ByHead::of(rows);
        heads.into_iter().find_map(|(head, arity)| self.useful_under(by_head.rows(&head.clone()), row, head, arity))
    }

    fn useful_under<'r>(
        &mut self,
        rows: impl IntoIterator<Item = &'r Vec<Shape>>,
        row: &[Shape],
        head: Head,
        arity: usize,
    ) -> Option<Vec<Shape>> {
        let row = specialized(row, &head, arity)?;
        let rows: Vec<Vec<Shape>> = rows.into_iter().filter_map(|row| specialized(row, &head, arity)).collect();
        let mut found = self.useful(&rows, &row)?;
        let rest = found.split_off(arity);
        let mut values = vec![Shape::Of(head, found)];
        values.extend(rest);
        Some(values)
    }

    /// Every way to make a value of the column's type, each with its number of fields; none if no pattern tells them apart.
    fn heads(&self, column: &[&Shape]) -> Option<Vec<(Head, usize)>> {
        let first = column.iter().find(|shape| !matches!(shape, Shape::Any))?;
        Some(match first {
            Shape::Any => return None,
            Shape::List { .. } => lengths(column),
            Shape::Of(Head::Constructor(ty, _), fields) => self.constructors(*ty, fields.len()),
            Shape::Of(Head::Pure | Head::Request(..), _) => self.requests(column),
            Shape::Of(..) => literals(column),
        })
    }

    fn constructors(&self, ty: TypeRef, fields: usize) -> Vec<(Head, usize)> {
        match self.names.declaration(ty) {
            Some(declaration) => (0..)
                .zip(&declaration.constructors)
                .map(|(index, constructor)| (Head::Constructor(ty, index), constructor.arity as usize))
                .collect(),
            None => vec![(Head::Constructor(ty, 0), fields)],
        }
    }

    fn requests(&self, column: &[&Shape]) -> Vec<(Head, usize)> {
        let mut abilities = self.abilities.to_vec();
        for shape in column {
            if let Shape::Of(Head::Request(ability, _), _) = shape
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

    /// A value as it would be written as a pattern.
    fn text(&self, value: &Shape, nested: bool) -> String {
        let Shape::Of(head, fields) = value else { return "_".to_string() };
        let texts = |nested: bool| fields.iter().map(|field| self.text(field, nested)).collect::<Vec<_>>();
        match head {
            Head::Constructor(TypeRef::Builtin(builtin::BuiltinType::Tuple(_)), _) => {
                format!("({})", texts(false).join(", "))
            }
            Head::Constructor(ty, index) => {
                let text = [vec![self.member_name(*ty, *index)], texts(true)].concat().join(" ");
                if nested && !fields.is_empty() { format!("({text})") } else { text }
            }
            Head::Literal(literal) => literal_text(literal),
            Head::OtherLiteral => "_".to_string(),
            Head::Length(_) => format!("[{}]", texts(false).join(", ")),
            Head::Pure => format!("{{ {} }}", texts(false).join(" ")),
            Head::Request(ability, operation) => {
                let mut texts = texts(true);
                let resume = texts.pop().unwrap_or_default();
                let name = self.member_name(*ability, *operation);
                format!("{{ {} -> {resume} }}", [vec![name], texts].concat().join(" "))
            }
        }
    }

    fn member_name(&self, ty: TypeRef, index: u32) -> String {
        let declaration = self.names.declaration(ty);
        let member = declaration.as_ref().and_then(|declaration| declaration.constructors.get(index as usize));
        member.map_or("_".to_string(), |member| member.name.to_string())
    }
}

/// Rows by the head of their first pattern, so that a match with many cases need not look at all of them for each.
struct ByHead<'r> {
    heads: BTreeMap<&'r Head, Vec<&'r Vec<Shape>>>,
    /// Those that begin with a pattern for several heads.
    others: Vec<&'r Vec<Shape>>,
}

impl<'r> ByHead<'r> {
    fn of(rows: &'r [Vec<Shape>]) -> ByHead<'r> {
        let mut by_head = ByHead { heads: BTreeMap::new(), others: Vec::new() };
        for row in rows {
            match row.first() {
                Some(Shape::Of(head, _)) => by_head.heads.entry(head).or_default().push(row),
                _ => by_head.others.push(row),
            }
        }
        by_head
    }

    /// The rows that may match values with this head; in which order they stand says nothing.
    fn rows(&self, head: &Head) -> impl Iterator<Item = &'r Vec<Shape>> {
        self.heads.get(head).into_iter().flatten().chain(&self.others).copied()
    }
}

/// The row for values that begin with `head`: its fields, then the rest. None if the row does not match those.
fn specialized(row: &[Shape], head: &Head, arity: usize) -> Option<Vec<Shape>> {
    let (first, rest) = row.split_first()?;
    let mut fields = match first {
        Shape::Any => vec![Shape::Any; arity],
        Shape::Of(own, fields) if own == head => fields.clone(),
        Shape::Of(..) => return None,
        Shape::List { front, back, open } => {
            let known = front.len() + back.len();
            if known > arity || (!open && known < arity) {
                return None;
            }
            let middle = vec![Shape::Any; arity - known];
            [front.clone(), middle, back.clone()].concat()
        }
    };
    fields.extend_from_slice(rest);
    Some(fields)
}

fn lengths(column: &[&Shape]) -> Vec<(Head, usize)> {
    let length = |shape: &&Shape| match shape {
        Shape::List { front, back, .. } => front.len() + back.len(),
        Shape::Any | Shape::Of(..) => 0,
    };
    let longest = column.iter().map(length).max().unwrap_or(0);
    (0..=longest + 1).map(|length| (Head::Length(length), length)).collect()
}

fn literals(column: &[&Shape]) -> Vec<(Head, usize)> {
    let boolean = |value: bool| (Head::Literal(Literal::Boolean(value)), 0);
    let mut heads: Vec<(Head, usize)> = Vec::new();
    let mut seen: BTreeSet<&Head> = BTreeSet::new();
    for shape in column {
        match shape {
            Shape::Of(Head::Literal(Literal::Boolean(_)), _) => return vec![boolean(true), boolean(false)],
            Shape::Of(head, _) if seen.insert(head) => heads.push((head.clone(), 0)),
            _ => {}
        }
    }
    heads.push((Head::OtherLiteral, 0));
    heads
}

fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Nat(n) => n.to_string(),
        Literal::Int(n) => format!("{n:+}"),
        Literal::Float(bits) => f64::from_bits(*bits).to_string(),
        Literal::Char(c) => format!("?{c}"),
        Literal::Boolean(value) => value.to_string(),
        Literal::Text(text) => format!("{text:?}"),
        Literal::Bytes(_) => "_".to_string(),
    }
}
