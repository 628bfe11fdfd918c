//! Components written as s-expressions with names, for tests.
//!
//!     (type P (Nat _) ())                  a type: its constructors, P:0 with a raw and a tagged field, P:1
//!     (ability Store 0 1)                  an ability: Store!0 takes nothing, Store!1 one argument
//!     (extern g (Nat _) Nat)               a definition elsewhere: its parameters and result
//!     (library g (Nat _) Nat TERM)         the same, with its body
//!     (open g)                             a definition elsewhere that is absent
//!     (def f (Nat _) Nat TERM)             a member of the component: its signature's arguments and result, its body
//!
//! Terms: `x`, `Nat.+`, `P:0`, `Store!0`, `1`, `+1`, `1.5`, `?c`, `"text"`, `true`, `()`, `(fn (x y) e)`, `(let (x e) (y e) e)`, `(rec (f e) (g e) e)`, `(if c a b)`,
//! `(match e (p e) (p when c e))`, `(handle (Store) e e)`, `(list e e)`, `(row Store)`, `(link f)`, `(typelink P)`, and `(f e e)`.
//!
//! Patterns: `_`, `x`, literals, `(P:0 p p)`, `(as x p)`, `(list p)`, `(cons p p)`, `(snoc p p)`, `(prefix p p p)`, `(suffix p p p)` (the first is the rest), `(pure p)`, `(request Store!1 p k)`.

pub mod ir_eval;
pub mod kernel_eval;
pub mod random;
pub mod value;

use base::Hash;
use builtin::{Builtin, BuiltinType};
use ir::Function;
use kernel::{
    Case, Constructor, Declaration, DeclarationKind, DefId, Definition, Identity, Literal, Pattern, Row, Signature,
    Term, TermRef, Type, TypeRef,
};
use lower::{Interface, Interfaces, LowerError};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone, Debug)]
enum Sexp {
    Atom(String),
    List(Vec<Sexp>),
}

/// A component, and what it refers to.
#[derive(Default)]
pub struct World {
    pub members: Vec<Definition>,
    names: Vec<String>,
    externs: BTreeMap<String, (DefId, Interface)>,
    library: BTreeMap<Hash, Vec<Definition>>,
    open: BTreeMap<String, DefId>,
    types: BTreeMap<String, (DefId, Arc<Declaration>)>,
}

pub const COMPONENT: Hash = Hash([0; 32]);

impl Interfaces for World {
    fn definition(&self, id: DefId) -> Option<Interface> {
        self.externs.values().find(|(def, _)| *def == id).map(|(_, interface)| interface.clone())
    }

    fn members(&self, component: &Hash) -> Option<&[Definition]> {
        self.library.get(component).map(Vec::as_slice)
    }

    fn is_open(&self, component: &Hash) -> bool {
        self.open.values().any(|def| def.component == *component)
    }

    fn declaration(&self, id: DefId) -> Option<Arc<Declaration>> {
        self.types.values().find(|(def, _)| *def == id).map(|(_, declaration)| declaration.clone())
    }
}

impl World {
    pub fn read(text: &str) -> World {
        let mut world = World::default();
        let forms = read_all(text);
        for form in &forms {
            if let [kind, name, ..] = form.list()
                && kind.atom() == "def"
            {
                world.names.push(name.atom().to_string());
            }
        }
        forms.iter().for_each(|form| world.form(form));
        world
    }

    pub fn id(&self, index: u32) -> DefId {
        DefId { component: COMPONENT, index }
    }

    /// The verified code of all members.
    pub fn lower(&self) -> Result<Vec<Function>, LowerError> {
        let mut all = Vec::new();
        for index in 0..self.members.len() as u32 {
            let verified = lower::lower_verified(self.id(index), &self.members, self)?;
            all.extend(verified.into_iter().map(|verified| verified.function().clone()));
        }
        Ok(all)
    }

    fn form(&mut self, form: &Sexp) {
        let [kind, name, rest @ ..] = form.list() else { panic!("a form has a kind and a name: {form:?}") };
        let elsewhere = |n: usize| DefId { component: Hash([n as u8 + 1; 32]), index: 0 };
        match (kind.atom(), rest) {
            ("type", constructors) => {
                let constructors = constructors.iter().map(|fields| constructor(fields.list())).collect();
                self.declare(name.atom(), DeclarationKind::Type, constructors);
            }
            ("ability", arities) => {
                let fields = |arity: &Sexp| vec![Sexp::Atom("_".into()); arity.atom().parse().expect("an arity")];
                let operations = arities.iter().map(|arity| constructor(&fields(arity))).collect();
                self.declare(name.atom(), DeclarationKind::Ability, operations);
            }
            ("extern", [params, ret]) => {
                let body = Term::Lambda(params.list().len() as u32, Box::new(Term::Local(0)));
                let body = if params.list().is_empty() { Term::Literal(Literal::Nat(0)) } else { body };
                let definition = Definition { signature: signature(params.list(), ret), body };
                let interface = Interface::of_component(&[definition]).remove(0);
                let id = elsewhere(128 + self.externs.len());
                self.externs.insert(name.atom().into(), (id, interface));
            }
            ("library", [params, ret, body]) => {
                let id = elsewhere(128 + self.externs.len());
                let body = self.term(body, &mut Vec::new());
                let definition = vec![Definition { signature: signature(params.list(), ret), body }];
                let interface = Interface::of_component(&definition).remove(0);
                self.externs.insert(name.atom().into(), (id, interface));
                self.library.insert(id.component, definition);
            }
            ("open", []) => drop(self.open.insert(name.atom().into(), elsewhere(192 + self.open.len()))),
            ("def", [params, ret, body]) => {
                let body = self.term(body, &mut Vec::new());
                self.members.push(Definition { signature: signature(params.list(), ret), body });
            }
            _ => panic!("no such form: {form:?}"),
        }
    }

    fn declare(&mut self, name: &str, kind: DeclarationKind, constructors: Vec<Constructor>) {
        let id = DefId { component: Hash([self.types.len() as u8 + 1; 32]), index: 0 };
        let declaration = Declaration { kind, identity: Identity::Structural, params: 1, constructors };
        self.types.insert(name.into(), (id, Arc::new(declaration)));
    }

    pub fn ty(&self, name: &str) -> TypeRef {
        if let Some((id, _)) = self.types.get(name) {
            return TypeRef::Def(*id);
        }
        let tuple = || Some(BuiltinType::Tuple(name.strip_prefix("Tuple")?.parse().ok()?));
        TypeRef::Builtin(BuiltinType::from_name(name).or_else(tuple).unwrap_or_else(|| panic!("no type {name}")))
    }

    fn types(&self, names: &[Sexp]) -> Vec<TypeRef> {
        names.iter().map(|name| self.ty(name.atom())).collect()
    }

    fn reference(&self, name: &str) -> Option<TermRef> {
        if let Some(index) = self.names.iter().position(|known| known == name) {
            return Some(TermRef::Cycle(index as u32));
        }
        let external = self.externs.get(name).map(|(id, _)| id).or(self.open.get(name));
        let external = external.map(|id| TermRef::Def(*id));
        external.or_else(|| Builtin::from_name(name).map(TermRef::Builtin))
    }

    fn term(&self, sexp: &Sexp, scope: &mut Vec<String>) -> Term {
        let items = match sexp {
            Sexp::Atom(atom) => return self.atom(atom, scope),
            Sexp::List(items) if items.is_empty() => return Term::Constructor(self.ty("Tuple0"), 0),
            Sexp::List(items) => items,
        };
        let depth = scope.len();
        let keyword = if let Sexp::Atom(atom) = &items[0] { atom } else { "" };
        let term = match (keyword, &items[1..]) {
            ("fn", [params, body]) => {
                scope.extend(params.list().iter().map(|param| param.atom().to_string()));
                Term::Lambda(params.list().len() as u32, Box::new(self.term(body, scope)))
            }
            ("let", [bindings @ .., body]) => {
                let mut values = Vec::new();
                for binding in bindings {
                    values.push(self.term(&binding.list()[1], scope));
                    scope.push(binding.list()[0].atom().into());
                }
                Term::Let(values, Box::new(self.term(body, scope)))
            }
            ("rec", [members, body]) => {
                scope.extend(members.list().iter().map(|member| member.list()[0].atom().to_string()));
                let values = members.list().iter().map(|member| self.term(&member.list()[1], scope)).collect();
                Term::LetRec(values, Box::new(self.term(body, scope)))
            }
            ("if", [condition, yes, no]) => {
                let [condition, yes, no] = [condition, yes, no].map(|term| Box::new(self.term(term, scope)));
                Term::If(condition, yes, no)
            }
            ("match", [on, cases @ ..]) => {
                let on = self.term(on, scope);
                Term::Match(Box::new(on), cases.iter().map(|case| self.case(case.list(), scope)).collect())
            }
            ("handle", [abilities, body, handler]) => Term::Handle {
                abilities: self.types(abilities.list()),
                body: Box::new(self.term(body, scope)),
                handler: Box::new(self.term(handler, scope)),
            },
            ("list", elements) => Term::List(elements.iter().map(|element| self.term(element, scope)).collect()),
            ("row", abilities) => Term::Row(self.types(abilities)),
            ("link", [name]) => Term::TermLink(self.reference(name.atom()).expect("what is linked exists")),
            ("typelink", [name]) => Term::TypeLink(self.ty(name.atom())),
            (_, args) => {
                let head = self.term(&items[0], scope);
                Term::App(Box::new(head), args.iter().map(|arg| self.term(arg, scope)).collect())
            }
        };
        scope.truncate(depth);
        term
    }

    fn atom(&self, atom: &str, scope: &[String]) -> Term {
        if let Some(index) = scope.iter().rev().position(|name| name == atom) {
            return Term::Local(index as u32);
        }
        if let Some(literal) = literal(atom) {
            return Term::Literal(literal);
        }
        if let Some(reference) = self.reference(atom) {
            return Term::Ref(reference);
        }
        match (self.member(atom, ':'), self.member(atom, '!')) {
            (Some((ty, index)), _) => Term::Constructor(ty, index),
            (_, Some((ty, index))) => Term::Operation(ty, index),
            _ => panic!("no such name: {atom}"),
        }
    }

    fn member(&self, atom: &str, separator: char) -> Option<(TypeRef, u32)> {
        let (ty, index) = atom.rsplit_once(separator)?;
        Some((self.ty(ty), index.parse().ok()?))
    }

    fn case(&self, case: &[Sexp], scope: &mut Vec<String>) -> Case {
        let depth = scope.len();
        let pattern = self.pattern(&case[0], scope);
        let (guard, body) = match &case[1..] {
            [body] => (None, body),
            [_, guard, body] => (Some(self.term(guard, scope)), body),
            _ => panic!("a case is a pattern, a guard and a body: {case:?}"),
        };
        let body = self.term(body, scope);
        scope.truncate(depth);
        Case { pattern, guard, body }
    }

    fn pattern(&self, sexp: &Sexp, scope: &mut Vec<String>) -> Pattern {
        let items = match sexp {
            Sexp::Atom(atom) if atom == "_" => return Pattern::Any,
            Sexp::Atom(atom) => {
                let Some(literal) = literal(atom) else {
                    scope.push(atom.clone());
                    return Pattern::Var;
                };
                return Pattern::Literal(literal);
            }
            Sexp::List(items) if items.is_empty() => return Pattern::Constructor(self.ty("Tuple0"), 0, Vec::new()),
            Sexp::List(items) => items,
        };
        let mut patterns = |items: &[Sexp]| -> Vec<Pattern> { items.iter().map(|p| self.pattern(p, scope)).collect() };
        let first = |patterns: &mut Vec<Pattern>| Box::new(patterns.remove(0));
        match items[0].atom() {
            "as" => {
                scope.push(items[1].atom().into());
                Pattern::As(Box::new(self.pattern(&items[2], scope)))
            }
            "list" => Pattern::List(patterns(&items[1..])),
            "cons" => {
                let mut both = patterns(&items[1..]);
                Pattern::Cons(first(&mut both), first(&mut both))
            }
            "snoc" => {
                let mut both = patterns(&items[1..]);
                Pattern::Snoc(first(&mut both), first(&mut both))
            }
            "prefix" => {
                let mut all = patterns(&items[1..]);
                let rest = all.pop().expect("a prefix has a rest");
                Pattern::Prefix(all, Box::new(rest))
            }
            "suffix" => {
                let mut all = patterns(&items[1..]);
                Pattern::Suffix(first(&mut all), all)
            }
            "pure" => Pattern::Pure(first(&mut patterns(&items[1..]))),
            "request" => {
                let (ability, operation) = self.member(items[1].atom(), '!').expect("an operation");
                let mut args = patterns(&items[2..]);
                let resume = Box::new(args.pop().expect("a request has a continuation"));
                Pattern::Request { ability, operation, args, resume }
            }
            name => {
                let (ty, constructor) = self.member(name, ':').expect("a constructor");
                Pattern::Constructor(ty, constructor, patterns(&items[1..]))
            }
        }
    }
}

fn constructor(fields: &[Sexp]) -> Constructor {
    let ty = signature(fields, &Sexp::Atom("_".into())).ty;
    Constructor { name: "C".into(), ty, by_name: false, arity: fields.len() as u32 }
}

fn signature(params: &[Sexp], ret: &Sexp) -> Signature {
    let ty = |name: &Sexp| match name.atom() {
        "_" => Type::Var(0),
        name => Type::builtin(BuiltinType::from_name(name).expect("a builtin type")),
    };
    let fun = |ret, param: &Sexp| Type::fun(ty(param), Row::empty(), ret);
    let ty = params.iter().rev().fold(ty(ret), fun);
    Signature { ty: Type::Forall(1, Arc::new(ty)), by_name: false }
}

fn literal(atom: &str) -> Option<Literal> {
    let text = || atom.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    Some(match atom {
        "true" => Literal::Boolean(true),
        "false" => Literal::Boolean(false),
        _ if atom.starts_with(['+', '-']) => Literal::Int(atom.parse().ok()?),
        _ if atom.starts_with('?') => Literal::Char(atom.chars().nth(1)?),
        _ if atom.starts_with('"') => Literal::Text(text()?.into()),
        _ if atom.starts_with("0xs") => Literal::Bytes(atom.as_bytes()[3..].into()),
        _ if atom.contains('.') => Literal::Float(atom.parse::<f64>().ok()?.to_bits()),
        _ => Literal::Nat(atom.parse().ok()?),
    })
}

impl Sexp {
    fn atom(&self) -> &str {
        match self {
            Sexp::Atom(atom) => atom,
            Sexp::List(_) => panic!("an atom, not {self:?}"),
        }
    }

    fn list(&self) -> &[Sexp] {
        match self {
            Sexp::List(items) => items,
            Sexp::Atom(_) => panic!("a list, not {self:?}"),
        }
    }
}

fn read_all(text: &str) -> Vec<Sexp> {
    let mut open = vec![Vec::new()];
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    for word in spaced.split_whitespace() {
        match word {
            "(" => open.push(Vec::new()),
            ")" => {
                let items = open.pop().expect("a bracket closes one that opened");
                open.last_mut().expect("a bracket closes one that opened").push(Sexp::List(items));
            }
            _ => open.last_mut().expect("text is outside of all brackets").push(Sexp::Atom(word.into())),
        }
    }
    open.pop().expect("every bracket is closed")
}
