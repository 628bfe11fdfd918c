//! Random components of well-typed definitions, from a seed.

use super::World;
use builtin::{Builtin, BuiltinType};
use kernel::{Case, Definition, Literal, Pattern, Row, Signature, Term, TermRef, Type, TypeRef};

#[derive(Clone, PartialEq, Debug)]
pub enum Ty {
    Nat,
    Boolean,
    Char,
    Text,
    List(Box<Ty>),
    Pair(Box<Ty>, Box<Ty>),
    Optional(Box<Ty>),
    /// `Tree:0`, or `Tree:1` with a tree, a raw `Nat` and a tree.
    Tree,
    Fun(Vec<Ty>, Box<Ty>),
}

pub struct Random(pub u64);

impl Random {
    /// SplitMix64.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

pub struct Generator {
    pub random: Random,
    pub signatures: Vec<(Vec<Ty>, Ty)>,
    tree: TypeRef,
    scope: Vec<Ty>,
}

/// A component and the types of its members.
pub fn component(seed: u64) -> (World, Generator) {
    let mut world = World::read("(type Tree () (_ Nat _))");
    let tree = world.ty("Tree");
    let mut generator = Generator { random: Random(seed), signatures: Vec::new(), tree, scope: Vec::new() };
    for _ in 0..1 + generator.random.below(3) {
        let params = (0..generator.random.below(4)).map(|_| generator.ty(2)).collect();
        let ret = generator.ty(2);
        generator.signatures.push((params, ret));
    }
    for (params, ret) in generator.signatures.clone() {
        generator.scope = params.clone();
        let body = generator.term(&ret, 5);
        let body = if params.is_empty() { body } else { Term::Lambda(params.len() as u32, Box::new(body)) };
        let fun = |ret, param: &Ty| Type::fun(kernel_type(param), Row::empty(), ret);
        let ty = params.iter().rev().fold(kernel_type(&ret), fun);
        world.members.push(Definition { signature: Signature { ty, by_name: false }, body });
    }
    (world, generator)
}

/// As far as representations go.
fn kernel_type(ty: &Ty) -> Type {
    Type::builtin(match ty {
        Ty::Nat => BuiltinType::Nat,
        Ty::Boolean => BuiltinType::Boolean,
        Ty::Char => BuiltinType::Char,
        _ => BuiltinType::Text,
    })
}

fn call(builtin: Builtin, args: Vec<Term>) -> Term {
    Term::App(Box::new(Term::Ref(TermRef::Builtin(builtin))), args)
}

fn apply(head: Term, args: Vec<Term>) -> Term {
    match head {
        Term::App(head, mut first) => {
            first.extend(args);
            Term::App(head, first)
        }
        head => Term::App(Box::new(head), args),
    }
}

impl Generator {
    pub fn ty(&mut self, depth: usize) -> Ty {
        match self.random.below(if depth == 0 { 4 } else { 10 }) {
            0 | 4 => Ty::Nat,
            1 => Ty::Boolean,
            2 => Ty::Char,
            3 => Ty::Text,
            5 => Ty::List(Box::new(self.ty(depth - 1))),
            6 => Ty::Pair(Box::new(self.ty(depth - 1)), Box::new(self.ty(depth - 1))),
            7 => Ty::Optional(Box::new(self.ty(depth - 1))),
            8 => Ty::Tree,
            _ => {
                let params = (0..1 + self.random.below(2)).map(|_| self.ty(depth - 1)).collect();
                Ty::Fun(params, Box::new(self.ty(depth - 1)))
            }
        }
    }

    /// A closed term of data, or a function.
    pub fn argument(&mut self, ty: &Ty) -> Term {
        self.scope.clear();
        self.build(ty, 2)
    }

    fn term(&mut self, ty: &Ty, depth: usize) -> Term {
        let known: Vec<usize> = (0..self.scope.len()).filter(|level| self.scope[*level] == *ty).collect();
        if !known.is_empty() && self.random.chance(35) {
            let level = known[self.random.below(known.len())];
            return Term::Local((self.scope.len() - 1 - level) as u32);
        }
        if depth == 0 {
            return self.build(ty, 1);
        }
        match self.random.below(10) {
            0 => self.conditional(ty, depth - 1),
            1 | 2 => self.let_in(ty, depth - 1),
            3 | 4 => self.matching(ty, depth - 1),
            5 => self.loop_in(ty, depth - 1),
            6 => self.member_call(ty, depth - 1).unwrap_or_else(|| self.build(ty, depth)),
            7 => self.function_call(ty, depth - 1),
            _ => self.build(ty, depth),
        }
    }

    /// From literals, constructors, builtins and lambdas.
    fn build(&mut self, ty: &Ty, depth: usize) -> Term {
        let depth = depth.saturating_sub(1);
        match ty {
            Ty::Nat => self.nat(depth),
            Ty::Boolean => self.boolean(depth),
            Ty::Char | Ty::Text => Term::Literal(self.literal(ty)),
            Ty::List(element) => {
                if depth > 0 && self.random.chance(20) {
                    return call(Builtin::ListConcat, vec![self.term(ty, depth), self.term(ty, depth)]);
                }
                let count = self.random.below(4);
                Term::List((0..count).map(|_| self.term(element, depth)).collect())
            }
            Ty::Pair(a, b) => {
                let pair = Term::Constructor(TypeRef::Builtin(BuiltinType::Tuple(2)), 0);
                apply(pair, vec![self.term(a, depth), self.term(b, depth)])
            }
            Ty::Optional(inner) => {
                let optional = TypeRef::Builtin(BuiltinType::Optional);
                match self.random.below(2) {
                    0 => Term::Constructor(optional, 0),
                    _ => apply(Term::Constructor(optional, 1), vec![self.term(inner, depth)]),
                }
            }
            Ty::Tree if depth == 0 || self.random.chance(40) => Term::Constructor(self.tree, 0),
            Ty::Tree => {
                let fields = vec![self.term(ty, depth), self.term(&Ty::Nat, depth), self.term(ty, depth)];
                apply(Term::Constructor(self.tree, 1), fields)
            }
            Ty::Fun(params, ret) => self.lambda(params, ret, depth),
        }
    }

    fn lambda(&mut self, params: &[Ty], ret: &Ty, depth: usize) -> Term {
        let outer = self.scope.len();
        self.scope.extend(params.iter().cloned());
        let body = self.term(ret, depth);
        self.scope.truncate(outer);
        Term::Lambda(params.len() as u32, Box::new(body))
    }

    fn literal(&mut self, ty: &Ty) -> Literal {
        match ty {
            Ty::Nat => Literal::Nat(self.random.next() % 3),
            Ty::Boolean => Literal::Boolean(self.random.chance(50)),
            Ty::Char => Literal::Char(['a', 'b', 'c'][self.random.below(3)]),
            _ => Literal::Text(["", "a", "b"][self.random.below(3)].into()),
        }
    }

    fn nat(&mut self, depth: usize) -> Term {
        if depth == 0 || self.random.chance(40) {
            return Term::Literal(self.literal(&Ty::Nat));
        }
        let builtin = [Builtin::NatAdd, Builtin::NatSub, Builtin::NatMul][self.random.below(3)];
        if self.random.chance(20) {
            let list = Ty::List(Box::new(self.ty(1)));
            return call(Builtin::ListSize, vec![self.term(&list, depth)]);
        }
        call(builtin, vec![self.term(&Ty::Nat, depth), self.term(&Ty::Nat, depth)])
    }

    fn boolean(&mut self, depth: usize) -> Term {
        if depth == 0 || self.random.chance(30) {
            return Term::Literal(self.literal(&Ty::Boolean));
        }
        let ty = [Ty::Nat, Ty::Char, Ty::Text, Ty::Boolean][self.random.below(4)].clone();
        let builtin = match self.random.below(4) {
            0 if ty == Ty::Nat => Builtin::UniversalLt,
            1 => Builtin::UniversalNotEq,
            2 => return call(Builtin::BooleanNot, vec![self.term(&Ty::Boolean, depth)]),
            _ => Builtin::UniversalEq,
        };
        call(builtin, vec![self.term(&ty, depth), self.term(&ty, depth)])
    }

    fn conditional(&mut self, ty: &Ty, depth: usize) -> Term {
        let [condition, yes, no] = [&Ty::Boolean, ty, ty].map(|ty| Box::new(self.term(ty, depth)));
        Term::If(condition, yes, no)
    }

    fn let_in(&mut self, ty: &Ty, depth: usize) -> Term {
        let outer = self.scope.len();
        let mut bindings = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            let bound = self.ty(2);
            bindings.push(self.term(&bound, depth));
            self.scope.push(bound);
        }
        let body = self.term(ty, depth);
        self.scope.truncate(outer);
        Term::Let(bindings, Box::new(body))
    }

    /// One or two local functions that count down, calling themselves and each other.
    fn loop_in(&mut self, ty: &Ty, depth: usize) -> Term {
        let outer = self.scope.len();
        let state = self.ty(1);
        let count = 1 + self.random.below(2);
        for _ in 0..count {
            self.scope.push(Ty::Fun(vec![Ty::Nat, state.clone()], Box::new(state.clone())));
        }
        let inner = self.scope.len();
        let mut members = Vec::new();
        for _ in 0..count {
            self.scope.extend([Ty::Nat, state.clone()]);
            let next = self.random.below(count) as u32;
            let n = Term::Local(1);
            let less = call(Builtin::NatSub, vec![n.clone(), Term::Literal(Literal::Nat(1))]);
            let again = Term::App(Box::new(Term::Local(2 + next)), vec![less, self.term(&state, depth)]);
            let done = call(Builtin::UniversalEq, vec![n, Term::Literal(Literal::Nat(0))]);
            let end = self.term(&state, depth);
            let body = Term::If(Box::new(done), Box::new(end), Box::new(again));
            members.push(Term::Lambda(2, Box::new(body)));
            self.scope.truncate(inner);
        }
        let start = vec![Term::Literal(Literal::Nat(3)), self.term(&state, depth)];
        let value = Term::App(Box::new(Term::Local(0)), start);
        self.scope.push(state);
        let body = Term::Let(vec![value], Box::new(self.term(ty, depth)));
        self.scope.truncate(outer);
        Term::LetRec(members, Box::new(body))
    }

    fn member_call(&mut self, ty: &Ty, depth: usize) -> Option<Term> {
        let place = self.signatures.iter().position(|(_, ret)| ret == ty)?;
        let params = self.signatures[place].0.clone();
        let args: Vec<Term> = params.iter().map(|param| self.term(param, depth)).collect();
        let member = Term::Ref(TermRef::Cycle(place as u32));
        Some(if args.is_empty() { member } else { apply(member, args) })
    }

    /// A function of random arguments, called in one of several ways.
    fn function_call(&mut self, ty: &Ty, depth: usize) -> Term {
        let params: Vec<Ty> = (0..1 + self.random.below(2)).map(|_| self.ty(1)).collect();
        let function = self.term(&Ty::Fun(params.clone(), Box::new(ty.clone())), depth);
        let mut args: Vec<Term> = params.iter().map(|param| self.term(param, depth)).collect();
        if self.random.chance(30) {
            let rest = args.split_off(args.len() - 1);
            let partial = if args.is_empty() { function } else { apply(function, args) };
            return apply(partial, rest);
        }
        apply(function, args)
    }

    fn matching(&mut self, ty: &Ty, depth: usize) -> Term {
        let on_type = self.ty(3);
        let on = self.term(&on_type, depth);
        let mut cases = Vec::new();
        for _ in 0..1 + self.random.below(4) {
            let outer = self.scope.len();
            let pattern = self.pattern(&on_type, 3);
            let guard = self.random.chance(30).then(|| self.term(&Ty::Boolean, depth));
            let body = self.term(ty, depth);
            cases.push(Case { pattern, guard, body });
            self.scope.truncate(outer);
        }
        if self.random.chance(85) {
            cases.push(Case { pattern: Pattern::Any, guard: None, body: self.term(ty, depth) });
        }
        Term::Match(Box::new(on), cases)
    }

    fn pattern(&mut self, ty: &Ty, depth: usize) -> Pattern {
        match self.random.below(if depth == 0 { 3 } else { 8 }) {
            0 => Pattern::Any,
            1 | 2 => {
                self.scope.push(ty.clone());
                Pattern::Var
            }
            3 => {
                self.scope.push(ty.clone());
                Pattern::As(Box::new(self.pattern(ty, depth - 1)))
            }
            _ => self.refutable(ty, depth - 1),
        }
    }

    fn refutable(&mut self, ty: &Ty, depth: usize) -> Pattern {
        match ty {
            Ty::Nat | Ty::Boolean | Ty::Char | Ty::Text => Pattern::Literal(self.literal(ty)),
            Ty::List(element) => self.list_pattern(ty, element, depth),
            Ty::Pair(a, b) => {
                let fields = vec![self.pattern(a, depth), self.pattern(b, depth)];
                Pattern::Constructor(TypeRef::Builtin(BuiltinType::Tuple(2)), 0, fields)
            }
            Ty::Optional(inner) => {
                let optional = TypeRef::Builtin(BuiltinType::Optional);
                match self.random.below(2) {
                    0 => Pattern::Constructor(optional, 0, Vec::new()),
                    _ => Pattern::Constructor(optional, 1, vec![self.pattern(inner, depth)]),
                }
            }
            Ty::Tree => match self.random.below(3) {
                0 => Pattern::Constructor(self.tree, 0, Vec::new()),
                _ => {
                    let fields = [&Ty::Tree, &Ty::Nat, &Ty::Tree].map(|field| self.pattern(field, depth));
                    Pattern::Constructor(self.tree, 1, fields.to_vec())
                }
            },
            Ty::Fun(..) => Pattern::Any,
        }
    }

    fn list_pattern(&mut self, ty: &Ty, element: &Ty, depth: usize) -> Pattern {
        let count = self.random.below(3);
        let elements = |this: &mut Self, count| (0..count).map(|_| this.pattern(element, depth)).collect();
        match self.random.below(5) {
            0 => Pattern::List(elements(self, count)),
            1 => Pattern::Cons(Box::new(self.pattern(element, depth)), Box::new(self.pattern(ty, depth))),
            2 => Pattern::Snoc(Box::new(self.pattern(ty, depth)), Box::new(self.pattern(element, depth))),
            3 => Pattern::Prefix(elements(self, count), Box::new(self.pattern(ty, depth))),
            _ => Pattern::Suffix(Box::new(self.pattern(ty, depth)), elements(self, count)),
        }
    }
}
