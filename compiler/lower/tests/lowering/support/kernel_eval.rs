//! The core language by its definition: an evaluator over terms, as simple as can be. No abilities.

use super::value::{Stop, Value, builtin};
use builtin::Builtin;
use kernel::{Case, Definition, Pattern, Term, TermRef, TypeRef};
use lower::Interfaces;
use std::cell::Cell;
use std::rc::Rc;

#[derive(Clone, Debug)]
pub enum Function<'t> {
    Builtin(Builtin),
    Constructor(TypeRef, u32, usize),
    Lambda(u32, &'t Term, Rc<Vec<Binding<'t>>>),
}

/// Functions are compared by nobody.
impl PartialEq for Function<'_> {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

#[derive(Clone, Debug)]
pub enum Binding<'t> {
    Value(Val<'t>),
    /// A member of a `LetRec`, with what is bound around it and how many members there are.
    Member(&'t [Term], usize),
}

pub type Val<'t> = Value<Function<'t>>;
type Env<'t> = Vec<Binding<'t>>;

pub struct Kernel<'t> {
    pub members: &'t [Definition],
    pub interfaces: &'t dyn Interfaces,
    pub fuel: Cell<u32>,
}

impl<'t> Kernel<'t> {
    pub fn member(&self, index: usize, args: Vec<Val<'t>>) -> Result<Val<'t>, Stop> {
        let value = self.eval(&self.members[index].body, &Vec::new())?;
        self.apply(value, args)
    }

    fn eval(&self, term: &'t Term, env: &Env<'t>) -> Result<Val<'t>, Stop> {
        self.fuel.set(self.fuel.get().checked_sub(1).ok_or(Stop::Fuel)?);
        match term {
            Term::Local(index) => Ok(self.local(env, env.len() - 1 - *index as usize)),
            Term::Ref(TermRef::Cycle(index)) => self.member(*index as usize, Vec::new()),
            Term::Ref(TermRef::Builtin(builtin)) => Ok(Value::Function(Function::Builtin(*builtin), Vec::new())),
            Term::Constructor(ty, constructor) => {
                let function = Function::Constructor(*ty, *constructor, self.fields(*ty, *constructor));
                self.apply(Value::Function(function, Vec::new()), Vec::new())
            }
            Term::Literal(literal) => Ok(Value::Literal(literal.clone())),
            Term::List(elements) => Value::List(self.all(elements, env)?).small(),
            Term::App(head, args) => {
                let head = self.eval(head, env)?;
                let args = self.all(args, env)?;
                self.apply(head, args)
            }
            Term::Lambda(params, body) => {
                Ok(Value::Function(Function::Lambda(*params, body, Rc::new(env.clone())), Vec::new()))
            }
            Term::Let(bindings, body) => {
                let mut env = env.clone();
                for binding in bindings {
                    let value = self.eval(binding, &env)?;
                    env.push(Binding::Value(value));
                }
                self.eval(body, &env)
            }
            Term::LetRec(members, body) => {
                let mut env = env.clone();
                env.extend((0..members.len()).map(|i| Binding::Member(members, i)));
                self.eval(body, &env)
            }
            Term::If(condition, yes, no) => {
                let taken = if self.eval(condition, env)?.is_true()? { yes } else { no };
                self.eval(taken, env)
            }
            Term::Match(on, cases) => self.matching(self.eval(on, env)?, cases, env),
            other => panic!("the tests do not evaluate {other:?}"),
        }
    }

    fn all(&self, terms: &'t [Term], env: &Env<'t>) -> Result<Vec<Val<'t>>, Stop> {
        terms.iter().map(|term| self.eval(term, env)).collect()
    }

    fn local(&self, env: &Env<'t>, level: usize) -> Val<'t> {
        match &env[level] {
            Binding::Value(value) => value.clone(),
            Binding::Member(members, i) => {
                let scope = env[..level - i + members.len()].to_vec();
                let Term::Lambda(params, body) = &members[*i] else { panic!("a recursive binding is a lambda") };
                Value::Function(Function::Lambda(*params, body, Rc::new(scope)), Vec::new())
            }
        }
    }

    fn fields(&self, ty: TypeRef, constructor: u32) -> usize {
        let declaration = match ty {
            TypeRef::Builtin(ty) => kernel::builtins::declaration(ty),
            TypeRef::Def(id) => self.interfaces.declaration(id),
            TypeRef::Cycle(_) => None,
        };
        declaration.expect("the tests declare their types").constructors[constructor as usize].arity as usize
    }

    /// One argument after the other, as if every function took one.
    fn apply(&self, function: Val<'t>, args: Vec<Val<'t>>) -> Result<Val<'t>, Stop> {
        let mut value = self.saturate(function)?;
        for arg in args {
            let Value::Function(function, mut known) = value else { panic!("a function is applied") };
            known.push(arg);
            value = self.saturate(Value::Function(function, known))?;
        }
        Ok(value)
    }

    fn saturate(&self, value: Val<'t>) -> Result<Val<'t>, Stop> {
        match value {
            Value::Function(Function::Builtin(b), args) if args.len() == kernel::builtins::arity(b) as usize => {
                builtin(b, &args)
            }
            Value::Function(Function::Constructor(ty, c, arity), args) if args.len() == arity => {
                Value::Data(ty, c, args).small()
            }
            Value::Function(Function::Lambda(params, body, env), args) if args.len() == params as usize => {
                let mut env = (*env).clone();
                env.extend(args.into_iter().map(Binding::Value));
                self.eval(body, &env)
            }
            other => Ok(other),
        }
    }

    fn matching(&self, on: Val<'t>, cases: &'t [Case], env: &Env<'t>) -> Result<Val<'t>, Stop> {
        for case in cases {
            let mut bound = env.clone();
            if !matches(&case.pattern, &on, &mut bound) {
                continue;
            }
            let applies = case.guard.as_ref().map_or(Ok(true), |guard| self.eval(guard, &bound)?.is_true())?;
            if applies {
                return self.eval(&case.body, &bound);
            }
        }
        Err(Stop::NoCase)
    }
}

fn matches<'t>(pattern: &Pattern, value: &Val<'t>, bound: &mut Env<'t>) -> bool {
    let mut each = |patterns: &mut dyn Iterator<Item = &Pattern>, values: &[Val<'t>]| {
        patterns.zip(values).all(|(pattern, value)| matches(pattern, value, bound))
    };
    match (pattern, value) {
        (Pattern::Any, _) => true,
        (Pattern::Var, _) => {
            bound.push(Binding::Value(value.clone()));
            true
        }
        (Pattern::As(inner), _) => {
            bound.push(Binding::Value(value.clone()));
            matches(inner, value, bound)
        }
        (Pattern::Literal(literal), Value::Literal(actual)) => literal == actual,
        (Pattern::Constructor(_, constructor, patterns), Value::Data(_, actual, fields)) => {
            constructor == actual && each(&mut patterns.iter(), fields)
        }
        (Pattern::List(patterns), Value::List(l)) => l.len() == patterns.len() && each(&mut patterns.iter(), l),
        (Pattern::Cons(first, rest), Value::List(l)) => {
            !l.is_empty() && each(&mut [&**first, rest].into_iter(), &[l[0].clone(), Value::List(l[1..].to_vec())])
        }
        (Pattern::Snoc(rest, last), Value::List(l)) => {
            let Some((end, front)) = l.split_last() else { return false };
            each(&mut [&**rest, last].into_iter(), &[Value::List(front.to_vec()), end.clone()])
        }
        (Pattern::Prefix(patterns, rest), Value::List(l)) => {
            let Some((front, back)) = l.split_at_checked(patterns.len()) else { return false };
            each(&mut patterns.iter().chain([&**rest]), &[front, &[Value::List(back.to_vec())]].concat())
        }
        (Pattern::Suffix(rest, patterns), Value::List(l)) => {
            let Some(middle) = l.len().checked_sub(patterns.len()) else { return false };
            let (front, back) = l.split_at(middle);
            each(&mut [&**rest].into_iter().chain(patterns), &[&[Value::List(front.to_vec())], back].concat())
        }
        other => panic!("the tests do not match {other:?}"),
    }
}
