//! Golden vectors: the format is frozen. A change of `golden.txt` is a change of every hash that anybody has stored.
//! `UPDATE=1 cargo test -p hash` writes the file anew.

use base::Hash;
use builtin::{Builtin, BuiltinType};
use hash::{Kind, Object, hash_terms, hash_types, unique_guid};
use kernel::{
    Case, Constructor, Declaration, DeclarationKind, DefId, Definition, Identity, Literal, Pattern, Row, Signature,
    Term, TermRef, Type, TypeRef,
};
use std::fmt::Write;

fn builtin(ty: BuiltinType) -> Type {
    Type::builtin(ty)
}

fn nat() -> Type {
    builtin(BuiltinType::Nat)
}

fn forall(vars: u32, ty: Type) -> Type {
    Type::Forall(vars, ty.into())
}

fn row(heads: Vec<Type>, vars: &[u32]) -> Row {
    Row::new(heads, vars.to_vec())
}

fn term(ty: Type, body: Term) -> Object {
    hash_terms(&[Definition { signature: Signature { ty, by_name: false }, body }]).object
}

fn literal(literal: Literal) -> Term {
    Term::Literal(literal)
}

fn n(n: u64) -> Term {
    literal(Literal::Nat(n))
}

fn call(head: Term, args: Vec<Term>) -> Term {
    Term::App(Box::new(head), args)
}

fn lambda(vars: u32, body: Term) -> Term {
    Term::Lambda(vars, Box::new(body))
}

fn reference(builtin: Builtin) -> Term {
    Term::Ref(TermRef::Builtin(builtin))
}

fn far(index: u32) -> DefId {
    DefId { component: Hash(std::array::from_fn(|i| i as u8)), index }
}

fn case(pattern: Pattern, guard: Option<Term>, body: Term) -> Case {
    Case { pattern, guard, body }
}

fn literals() -> Object {
    let all = [
        Literal::Nat(0),
        Literal::Nat(u64::MAX),
        Literal::Int(-1),
        Literal::Int(i64::MIN),
        Literal::Int(64),
        Literal::Float(1.5f64.to_bits()),
        Literal::Float((-0.0f64).to_bits()),
        Literal::Float(f64::NAN.to_bits() | 1),
        Literal::Char('λ'),
        Literal::Boolean(false),
        Literal::Boolean(true),
        Literal::Text("naïve".into()),
        Literal::Bytes([0, 255, 128].into()),
    ];
    term(Type::list(builtin(BuiltinType::Any)), Term::List(all.map(literal).to_vec()))
}

/// `rest : [a] -> [a]`, with every pattern on lists.
fn patterns() -> Object {
    let var = || Box::new(Pattern::Var);
    let cases = vec![
        case(Pattern::List(vec![]), None, Term::List(vec![])),
        case(Pattern::Cons(Pattern::Any.into(), var()), None, Term::Local(0)),
        case(Pattern::Snoc(var(), Pattern::Any.into()), Some(literal(Literal::Boolean(false))), Term::Local(0)),
        case(Pattern::Prefix(vec![Pattern::Any, Pattern::Var], var()), None, Term::List(vec![Term::Local(1)])),
        case(Pattern::Suffix(var(), vec![Pattern::Literal(Literal::Int(-3))]), None, Term::Local(0)),
        case(Pattern::As(Pattern::Any.into()), None, Term::Local(0)),
    ];
    let list = || Type::list(Type::Var(0));
    let ty = forall(1, Type::fun(list(), Row::empty(), list()));
    term(ty, lambda(1, Term::Match(Box::new(Term::Local(0)), cases)))
}

/// A handler of an ability of the program's own, which resumes.
fn handler() -> Object {
    let ability = TypeRef::Def(far(1));
    let resume = call(Term::Local(0), vec![Term::Local(1)]);
    let cases = vec![
        case(Pattern::Pure(Pattern::Var.into()), None, Term::Local(0)),
        case(
            Pattern::Request { ability, operation: 2, args: vec![Pattern::Var], resume: Pattern::Var.into() },
            None,
            resume,
        ),
    ];
    let handler = lambda(1, Term::Match(Box::new(Term::Local(0)), cases));
    let exception = TypeRef::Builtin(BuiltinType::Exception);
    let body = lambda(1, call(Term::Operation(ability, 2), vec![n(1)]));
    let handle = Term::Handle { abilities: vec![exception, ability], body: body.into(), handler: handler.into() };
    term(Type::delay(row(vec![Type::Ref(ability)], &[]), nat()), lambda(1, handle))
}

/// `f n = if n < 10 then g n else n`, `g n = f (n + 1)`.
fn mutual() -> Object {
    let ty = || Signature { ty: Type::fun(nat(), Row::empty(), nat()), by_name: false };
    let cycle = |member| Term::Ref(TermRef::Cycle(member));
    let condition = call(reference(Builtin::NatLt), vec![Term::Local(0), n(10)]);
    let go = call(cycle(1), vec![Term::Local(0)]);
    let f = lambda(1, Term::If(condition.into(), go.into(), Term::Local(0).into()));
    let next = call(reference(Builtin::NatAdd), vec![Term::Local(0), n(1)]);
    let g = lambda(1, call(cycle(0), vec![next]));
    hash_terms(&[Definition { signature: ty(), body: f }, Definition { signature: ty(), body: g }]).object
}

fn lets() -> Object {
    let double = call(reference(Builtin::NatAdd), vec![Term::Local(0), Term::Local(0)]);
    let even = lambda(1, call(Term::Local(1), vec![Term::Local(0)]));
    let odd = lambda(1, call(Term::Local(2), vec![Term::Local(0)]));
    let inner = Term::LetRec(vec![even, odd], call(Term::Local(1), vec![Term::Local(3)]).into());
    term(nat(), Term::Let(vec![n(21), double], inner.into()))
}

/// `ship node f = at node (f ())`, whose row the checker recorded; and links.
fn remote() -> Object {
    let abilities = Term::Row(vec![TypeRef::Builtin(BuiltinType::Io), TypeRef::Def(far(0))]);
    let body = lambda(1, call(Term::Local(1), vec![Term::Constructor(TypeRef::Builtin(BuiltinType::Tuple(0)), 0)]));
    let at = call(reference(Builtin::RemoteAt), vec![abilities, Term::Local(1), body]);
    let links = [Term::TermLink(TermRef::Def(far(3))), Term::TypeLink(TypeRef::Builtin(BuiltinType::Tuple(2)))];
    let f = Type::fun(Type::unit(), row(vec![], &[1]), Type::Var(0));
    let remote = row(vec![builtin(BuiltinType::Remote)], &[1]);
    let ty = Type::fun(builtin(BuiltinType::Node), Row::empty(), Type::fun(f, remote, Type::Var(0)));
    let [one, two] = links;
    term(forall(2, ty), lambda(2, Term::Let(vec![one, two, at], Term::Local(0).into())))
}

fn by_name() -> Object {
    let here = Type::delay(row(vec![builtin(BuiltinType::Remote)], &[]), builtin(BuiltinType::Node));
    let signature = Signature { ty: here, by_name: true };
    hash_terms(&[Definition { signature, body: reference(Builtin::RemoteHere) }]).object
}

/// `(forall a. a -> a) -> Request {e} Nat -> Nat`, with a parameter by name.
fn rank_2() -> Object {
    let id = forall(1, Type::fun(Type::Var(0), Row::empty(), Type::Var(0)));
    let request = Type::apply(builtin(BuiltinType::Request), [Type::Row(row(vec![], &[0])), nat()]);
    let delay = Type::delay(row(vec![], &[0]), nat());
    let last = Type::Fun { arg: delay.into(), by_name: true, row: row(vec![], &[0]), ret: nat().into() };
    let ty = forall(1, Type::fun(id, Row::empty(), Type::fun(request, Row::empty(), last)));
    term(ty, lambda(3, call(Term::Local(2), vec![n(1)])))
}

fn constructor(name: &str, fields: Vec<Type>, row: Row, ret: Type) -> Constructor {
    let arity = fields.len() as u32;
    let mut ty = ret;
    for (i, field) in fields.into_iter().rev().enumerate() {
        ty = Type::fun(field, if i == 0 { row.clone() } else { Row::empty() }, ty);
    }
    Constructor { name: name.into(), ty, by_name: false, arity }
}

/// `unique type Tree a = Leaf | Node (Tree a) a (Tree a)`.
fn tree() -> Object {
    let tree = || Type::apply(Type::Ref(TypeRef::Cycle(0)), [Type::Var(0)]);
    let constructors = vec![
        constructor("Leaf", vec![], Row::empty(), tree()),
        constructor("Node", vec![tree(), Type::Var(0), tree()], Row::empty(), tree()),
    ];
    let identity = Identity::Unique(unique_guid("golden", "Tree"));
    hash_types(&[Declaration { kind: DeclarationKind::Type, identity, params: 1, constructors }]).object
}

/// `structural ability Store s where get : {Store s} s; put : s ->{Store s} ()`.
fn store() -> Object {
    let store = || row(vec![Type::apply(Type::Ref(TypeRef::Cycle(0)), [Type::Var(0)])], &[]);
    let get = Type::delay(store(), Type::Var(0));
    let constructors = vec![
        Constructor { name: "get".into(), ty: get, by_name: true, arity: 0 },
        constructor("put", vec![Type::Var(0)], store(), Type::unit()),
    ];
    let identity = Identity::Structural;
    hash_types(&[Declaration { kind: DeclarationKind::Ability, identity, params: 1, constructors }]).object
}

/// Two abilities whose operations use both.
fn abilities() -> Object {
    let both = || row(vec![Type::Ref(TypeRef::Cycle(0)), Type::Ref(TypeRef::Cycle(1))], &[]);
    let ability = |name| Declaration {
        kind: DeclarationKind::Ability,
        identity: Identity::Structural,
        params: 0,
        constructors: vec![constructor(name, vec![nat()], both(), nat())],
    };
    hash_types(&[ability("pong"), ability("ping")]).object
}

fn corpus() -> Vec<(&'static str, Object)> {
    vec![
        ("a number", term(nat(), n(42))),
        ("literals", literals()),
        ("identity", term(forall(1, Type::fun(Type::Var(0), Row::empty(), Type::Var(0))), lambda(1, Term::Local(0)))),
        ("a reference", term(nat(), Term::Ref(TermRef::Def(far(300))))),
        ("a constructor", term(nat(), call(Term::Constructor(TypeRef::Builtin(BuiltinType::Optional), 1), vec![n(1)]))),
        ("an operation", term(nat(), call(Term::Operation(TypeRef::Def(far(0)), 0), vec![]))),
        ("patterns", patterns()),
        ("a handler", handler()),
        ("mutual recursion", mutual()),
        ("local bindings", lets()),
        ("a remote call", remote()),
        ("a computation", by_name()),
        ("a higher rank", rank_2()),
        ("a type", tree()),
        ("an ability", store()),
        ("mutual abilities", abilities()),
    ]
}

/// Lines of a readable length.
fn hex(bytes: &[u8]) -> String {
    let line = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n";
    bytes.chunks(40).map(line).collect()
}

#[test]
fn the_corpus_has_the_bytes_and_hashes_that_it_had() {
    let mut text = String::new();
    for (name, object) in corpus() {
        let kind = if object.kind() == Kind::Term { "term" } else { "type" };
        write!(text, "== {name}\n{kind} {}\n{}", object.hash(), hex(object.bytes())).expect("strings grow");
        assert_eq!(Object::verified(object.hash(), object.kind(), object.bytes().clone()), Ok(object), "{name}");
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &text).expect("the corpus can be written");
    }
    let golden = std::fs::read_to_string(path).expect("the corpus is there");
    assert!(text == golden, "identity has changed:\n{text}");
}
