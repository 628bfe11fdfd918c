//! What holds for every definition. Definitions are drawn from random bytes, always the same ones.

use base::Hash;
use builtin::{Builtin, BuiltinType};
use hash::{Hashed, Kind, Object, ObjectError, hash_terms, hash_types};
use kernel::{
    Case, Constructor, Declaration, DeclarationKind, DefId, Definition, Identity, Literal, Pattern, Row, Signature,
    Term, TermRef, Type, TypeRef,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Draws definitions from bytes; when they are used up, everything is as small as can be.
struct Draw<'a> {
    bytes: std::slice::Iter<'a, u8>,
    /// What to call each member of the component.
    members: &'a [u32],
    /// Whether types may refer to the component; else terms may.
    types: bool,
}

impl Draw<'_> {
    fn below(&mut self, n: u64) -> u64 {
        u64::from(self.bytes.next().copied().unwrap_or(0)) % n
    }

    fn some<T>(&mut self, max: u64, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(max + 1)).map(|_| item(self)).collect()
    }

    fn far(&mut self) -> DefId {
        DefId { component: Hash([self.below(9) as u8; 32]), index: self.below(200) as u32 }
    }

    fn member(&mut self) -> u32 {
        self.members[self.below(self.members.len() as u64) as usize]
    }

    fn type_ref(&mut self) -> TypeRef {
        match self.below(5) {
            0 => TypeRef::Builtin(BuiltinType::Nat),
            1 => TypeRef::Builtin(BuiltinType::RemoteBang),
            2 => TypeRef::Builtin(BuiltinType::Tuple(3)),
            3 if self.types => TypeRef::Cycle(self.member()),
            _ => TypeRef::Def(self.far()),
        }
    }

    fn term_ref(&mut self) -> TermRef {
        match self.below(3) {
            0 => TermRef::Builtin(Builtin::NatAdd),
            1 if !self.types => TermRef::Cycle(self.member()),
            _ => TermRef::Def(self.far()),
        }
    }

    fn row(&mut self, scope: u32) -> Row {
        let heads = self.some(2, |d| {
            let head = Type::Ref(d.type_ref());
            let args = d.some(1, |d| d.ty(scope));
            Type::apply(head, args)
        });
        let vars = if scope == 0 { vec![] } else { self.some(2, |d| d.below(u64::from(scope)) as u32) };
        Row::new(heads, vars)
    }

    fn ty(&mut self, scope: u32) -> Type {
        match self.below(8) {
            0 | 1 if scope > 0 => Type::Var(self.below(u64::from(scope)) as u32),
            2 => Type::App(self.ty(scope).into(), self.ty(scope).into()),
            3 | 4 => {
                let (arg, row, ret) = (self.ty(scope).into(), self.row(scope), self.ty(scope).into());
                Type::Fun { arg, by_name: self.below(2) == 0, row, ret }
            }
            5 => {
                let vars = 1 + self.below(3) as u32;
                Type::Forall(vars, self.ty(scope + vars).into())
            }
            6 => Type::Row(self.row(scope)),
            _ => Type::Ref(self.type_ref()),
        }
    }

    fn literal(&mut self) -> Literal {
        match self.below(7) {
            0 => Literal::Nat(self.below(256) << self.below(57)),
            1 => Literal::Int((self.below(256) as i64 - 128) << self.below(50)),
            2 => Literal::Text("é".repeat(self.below(5) as usize).into()),
            3 => Literal::Char(char::from_u32(self.below(256) as u32 * 4).expect("below the surrogates")),
            4 => Literal::Boolean(self.below(2) == 0),
            5 => Literal::Bytes(self.some(5, |d| d.below(256) as u8).into()),
            _ => Literal::Float((self.below(256) as f64 / 3.0).to_bits()),
        }
    }

    fn abilities(&mut self) -> Vec<TypeRef> {
        let mut abilities = self.some(3, |d| d.type_ref());
        abilities.sort();
        abilities.dedup();
        abilities
    }

    fn lambda(&mut self, scope: u32) -> Term {
        let vars = 1 + self.below(3) as u32;
        Term::Lambda(vars, self.term(scope + vars).into())
    }

    fn term(&mut self, scope: u32) -> Term {
        match self.below(16) {
            0..=2 if scope > 0 => Term::Local(self.below(u64::from(scope)) as u32),
            1 => Term::Constructor(self.type_ref(), self.below(4) as u32),
            2 => Term::Operation(self.type_ref(), self.below(4) as u32),
            3 => Term::List(self.some(3, |d| d.term(scope))),
            4 | 5 => self.application(scope),
            6 | 7 => self.lambda(scope),
            8 => {
                let n = 1 + self.below(3) as u32;
                let bindings = (0..n).map(|i| self.term(scope + i)).collect();
                Term::Let(bindings, self.term(scope + n).into())
            }
            9 => {
                let n = 1 + self.below(3) as u32;
                let bindings = (0..n).map(|_| self.lambda(scope + n)).collect();
                Term::LetRec(bindings, self.term(scope + n).into())
            }
            10 => Term::If(self.term(scope).into(), self.term(scope).into(), self.term(scope).into()),
            11 => {
                let scrutinee = self.term(scope).into();
                Term::Match(scrutinee, self.some(3, |d| d.case(scope)))
            }
            12 => {
                let (body, handler) = (self.lambda(scope).into(), self.term(scope).into());
                Term::Handle { abilities: self.abilities(), body, handler }
            }
            13 => Term::Row(self.abilities()),
            14 => Term::TypeLink(self.type_ref()),
            15 => Term::Ref(self.term_ref()),
            _ => Term::Literal(self.literal()),
        }
    }

    fn application(&mut self, scope: u32) -> Term {
        let mut args = self.some(3, |d| d.term(scope));
        let head = match self.term(scope) {
            Term::App(head, _) => *head,
            head => head,
        };
        if args.is_empty() && !matches!(head, Term::Operation(..)) {
            args.push(Term::TermLink(self.term_ref()));
        }
        Term::App(head.into(), args)
    }

    fn case(&mut self, scope: u32) -> Case {
        let mut vars = 0;
        let pattern = self.pattern(&mut vars);
        let guard = (self.below(3) == 0).then(|| self.term(scope + vars));
        Case { pattern, guard, body: self.term(scope + vars) }
    }

    fn pattern(&mut self, vars: &mut u32) -> Pattern {
        match self.below(12) {
            0 => Pattern::Any,
            1 => match self.literal() {
                Literal::Float(_) => Pattern::Literal(Literal::Nat(1)),
                literal => Pattern::Literal(literal),
            },
            2 => Pattern::Constructor(self.type_ref(), self.below(3) as u32, self.some(3, |d| d.pattern(vars))),
            3 => {
                *vars += 1;
                Pattern::As(self.pattern(vars).into())
            }
            4 => Pattern::List(self.some(3, |d| d.pattern(vars))),
            5 => Pattern::Cons(self.pattern(vars).into(), self.pattern(vars).into()),
            6 => Pattern::Snoc(self.pattern(vars).into(), self.pattern(vars).into()),
            7 => Pattern::Prefix(self.some(3, |d| d.pattern(vars)), self.pattern(vars).into()),
            8 => Pattern::Suffix(self.pattern(vars).into(), self.some(3, |d| d.pattern(vars))),
            9 => Pattern::Pure(self.pattern(vars).into()),
            10 => {
                let (ability, args) = (self.type_ref(), self.some(3, |d| d.pattern(vars)));
                Pattern::Request { ability, operation: 1, args, resume: self.pattern(vars).into() }
            }
            _ => {
                *vars += 1;
                Pattern::Var
            }
        }
    }

    fn constructor(&mut self, params: u32) -> Constructor {
        let ty = self.ty(params);
        let arity = Constructor { name: "".into(), ty: ty.clone(), by_name: false, arity: u32::MAX }.fields().len();
        Constructor { name: format!("c{}", self.below(3)).into(), ty, by_name: self.below(2) == 0, arity: arity as u32 }
    }
}

/// Members drawn one after the other and made to depend on each other, member `i` standing at the place `members[i]`.
fn component<T: Clone>(bytes: &[u8], members: &[u32], draw_one: impl Fn(&mut Draw<'_>, u32) -> T) -> Vec<T> {
    let mut draw = Draw { bytes: bytes.iter(), members, types: false };
    let drawn: Vec<T> = (0..members.len()).map(|i| draw_one(&mut draw, members[(i + 1) % members.len()])).collect();
    (0..members.len() as u32)
        .map(|place| drawn[members.iter().position(|m| *m == place).expect("a permutation")].clone())
        .collect()
}

fn definitions(bytes: &[u8], members: &[u32]) -> Vec<Definition> {
    component(bytes, members, |draw, next| {
        let signature = Signature { ty: draw.ty(0), by_name: draw.below(2) == 0 };
        let body = Term::List(vec![Term::Ref(TermRef::Cycle(next)), draw.term(0)]);
        Definition { signature, body }
    })
}

fn declarations(bytes: &[u8], members: &[u32]) -> Vec<Declaration> {
    component(bytes, members, |draw, next| {
        draw.types = true;
        let params = draw.below(3) as u32;
        let mut constructors = draw.some(3, |d| d.constructor(params));
        let ty = Type::Ref(TypeRef::Cycle(next));
        constructors.push(Constructor { name: "next".into(), ty, by_name: false, arity: 0 });
        let kind = if draw.below(2) == 0 { DeclarationKind::Type } else { DeclarationKind::Ability };
        let unique = draw.below(3) == 0;
        let identity = if unique { Identity::Unique([1, 2, 3].into()) } else { Identity::Structural };
        Declaration { kind, identity, params, constructors }
    })
}

/// Runs a property over random bytes, always the same ones.
fn check(property: impl Fn(Vec<u8>, u8) -> Result<(), TestCaseError>) {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases: 1_500, failure_persistence: None, ..Config::default() };
    let strategy = (vec(any::<u8>(), 0..300), any::<u8>());
    let result = TestRunner::new_with_rng(config, rng).run(&strategy, |(bytes, extra)| property(bytes, extra));
    result.unwrap_or_else(|error| panic!("{error}"));
}

fn verified(bytes: &[u8], kind: Kind) -> Result<Object, ObjectError> {
    let context = if kind == Kind::Term { hash::format::TERM_CONTEXT } else { hash::format::TYPE_CONTEXT };
    Object::verified(Hash(blake3::derive_key(context, bytes)), kind, bytes.into())
}

/// Everything that must hold of what hashing gave, however it was made.
fn check_object(hashed: &Hashed) -> Result<(), TestCaseError> {
    let object = &hashed.object;
    prop_assert_eq!(&verified(object.bytes(), object.kind()).expect("canonical"), object);
    let again = match object.terms() {
        Some(terms) => {
            let signatures: Vec<Signature> = terms.iter().map(|term| term.signature.clone()).collect();
            prop_assert_eq!(object.signatures(), Some(signatures));
            hash_terms(&terms)
        }
        None => hash_types(&object.types().expect("types")),
    };
    prop_assert_eq!(&again.object, object);
    prop_assert!(again.order.iter().copied().eq(0..again.order.len() as u32), "it is in canonical order");
    Ok(())
}

#[test]
fn a_single_definition_decodes_to_itself() {
    check(|bytes, _| {
        let definition = definitions(&bytes, &[0]);
        let hashed = hash_terms(&definition);
        prop_assert_eq!(hashed.object.terms(), Some(definition));
        let declaration = declarations(&bytes, &[0]);
        prop_assert_eq!(hash_types(&declaration).object.types(), Some(declaration));
        check_object(&hashed)
    });
}

#[test]
fn the_order_of_members_does_not_change_the_hash() {
    const ORDERS: [[u32; 4]; 5] = [[0, 1, 2, 3], [1, 0, 2, 3], [3, 2, 1, 0], [1, 2, 3, 0], [2, 0, 3, 1]];
    check(|bytes, extra| {
        let order = &ORDERS[usize::from(extra) % ORDERS.len()];
        let (plain, permuted) = (hash_terms(&definitions(&bytes, &ORDERS[0])), hash_terms(&definitions(&bytes, order)));
        check_object(&plain)?;
        prop_assert_eq!(&plain.object, &permuted.object);
        let placed: Vec<u32> = order.iter().map(|place| permuted.order[*place as usize]).collect();
        prop_assert_eq!(&plain.order, &placed);

        let (plain, permuted) =
            (hash_types(&declarations(&bytes, &ORDERS[0])), hash_types(&declarations(&bytes, order)));
        check_object(&plain)?;
        prop_assert_eq!(&plain.object, &permuted.object);
        let placed: Vec<u32> = order.iter().map(|place| permuted.order[*place as usize]).collect();
        prop_assert_eq!(&plain.order, &placed);
        Ok(())
    });
}

#[test]
fn altered_bytes_are_refused_or_are_something_else() {
    let accepted = std::cell::Cell::new(0);
    check(|bytes, extra| {
        let of_terms = hash_terms(&definitions(&bytes, &[0, 1])).object;
        let of_types = hash_types(&declarations(&bytes, &[0, 1])).object;
        for object in [of_terms, of_types] {
            let whole = object.bytes();
            let place = usize::from(extra).wrapping_mul(whole.len() / 5 + 1) % whole.len();
            let mut altered = whole.to_vec();
            altered[place] ^= 1 << (extra % 8);
            let claimed = Object::verified(object.hash(), object.kind(), altered.clone().into());
            prop_assert!(matches!(claimed, Err(ObjectError::Mismatch { .. })), "it has another hash");
            if let Ok(other) = verified(&altered, object.kind()) {
                accepted.set(accepted.get() + 1);
                prop_assert_eq!(&other.bytes()[..], &altered[..]);
                let order = (0..other.terms().map_or(0, |t| t.len()) as u32).collect();
                check_object(&Hashed { object: other, order })?;
            }
            let longer = [&whole[..], &[0]].concat();
            prop_assert!(verified(&longer, object.kind()).is_err());
            prop_assert!(verified(&whole[..place], object.kind()).is_err());
        }
        Ok(())
    });
    assert!(accepted.get() > 100, "the test sees bytes of both kinds");
}
