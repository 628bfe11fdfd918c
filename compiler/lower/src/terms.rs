//! Terms to steps.
//!
//! A term is lowered by tasks on a stack, never by recursion. A task that evaluates a term says what for ([`Dest`]): its value for the task below it, the function's result, or the parameter of
//! a join point. A branch taken for its value gets a join point, whose block goes on with what follows.

use crate::LowerError;
use crate::calls::Head;
use crate::draft::{BlockId, Draft};
use crate::facts::Facts;
use crate::patterns::{self, Node};
use crate::survey::Survey;
use builtin::Builtin;
use ir::{CodeId, End, Function, JoinId, Op, Reg, Rep, Scalar, Step, limits, liveness};
use kernel::{Case, DefId, Literal, Term, TermRef, TypeRef};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Elements of a list that are held while those after them are evaluated.
const LIST_PIECE: usize = 256;

/// What a value is for.
#[derive(Clone, Copy)]
pub(crate) enum Dest {
    /// The task below takes it from the stack of values.
    Value,
    /// It is the result.
    Tail,
    /// It goes to a join point, by the place of its [`Arrivals`].
    Arrive(usize),
}

/// Those who will jump to a join point with one parameter. Once all are known, so is the parameter's representation.
struct Arrivals {
    join: JoinId,
    block: BlockId,
    param: Reg,
    from: Vec<(BlockId, Reg)>,
}

/// What a variable stands for.
#[derive(Clone)]
pub(crate) enum Binding {
    Value(Reg),
    /// A lambda of this definition, which calls with enough arguments call directly.
    Lambda {
        number: u32,
        captures: Rc<[Reg]>,
        /// The closure, if it was made.
        value: Option<Reg>,
    },
}

pub(crate) enum Task<'t> {
    Eval(&'t Term, Dest),
    /// Binds the last value.
    Bind,
    BindLambda(&'t Term),
    BindGroup(&'t [Term]),
    Unbind(usize),
    /// Calls with so many last values.
    Apply(Head, usize, Dest),
    /// Makes a list of so many last values.
    List(usize),
    /// Puts the last two values, which are lists, together.
    Append,
    Deliver(Dest),
    If(&'t Term, &'t Term, Dest),
    Handle(&'t [TypeRef], Dest),
    Match(&'t [Case], Dest),
    Rows(BlockId, Vec<patterns::Row<'t>>, Option<JoinId>, Dest),
    /// One group of rows; if it is behind a join point, only if somebody jumps there.
    Group(patterns::Place, patterns::Group<'t>, Option<JoinId>, Dest),
    /// The last value decides whether the case applies.
    Guard(&'t Case, Option<JoinId>, Dest),
    Enter(BlockId),
    Joined(usize),
}

/// A function being lowered.
pub(crate) struct Lowering<'a, 't> {
    pub survey: &'a Survey<'t>,
    pub facts: &'a Facts,
    number: u32,
    pub ret: Rep,
    pub draft: Draft,
    /// What is bound inside the lambda; the first is at its `start` level.
    pub locals: Vec<Binding>,
    pub values: Vec<Reg>,
    /// The last is next.
    pub tasks: Vec<Task<'t>>,
    arrivals: Vec<Arrivals>,
    /// Patterns of all matches so far, flat.
    pub nodes: Vec<Node<'t>>,
    /// Join points that somebody jumps to because no row before applies.
    pub failed_to: BTreeSet<JoinId>,
}

impl<'a, 't> Lowering<'a, 't> {
    /// The code of one lambda of the definition.
    pub fn function(survey: &'a Survey<'t>, facts: &'a Facts, number: u32) -> Result<Function, LowerError> {
        let lambda = &survey.lambdas[number as usize];
        let captures = survey.captures(number).len();
        let (params, ret) = match number {
            0 => {
                let interface = facts.definition(survey.id);
                (interface.params.clone(), interface.ret)
            }
            _ => (vec![Rep::V; captures + lambda.params as usize], Rep::V),
        };
        let locals = (captures..params.len()).map(|i| Binding::Value(Reg(i as u32))).collect();
        let mut lowering = Lowering {
            survey,
            facts,
            number,
            ret,
            draft: Draft::new(&params),
            locals,
            values: Vec::new(),
            tasks: vec![Task::Eval(lambda.body, Dest::Tail)],
            arrivals: Vec::new(),
            nodes: Vec::new(),
            failed_to: BTreeSet::new(),
        };
        lowering.run()?;
        let finished = lowering.draft.finish(params.len());
        let mut function = Function {
            id: CodeId { def: survey.id, lambda: number },
            captures: captures as u32,
            params,
            ret,
            registers: finished.registers,
            resume_points: vec![ir::ResumePoint { live: Vec::new() }; finished.resume_points],
            body: finished.body,
        };
        let points = liveness::resume_points(&function);
        function.resume_points = points.map_err(|_| LowerError::TooLarge("what frames hold"))?;
        Ok(function)
    }

    fn run(&mut self) -> Result<(), LowerError> {
        while let Some(task) = self.tasks.pop() {
            self.task(task)?;
            if self.draft.registers() > limits::REGISTERS_MAX {
                return Err(LowerError::TooLarge("registers"));
            }
            if self.draft.depth() > limits::NESTING_MAX {
                return Err(LowerError::TooLarge("branches inside each other"));
            }
        }
        Ok(())
    }

    fn task(&mut self, task: Task<'t>) -> Result<(), LowerError> {
        match task {
            Task::Eval(term, dest) => self.eval(term, dest)?,
            Task::Bind => {
                let value = self.pop();
                self.locals.push(Binding::Value(value));
            }
            Task::BindLambda(term) => {
                let binding = self.lambda(term);
                self.locals.push(binding);
            }
            Task::BindGroup(members) => self.bind_group(members),
            Task::Unbind(count) => self.locals.truncate(self.locals.len() - count),
            Task::Apply(head, count, dest) => {
                let args = self.pop_many(count);
                self.apply(head, args, dest)?;
            }
            Task::List(count) => {
                let elements = self.pop_many(count);
                let elements = self.draft.convert_all(&elements, Rep::V);
                let list = self.draft.op(Rep::V, Op::List(elements));
                self.values.push(list);
            }
            Task::Append => {
                let (back, front) = (self.pop(), self.pop());
                let list = self.builtin(Builtin::ListConcat, vec![front, back]);
                self.values.push(list);
            }
            Task::Deliver(dest) => {
                let value = self.pop();
                self.deliver(value, dest);
            }
            Task::If(yes, no, dest) => self.branch(yes, no, dest),
            Task::Handle(abilities, dest) => self.handle(abilities, dest),
            Task::Match(cases, dest) => self.matching(cases, dest)?,
            Task::Rows(block, rows, fail, dest) => {
                self.draft.enter(block);
                self.rows(rows, fail, dest);
            }
            Task::Group(place, group, fail, dest) => self.group(place, group, fail, dest)?,
            Task::Guard(case, fail, dest) => self.guard(case, fail, dest),
            Task::Enter(block) => self.draft.enter(block),
            Task::Joined(arrivals) => self.joined(arrivals),
        }
        Ok(())
    }

    fn eval(&mut self, term: &'t Term, dest: Dest) -> Result<(), LowerError> {
        match term {
            Term::Local(_) | Term::Ref(_) | Term::Constructor(..) | Term::Operation(..) | Term::Lambda(..) => {
                let head = self.head(term);
                self.apply(head, Vec::new(), dest)?;
            }
            Term::App(head, args) => self.application(head, args, dest),
            Term::Literal(literal) => self.constant(literal_rep(literal), Op::Literal(literal.clone()), dest),
            Term::Row(abilities) => self.constant(Rep::V, Op::Row(abilities.clone()), dest),
            Term::TypeLink(ty) => self.constant(Rep::V, Op::TypeLink(*ty), dest),
            Term::TermLink(reference) => {
                let link = match reference {
                    TermRef::Cycle(index) => TermRef::Def(self.member(*index)),
                    TermRef::Builtin(_) | TermRef::Def(_) => *reference,
                };
                self.constant(Rep::V, Op::TermLink(link), dest);
            }
            Term::List(elements) => self.list(elements, dest),
            Term::Let(bindings, body) => self.let_bindings(bindings, body, dest),
            Term::LetRec(members, body) => {
                self.tasks.extend([Task::Unbind(members.len()), Task::Eval(body, dest), Task::BindGroup(members)]);
            }
            Term::If(condition, yes, no) => {
                self.tasks.extend([Task::If(yes, no, dest), Task::Eval(condition, Dest::Value)]);
            }
            Term::Match(on, cases) => {
                self.tasks.extend([Task::Match(cases, dest), Task::Eval(on, Dest::Value)]);
            }
            Term::Handle { abilities, body, handler } => self.tasks.extend([
                Task::Handle(abilities, dest),
                Task::Eval(handler, Dest::Value),
                Task::Eval(body, Dest::Value),
            ]),
        }
        Ok(())
    }

    /// Leaves the values of these terms, in order, evaluated in order.
    pub fn eval_all(&mut self, terms: &'t [Term]) {
        self.tasks.extend(terms.iter().rev().map(|term| Task::Eval(term, Dest::Value)));
    }

    /// A long list is made of pieces, so that a frame never waits with all of its elements.
    fn list(&mut self, elements: &'t [Term], dest: Dest) {
        self.tasks.push(Task::Deliver(dest));
        let pieces: Vec<&[Term]> = elements.chunks(LIST_PIECE).collect();
        for (i, piece) in pieces.iter().enumerate().rev() {
            if i > 0 {
                self.tasks.push(Task::Append);
            }
            self.tasks.push(Task::List(piece.len()));
            self.eval_all(piece);
        }
        if pieces.is_empty() {
            self.tasks.push(Task::List(0));
        }
    }

    fn constant(&mut self, rep: Rep, op: Op, dest: Dest) {
        let value = self.draft.op(rep, op);
        self.deliver(value, dest);
    }

    fn let_bindings(&mut self, bindings: &'t [Term], body: &'t Term, dest: Dest) {
        self.tasks.extend([Task::Unbind(bindings.len()), Task::Eval(body, dest)]);
        for binding in bindings.iter().rev() {
            match binding {
                Term::Lambda(..) => self.tasks.push(Task::BindLambda(binding)),
                _ => self.tasks.extend([Task::Bind, Task::Eval(binding, Dest::Value)]),
            }
        }
    }

    /// A lambda where it stands, with the values that it captures there.
    pub fn lambda(&mut self, term: &'t Term) -> Binding {
        let number = self.survey.number(term);
        let captures = self.capture(number);
        let value = Some(self.closure(number, &captures));
        Binding::Lambda { number, captures, value }
    }

    fn bind_group(&mut self, members: &'t [Term]) {
        let Some(first) = members.first() else { return };
        let captures = self.capture(self.survey.number(first));
        for member in members {
            let number = self.survey.number(member);
            let value = Some(self.closure(number, &captures));
            self.locals.push(Binding::Lambda { number, captures: captures.clone(), value });
        }
    }

    fn capture(&mut self, number: u32) -> Rc<[Reg]> {
        let levels = self.survey.captures(number);
        levels.iter().map(|level| self.variable(*level)).collect()
    }

    /// The value of a variable, as a tagged word.
    fn variable(&mut self, level: u32) -> Reg {
        let binding = self.binding(level);
        let value = self.value_of(binding);
        self.draft.convert(value, Rep::V)
    }

    pub fn value_of(&mut self, binding: Binding) -> Reg {
        match binding {
            Binding::Value(reg) | Binding::Lambda { value: Some(reg), .. } => reg,
            Binding::Lambda { number, captures, value: None } => self.closure(number, &captures),
        }
    }

    fn closure(&mut self, number: u32, captures: &[Reg]) -> Reg {
        let code = CodeId { def: self.survey.id, lambda: number };
        self.draft.op(Rep::V, Op::Closure(code, captures.to_vec()))
    }

    /// What is bound at a level: inside this lambda, beside it in its `LetRec`, or captured.
    fn binding(&self, level: u32) -> Binding {
        let lambda = &self.survey.lambdas[self.number as usize];
        if let Some(local) = level.checked_sub(lambda.start) {
            return self.locals[local as usize].clone();
        }
        if let Some(member) = lambda.group.and_then(|group| group.member(level)) {
            return self.beside(member);
        }
        let place = self.survey.captured(self.number, level);
        Binding::Value(Reg(place.expect("the survey found every free variable")))
    }

    /// Another lambda of the same `LetRec`, which captures the same.
    fn beside(&self, member: u32) -> Binding {
        let count = self.survey.captures(self.number).len() as u32;
        let captures = (0..count).map(Reg).collect();
        Binding::Lambda { number: self.survey.member(self.number, member), captures, value: None }
    }

    pub fn local(&self, index: u32) -> Binding {
        let lambda = &self.survey.lambdas[self.number as usize];
        self.binding(lambda.start + self.locals.len() as u32 - 1 - index)
    }

    /// A definition of this component.
    pub fn member(&self, index: u32) -> DefId {
        DefId { component: self.survey.id.component, index }
    }

    pub fn pop(&mut self) -> Reg {
        self.values.pop().expect("every evaluation for its value leaves one")
    }

    fn pop_many(&mut self, count: usize) -> Vec<Reg> {
        self.values.split_off(self.values.len() - count)
    }

    /// Passes a value on.
    pub fn deliver(&mut self, value: Reg, dest: Dest) {
        match dest {
            Dest::Value => self.values.push(value),
            Dest::Tail => {
                let result = self.draft.convert(value, self.ret);
                self.draft.end(End::Return(result), Vec::new());
            }
            Dest::Arrive(arrivals) => self.arrivals[arrivals].from.push((self.draft.at(), value)),
        }
    }

    /// Where branches that start here deliver.
    pub fn settle(&mut self, dest: Dest) -> Dest {
        let Dest::Value = dest else { return dest };
        let param = self.draft.register(Rep::V);
        let (join, block) = self.draft.join(vec![param]);
        self.arrivals.push(Arrivals { join, block, param, from: Vec::new() });
        let place = self.arrivals.len() - 1;
        self.tasks.push(Task::Joined(place));
        Dest::Arrive(place)
    }

    /// All branches are lowered: they jump, and what follows goes on behind the join point.
    fn joined(&mut self, place: usize) {
        let Arrivals { join, block, param, ref mut from } = self.arrivals[place];
        let from = std::mem::take(from);
        let mut reps = from.iter().map(|(_, reg)| self.draft.rep(*reg));
        let rep = reps.next().filter(|first| reps.all(|rep| rep == *first)).unwrap_or(Rep::V);
        self.draft.set_rep(param, rep);
        for (block, value) in from {
            self.draft.enter(block);
            let value = self.draft.convert(value, rep);
            self.draft.end(End::Jump(join, vec![value]), Vec::new());
        }
        self.draft.enter(block);
        self.values.push(param);
    }

    fn branch(&mut self, yes: &'t Term, no: &'t Term, dest: Dest) {
        let condition = self.condition();
        let dest = self.settle(dest);
        let [yes_block, no_block] = [self.draft.child(), self.draft.child()];
        self.branch_to(condition, yes_block, no_block);
        self.tasks.extend([Task::Eval(no, dest), Task::Enter(no_block), Task::Eval(yes, dest), Task::Enter(yes_block)]);
    }

    /// The last value, as a word.
    pub fn condition(&mut self) -> Reg {
        let condition = self.pop();
        self.draft.convert(condition, Rep::W(Scalar::Boolean))
    }

    pub fn branch_to(&mut self, condition: Reg, yes: BlockId, no: BlockId) {
        let empty = || Box::new(crate::draft::empty());
        self.draft.end(End::If(condition, empty(), empty()), vec![yes, no]);
    }

    fn handle(&mut self, abilities: &[TypeRef], dest: Dest) {
        let handler = self.pop();
        let body = self.pop();
        let body = self.draft.convert(body, Rep::V);
        let handler = self.draft.convert(handler, Rep::V);
        let into = self.draft.register(Rep::V);
        let resume = crate::draft::RESUME;
        self.draft.step(Step::Handle { into, abilities: abilities.to_vec(), body, handler, resume });
        self.deliver(into, dest);
    }
}

fn literal_rep(literal: &Literal) -> Rep {
    match literal {
        Literal::Nat(_) => Rep::W(Scalar::Nat),
        Literal::Int(_) => Rep::W(Scalar::Int),
        Literal::Float(_) => Rep::W(Scalar::Float),
        Literal::Char(_) => Rep::W(Scalar::Char),
        Literal::Boolean(_) => Rep::W(Scalar::Boolean),
        Literal::Text(_) | Literal::Bytes(_) => Rep::V,
    }
}
