//! Definitions as text. What follows from types in the source (overloaded operators, computations as arguments, statements) is written the short way where
//! the types are plain to see, and in full elsewhere.
//!
//! Recurses over the term, whose depth decoding limits, on the stack of whoever compiles.

use super::chains::connective;
use super::evidence::{Parameter, is_delay, result_type};
use super::reference_names::ReferenceNames;
use super::types::print_exactly;
use super::uses::Uses;
use super::variables::{Role, Variables};
use super::{WIDTH, literals};
use crate::environment::Environment;
use base::Name;
use builtin::BuiltinType;
use kernel::{Case, DefId, Definition, Pattern, Term, TermRef, Type, TypeRef};
use prettyless::RcDoc;

pub type Doc = RcDoc<'static>;

/// Blanks by which what belongs to a line is indented under it.
pub const INDENT: isize = 2;

/// A definition under a name: its signature, and the equation below. The environment knows its component.
pub fn print_definition(name: &Name, id: DefId, definition: &Definition, env: &dyn Environment) -> String {
    let mut printer = TermPrinter {
        env,
        names: ReferenceNames::new(env, id.component),
        variables: Variables::default(),
        uses: Uses::of(&definition.body),
    };
    printer.names.set(TermRef::Def(id), name);
    printer.take_names(&definition.body);
    let defined = if name.is_operator() { format!("({name})") } else { name.to_string() };
    let signature = format!("{defined} : {}", print_exactly(&definition.signature, env));
    let ty = definition.signature.ty.without_foralls().clone();
    let equation = printer.function(defined, &definition.body, Some(ty));
    format!("{signature}\n{}\n", equation.print(WIDTH))
}

/// Where an expression stands, from a place that takes any to one that takes a single leaf.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Whole,
    Operand,
    Leaf,
}

pub struct TermPrinter<'e> {
    pub env: &'e dyn Environment,
    pub names: ReferenceNames<'e>,
    pub variables: Variables,
    /// Of the definition that is printed.
    pub uses: Uses,
}

impl TermPrinter<'_> {
    /// `name a b = body`, for as many parameters as the outermost lambda has.
    fn function(&mut self, name: String, term: &Term, ty: Option<Type>) -> Doc {
        let Term::Lambda(n, body) = term else { return self.equation(name, Vec::new(), term, ty) };
        let outer = self.variables.len();
        let delays = self.ends_as_delay(*n, body, ty.as_ref());
        let (params, result) = self.bind_parameters(n - u32::from(delays), ty);
        let equation = if delays {
            head(name, params)
                .append(" = do")
                .append(self.under_delay(|printer| printer.body(body, result_type(result))))
        } else {
            self.equation(name, params, body, result)
        };
        self.variables.truncate(outer);
        equation
    }

    /// Whether the last parameter of a function is the `()` of a delay: it is not looked at, and its type says so, or there is a function of its own
    /// inside, which would be one with this function if nothing were between the two.
    fn ends_as_delay(&self, n: u32, body: &Term, ty: Option<&Type>) -> bool {
        if self.uses.of_parameter(body, 0) > 0 {
            return false;
        }
        let mut ty = ty.map(Type::without_foralls);
        for _ in 1..n {
            ty = ty.and_then(|ty| if let Type::Fun { ret, .. } = ty { Some(ret.without_foralls()) } else { None });
        }
        matches!(body, Term::Lambda(..)) || ty.is_some_and(is_delay)
    }

    fn bind_parameters(&mut self, n: u32, ty: Option<Type>) -> (Vec<String>, Option<Type>) {
        let mut names = Vec::new();
        let mut ty = ty.map(|ty| ty.without_foralls().clone());
        for _ in 0..n {
            let (param, by_name, ret) = match ty {
                Some(Type::Fun { arg, by_name, ret, .. }) => (Some((*arg).clone()), by_name, Some((*ret).clone())),
                _ => (None, false, None),
            };
            names.push(self.variables.bind(Role::Value, param, by_name));
            ty = ret.map(|ret| ret.without_foralls().clone());
        }
        (names, ty)
    }

    fn equation(&mut self, name: String, params: Vec<String>, body: &Term, want: Option<Type>) -> Doc {
        head(name, params).append(" =").append(self.body(body, want))
    }

    /// What follows an opener of a block: beside it if that fits and it is no block of several lines.
    fn body(&mut self, term: &Term, want: Option<Type>) -> Doc {
        if self.is_block(term) {
            return hard().append(self.block(term, want)).nest(INDENT);
        }
        if let Some(delayed) = self.delayed(term, want.as_ref()) {
            let want = result_type(want);
            return self.under_delay(|printer| text(" do").append(printer.body(delayed, want)));
        }
        let expr = self.expr(term, want, Place::Whole);
        if self.stays_beside(term) { text(" ").append(expr) } else { RcDoc::line().append(expr).nest(INDENT).group() }
    }

    /// Whether it takes lines of its own.
    fn is_block(&self, term: &Term) -> bool {
        match term {
            Term::Let(..) | Term::LetRec(..) => true,
            Term::Match(_, cases) => destructures(cases),
            _ => false,
        }
    }

    fn block(&mut self, term: &Term, want: Option<Type>) -> Doc {
        let outer = self.variables.len();
        let mut lines = Vec::new();
        let mut rest = term;
        loop {
            rest = match rest {
                Term::Let(bindings, body) => {
                    self.bindings(bindings, &mut lines);
                    body
                }
                Term::LetRec(functions, body) => {
                    let names: Vec<String> =
                        functions.iter().map(|_| self.variables.bind(Role::Function, None, false)).collect();
                    lines.extend(
                        functions.iter().zip(names).map(|(function, name)| self.function(name, function, None)),
                    );
                    body
                }
                Term::Match(scrutinee, cases) if destructures(cases) => {
                    let scrutinee = self.body(scrutinee, None);
                    let pattern = self.pattern(&cases[0].pattern, Place::Leaf);
                    lines.push(pattern.append(" =").append(scrutinee));
                    &cases[0].body
                }
                last => {
                    lines.push(self.expr(last, want, Place::Whole));
                    break;
                }
            };
        }
        self.variables.truncate(outer);
        RcDoc::intersperse(lines, hard())
    }

    fn bindings(&mut self, bindings: &[Term], lines: &mut Vec<Doc>) {
        for binding in bindings {
            let used = self.uses.of_binding(binding) > 0;
            let ty = self.evident_type(binding);
            if !used && ty.as_ref() == Some(&Type::unit()) {
                lines.push(self.expr(binding, None, Place::Whole));
                self.variables.bind(Role::Value, None, false);
                continue;
            }
            let function = matches!(binding, Term::Lambda(..));
            let role = if function { Role::Function } else { Role::Value };
            // The name is not in scope of its own binding, but a name that is new is clearer there.
            let outer = self.variables.len();
            let name = self.variables.bind(role, ty.clone(), false);
            self.variables.truncate(outer);
            lines.push(self.function(name, binding, None));
            self.variables.bind(role, ty, false);
        }
    }

    pub fn expr(&mut self, term: &Term, want: Option<Type>, place: Place) -> Doc {
        if self.is_block(term) {
            let block = text("let").append(hard().append(self.block(term, want)).nest(INDENT));
            return parenthesized(block, place > Place::Whole);
        }
        if let Some(delayed) = self.delayed(term, want.as_ref()) {
            return self.delay(delayed, result_type(want), place);
        }
        if let Some(chain) = self.chain(term) {
            return self.infix(chain, place);
        }
        match term {
            Term::Local(index) => self.local(*index),
            Term::Ref(reference) => self.reference(*reference),
            Term::Constructor(TypeRef::Builtin(BuiltinType::Tuple(0)), _) => text("()"),
            Term::Constructor(ty, index) | Term::Operation(ty, index) => {
                text(named(self.names.constructor(*ty, *index)))
            }
            Term::Literal(literal) => text(literals::text(literal)),
            Term::List(elements) => self.elements("[", elements, "]"),
            Term::App(head, args) => self.application(head, args, place),
            Term::Lambda(n, body) => self.lambda(*n, body, want, place),
            Term::If(condition, yes, no) => self.conditional(condition, yes, no, want, place),
            Term::Match(scrutinee, cases) => self.matching(scrutinee, cases, want, place),
            Term::Handle { body, handler, .. } => self.handle(body, handler, place),
            Term::TermLink(reference) => {
                let link = text("termLink ").append(self.reference(*reference));
                parenthesized(link, place == Place::Leaf)
            }
            Term::TypeLink(ty) => {
                let name = self.names.type_name(*ty);
                parenthesized(text(format!("typeLink {name}")), place == Place::Leaf)
            }
            Term::Row(_) => text("()"),
            Term::Let(..) | Term::LetRec(..) => unreachable!("these are blocks"),
        }
    }

    fn local(&mut self, index: u32) -> Doc {
        match self.variables.get(index) {
            Some(variable) if variable.by_name => text(format!("'{}", variable.name)),
            Some(variable) => text(variable.name.clone()),
            None => text("?"),
        }
    }

    fn reference(&mut self, reference: TermRef) -> Doc {
        let name = named(self.names.term(reference));
        let by_name = self.names.signature(reference).is_some_and(|signature| signature.by_name);
        if by_name { text(format!("'{name}")) } else { text(name) }
    }

    fn elements(&mut self, open: &'static str, elements: &[Term], close: &'static str) -> Doc {
        let elements: Vec<Doc> = elements.iter().map(|element| self.expr(element, None, Place::Whole)).collect();
        let separated = RcDoc::intersperse(elements, text(",").append(RcDoc::line()));
        text(open).append(separated.nest(1)).append(close).group()
    }

    fn application(&mut self, head: &Term, args: &[Term], place: Place) -> Doc {
        if let Term::Constructor(TypeRef::Builtin(BuiltinType::Tuple(n)), _) = head
            && args.len() == usize::from(*n)
        {
            return self.elements("(", args, ")");
        }
        let (head_doc, args) = self.head(head, args);
        if args.is_empty() {
            return head_doc;
        }
        if matches!(args, [only] if *only == unit()) {
            return head_doc.append("()");
        }
        let params = self.parameters(head);
        let mut docs = vec![head_doc];
        for (i, arg) in args.iter().enumerate() {
            let last = i + 1 == args.len() && place == Place::Whole;
            docs.push(self.argument(arg, params.get(i), last));
        }
        // A delay that ends the application is indented as if it stood alone.
        let trailing = place == Place::Whole && matches!(args.last(), Some(Term::Lambda(1, _)));
        let last = if trailing { docs.pop() } else { None };
        let mut applied = RcDoc::intersperse(docs, RcDoc::line()).nest(INDENT).group();
        if let Some(last) = last {
            applied = applied.append(" ").append(last);
        }
        parenthesized(applied, place == Place::Leaf)
    }

    /// The head as it is written, and the arguments that are: hidden ones are not, nor the `()` that forces a marked name.
    fn head<'t>(&mut self, head: &Term, args: &'t [Term]) -> (Doc, &'t [Term]) {
        let forced = |args: &'t [Term]| args.split_first().filter(|(first, _)| **first == unit()).map(|(_, rest)| rest);
        match head {
            Term::Ref(reference) => {
                let name = named(self.names.term(*reference));
                let by_name = self.names.signature(*reference).is_some_and(|signature| signature.by_name);
                let hidden = matches!(reference, TermRef::Builtin(builtin) if builtin.hidden_argument().is_some());
                let args = &args[usize::from(hidden && !args.is_empty())..];
                match forced(args) {
                    Some(rest) if by_name => (text(name), rest),
                    _ => (self.reference(*reference), args),
                }
            }
            Term::Local(index) => match (self.variables.get(*index), forced(args)) {
                (Some(variable), Some(rest)) if variable.by_name => (text(variable.name.clone()), rest),
                _ => (self.local(*index), args),
            },
            // A quote would take the arguments, too.
            Term::Lambda(1, body) if self.ends_as_delay(1, body, None) => {
                (parenthesized(self.expr(head, None, Place::Whole), true), args)
            }
            head => (self.expr(head, None, Place::Leaf), args),
        }
    }

    fn argument(&mut self, arg: &Term, param: Option<&Parameter>, last: bool) -> Doc {
        let want = param.map(|param| param.ty.clone());
        let by_name = param.is_some_and(|param| param.by_name);
        match arg {
            Term::Lambda(1, body) if by_name && self.uses.of_parameter(body, 0) == 0 => {
                let place = if last { Place::Whole } else { Place::Leaf };
                self.delay(body, result_type(want), place)
            }
            Term::Lambda(1, body) if last && self.delayed(arg, want.as_ref()).is_some() => {
                self.delay(body, result_type(want), Place::Whole)
            }
            Term::Local(index) if by_name && self.variables.get(*index).is_some_and(|variable| variable.by_name) => {
                text(self.variables.get(*index).map_or(String::new(), |variable| variable.name.clone()))
            }
            Term::Ref(reference) if by_name && self.names.signature(*reference).is_some_and(|it| it.by_name) => {
                text(named(self.names.term(*reference)))
            }
            arg if by_name => text("'(!").append(self.expr(arg, want, Place::Leaf)).append(")"),
            arg => self.expr(arg, want, Place::Leaf),
        }
    }

    /// The inside of a delay, if the term is one: a function of `()` that does not look at it.
    fn delayed<'t>(&self, term: &'t Term, want: Option<&Type>) -> Option<&'t Term> {
        match term {
            Term::Lambda(1, body) if self.ends_as_delay(1, body, want) => Some(body),
            _ => None,
        }
    }

    /// `do body`, or `'leaf`. A name that is marked would be taken for itself behind a quote or `do`.
    fn delay(&mut self, body: &Term, want: Option<Type>, place: Place) -> Doc {
        self.under_delay(|printer| {
            if place > Place::Whole {
                return match printer.is_block(body) {
                    true => text("(do").append(printer.body(body, want)).append(")"),
                    false => text("'").append(printer.expr(body, want, Place::Leaf)),
                };
            }
            text("do").append(printer.body(body, want))
        })
    }

    /// With the `()` of a delay in scope, which has no name.
    fn under_delay(&mut self, print: impl FnOnce(&mut Self) -> Doc) -> Doc {
        let outer = self.variables.len();
        self.variables.bind(Role::Value, Some(Type::unit()), false);
        let doc = print(self);
        self.variables.truncate(outer);
        doc
    }

    fn lambda(&mut self, n: u32, body: &Term, want: Option<Type>, place: Place) -> Doc {
        let outer = self.variables.len();
        let delays = self.ends_as_delay(n, body, want.as_ref());
        let (params, result) = self.bind_parameters(n - u32::from(delays), want);
        let doc = match self.cases_of(n, body) {
            // With one parameter it was taken for a delay before.
            _ if delays => {
                let arrow = text(params.join(" ")).append(" -> do");
                arrow.append(self.under_delay(|printer| printer.body(body, result_type(result))))
            }
            Some(cases) => text("cases").append(self.cases(cases, result, usize::try_from(n).unwrap_or(1))),
            None => {
                // Only the arrow of a case opens a block.
                let arrow = if self.is_block(body) { " -> let" } else { " ->" };
                text(params.join(" ")).append(arrow).append(self.body(body, result))
            }
        };
        self.variables.truncate(outer);
        parenthesized(doc, place > Place::Whole)
    }

    fn conditional(&mut self, condition: &Term, yes: &Term, no: &Term, want: Option<Type>, place: Place) -> Doc {
        let mut doc = self.between("if", condition, "then").append(self.body(yes, want.clone()));
        let mut otherwise = no;
        while let Term::If(condition, yes, no) = otherwise
            && connective(yes, no).is_none()
        {
            let condition = self.between("else if", condition, "then");
            doc = doc.append(RcDoc::line()).append(condition).append(self.body(yes, want.clone()));
            otherwise = no;
        }
        let doc = doc.append(RcDoc::line()).append("else").append(self.body(otherwise, want)).group();
        parenthesized(doc, place > Place::Whole)
    }

    /// An expression between the words that open and close its block: on lines of its own if it does not fit on one, since what goes on in it must stand further in.
    fn between(&mut self, open: &'static str, term: &Term, close: &'static str) -> Doc {
        text(open).append(self.body(term, None)).append(RcDoc::line()).append(close).group()
    }

    fn matching(&mut self, scrutinee: &Term, cases: &[Case], want: Option<Type>, place: Place) -> Doc {
        let head = self.between("match", scrutinee, "with");
        let doc = head.append(self.cases(cases, want, 1));
        parenthesized(doc, place > Place::Whole)
    }

    /// Cases below each other. With several columns the patterns are those of a tuple.
    fn cases(&mut self, cases: &[Case], want: Option<Type>, columns: usize) -> Doc {
        let lines: Vec<Doc> = cases.iter().map(|case| self.case(case, want.clone(), columns)).collect();
        hard().append(RcDoc::intersperse(lines, hard())).nest(INDENT)
    }

    fn case(&mut self, case: &Case, want: Option<Type>, columns: usize) -> Doc {
        let outer = self.variables.len();
        let mut doc = match &case.pattern {
            Pattern::Constructor(_, _, fields) if columns > 1 => {
                let fields: Vec<Doc> = fields.iter().map(|field| self.pattern(field, Place::Whole)).collect();
                RcDoc::intersperse(fields, text(", "))
            }
            pattern => self.pattern(pattern, Place::Whole),
        };
        if let Some(guard) = &case.guard {
            // What ends in a block would take the arrow for its own.
            let place = if ends_in_block(guard) { Place::Operand } else { Place::Whole };
            doc = doc.append(" | ").append(self.expr(guard, None, place));
        }
        let doc = doc.append(" ->").append(self.body(&case.body, want));
        self.variables.truncate(outer);
        doc
    }

    fn handle(&mut self, body: &Term, handler: &Term, place: Place) -> Doc {
        let inside = match body {
            Term::Lambda(1, inside) => inside,
            other => other,
        };
        let inside = self.under_delay(|printer| printer.body(inside, None));
        let doc = text("handle").append(inside).append(RcDoc::line()).append("with").group();
        parenthesized(doc.append(self.body(handler, None)), place > Place::Whole)
    }

    /// What stands beside its opener however long it is, since it breaks inside.
    fn stays_beside(&self, term: &Term) -> bool {
        match term {
            Term::Match(..) => true,
            Term::Lambda(n, body) => self.cases_of(*n, body).is_some(),
            _ => false,
        }
    }

    /// The cases of a function that does nothing but take its arguments apart.
    fn cases_of<'t>(&self, n: u32, body: &'t Term) -> Option<&'t [Case]> {
        let Term::Match(scrutinee, cases) = body else { return None };
        let column =
            |case: &Case| matches!(&case.pattern, Pattern::Constructor(_, _, fields) if fields.len() == n as usize);
        let columns = n == 1 || cases.iter().all(column);
        let used_there_only = (0..n).all(|number| self.uses.of_parameter(body, number) == 1);
        (columns && is_all_parameters(n, scrutinee) && used_there_only).then_some(cases)
    }

    /// Words that stand for what the term refers to are not names of variables.
    fn take_names(&mut self, term: &Term) {
        let mut waiting = vec![term];
        while let Some(term) = waiting.pop() {
            match term {
                Term::Ref(reference) | Term::TermLink(reference) => {
                    let name = self.names.term(*reference);
                    self.variables.take(&name);
                }
                Term::Constructor(ty, index) | Term::Operation(ty, index) => {
                    let name = self.names.constructor(*ty, *index);
                    self.variables.take(&name);
                }
                _ => waiting.extend(term.parts().into_iter().map(|(_, part)| part)),
            }
        }
    }
}

pub fn text(text: impl Into<std::borrow::Cow<'static, str>>) -> Doc {
    RcDoc::text(text.into())
}

fn hard() -> Doc {
    RcDoc::hard_line()
}

fn ends_in_block(term: &Term) -> bool {
    match term {
        Term::App(_, args) => matches!(args.last(), Some(Term::Lambda(..))),
        Term::If(_, yes, no) => connective(yes, no).is_none(),
        Term::Lambda(..) | Term::Let(..) | Term::LetRec(..) | Term::Match(..) | Term::Handle { .. } => true,
        _ => false,
    }
}

pub fn parenthesized(doc: Doc, wanted: bool) -> Doc {
    if wanted { text("(").append(doc.nest(1)).append(")") } else { doc }
}

/// A name where it is not between two operands.
fn named(name: String) -> String {
    if Name::new(name.as_str()).is_operator() { format!("({name})") } else { name }
}

fn unit() -> Term {
    Term::Constructor(TypeRef::Builtin(BuiltinType::Tuple(0)), 0)
}

/// A match of one case that always fits, which is written as a binding.
fn destructures(cases: &[Case]) -> bool {
    let [Case { pattern, guard: None, .. }] = cases else { return false };
    matches!(pattern, Pattern::Any | Pattern::Constructor(TypeRef::Builtin(BuiltinType::Tuple(2..)), ..))
}

/// What stands before the `=` of a definition.
fn head(name: String, params: Vec<String>) -> Doc {
    text(std::iter::once(name).chain(params).collect::<Vec<_>>().join(" "))
}

/// Whether a term is all the parameters of a function, as the scrutinee of its cases is.
fn is_all_parameters(n: u32, term: &Term) -> bool {
    match term {
        Term::Local(0) => n == 1,
        Term::App(head, args) => {
            let tuple = |n| Term::Constructor(TypeRef::Builtin(BuiltinType::Tuple(n)), 0);
            let in_order = args.iter().rev().enumerate().all(|(i, arg)| *arg == Term::Local(i as u32));
            n > 1 && args.len() == n as usize && u8::try_from(n).is_ok_and(|n| **head == tuple(n)) && in_order
        }
        _ => false,
    }
}
