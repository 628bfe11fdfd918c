//! What is not lowered, and that nothing recurses over what is.

use crate::support::World;
use base::Hash;
use kernel::{Case, Definition, Literal, Pattern, Signature, Term, TermRef, Type, TypeRef};
use lower::LowerError;

fn one(body: Term) -> World {
    let mut world = World::read("(type P (_) ()) (ability Store 0 1)");
    world.members.push(Definition { signature: Signature { ty: Type::Var(0), by_name: false }, body });
    world
}

fn refused(body: Term) -> LowerError {
    one(body).lower().expect_err("it is refused")
}

fn malformed(body: Term) -> &'static str {
    match refused(body) {
        LowerError::Malformed(what) => what,
        other => panic!("malformed, not {other}"),
    }
}

fn nat(n: u64) -> Term {
    Term::Literal(Literal::Nat(n))
}

fn lambda(params: u32, body: Term) -> Term {
    Term::Lambda(params, Box::new(body))
}

fn def(n: u8) -> kernel::DefId {
    kernel::DefId { component: Hash([n; 32]), index: 0 }
}

#[test]
fn everything_missing_is_reported_at_once() {
    let absent = |n| Term::Ref(TermRef::Def(def(n)));
    let pattern = Pattern::Constructor(TypeRef::Def(def(60)), 0, Vec::new());
    let cases = vec![Case { pattern, guard: None, body: absent(50) }];
    let body = Term::List(vec![
        absent(70),
        lambda(1, absent(50)),
        Term::Match(Box::new(nat(0)), cases),
        // A link is only a name.
        Term::TermLink(TermRef::Def(def(80))),
        Term::TypeLink(TypeRef::Def(def(81))),
    ]);
    assert_eq!(refused(body), LowerError::Missing([50, 60, 70].map(|n| Hash([n; 32])).to_vec()));
}

#[test]
fn terms_that_elaboration_never_makes_are_malformed() {
    let builtin = |ty| TypeRef::Builtin(ty);
    assert_eq!(malformed(Term::Local(0)), "a variable that is not bound");
    assert_eq!(malformed(lambda(1, Term::Local(1))), "a variable that is not bound");
    assert_eq!(malformed(lambda(0, nat(0))), "a lambda without parameters");
    assert_eq!(malformed(Term::LetRec(vec![nat(0)], Box::new(nat(0)))), "a recursive binding that is no lambda");
    assert_eq!(malformed(Term::Ref(TermRef::Cycle(1))), "a member that the component does not have");
    let own = kernel::DefId { component: crate::support::COMPONENT, index: 0 };
    assert_eq!(malformed(Term::Ref(TermRef::Def(own))), "a component that names itself by hash");
    assert_eq!(malformed(Term::TypeLink(TypeRef::Cycle(0))), "a type inside a cycle");
    let constructor = "a constructor that does not exist";
    assert_eq!(malformed(Term::Constructor(builtin(builtin::BuiltinType::Optional), 2)), constructor);
    assert_eq!(malformed(Term::Constructor(builtin(builtin::BuiltinType::Exception), 0)), constructor);
    // Programs cannot forge an open file.
    assert_eq!(malformed(Term::Constructor(builtin(builtin::BuiltinType::FileHandle), 0)), constructor);
    let operation = "an operation that does not exist";
    assert_eq!(malformed(Term::Operation(builtin(builtin::BuiltinType::Optional), 0)), operation);
    assert_eq!(malformed(Term::Operation(builtin(builtin::BuiltinType::Io), 0)), operation);
    let matching = |pattern| {
        let cases = vec![Case { pattern, guard: None, body: nat(0) }];
        malformed(Term::Match(Box::new(nat(0)), cases))
    };
    assert_eq!(matching(Pattern::Literal(Literal::Float(0))), "a pattern that is a float");
    let some = Pattern::Constructor(builtin(builtin::BuiltinType::Optional), 1, Vec::new());
    assert_eq!(matching(some), "a pattern with too many or too few fields");
}

#[test]
fn hostile_sizes_are_refused() {
    let large = |body| match refused(body) {
        LowerError::TooLarge(what) => what,
        other => panic!("too large, not {other}"),
    };
    assert_eq!(large(lambda(u32::MAX, nat(0))), "parameters of a lambda");
    assert!(
        one(Term::List((0..70_000).map(nat).collect())).lower().is_ok(),
        "a long list has no more values at once than a short one"
    );
    assert_eq!(large(Term::List((0..600_000).map(nat).collect())), "registers");
    let args = (0..2_000).map(nat).collect();
    assert_eq!(large(lambda(1, Term::App(Box::new(Term::Local(0)), args))), "arguments");
    // Each of many lambdas captures all of many variables.
    let all = Term::List((0..5_000).map(Term::Local).collect());
    let nested = (0..300).fold(all, |body, _| lambda(1, body));
    assert_eq!(large(Term::Let((0..5_000).map(nat).collect(), Box::new(nested))), "captured variables");
    // Many calls, each while many values wait for the last one.
    let call = || Term::App(Box::new(Term::Local(0)), vec![nat(0)]);
    let calls = Term::App(Box::new(Term::Local(0)), (0..1_000).map(|_| call()).collect());
    let calls = (0..20).fold(calls, |inner, _| {
        let args = (0..999).map(|_| call()).chain([inner]).collect();
        Term::App(Box::new(Term::Local(0)), args)
    });
    assert_eq!(large(lambda(1, calls)), "what frames hold");
}

/// In a thread with the stack that threads have. Terms are leaked, since dropping one recurses.
fn in_a_small_thread(make: impl FnOnce() -> Term + Send + 'static) -> Result<usize, LowerError> {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let world = one(make());
        let lowered = world.lower().map(|functions| functions.len());
        std::mem::forget(world);
        lowered
    });
    thread.expect("a thread starts").join().expect("nothing recurses over terms")
}

const DEEP: usize = 20_000;

#[test]
fn deep_terms_are_lowered_on_a_small_stack() {
    let plus = || Term::Ref(TermRef::Builtin(builtin::Builtin::NatAdd));
    let chain = move || (0..DEEP).fold(nat(0), |sum, _| Term::App(Box::new(plus()), vec![sum, nat(1)]));
    assert_eq!(in_a_small_thread(chain), Ok(1));
    let lets = || (0..DEEP).fold(Term::Local(0), |body, _| Term::Let(vec![nat(1)], Box::new(body)));
    assert_eq!(in_a_small_thread(lets), Ok(1));
    let lambdas = || (0..DEEP).fold(Term::Local(0), |body, _| lambda(1, body));
    assert_eq!(in_a_small_thread(lambdas), Ok(DEEP));
    let pattern = || {
        let pattern = (0..DEEP).fold(Pattern::Any, |inner, _| Pattern::As(Box::new(inner)));
        Term::Match(Box::new(nat(0)), vec![Case { pattern, guard: None, body: nat(0) }])
    };
    assert_eq!(in_a_small_thread(pattern), Ok(1));
    // Branches are blocks, and those are dropped natively, so they are limited.
    let branches = || {
        let truth = || Box::new(Term::Literal(Literal::Boolean(true)));
        (0..DEEP).fold(nat(0), |inner, _| Term::If(truth(), Box::new(nat(0)), Box::new(inner)))
    };
    let deep = LowerError::TooLarge("branches inside each other");
    assert_eq!(in_a_small_thread(branches), Err(deep.clone()));
    let patterns = || {
        let some = TypeRef::Builtin(builtin::BuiltinType::Optional);
        let pattern = (0..DEEP).fold(Pattern::Any, |inner, _| Pattern::Constructor(some, 1, vec![inner]));
        Term::Match(Box::new(nat(0)), vec![Case { pattern, guard: None, body: nat(0) }])
    };
    assert_eq!(in_a_small_thread(patterns), Err(deep));
}

#[test]
fn many_cases_are_as_shallow_as_few() {
    let case = |n: usize| {
        let pattern = Pattern::Literal(Literal::Text(n.to_string().into()));
        Case { pattern, guard: None, body: nat(n as u64) }
    };
    let on = Term::Literal(Literal::Text("7".into()));
    let world = one(Term::Match(Box::new(on), (0..3_000).map(case).collect()));
    assert!(world.lower().is_ok());
}
