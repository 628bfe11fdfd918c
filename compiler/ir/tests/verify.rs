//! Every reason for which a function is refused, each by one change to a function that is accepted.

use base::Hash;
use builtin::{Builtin, BuiltinType};
use ir::verify::Interfaces;
use ir::*;
use kernel::{DefId, Literal, TermRef, TypeRef};

const NAT: Rep = Rep::W(Scalar::Nat);
const BOOLEAN: Rep = Rep::W(Scalar::Boolean);
const PAIR: TypeRef = TypeRef::Builtin(BuiltinType::Tuple(2));
const EXCEPTION: TypeRef = TypeRef::Builtin(BuiltinType::Exception);

fn code(index: u32, lambda: u32) -> CodeId {
    CodeId { def: DefId { component: Hash([7; 32]), index }, lambda }
}

/// Definition 0 takes `V` and `Nat` and returns `Nat`; its lambda 1 captures one and takes one; definition 1 takes a `Nat` and returns `V`.
struct Facts;

impl Interfaces for Facts {
    fn code(&self, id: CodeId) -> Option<(Vec<Rep>, Rep)> {
        match (id.def.index, id.lambda) {
            (0, 0) => Some((vec![Rep::V, NAT], NAT)),
            (0, 1) => Some((vec![Rep::V, Rep::V], Rep::V)),
            // A clause of lambda 1.
            (0, 2) => Some((vec![Rep::V, Rep::V], Rep::V)),
            (1, 0) => Some((vec![NAT], Rep::V)),
            (2, 0) => Some((vec![], NAT)),
            _ => None,
        }
    }

    fn captures(&self, id: CodeId) -> Option<u32> {
        self.code(id).map(|_| id.lambda % 2)
    }

    fn is_clause(&self, id: CodeId) -> bool {
        id == code(0, 2)
    }

    fn fields(&self, ty: TypeRef, constructor: u32) -> Option<Vec<Rep>> {
        (ty == PAIR && constructor == 0).then(|| vec![Rep::V, NAT])
    }

    fn operation(&self, ability: TypeRef, operation: u32) -> Option<u32> {
        (ability == EXCEPTION && operation == 0).then_some(1)
    }
}

fn r(i: u32) -> Reg {
    Reg(i)
}

fn block(steps: Vec<Step>, end: End) -> Block {
    Block { steps, end }
}

fn call(into: u32, callee: Callee, args: Vec<Reg>, resume: u32) -> Step {
    Step::Call { into: r(into), callee, args, resume: ResumeId::numbered(resume) }
}

/// Has one of almost everything:
///
///     fn f (r0, r1: Nat) -> Nat
///       j0(r2: Nat):
///         return r2
///       r3 = call g(r1) @0 [r0, r1]
///       r4: Boolean = Nat.isEven(r1)
///       if r4
///       : switch r0
///         pair(r5, r6: Nat):
///           r7 = closure f/1[r5]
///           r8 = call r7(r3) @1 [r6]
///           jump j0(r6)
///       : r9 = perform raise(r0) @2 [r1]
///         switch r1 on 4:
///           tail call f(r9, r1)
///         default: fault
fn good() -> Function {
    let join = Step::Join { id: JoinId(0), params: vec![r(2)], block: block(vec![], End::Return(r(2))) };
    let case = block(
        vec![Step::Let(r(7), Op::Closure(code(0, 1), vec![r(5)])), call(8, Callee::Value(r(7)), vec![r(3)], 1)],
        End::Jump(JoinId(0), vec![r(6)]),
    );
    let tag = Tag::Constructor(PAIR, 0);
    let cases = vec![SwitchCase { tag, fields: vec![Some(r(5)), Some(r(6))], block: case }];
    let yes = block(vec![], End::Switch { on: r(0), cases, default: None });
    let perform =
        Step::Perform { into: r(9), ability: EXCEPTION, operation: 0, args: vec![r(0)], resume: ResumeId::numbered(2) };
    let tail = End::TailCall { callee: Callee::Code(code(0, 0)), args: vec![r(9), r(1)] };
    let default = Box::new(block(vec![], End::Fault(Fault::NoCase)));
    let no = block(vec![perform], End::SwitchWord { on: r(1), cases: vec![(4, block(vec![], tail))], default });
    let steps = vec![
        join,
        call(3, Callee::Code(code(1, 0)), vec![r(1)], 0),
        Step::Let(r(4), Op::Builtin(Builtin::NatIsEven, vec![r(1)])),
    ];
    let live = |regs: &[u32]| ResumePoint { live: regs.iter().map(|i| r(*i)).collect(), attached: false };
    Function {
        id: code(0, 0),
        captures: 0,
        params: vec![Rep::V, NAT],
        ret: NAT,
        is_clause: false,
        inlined: std::sync::Arc::default(),
        clauses: vec![],
        registers: vec![Rep::V, NAT, NAT, Rep::V, BOOLEAN, Rep::V, NAT, Rep::V, Rep::V, Rep::V],
        resume_points: vec![live(&[0, 1]), live(&[6]), live(&[1])],
        body: block(steps, End::If(r(4), Box::new(yes), Box::new(no))),
    }
}

/// Of [`good`]: its branches, by what they are.
fn branches(f: &mut Function) -> (&mut Block, &mut Block) {
    match &mut f.body.end {
        End::If(_, yes, no) => (yes, no),
        _ => unreachable!("the body ends in an if"),
    }
}

fn case(f: &mut Function) -> &mut SwitchCase {
    match &mut branches(f).0.end {
        End::Switch { cases, .. } => &mut cases[0],
        _ => unreachable!("the first branch is a switch"),
    }
}

/// Another step before the others, with a fresh register of this representation.
fn first(f: &mut Function, rep: Rep, op: Op) {
    let into = r(f.registers.len() as u32);
    f.registers.push(rep);
    f.body.steps.insert(0, Step::Let(into, op));
}

fn refused(change: impl FnOnce(&mut Function)) -> String {
    let mut function = good();
    change(&mut function);
    verify(function, &Facts).map(|_| ()).expect_err("it is refused").what
}

#[test]
fn a_function_with_one_of_almost_everything_is_accepted() {
    let function = good();
    if let Err(error) = verify(function.clone(), &Facts) {
        panic!("{error}\n{function}");
    }
}

#[test]
fn headers_are_those_of_the_interface() {
    assert_eq!(refused(|f| f.id = code(9, 0)), "#0s3ge1o7.9/0 has no interface");
    assert!(refused(|f| f.params[1] = Rep::V).starts_with("the parameters"));
    assert!(refused(|f| f.ret = Rep::V).starts_with("the result"));
    assert!(refused(|f| f.captures = 1).starts_with("the captures"));
    assert!(refused(|f| f.registers[1] = Rep::V).ends_with("does not hold its parameters first"));
    assert!(refused(|f| f.registers.resize(limits::REGISTERS_MAX + 1, Rep::V)).ends_with("too many registers"));
}

#[test]
fn registers_are_assigned_once_and_before_they_are_read() {
    let copy = |to| Step::Let(r(to), Op::List(vec![]));
    assert_eq!(refused(|f| f.body.steps.push(copy(3))), "r3 is assigned twice");
    assert_eq!(refused(|f| branches(f).1.steps.push(copy(7))), "r7 is assigned twice");
    assert_eq!(refused(|f| f.body.steps.push(copy(99))), "r99 does not exist");
    assert_eq!(refused(|f| first(f, Rep::V, Op::List(vec![r(3)]))), "r3 is read where it is not assigned");
    let beside = |f: &mut Function| {
        f.registers.push(Rep::V);
        branches(f).1.steps.push(Step::Let(r(10), Op::List(vec![r(7)])));
    };
    assert_eq!(refused(beside), "r7 is read where it is not assigned");
    assert_eq!(refused(|f| first(f, Rep::V, Op::List(vec![r(99)]))), "r99 does not exist");
    assert_eq!(refused(|f| f.registers.push(Rep::V)), "a register is never assigned");
}

#[test]
fn operations_read_and_give_what_they_say() {
    assert_eq!(refused(|f| first(f, NAT, Op::Literal(Literal::Text("".into())))), "r10 is Nat, not V");
    assert_eq!(refused(|f| first(f, Rep::V, Op::Literal(Literal::Nat(1)))), "r10 is V, not Nat");
    assert_eq!(refused(|f| first(f, Rep::V, Op::Box(r(0)))), "r0 is boxed twice");
    assert_eq!(refused(|f| first(f, NAT, Op::Unbox(r(1), Scalar::Nat))), "r1 is Nat, not V");
    assert_eq!(refused(|f| first(f, Rep::V, Op::List(vec![r(1)]))), "r1 is Nat, not V");
    let add = |args| move |f: &mut Function| first(f, NAT, Op::Builtin(Builtin::NatAdd, args));
    assert_eq!(refused(add(vec![r(1)])), "Nat.+ has 1 arguments, not 2");
    assert_eq!(refused(add(vec![r(1), r(0)])), "r0 is V, not Nat");
    let print = Op::Builtin(Builtin::IoPrint, vec![r(0)]);
    assert_eq!(refused(|f| first(f, Rep::V, print)), "IO.console.print is not computed at once");
    let run = Op::Builtin(Builtin::ScopeRun, vec![r(0)]);
    assert_eq!(refused(|f| first(f, Rep::V, run)), "mutable.Scope.run is not computed at once");
    let pair = |fields| move |f: &mut Function| first(f, Rep::V, Op::Construct(PAIR, 0, fields));
    assert_eq!(refused(pair(vec![r(0), r(0)])), "r0 is V, not Nat");
    assert_eq!(refused(pair(vec![r(0)])), "a constructor has 1 arguments, not 2");
    let unknown = Op::Construct(PAIR, 1, vec![]);
    assert!(refused(|f| first(f, Rep::V, unknown)).starts_with("constructor 1 of"));
}

#[test]
fn functions_and_closures_are_complete() {
    let closure = |code, captures| move |f: &mut Function| first(f, Rep::V, Op::Closure(code, captures));
    assert!(refused(closure(code(0, 1), vec![])).ends_with("has too few captures"));
    assert!(refused(closure(code(0, 1), vec![r(1)])).ends_with("r1 is Nat, not V"));
    assert!(refused(closure(code(2, 0), vec![])).ends_with("which takes nothing"));
    assert!(refused(closure(code(3, 0), vec![])).ends_with("has no interface"));
    let function = |function| move |f: &mut Function| first(f, Rep::V, Op::Function(function));
    let cluster = FunctionRef::Builtin(Builtin::ClusterRun);
    assert!(refused(function(cluster)).ends_with("takes nothing, so it is no function"));
    assert!(refused(function(FunctionRef::Operation(EXCEPTION, 1))).starts_with("operation 1 of"));
}

#[test]
fn nothing_refers_into_a_cycle() {
    assert_eq!(refused(|f| first(f, Rep::V, Op::TermLink(TermRef::Cycle(0)))), "a link into a cycle");
    assert_eq!(refused(|f| first(f, Rep::V, Op::TypeLink(TypeRef::Cycle(0)))), "a type inside a cycle");
    assert_eq!(refused(|f| first(f, Rep::V, Op::Row(vec![TypeRef::Cycle(0)]))), "a type inside a cycle");
    let handle = |abilities, function| {
        let (into, args, handler, resume) = (r(10), vec![r(0)], r(0), ResumeId::numbered(0));
        Step::Handle { into, abilities, function, args, handler, resume }
    };
    assert_eq!(refused(|f| f.body.steps[1] = handle(vec![TypeRef::Cycle(0)], r(0))), "a type inside a cycle");
    assert_eq!(refused(|f| f.body.steps[1] = handle(vec![], r(1))), "r1 is Nat, not V");
}

/// A clause: `r0` is what the handler holds, `r1` the argument. If `r0` says so it goes on with the frames, else it detaches them and calls them.
fn clause() -> Function {
    let value = Step::Let(r(3), Op::Unbox(r(0), Scalar::Boolean));
    let (abilities, resume) = (vec![EXCEPTION], ResumeId::numbered(0));
    let again = Step::Reinstate { into: r(4), abilities, value: r(1), handler: Some(r(0)), resume };
    let yes = block(vec![again], End::Return(r(4)));
    let tail = End::TailCall { callee: Callee::Value(r(2)), args: vec![r(1)] };
    let no = block(vec![Step::Detach { into: Some(r(2)) }], tail);
    Function {
        id: code(0, 2),
        captures: 0,
        params: vec![Rep::V; 2],
        ret: Rep::V,
        is_clause: true,
        inlined: std::sync::Arc::default(),
        clauses: vec![],
        registers: vec![Rep::V, Rep::V, Rep::V, BOOLEAN, Rep::V],
        resume_points: vec![ResumePoint { live: vec![], attached: true }],
        body: block(vec![value], End::If(r(3), Box::new(yes), Box::new(no))),
    }
}

#[test]
fn clauses_end_attached_or_detached_as_they_have_to() {
    assert!(verify(clause(), &Facts).is_ok());
    let refused_clause = |change: &dyn Fn(&mut Function)| {
        let mut function = clause();
        change(&mut function);
        verify(function, &Facts).map(|_| ()).expect_err("it is refused").what
    };
    assert_eq!(refused_clause(&|f| f.is_clause = false), format!("{} is a clause, or is not", code(0, 2)));
    let no = |f: &mut Function, steps| branches(f).1.steps = steps;
    assert_eq!(
        refused_clause(&|f| no(f, vec![Step::Let(r(2), Op::List(vec![]))])),
        "a tail call where a clause is attached"
    );
    let twice = |f: &mut Function| branches(f).1.steps.push(Step::Detach { into: None });
    assert_eq!(refused_clause(&twice), "a clause is detached where none is attached");
    let late = |f: &mut Function| branches(f).0.steps.insert(0, Step::Detach { into: None });
    assert_eq!(refused_clause(&late), "frames are reinstated where none is attached");
    let more = |f: &mut Function| branches(f).0.steps.push(Step::Detach { into: None });
    assert_eq!(refused_clause(&more), "something follows what goes on elsewhere");
    let other = |f: &mut Function| branches(f).0.end = End::Return(r(1));
    assert_eq!(refused_clause(&other), "what goes on elsewhere is not the result");
    let bare = |f: &mut Function| {
        branches(f).0.steps.clear();
        branches(f).0.end = End::Return(r(1));
    };
    assert_eq!(refused_clause(&bare), "a return where a clause is attached");
    let early = |f: &mut Function| f.resume_points[0].attached = false;
    assert_eq!(refused_clause(&early), "resume point 0 holds something else than what is used after it");
    let call_clause = |f: &mut Function| {
        f.body.steps[1] = call(3, Callee::Code(code(0, 2)), vec![r(0), r(0)], 0);
    };
    assert!(refused(call_clause).starts_with("a call of the clause"));
    assert!(refused(|f| first(f, Rep::V, Op::Closure(code(0, 2), vec![r(0)]))).starts_with("a closure of the clause"));
    let named =
        |operation, code| move |f: &mut Function| f.clauses = vec![Clause { ability: EXCEPTION, operation, code }];
    assert!(
        verify(
            Function { clauses: vec![Clause { ability: EXCEPTION, operation: 0, code: code(0, 2) }], ..good() },
            &Facts
        )
        .is_ok()
    );
    assert!(refused(named(1, code(0, 2))).ends_with("is unknown"));
    assert!(refused(named(0, code(0, 1))).ends_with("is no clause of it"));
    let both = Clause { ability: EXCEPTION, operation: 0, code: code(0, 2) };
    assert!(refused(|f| f.clauses = vec![both; 2]).ends_with("two clauses for an operation"));
}

#[test]
fn calls_pass_what_the_callee_takes() {
    let callee = |callee, args| move |f: &mut Function| f.body.steps[1] = call(3, callee, args, 0);
    assert!(refused(callee(Callee::Code(code(1, 0)), vec![])).ends_with("has 0 arguments, not 1"));
    assert_eq!(refused(callee(Callee::Code(code(1, 0)), vec![r(0)])), "r0 is V, not Nat");
    assert!(refused(callee(Callee::Code(code(3, 0)), vec![])).ends_with("has no interface"));
    assert_eq!(refused(callee(Callee::Code(code(0, 0)), vec![r(0), r(1)])), "r3 is V, not Nat");
    assert_eq!(refused(callee(Callee::Host(Builtin::IoPrint), vec![r(1)])), "r1 is Nat, not V");
    assert_eq!(refused(callee(Callee::Host(Builtin::NatAdd), vec![])), "Nat.+ is no request");
    assert_eq!(refused(callee(Callee::Host(Builtin::RefRead), vec![])), "mutable.Ref.read is no request");
    assert_eq!(refused(callee(Callee::Host(Builtin::ScopeRun), vec![])), "mutable.Scope.run is no request");
    assert_eq!(refused(callee(Callee::Value(r(0)), vec![])), "a value is called without arguments");
    assert_eq!(refused(callee(Callee::Value(r(1)), vec![r(0)])), "r1 is Nat, not V");
    let many = vec![r(0); limits::PARAMS_MAX + 1];
    assert_eq!(refused(callee(Callee::Value(r(0)), many)), "a value is called with too many arguments");
    let raise =
        |args| Step::Perform { into: r(3), ability: EXCEPTION, operation: 0, args, resume: ResumeId::numbered(0) };
    assert_eq!(refused(|f| f.body.steps[1] = raise(vec![])), "an operation has 0 arguments, not 1");
}

#[test]
fn ends_are_consistent_with_the_function_and_its_joins() {
    let end = |end| move |f: &mut Function| case(f).block.end = end;
    assert_eq!(refused(end(End::Return(r(0)))), "r0 is V, not Nat");
    let tail = End::TailCall { callee: Callee::Code(code(1, 0)), args: vec![r(1)] };
    assert_eq!(refused(end(tail)), "a tail call returns V, not Nat");
    assert_eq!(refused(end(End::Jump(JoinId(0), vec![]))), "j0 has 0 arguments, not 1");
    assert_eq!(refused(end(End::Jump(JoinId(0), vec![r(0)]))), "r0 is V, not Nat");
    assert_eq!(refused(end(End::Jump(JoinId(1), vec![]))), "j1 is not in scope");
    let looping = |f: &mut Function| {
        let Step::Join { block, .. } = &mut f.body.steps[0] else { unreachable!("the join stands first") };
        block.end = End::Jump(JoinId(0), vec![r(2)]);
    };
    assert_eq!(refused(looping), "j0 is not in scope");
    let twice = |f: &mut Function| {
        let join = Step::Join { id: JoinId(0), params: vec![], block: block(vec![], End::Fault(Fault::NoCase)) };
        f.body.steps.push(join);
    };
    assert_eq!(refused(twice), "j0 is out of order");
    let nothing = || Box::new(block(vec![], End::Fault(Fault::NoCase)));
    assert_eq!(refused(end(End::If(r(6), nothing(), nothing()))), "r6 is Nat, not Boolean");
}

#[test]
fn switches_have_distinct_cases_of_the_right_shape() {
    assert!(refused(|f| case(f).fields.truncate(1)).ends_with("wrong number of fields"));
    assert_eq!(refused(|f| case(f).fields.reverse()), "r6 is Nat, not V");
    assert!(refused(|f| case(f).tag = Tag::Constructor(PAIR, 1)).starts_with("constructor 1 of"));
    assert!(refused(|f| case(f).tag = Tag::Pure).ends_with("wrong number of fields"));
    assert_eq!(refused(|f| case(f).tag = Tag::Request(EXCEPTION, 0)), "r6 is Nat, not V");
    let nothing = || block(vec![], End::Fault(Fault::NoCase));
    let switch = |on, tags: Vec<Tag>| {
        let cases = tags.into_iter().map(|tag| SwitchCase { tag, fields: vec![None], block: nothing() });
        let end = End::Switch { on, cases: cases.collect(), default: None };
        move |f: &mut Function| branches(f).1.end = end
    };
    assert_eq!(refused(switch(r(9), vec![Tag::Pure, Tag::Pure])), "a switch has a constructor twice");
    assert_eq!(refused(switch(r(1), vec![Tag::Pure])), "r1 is Nat, not V");
    let words = |on, words: &[u64]| {
        let cases = words.iter().map(|word| (*word, nothing())).collect();
        let end = End::SwitchWord { on, cases, default: Box::new(nothing()) };
        move |f: &mut Function| branches(f).1.end = end
    };
    assert_eq!(refused(words(r(1), &[4, 4])), "a switch has a word twice");
    assert_eq!(refused(words(r(0), &[])), "a switch on the word r0, which is V");
}

#[test]
fn resume_points_are_numbered_as_they_stand_and_hold_what_is_used_later() {
    let resume =
        |resume| move |f: &mut Function| f.body.steps[1] = call(3, Callee::Code(code(1, 0)), vec![r(1)], resume);
    assert_eq!(refused(resume(1)), "resume point 1 is out of order");
    assert_eq!(refused(|f| f.resume_points.truncate(2)), "resume point 2 does not exist");
    assert_eq!(
        refused(|f| f.resume_points.push(ResumePoint { live: vec![], attached: false })),
        "a resume point is not used"
    );
    let holds = "resume point 0 holds something else than what is used after it";
    assert_eq!(refused(|f| f.resume_points[0].live.truncate(1)), holds);
    assert_eq!(refused(|f| f.resume_points[0].live.push(r(3))), holds);
    assert_eq!(refused(|f| f.resume_points[0].live.reverse()), holds);
    assert!(refused(|f| f.resume_points[1].live.clear()).starts_with("resume point 1 holds"));
}

#[test]
fn functions_are_limited() {
    let nested = |levels| {
        move |f: &mut Function| {
            f.resume_points.clear();
            f.registers = vec![Rep::V, NAT, BOOLEAN];
            let nothing = || Box::new(block(vec![], End::Fault(Fault::NoCase)));
            f.body = *nothing();
            for _ in 1..levels {
                let inside = std::mem::replace(&mut f.body, *nothing());
                f.body.end = End::If(r(2), Box::new(inside), nothing());
            }
            f.body.steps.push(Step::Let(r(2), Op::Literal(Literal::Boolean(true))));
        }
    };
    assert_eq!(refused(nested(limits::NESTING_MAX + 1)), "blocks are nested too deeply");
    let mut deepest = good();
    nested(limits::NESTING_MAX)(&mut deepest);
    // Small threads may do everything that is done natively with what is accepted.
    let small = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let copy = deepest.clone();
        assert!(copy == deepest);
        drop(copy);
        assert!(verify(deepest, &Facts).is_ok());
    });
    small.expect("a thread starts").join().expect("its stack is large enough");
}

#[test]
fn long_live_lists_are_refused_and_cost_no_more_than_the_limit() {
    let count = 4_000u32;
    let mut steps: Vec<Step> = (0..count).map(|i| call(2 + i, Callee::Code(code(1, 0)), vec![r(1)], i)).collect();
    let all: Vec<Reg> = (2..2 + count).map(r).collect();
    steps.push(Step::Let(r(2 + count), Op::List(all)));
    let mut function = good();
    function.registers = vec![Rep::V; 3 + count as usize];
    function.registers[1] = NAT;
    function.resume_points = vec![ResumePoint { live: vec![], attached: false }; count as usize];
    function.body = block(steps, End::Return(r(1)));
    assert_eq!(liveness::resume_points(&function), Err(liveness::TooLarge));
    assert_eq!(verify(function, &Facts).map(|_| ()).expect_err("it is refused").what, "frames hold too much");
}
