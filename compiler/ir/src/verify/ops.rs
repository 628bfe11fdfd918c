//! What each operation reads, and the representation of what it gives.

use super::{Verifier, VerifyError, builtin_reps, refuse, require};
use crate::{CodeId, FunctionRef, Op, Reg, Rep, Scalar};
use builtin::Builtin;
use kernel::{Literal, TermRef, TypeRef};

impl Verifier<'_> {
    /// Checks the operands; the representation of the result.
    pub(super) fn op(&self, op: &Op) -> Result<Rep, VerifyError> {
        match op {
            Op::Literal(literal) => Ok(literal_rep(literal)),
            Op::Box(reg) => {
                let rep = self.read(*reg)?;
                require(rep.is_raw(), || format!("{reg} is boxed twice")).map(|()| Rep::V)
            }
            Op::Unbox(reg, scalar) => self.read_as(*reg, Rep::V).map(|()| Rep::W(*scalar)),
            Op::Builtin(builtin, args) => self.builtin(*builtin, args),
            Op::Construct(ty, constructor, fields) => {
                self.read_all("a constructor", fields, &self.fields(*ty, *constructor)?).map(|()| Rep::V)
            }
            Op::Closure(code, captures) => self.closure(*code, captures).map(|()| Rep::V),
            Op::Function(function) => self.function(*function).map(|()| Rep::V),
            Op::List(elements) => self.read_tagged(elements).map(|()| Rep::V),
            Op::Row(abilities) => no_cycles(abilities).map(|()| Rep::V),
            Op::TermLink(TermRef::Cycle(_)) => refuse("a link into a cycle"),
            Op::TermLink(TermRef::Builtin(_) | TermRef::Def(_)) => Ok(Rep::V),
            Op::TypeLink(ty) => no_cycles(&[*ty]).map(|()| Rep::V),
        }
    }

    fn builtin(&self, builtin: Builtin, args: &[Reg]) -> Result<Rep, VerifyError> {
        require(builtin.class().is_computed(), || format!("{} is not computed at once", builtin.name()))?;
        let (params, ret) = builtin_reps(builtin);
        self.read_all(builtin.name(), args, &params).map(|()| ret)
    }

    fn closure(&self, code: CodeId, captures: &[Reg]) -> Result<(), VerifyError> {
        let expected = self.interfaces.captures(code).zip(self.interfaces.code(code));
        let Some((count, (params, ret))) = expected else { return refuse(format!("{code} has no interface")) };
        require(captures.len() >= count as usize, || format!("a closure of {code} has too few captures"))?;
        require(params.len() > captures.len(), || format!("a closure of {code}, which takes nothing"))?;
        let tagged = params.iter().chain([&ret]).all(|rep| *rep == Rep::V);
        require(code.lambda == 0 || tagged, || format!("a closure of {code}, which takes or returns raw words"))?;
        require(!self.interfaces.is_clause(code), || format!("a closure of the clause {code}"))?;
        self.read_tagged(captures)
    }

    fn function(&self, function: FunctionRef) -> Result<(), VerifyError> {
        let arity = match function {
            FunctionRef::Builtin(builtin) => kernel::builtins::arity(builtin) as usize,
            FunctionRef::Constructor(ty, constructor) => self.fields(ty, constructor)?.len(),
            FunctionRef::Operation(ability, operation) => self.operation(ability, operation)?,
        };
        require(arity > 0, || format!("{function} takes nothing, so it is no function"))
    }
}

/// References are by content once code is lowered.
pub(super) fn no_cycles(types: &[TypeRef]) -> Result<(), VerifyError> {
    require(!types.iter().any(|ty| matches!(ty, TypeRef::Cycle(_))), || "a type inside a cycle".into())
}

fn literal_rep(literal: &Literal) -> Rep {
    match literal {
        Literal::Nat(_) => Rep::W(Scalar::Nat),
        Literal::Int(_) => Rep::W(Scalar::Int),
        Literal::Float(_) => Rep::W(Scalar::Float),
        Literal::Char(_) => Rep::W(Scalar::Char),
        Literal::Boolean(_) => Rep::W(Scalar::Boolean),
        Literal::Text(_) | Literal::Bytes(_) => Rep::V,
    }
}
