//! Terms to steps.
//!
//! A term is lowered by tasks on a stack, never by recursion. A task that evaluates a term says what for ([`Dest`]): its value for the task below it, the function's result, or the parameter of
//! a join point. A branch taken for its value gets a join point, whose block goes on with what follows.

use crate::LowerError;
use crate::calls::Head;
use crate::clauses::{Clauses, Plan, delayed_call, performs_nothing};
use crate::draft::{BlockId, Draft, unnumbered};
use crate::facts::Facts;
use crate::patterns::{self, Node};
use crate::survey::Survey;
use builtin::{Builtin, BuiltinType};
use ir::{CodeId, End, Function, JoinId, Op, Reg, Rep, Scalar, Step, limits, liveness};
use kernel::{Case, DefId, Literal, Site, Term, TermRef, TypeRef};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

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
    /// It is the result, and the clause is attached.
    Attached,
}

/// What stands for a variable that is not used before it gets a register.
pub(crate) const UNBOUND: Reg = Reg(u32::MAX);

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
    Apply(Head, usize, Site, Dest),
    /// Makes a list of so many last values.
    List(usize),
    /// Puts the last two values, which are lists, together.
    Append,
    Deliver(Dest),
    If(&'t Term, &'t Term, Dest),
    /// Handles the function with so many arguments, which stand above it, below the handler.
    Handle(&'t [TypeRef], usize, Dest),
    /// Goes on with the frames below: the value is the last one, the handler the one before.
    Reinstate(&'t [TypeRef]),
    /// Binds `()`.
    BindUnit,
    /// Leaves `()`.
    Unit,
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
    clauses: &'a Clauses<'t>,
    /// The number of the lambda; of the handler, in a clause.
    number: u32,
    pub ret: Rep,
    /// The call that is made.
    pub site: Site,
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
    pub fn function(
        survey: &'a Survey<'t>,
        facts: &'a Facts,
        clauses: &'a Clauses<'t>,
        number: u32,
    ) -> Result<Function, LowerError> {
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
        let mut lowering = Lowering::new(survey, facts, clauses, number, &params, ret, locals);
        lowering.tasks.push(Task::Eval(lambda.body, Dest::Tail));
        lowering.run()?;
        let clauses = clauses.of_lambda(number).map(|(place, clause)| ir::Clause {
            ability: clause.ability,
            operation: clause.operation,
            code: clause_code(survey, place),
        });
        let id = CodeId { def: survey.id, lambda: number };
        let clauses = clauses.collect();
        lowering.finish(Function { clauses, ..header(id, captures as u32, params, ret) })
    }

    /// The code of a handler for one operation.
    pub fn clause(
        survey: &'a Survey<'t>,
        facts: &'a Facts,
        clauses: &'a Clauses<'t>,
        place: usize,
    ) -> Result<Function, LowerError> {
        let clause = &clauses.all[place];
        let captures = survey.captures(clause.of).len();
        let held = captures + survey.lambdas[clause.of as usize].params as usize - 1;
        let params = vec![Rep::V; held + clause.arity as usize];
        let args: Vec<Reg> = (held..params.len()).map(|i| Reg(i as u32)).collect();
        // The last parameter of the handler is the request, which is not there.
        let locals = (captures..held).map(|i| Reg(i as u32)).chain([UNBOUND]).map(Binding::Value).collect();
        let mut lowering = Lowering::new(survey, facts, clauses, clause.of, &params, Rep::V, locals);
        lowering.matching_requests(&clause.cases, &args)?;
        lowering.run()?;
        let header = header(clause_code(survey, place), 0, params, Rep::V);
        lowering.finish(Function { is_clause: true, ..header })
    }

    fn new(
        survey: &'a Survey<'t>,
        facts: &'a Facts,
        clauses: &'a Clauses<'t>,
        number: u32,
        params: &[Rep],
        ret: Rep,
        locals: Vec<Binding>,
    ) -> Lowering<'a, 't> {
        Lowering {
            survey,
            facts,
            clauses,
            number,
            ret,
            site: Site::NONE,
            draft: Draft::new(params),
            locals,
            values: Vec::new(),
            tasks: Vec::new(),
            arrivals: Vec::new(),
            nodes: Vec::new(),
            failed_to: BTreeSet::new(),
        }
    }

    /// The function of this header.
    fn finish(self, header: Function) -> Result<Function, LowerError> {
        let finished = self.draft.finish(header.params.len());
        let point = ir::ResumePoint { live: Vec::new(), attached: false };
        let mut function = Function {
            registers: finished.registers,
            resume_points: vec![point; finished.resume_points],
            body: finished.body,
            ..header
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
            Task::Apply(head, count, site, dest) => {
                let args = self.pop_many(count);
                self.site = site;
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
            Task::Handle(abilities, args, dest) => self.handle(abilities, args, dest),
            Task::Reinstate(abilities) => self.reinstate(abilities),
            Task::Unit => {
                let unit = self.unit();
                self.values.push(unit);
            }
            Task::BindUnit => {
                let unit = self.unit();
                self.locals.push(Binding::Value(unit));
            }
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
        match dest {
            Dest::Attached => self.eval_attached(term),
            _ => self.eval_to(term, dest),
        }
    }

    /// What a clause does, as it was planned.
    fn eval_attached(&mut self, term: &'t Term) -> Result<(), LowerError> {
        match (self.clauses.plan(term).unwrap_or(Plan::Drop), term) {
            (Plan::Follow, _) => return self.eval_to(term, Dest::Attached),
            (Plan::Reinstate, Term::Handle { abilities, body, handler }) => {
                let (_, args) = delayed_call(body).expect("so it was planned");
                self.tasks.extend([Task::Reinstate(abilities), Task::Unbind(1)]);
                self.eval_all(args);
                self.tasks.extend([Task::BindUnit, Task::Eval(handler, Dest::Value)]);
                return Ok(());
            }
            (Plan::Capture(index), _) => {
                let continuation = self.draft.register(Rep::V);
                self.draft.step(Step::Detach { into: Some(continuation) });
                let place = self.locals.len() - 1 - index as usize;
                self.locals[place] = Binding::Value(continuation);
            }
            (Plan::Drop | Plan::Reinstate, _) => self.draft.step(Step::Detach { into: None }),
        }
        self.eval_to(term, Dest::Tail)
    }

    fn eval_to(&mut self, term: &'t Term, dest: Dest) -> Result<(), LowerError> {
        match term {
            Term::Local(_) | Term::Ref(_) | Term::Constructor(..) | Term::Operation(..) | Term::Lambda(..) => {
                let head = self.head(term);
                self.site = Site::NONE;
                self.apply(head, Vec::new(), dest)?;
            }
            Term::App(head, args) => self.application(head, args, self.survey.site(term), dest),
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
            Term::Handle { abilities, body, handler } => self.eval_handle(abilities, body, handler, dest),
        }
        Ok(())
    }

    /// A delay that only calls a function is not made: the function is called under the prompt.
    fn eval_handle(&mut self, abilities: &'t [TypeRef], body: &'t Term, handler: &'t Term, dest: Dest) {
        if let Some((function @ Term::Local(1..), args)) = delayed_call(body)
            && (1..=limits::HANDLE_ARGS_MAX).contains(&args.len())
            && args.iter().all(|arg| performs_nothing(arg, self.facts))
        {
            self.tasks.extend([Task::Handle(abilities, args.len(), dest), Task::Eval(handler, Dest::Value)]);
            self.tasks.push(Task::Unbind(1));
            self.eval_all(args);
            self.tasks.extend([Task::Eval(function, Dest::Value), Task::BindUnit]);
            return;
        }
        self.tasks.extend([
            Task::Handle(abilities, 1, dest),
            Task::Eval(handler, Dest::Value),
            Task::Unit,
            Task::Eval(body, Dest::Value),
        ]);
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
            Dest::Attached => unreachable!("a clause is detached before it has a result"),
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

    fn handle(&mut self, abilities: &[TypeRef], args: usize, dest: Dest) {
        let handler = self.pop_tagged();
        let args = self.pop_many(args);
        let args = self.draft.convert_all(&args, Rep::V);
        let function = self.pop_tagged();
        let into = self.draft.register(Rep::V);
        let resume = unnumbered(Site::NONE);
        self.draft.step(Step::Handle { into, abilities: abilities.to_vec(), function, args, handler, resume });
        self.deliver(into, dest);
    }

    fn reinstate(&mut self, abilities: &[TypeRef]) {
        let value = self.pop_tagged();
        let handler = self.pop_tagged();
        let handler = (!self.is_this_handler(handler)).then_some(handler);
        let (into, resume) = (self.draft.register(Rep::V), unnumbered(Site::NONE));
        self.draft.step(Step::Reinstate { into, abilities: abilities.to_vec(), value, handler, resume });
        self.draft.end(End::Return(into), Vec::new());
    }

    /// Whether a register holds the handler whose clause this is, with what it held.
    fn is_this_handler(&self, handler: Reg) -> bool {
        let own = CodeId { def: self.survey.id, lambda: self.number };
        let lambda = &self.survey.lambdas[self.number as usize];
        let count = self.survey.captures(self.number).len() as u32 + lambda.params - 1;
        let held = |regs: &[Reg]| regs.iter().copied().eq((0..count).map(Reg));
        matches!(self.draft.made_of(handler), Some(Op::Closure(code, regs)) if *code == own && held(regs))
    }

    fn pop_tagged(&mut self) -> Reg {
        let value = self.pop();
        self.draft.convert(value, Rep::V)
    }

    fn unit(&mut self) -> Reg {
        self.draft.op(Rep::V, Op::Construct(TypeRef::Builtin(BuiltinType::Tuple(0)), 0, Vec::new()))
    }
}

/// A function that has no code yet.
fn header(id: CodeId, captures: u32, params: Vec<Rep>, ret: Rep) -> Function {
    Function {
        id,
        captures,
        params,
        ret,
        is_clause: false,
        inlined: Arc::default(),
        clauses: Vec::new(),
        registers: Vec::new(),
        resume_points: Vec::new(),
        body: crate::draft::empty(),
    }
}

/// What names the clause at this place. The numbers follow those of the lambdas.
fn clause_code(survey: &Survey, place: usize) -> CodeId {
    CodeId { def: survey.id, lambda: (survey.lambdas.len() + place) as u32 }
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
