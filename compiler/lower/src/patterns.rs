//! Matches to switches and tests.
//!
//! A backtracking automaton: rows (cases with what is still to be tested) are split into groups that one test can decide between. If no row of a group applies, matching goes on with the next group, at
//! a join point. No row is ever in two places, so the code is as large as the patterns, and each body is lowered once.
//!
//! The groups of one split stand side by side, so many cases nest no deeper than few.

mod groups;
mod lists;

use crate::LowerError;
use crate::draft::BlockId;
use crate::terms::{Binding, Dest, Lowering, Task, UNBOUND};
use builtin::Builtin;
use groups::{Kind, split};
use ir::{End, Fault, JoinId, Op, Reg, Rep, Scalar, SwitchCase, Tag};
use kernel::{Case, Literal, Pattern};
use std::collections::BTreeMap;

pub(crate) use groups::Group;

/// A pattern, with those inside by their places.
pub(crate) struct Node<'t> {
    shape: Shape<'t>,
    children: Vec<usize>,
    /// Which variables of the case stand for the whole value.
    binds: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape<'t> {
    Any,
    Literal(&'t Literal),
    Tag(Tag),
    /// A list of exactly the children.
    Exact,
    /// A list that begins with the children but the last, which is for the rest.
    Prefix,
    /// A list that ends with the children but the first, which is for the rest.
    Suffix,
}

/// A case, and what must still hold for it to apply.
pub(crate) struct Row<'t> {
    case: &'t Case,
    /// The values of its variables, as far as they are known.
    bound: Vec<Option<Reg>>,
    /// Registers and the patterns that they must match, none of them [`Shape::Any`]; the last is next.
    tests: Vec<(Reg, usize)>,
}

/// Where a group of rows is lowered.
pub(crate) enum Place {
    Here(BlockId),
    Join(JoinId, BlockId),
}

impl<'t> Lowering<'_, 't> {
    pub fn matching(&mut self, cases: &'t [Case], dest: Dest) -> Result<(), LowerError> {
        let on = self.pop();
        let dest = self.settle(dest);
        let mut rows = Vec::with_capacity(cases.len());
        for case in cases {
            let (root, variables) = self.flatten(&case.pattern)?;
            let mut row = Row { case, bound: vec![None; variables as usize], tests: Vec::new() };
            self.constrain(&mut row, on, root);
            rows.push(row);
        }
        self.rows(rows, None, dest);
        Ok(())
    }

    /// The cases of a clause: its operation's arguments stand in these registers.
    pub fn matching_requests(&mut self, cases: &[&'t Case], args: &[Reg]) -> Result<(), LowerError> {
        let mut rows = Vec::with_capacity(cases.len());
        for case in cases {
            let (root, variables) = self.flatten(&case.pattern)?;
            let mut row = Row { case, bound: vec![None; variables as usize], tests: Vec::new() };
            // The last child is the continuation, which is bound where it is detached.
            let parts: Vec<(Reg, usize)> =
                args.iter().copied().chain([UNBOUND]).zip(self.nodes[root].children.iter().copied()).collect();
            for (arg, child) in parts.into_iter().rev() {
                self.constrain(&mut row, arg, child);
            }
            rows.push(row);
        }
        self.rows(rows, None, Dest::Attached);
        Ok(())
    }

    /// A pattern and all inside it as nodes; the place of the outermost, and how many variables there are.
    fn flatten(&mut self, pattern: &'t Pattern) -> Result<(usize, u32), LowerError> {
        let root = self.node();
        let (mut variables, mut todo) = (0, vec![(pattern, root)]);
        while let Some((pattern, place)) = todo.pop() {
            let (shape, inside): (_, Vec<&Pattern>) = match pattern {
                Pattern::Any => continue,
                Pattern::Var => {
                    self.nodes[place].binds.push(variables);
                    variables += 1;
                    continue;
                }
                Pattern::As(inner) => {
                    self.nodes[place].binds.push(variables);
                    variables += 1;
                    todo.push((inner, place));
                    continue;
                }
                Pattern::Literal(Literal::Float(_)) => {
                    return Err(LowerError::Malformed("a pattern that is a float"));
                }
                Pattern::Literal(literal) => (Shape::Literal(literal), Vec::new()),
                Pattern::Constructor(ty, constructor, fields) => {
                    let arity = self.facts.fields(*ty, *constructor)?.len();
                    right_number(fields, arity)?;
                    (Shape::Tag(Tag::Constructor(*ty, *constructor)), fields.iter().collect())
                }
                Pattern::List(elements) => (Shape::Exact, elements.iter().collect()),
                Pattern::Cons(first, rest) => (Shape::Prefix, vec![first, rest]),
                Pattern::Snoc(rest, last) => (Shape::Suffix, vec![rest, last]),
                Pattern::Prefix(elements, rest) => (Shape::Prefix, elements.iter().chain([&**rest]).collect()),
                Pattern::Suffix(rest, elements) => (Shape::Suffix, [&**rest].into_iter().chain(elements).collect()),
                Pattern::Pure(result) => (Shape::Tag(Tag::Pure), vec![result]),
                Pattern::Request { ability, operation, args, resume } => {
                    let arity = self.facts.operation(*ability, *operation)?;
                    right_number(args, arity as usize)?;
                    let tag = Tag::Request(*ability, *operation);
                    (Shape::Tag(tag), args.iter().chain([&**resume]).collect())
                }
            };
            let children: Vec<usize> = inside.iter().map(|_| self.node()).collect();
            todo.extend(inside.into_iter().zip(children.iter().copied()).rev());
            self.nodes[place].shape = shape;
            self.nodes[place].children = children;
        }
        Ok((root, variables))
    }

    fn node(&mut self) -> usize {
        self.nodes.push(Node { shape: Shape::Any, children: Vec::new(), binds: Vec::new() });
        self.nodes.len() - 1
    }

    /// The row applies only if the register matches the pattern.
    fn constrain(&self, row: &mut Row, on: Reg, node: usize) {
        let Node { shape, binds, .. } = &self.nodes[node];
        binds.iter().for_each(|variable| row.bound[*variable as usize] = Some(on));
        if !matches!(shape, Shape::Any) {
            row.tests.push((on, node));
        }
    }

    /// Lowers rows here; if none applies, goes on at `fail`.
    pub fn rows(&mut self, rows: Vec<Row<'t>>, fail: Option<JoinId>, dest: Dest) {
        let mut groups = split(&self.nodes, rows).into_iter();
        let Some(first) = groups.next() else { return self.fail(fail) };
        // A join point stands before those who jump to it, so the last group comes first.
        let (mut fail, mut later) = (fail, Vec::new());
        for group in groups.rev() {
            let (join, block) = self.draft.join(Vec::new());
            later.push(Task::Group(Place::Join(join, block), group, fail, dest));
            fail = Some(join);
        }
        self.tasks.extend(later);
        self.tasks.push(Task::Group(Place::Here(self.draft.at()), first, fail, dest));
    }

    /// No row applies.
    fn fail(&mut self, to: Option<JoinId>) {
        match to {
            Some(join) => {
                self.failed_to.insert(join);
                self.draft.end(End::Jump(join, Vec::new()), Vec::new());
            }
            None => self.draft.end(End::Fault(Fault::NoCase), Vec::new()),
        }
    }

    /// A block in which no row applies.
    fn failing(&mut self, to: Option<JoinId>) -> BlockId {
        let block = self.draft.child();
        let here = self.draft.at();
        self.draft.enter(block);
        self.fail(to);
        self.draft.enter(here);
        block
    }

    pub fn group(
        &mut self,
        place: Place,
        group: Group<'t>,
        fail: Option<JoinId>,
        dest: Dest,
    ) -> Result<(), LowerError> {
        match place {
            Place::Here(block) => self.draft.enter(block),
            Place::Join(join, _) if !self.failed_to.contains(&join) => return Ok(()),
            Place::Join(_, block) => self.draft.enter(block),
        }
        let Group { kind, on, rows } = group;
        match kind {
            Kind::Applies => self.applies(rows, fail, dest),
            Kind::Word(scalar) => self.words(on, scalar, rows, fail, dest),
            Kind::Tag => self.tags(on, rows, fail, dest)?,
            Kind::Equal => self.equal(on, rows, fail, dest),
            Kind::List => self.lists(on, rows, fail, dest),
        }
        Ok(())
    }

    /// All tests of the one row have succeeded: its variables are bound, and its guard decides.
    fn applies(&mut self, rows: Vec<Row<'t>>, fail: Option<JoinId>, dest: Dest) {
        for Row { case, bound, .. } in rows {
            let count = bound.len();
            let values = bound.into_iter().map(|reg| reg.expect("all tests are done, so every variable is known"));
            self.locals.extend(values.map(Binding::Value));
            self.tasks.push(Task::Unbind(count));
            match &case.guard {
                None => self.tasks.push(Task::Eval(&case.body, dest)),
                Some(guard) => {
                    self.tasks.extend([Task::Guard(case, fail, dest), Task::Eval(guard, Dest::Value)]);
                }
            }
        }
    }

    pub fn guard(&mut self, case: &'t Case, fail: Option<JoinId>, dest: Dest) {
        let condition = self.condition();
        let yes = self.draft.child();
        let no = self.failing(fail);
        self.branch_to(condition, yes, no);
        self.tasks.extend([Task::Eval(&case.body, dest), Task::Enter(yes)]);
    }

    fn literal(&self, row: &Row<'t>) -> &'t Literal {
        match self.next_test(row).shape {
            Shape::Literal(literal) => literal,
            _ => unreachable!("a group has tests of one kind"),
        }
    }

    fn next_test(&self, row: &Row<'t>) -> &Node<'t> {
        let (_, node) = row.tests.last().expect("a group tests its rows");
        &self.nodes[*node]
    }

    /// Rows whose next test is the same, together, in the order of the first of each.
    fn buckets<K: Ord + Copy>(&self, rows: Vec<Row<'t>>, key: impl Fn(&Row<'t>) -> K) -> Vec<(K, Vec<Row<'t>>)> {
        let (mut buckets, mut places) = (Vec::<(K, Vec<Row>)>::new(), BTreeMap::new());
        for row in rows {
            let key = key(&row);
            let place = *places.entry(key).or_insert(buckets.len());
            if place == buckets.len() {
                buckets.push((key, Vec::new()));
            }
            buckets[place].1.push(row);
        }
        buckets
    }

    /// Rows in blocks of their own. The first is lowered first.
    fn push_rows(&mut self, blocks: Vec<(BlockId, Vec<Row<'t>>)>, fail: Option<JoinId>, dest: Dest) {
        let tasks = blocks.into_iter().rev().map(|(block, rows)| Task::Rows(block, rows, fail, dest));
        self.tasks.extend(tasks);
    }

    fn words(&mut self, on: Reg, scalar: Scalar, rows: Vec<Row<'t>>, fail: Option<JoinId>, dest: Dest) {
        let on = self.draft.convert(on, Rep::W(scalar));
        let mut buckets = self.buckets(rows, |row| bits(self.literal(row)));
        for row in buckets.iter_mut().flat_map(|(_, rows)| rows) {
            row.tests.pop();
        }
        if scalar == Scalar::Boolean {
            return self.truth(on, buckets, fail, dest);
        }
        let words: Vec<u64> = buckets.iter().map(|(word, _)| *word).collect();
        let blocks: Vec<_> = buckets.into_iter().map(|(_, rows)| (self.draft.child(), rows)).collect();
        let default = self.failing(fail);
        self.switch_word(on, &words, blocks.iter().map(|(block, _)| *block).collect(), default);
        self.push_rows(blocks, fail, dest);
    }

    fn switch_word(&mut self, on: Reg, words: &[u64], mut blocks: Vec<BlockId>, default: BlockId) {
        let cases = words.iter().map(|word| (*word, crate::draft::empty())).collect();
        blocks.push(default);
        self.draft.end(End::SwitchWord { on, cases, default: Box::new(crate::draft::empty()) }, blocks);
    }

    fn truth(&mut self, on: Reg, buckets: Vec<(u64, Vec<Row<'t>>)>, fail: Option<JoinId>, dest: Dest) {
        let mut sides: [Option<Vec<Row>>; 2] = [None, None];
        for (word, rows) in buckets {
            sides[word as usize] = Some(rows);
        }
        let mut blocks = Vec::new();
        let [no, yes] = sides.map(|rows| match rows {
            None => self.failing(fail),
            Some(rows) => {
                let block = self.draft.child();
                blocks.push((block, rows));
                block
            }
        });
        self.branch_to(on, yes, no);
        self.push_rows(blocks, fail, dest);
    }

    fn tags(&mut self, on: Reg, rows: Vec<Row<'t>>, fail: Option<JoinId>, dest: Dest) -> Result<(), LowerError> {
        let on = self.draft.convert(on, Rep::V);
        let buckets = self.buckets(rows, |row| match self.next_test(row).shape {
            Shape::Tag(tag) => tag,
            _ => unreachable!("a group has tests of one kind"),
        });
        let covered = self.covered(buckets.iter().map(|(tag, _)| *tag));
        let (mut cases, mut blocks) = (Vec::new(), Vec::new());
        for (tag, mut rows) in buckets {
            let reps = self.tag_fields(tag)?;
            let used = self.used(&rows, reps.len());
            let register = |(rep, used): (&Rep, bool)| used.then(|| self.draft.register(*rep));
            let fields: Vec<Option<Reg>> = reps.iter().zip(used).map(register).collect();
            self.take_apart(&mut rows, &fields);
            cases.push(SwitchCase { tag, fields, block: crate::draft::empty() });
            blocks.push((self.draft.child(), rows));
        }
        let mut children: Vec<BlockId> = blocks.iter().map(|(block, _)| *block).collect();
        // Without a default, another value is the same fault.
        let default = (!covered && fail.is_some()).then(|| self.failing(fail));
        children.extend(default);
        let default = default.map(|_| Box::new(crate::draft::empty()));
        self.draft.end(End::Switch { on, cases, default }, children);
        self.push_rows(blocks, fail, dest);
        Ok(())
    }

    /// Whether these are all constructors of a type.
    fn covered(&self, tags: impl Iterator<Item = Tag>) -> bool {
        let mut seen: BTreeMap<_, usize> = BTreeMap::new();
        for tag in tags {
            if let Tag::Constructor(ty, _) = tag {
                *seen.entry(ty).or_default() += 1;
            }
        }
        seen.into_iter().any(|(ty, count)| count == self.facts.constructors(ty))
    }

    fn tag_fields(&self, tag: Tag) -> Result<Vec<Rep>, LowerError> {
        Ok(match tag {
            Tag::Constructor(ty, constructor) => self.facts.fields(ty, constructor)?,
            Tag::Request(ability, operation) => vec![Rep::V; self.facts.operation(ability, operation)? as usize + 1],
            Tag::Pure => vec![Rep::V],
        })
    }

    /// Which children of the next tests matter to any row.
    fn used(&self, rows: &[Row<'t>], count: usize) -> Vec<bool> {
        let mut used = vec![false; count];
        for child in rows.iter().flat_map(|row| self.next_test(row).children.iter().enumerate()) {
            let (place, node) = (child.0, &self.nodes[*child.1]);
            used[place] |= !matches!(node.shape, Shape::Any) || !node.binds.is_empty();
        }
        used
    }

    /// The next test of each row has succeeded, and gave these parts.
    fn take_apart(&self, rows: &mut [Row<'t>], parts: &[Option<Reg>]) {
        for row in rows {
            let (_, node) = row.tests.pop().expect("a group tests its rows");
            // The first child is tested first.
            for (child, part) in self.nodes[node].children.iter().zip(parts).rev() {
                if let Some(part) = part {
                    self.constrain(row, *part, *child);
                }
            }
        }
    }

    /// One text or byte string.
    fn equal(&mut self, on: Reg, mut rows: Vec<Row<'t>>, fail: Option<JoinId>, dest: Dest) {
        let literal = self.literal(&rows[0]).clone();
        let builtin = if let Literal::Text(_) = literal { Builtin::TextEq } else { Builtin::UniversalEq };
        let literal = self.draft.op(Rep::V, Op::Literal(literal));
        let equal = self.builtin(builtin, vec![on, literal]);
        let yes = self.draft.child();
        let no = self.failing(fail);
        self.branch_to(equal, yes, no);
        for row in &mut rows {
            row.tests.pop();
        }
        self.push_rows(vec![(yes, rows)], fail, dest);
    }
}

fn right_number(patterns: &[Pattern], arity: usize) -> Result<(), LowerError> {
    if patterns.len() == arity {
        Ok(())
    } else {
        Err(LowerError::Malformed("a pattern with too many or too few fields"))
    }
}

/// A literal of a scalar type as a word.
fn bits(literal: &Literal) -> u64 {
    match literal {
        Literal::Nat(n) => *n,
        Literal::Int(n) => *n as u64,
        Literal::Char(c) => u64::from(*c),
        Literal::Boolean(b) => u64::from(*b),
        Literal::Float(_) | Literal::Text(_) | Literal::Bytes(_) => unreachable!("they are not tested as words"),
    }
}
