//! Values, and builtins on them, for the two evaluators of the tests.

use builtin::Builtin;
use ir::{Rep, Scalar};
use kernel::{Literal, TypeRef};

#[derive(Clone, PartialEq, Debug)]
pub enum Value<F> {
    Literal(Literal),
    Data(TypeRef, u32, Vec<Value<F>>),
    List(Vec<Value<F>>),
    Function(F, Vec<Value<F>>),
}

/// Why there is no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// As `ir::Fault::NoCase`.
    NoCase,
    /// Outside of a list.
    Outside,
    /// A value of another kind than the types say: only code that was tampered with.
    Ill,
    /// Evaluation took too long.
    Fuel,
}

pub fn nat<F>(n: u64) -> Value<F> {
    Value::Literal(Literal::Nat(n))
}

pub fn boolean<F>(b: bool) -> Value<F> {
    Value::Literal(Literal::Boolean(b))
}

impl<F> Value<F> {
    pub fn is_true(&self) -> Result<bool, Stop> {
        match self {
            Value::Literal(Literal::Boolean(b)) => Ok(*b),
            _ => Err(Stop::Ill),
        }
    }

    pub fn as_nat(&self) -> Result<u64, Stop> {
        match self {
            Value::Literal(Literal::Nat(n)) => Ok(*n),
            _ => Err(Stop::Ill),
        }
    }

    pub fn rep(&self) -> Rep {
        match self {
            Value::Literal(Literal::Nat(_)) => Rep::W(Scalar::Nat),
            Value::Literal(Literal::Int(_)) => Rep::W(Scalar::Int),
            Value::Literal(Literal::Char(_)) => Rep::W(Scalar::Char),
            Value::Literal(Literal::Boolean(_)) => Rep::W(Scalar::Boolean),
            Value::Literal(Literal::Float(_)) => Rep::W(Scalar::Float),
            _ => Rep::V,
        }
    }

    pub fn as_list(&self) -> Result<&[Value<F>], Stop> {
        match self {
            Value::List(elements) => Ok(elements),
            _ => Err(Stop::Ill),
        }
    }

    /// The value, unless it has become large: without sharing, a few steps make many copies.
    pub fn small(self) -> Result<Value<F>, Stop> {
        let (mut count, mut todo) = (0, vec![&self]);
        while let Some(value) = todo.pop() {
            count += 1;
            match value {
                Value::Literal(_) => {}
                Value::Data(_, _, inside) | Value::List(inside) | Value::Function(_, inside) => todo.extend(inside),
            }
            if count > 1_000 {
                return Err(Stop::Fuel);
            }
        }
        Ok(self)
    }

    /// Without what a function is: only data is compared.
    pub fn data(self) -> Value<()> {
        let all = |values: Vec<Value<F>>| values.into_iter().map(Value::data).collect();
        match self {
            Value::Literal(literal) => Value::Literal(literal),
            Value::Data(ty, constructor, fields) => Value::Data(ty, constructor, all(fields)),
            Value::List(elements) => Value::List(all(elements)),
            Value::Function(..) => Value::Function((), Vec::new()),
        }
    }
}

pub fn builtin<F: Clone + PartialEq>(builtin: Builtin, args: &[Value<F>]) -> Result<Value<F>, Stop> {
    use Builtin::*;
    let [a, rest @ ..] = args else { panic!("a builtin takes arguments") };
    let b = rest.first().unwrap_or(a);
    Ok(match builtin {
        NatAdd => nat(a.as_nat()?.wrapping_add(b.as_nat()?)),
        NatSub => nat(a.as_nat()?.saturating_sub(b.as_nat()?)),
        NatMul => nat(a.as_nat()?.wrapping_mul(b.as_nat()?)),
        NatEq => boolean(a.as_nat()? == b.as_nat()?),
        NatLt => boolean(a.as_nat()? < b.as_nat()?),
        NatGteq => boolean(a.as_nat()? >= b.as_nat()?),
        BooleanNot => boolean(!a.is_true()?),
        UniversalEq | TextEq => boolean(a == b),
        IntEq => boolean(a == b),
        UniversalNotEq => boolean(a != b),
        UniversalLt => boolean(a.as_nat()? < b.as_nat()?),
        ListSize => nat(a.as_list()?.len() as u64),
        ListUnsafeAt => b.as_list()?.get(a.as_nat()? as usize).cloned().ok_or(Stop::Outside)?,
        ListTake => Value::List(b.as_list()?.iter().take(a.as_nat()? as usize).cloned().collect()),
        ListDrop => Value::List(b.as_list()?.iter().skip(a.as_nat()? as usize).cloned().collect()),
        ListConcat => Value::List([a.as_list()?, b.as_list()?].concat()).small()?,
        _ => panic!("the tests do not use {}", builtin.name()),
    })
}
