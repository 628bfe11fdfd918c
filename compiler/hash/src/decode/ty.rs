//! Types and rows.

use super::Decoder;
use crate::format;
use base::bytes::DecodeError;
use kernel::{Row, Type};
use std::sync::Arc;

/// What is still to be done, last first. A `Build` takes its parts from the types that are done.
enum Step {
    Read,
    Build(Node),
}

/// A type that waits for its parts.
enum Node {
    App,
    Fun {
        by_name: bool,
        row: Row,
    },
    /// Binds so many variables; they leave the scope with it.
    Forall(u32),
}

/// The state of reading one type. Members of a row are read with a state of their own.
struct Reading {
    scope: u64,
    work: Vec<Step>,
    done: Vec<Type>,
}

impl Decoder<'_> {
    /// A type below so many variables.
    pub fn ty(&mut self, scope: u32) -> Result<Type, DecodeError> {
        self.ty_below(u64::from(scope))
    }

    fn ty_below(&mut self, scope: u64) -> Result<Type, DecodeError> {
        let mut reading = Reading { scope, work: vec![Step::Read], done: Vec::new() };
        while let Some(step) = reading.work.pop() {
            let ty = match step {
                Step::Read => self.ty_front(&mut reading)?,
                Step::Build(node) => {
                    self.type_depth -= 1;
                    Some(reading.build(node))
                }
            };
            reading.done.extend(ty);
        }
        Ok(reading.pop())
    }

    /// Reads a type up to its first part: the whole of it if it has none, otherwise its parts are put on the stack.
    fn ty_front(&mut self, reading: &mut Reading) -> Result<Option<Type>, DecodeError> {
        let tag = self.reader.u8()?;
        Ok(match tag {
            format::ty::VAR => Some(Type::Var(self.type_var(reading.scope)?)),
            format::ty::REF => Some(Type::Ref(self.type_ref()?)),
            format::ty::ROW => Some(Type::Row(self.row(reading.scope)?)),
            format::ty::APP => self.ty_parts(reading, Node::App, 2)?,
            format::ty::FUN | format::ty::FUN_BY_NAME => {
                let row = self.row(reading.scope)?;
                self.ty_parts(reading, Node::Fun { by_name: tag == format::ty::FUN_BY_NAME, row }, 2)?
            }
            format::ty::FORALL => {
                let vars = self.binders()?;
                reading.scope += u64::from(vars);
                self.ty_parts(reading, Node::Forall(vars), 1)?
            }
            _ => return Err(DecodeError::BadTag("type", u64::from(tag))),
        })
    }

    fn ty_parts(&mut self, reading: &mut Reading, node: Node, parts: usize) -> Result<Option<Type>, DecodeError> {
        self.deeper()?;
        reading.work.push(Step::Build(node));
        reading.work.extend(std::iter::repeat_with(|| Step::Read).take(parts));
        Ok(None)
    }

    fn deeper(&mut self) -> Result<(), DecodeError> {
        self.type_depth += 1;
        if self.type_depth > self.limits.type_depth { Err(DecodeError::OverBudget) } else { Ok(()) }
    }

    fn type_var(&mut self, scope: u64) -> Result<u32, DecodeError> {
        let index = self.reader.u32()?;
        let bound = u64::from(index) < scope;
        bound.then_some(index).ok_or(DecodeError::Forbidden("a type variable that is not in scope"))
    }

    /// Recurses natively, to a fixed depth.
    fn row(&mut self, scope: u64) -> Result<Row, DecodeError> {
        self.deeper()?;
        self.row_depth += 1;
        if self.row_depth > self.limits.row_depth {
            return Err(DecodeError::OverBudget);
        }
        let heads = self.ascending(|decoder| match decoder.ty_below(scope)? {
            head @ (Type::Ref(_) | Type::App(..)) => Ok(head),
            _ => Err(DecodeError::Forbidden("a row with something that is not an ability")),
        })?;
        let mut vars = Vec::new();
        for _ in 0..self.reader.count()? {
            let var = self.type_var(scope)?;
            if vars.last().is_some_and(|last| var <= *last) {
                return Err(DecodeError::Forbidden("a row that is not in order"));
            }
            vars.push(var);
        }
        self.row_depth -= 1;
        self.type_depth -= 1;
        Ok(Row::new(heads, vars))
    }
}

impl Reading {
    fn build(&mut self, node: Node) -> Type {
        let last = Arc::new(self.pop());
        match node {
            Node::App => Type::App(Arc::new(self.pop()), last),
            Node::Fun { by_name, row } => Type::Fun { arg: Arc::new(self.pop()), by_name, row, ret: last },
            Node::Forall(vars) => {
                self.scope -= u64::from(vars);
                Type::Forall(vars, last)
            }
        }
    }

    fn pop(&mut self) -> Type {
        self.done.pop().expect("every step leaves one type")
    }
}
