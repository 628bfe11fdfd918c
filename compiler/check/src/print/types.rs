//! Types as text. Rows are shown only where they say something; names are as short as they can be.

use crate::environment::Environment;
use crate::infer::Checker;
use crate::names::Names;
use crate::solver::Solver;
use crate::ty::{Row, Scheme, Ty};
use builtin::BuiltinType;
use kernel::{Declaration, Signature, Type, TypeRef};

/// The signature of a definition, as it could be written.
pub fn print_signature(signature: &Signature, env: &dyn Environment) -> String {
    let scheme = Scheme { ty: Ty::from_kernel(&signature.ty), by_name: signature.by_name };
    let solver = Solver::new();
    Printer::new(&Names::new(env), &solver).scheme(&scheme)
}

/// A signature that means the same above any equation. What an arrow without a row allows is found out from there, so those that allow nothing say so,
/// but for arrows of results, where it makes no difference.
pub(super) fn print_exactly(signature: &Signature, env: &dyn Environment) -> String {
    let scheme = Scheme { ty: Ty::from_kernel(&signature.ty), by_name: signature.by_name };
    let (solver, names) = (Solver::new(), Names::new(env));
    let mut printer = Printer { pure: Pure::Results, ..Printer::new(&names, &solver) };
    printer.scheme(&scheme)
}

/// A closed type.
pub fn print_type(ty: &Type, env: &dyn Environment) -> String {
    let solver = Solver::new();
    Printer::new(&Names::new(env), &solver).ty(&Ty::from_kernel(ty))
}

impl Checker<'_> {
    pub fn show_scheme(&self, scheme: &Scheme) -> String {
        Printer::new(self.names, &self.solver).scheme(scheme)
    }
}

/// Where a type stands, for parentheses: from a place where anything may stand to one that takes a single leaf.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Whole,
    /// Left of an arrow.
    Argument,
    /// An argument of a type.
    Leaf,
}

/// Whether arrows that allow nothing say so.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pure {
    Never,
    /// Only inside what is not a result.
    Results,
    Always,
}

/// Prints types, giving the same name to the same variable.
pub(crate) struct Printer<'p> {
    names: &'p Names<'p>,
    solver: &'p Solver,
    /// Variables that were seen, and what they are called.
    called: Vec<(Ty, String)>,
    /// Names of the variables bound around, innermost last.
    bound: Vec<String>,
    pure: Pure,
}

impl<'p> Printer<'p> {
    pub fn new(names: &'p Names<'p>, solver: &'p Solver) -> Printer<'p> {
        Printer { names, solver, called: Vec::new(), bound: Vec::new(), pure: Pure::Never }
    }

    /// A signature: outer foralls are not written.
    pub fn scheme(&mut self, scheme: &Scheme) -> String {
        let ty = self.outer(&scheme.ty);
        match ty {
            Ty::Fun(fun) if scheme.by_name => self.computation(&fun.row, &fun.ret, Level::Whole),
            ty => self.at(&ty, Level::Whole),
        }
    }

    /// Names for the parameters of a declaration, which are the outermost variables of the types inside.
    pub fn parameters(&mut self, declaration: &Declaration) -> Vec<String> {
        let types: Vec<Ty> = declaration.constructors.iter().map(|it| Ty::from_kernel(&it.ty)).collect();
        for index in (0..declaration.params).rev() {
            let is_row = types.iter().any(|ty| stands_in_row(ty, index));
            let name = self.fresh_name(is_row);
            self.bound.push(name);
        }
        self.bound.clone()
    }

    /// A type that stands beside others, as the field of a constructor does.
    pub fn argument(&mut self, ty: &Ty) -> String {
        self.at(ty, Level::Leaf)
    }

    /// Prints with variables of its own, which are forgotten afterwards.
    pub fn within<T>(&mut self, print: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.bound.len();
        let printed = print(self);
        self.bound.truncate(outer);
        printed
    }

    pub fn ty(&mut self, ty: &Ty) -> String {
        let ty = self.outer(&self.solver.zonk(ty));
        self.at(&ty, Level::Whole)
    }

    pub fn row(&mut self, row: &Row) -> String {
        let parts = self.abilities(&self.solver.zonk_row(row));
        format!("{{{}}}", parts.join(", "))
    }

    /// Names the variables of outer foralls.
    fn outer(&mut self, ty: &Ty) -> Ty {
        let mut ty = ty.clone();
        while let Ty::Forall(n, body) = &ty {
            self.name_bound(*n, body);
            ty = (**body).clone();
        }
        ty
    }

    fn name_bound(&mut self, n: u32, body: &Ty) {
        for index in (0..n).rev() {
            let is_row = stands_in_row(body, index);
            let name = self.fresh_name(is_row);
            self.bound.push(name);
        }
    }

    fn fresh_name(&self, is_row: bool) -> String {
        let letters = if is_row { "ghe" } else { "abcdijkmnopqrstuvwxyz" };
        let taken = |name: &String| self.bound.contains(name) || self.called.iter().any(|(_, other)| other == name);
        let numbered = (0..).flat_map(|round: u32| {
            letters.chars().map(move |letter| if round == 0 { letter.to_string() } else { format!("{letter}{round}") })
        });
        numbered.into_iter().find(|name| !taken(name)).unwrap_or_default()
    }

    fn variable(&mut self, var: &Ty, is_row: bool) -> String {
        if let Some((_, name)) = self.called.iter().find(|(other, _)| other == var) {
            return name.clone();
        }
        let name = match var {
            Ty::Skolem(skolem) if !self.solver.skolem_name(*skolem).is_empty() => {
                self.solver.skolem_name(*skolem).to_string()
            }
            _ => self.fresh_name(is_row),
        };
        self.called.push((var.clone(), name.clone()));
        name
    }

    fn at(&mut self, ty: &Ty, level: Level) -> String {
        match ty {
            Ty::Meta(_) | Ty::Skolem(_) => self.variable(ty, false),
            Ty::Bound(index) => self.bound_name(*index),
            Ty::Ref(reference) => self.reference(*reference),
            Ty::App(..) => self.application(ty, level),
            Ty::Fun(fun) if is_unit(&fun.arg) && !fun.by_name => self.delay(&fun.row, &fun.ret, level),
            Ty::Fun(fun) => {
                let arg = self.inside(|printer| match &fun.arg {
                    Ty::Fun(inner) if fun.by_name => printer.computation(&inner.row, &inner.ret, Level::Argument),
                    arg => printer.at(arg, Level::Argument),
                });
                let arrow = self.arrow(&fun.row);
                let ret = self.at(&fun.ret, Level::Whole);
                parenthesized(format!("{arg} {arrow} {ret}"), level > Level::Whole)
            }
            Ty::Forall(n, body) => {
                let outer = self.bound.len();
                self.name_bound(*n, body);
                let names = self.bound[outer..].join(" ");
                let body = self.at(body, Level::Whole);
                self.bound.truncate(outer);
                parenthesized(format!("∀ {names}. {body}"), level > Level::Whole)
            }
            Ty::Row(row) => {
                let parts = self.abilities(row);
                format!("{{{}}}", parts.join(", "))
            }
            Ty::Error => "_".to_string(),
        }
    }

    /// Prints what is not a result.
    fn inside<T>(&mut self, print: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.pure;
        if outer == Pure::Results {
            self.pure = Pure::Always;
        }
        let printed = print(self);
        self.pure = outer;
        printed
    }

    fn bound_name(&self, index: u32) -> String {
        let at = self.bound.len().checked_sub(1 + index as usize);
        at.map_or("?".to_string(), |at| self.bound[at].clone())
    }

    fn reference(&self, reference: TypeRef) -> String {
        match reference {
            TypeRef::Builtin(BuiltinType::Tuple(0)) => "()".to_string(),
            _ => self.names.type_text(reference),
        }
    }

    fn application(&mut self, ty: &Ty, level: Level) -> String {
        let (head, args) = ty.unapply();
        match (head, &args[..]) {
            (Ty::Ref(TypeRef::Builtin(BuiltinType::List)), [element]) => {
                format!("[{}]", self.at(element, Level::Whole))
            }
            (Ty::Ref(TypeRef::Builtin(BuiltinType::Tuple(n))), elements) if usize::from(*n) == elements.len() => {
                let elements: Vec<String> = elements.iter().map(|element| self.at(element, Level::Whole)).collect();
                format!("({})", elements.join(", "))
            }
            (head, args) => {
                let mut text = self.at(head, Level::Leaf);
                for arg in args {
                    text = format!("{text} {}", self.inside(|printer| printer.at(arg, Level::Leaf)));
                }
                parenthesized(text, level == Level::Leaf)
            }
        }
    }

    fn arrow(&mut self, row: &Row) -> String {
        let parts = self.abilities(row);
        if parts.is_empty() && self.pure != Pure::Always {
            "->".to_string()
        } else {
            format!("->{{{}}}", parts.join(", "))
        }
    }

    fn delay(&mut self, row: &Row, result: &Ty, level: Level) -> String {
        let parts = self.abilities(row);
        if parts.is_empty() {
            return format!("'{}", self.at(result, Level::Leaf));
        }
        let result = self.at(result, Level::Argument);
        parenthesized(format!("'{{{}}} {result}", parts.join(", ")), level == Level::Leaf)
    }

    /// `Remote a`, or `{g} a`, in parentheses where it is a parameter.
    fn computation(&mut self, row: &Row, result: &Ty, level: Level) -> String {
        let parts = self.abilities(row);
        match &parts[..] {
            [only] if only == "Remote" || only == "Remote!" => format!("{only} {}", self.at(result, Level::Leaf)),
            _ => {
                let text = format!("{{{}}} {}", parts.join(", "), self.at(result, Level::Argument));
                parenthesized(text, level > Level::Whole)
            }
        }
    }

    /// Heads and variables; `Remote` is implied by `Remote!`.
    fn abilities(&mut self, row: &Row) -> Vec<String> {
        let bang = row.heads.contains(&Ty::builtin(BuiltinType::RemoteBang));
        let implied = |head: &&Ty| !(bang && **head == Ty::builtin(BuiltinType::Remote));
        let heads: Vec<&Ty> = row.heads.iter().filter(implied).collect();
        // Of variables that are bound the one that occurs first has the highest index.
        let mut parts: Vec<String> = row.tails.iter().rev().map(|tail| self.tail(tail)).collect();
        let mut named: Vec<String> = heads.into_iter().map(|head| self.at(head, Level::Whole)).collect();
        named.sort();
        parts.extend(named);
        parts
    }

    fn tail(&mut self, tail: &Ty) -> String {
        match tail {
            Ty::Bound(index) => self.bound_name(*index),
            var => self.variable(var, true),
        }
    }
}

fn parenthesized(text: String, wanted: bool) -> String {
    if wanted { format!("({text})") } else { text }
}

fn is_unit(ty: &Ty) -> bool {
    *ty == Ty::unit()
}

/// Whether the variable that has this index in the body stands for abilities.
fn stands_in_row(ty: &Ty, index: u32) -> bool {
    let in_row =
        |row: &Row| row.tails.contains(&Ty::Bound(index)) || row.heads.iter().any(|head| stands_in_row(head, index));
    match ty {
        Ty::App(f, x) => stands_in_row(f, index) || stands_in_row(x, index),
        Ty::Fun(fun) => stands_in_row(&fun.arg, index) || in_row(&fun.row) || stands_in_row(&fun.ret, index),
        Ty::Forall(n, body) => stands_in_row(body, index + n),
        Ty::Row(row) => in_row(row),
        Ty::Meta(_) | Ty::Skolem(_) | Ty::Bound(_) | Ty::Ref(_) | Ty::Error => false,
    }
}
