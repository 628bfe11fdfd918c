//! The types of the IR.

use builtin::{Builtin, BuiltinType};
use kernel::{DefId, Literal, Site, TermRef, Type, TypeRef};
use std::sync::Arc;

/// Of everything that decides numbering of resume points and layout of frames. Captured frames name it; a node that does not know a version says so.
pub const IR_VERSION: u32 = 4;

/// Code: a definition (`lambda` 0) or one of the lambdas inside it, numbered as `kernel::Term` says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CodeId {
    pub def: DefId,
    pub lambda: u32,
}

/// How a value is held.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Rep {
    /// A tagged word: any value.
    V,
    /// Raw 64 bits of a number, character or truth value.
    W(Scalar),
}

/// Types with a raw form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scalar {
    Nat,
    Int,
    /// IEEE 754 bits.
    Float,
    /// A Unicode scalar value.
    Char,
    /// 0 or 1.
    Boolean,
}

impl Rep {
    /// The representation of a value whose declared type is `ty`. Only declared types decide: `V` for everything that is not a scalar by name.
    pub fn of(ty: &Type) -> Rep {
        match ty {
            Type::Ref(TypeRef::Builtin(BuiltinType::Nat)) => Rep::W(Scalar::Nat),
            Type::Ref(TypeRef::Builtin(BuiltinType::Int)) => Rep::W(Scalar::Int),
            Type::Ref(TypeRef::Builtin(BuiltinType::Float)) => Rep::W(Scalar::Float),
            Type::Ref(TypeRef::Builtin(BuiltinType::Char)) => Rep::W(Scalar::Char),
            Type::Ref(TypeRef::Builtin(BuiltinType::Boolean)) => Rep::W(Scalar::Boolean),
            _ => Rep::V,
        }
    }

    pub fn is_raw(self) -> bool {
        matches!(self, Rep::W(_))
    }
}

/// A register of a function. Each is assigned at exactly one place, which dominates the places that read it; its representation is in [`Function::registers`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reg(pub u32);

/// A join point of a function. Numbered in the order in which they stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct JoinId(pub u32);

/// A resume point of a function: where it goes on when a call returns. Numbered in the order in which they stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ResumeId {
    pub number: u32,
    /// Which call of the definition this waits for. Nothing but what is told of a failure depends on it.
    pub site: Site,
}

impl ResumeId {
    /// Of no call that anybody has written.
    pub const fn numbered(number: u32) -> ResumeId {
        ResumeId { number, site: Site::NONE }
    }
}

/// The code of a definition or lambda. (MACHINE calls it `Def`.)
///
/// The first registers are the parameters: first the captured variables (always `V`), then the declared parameters. A definition (lambda 0) has no captures; its parameters
/// have the reps of its signature's first arguments, and `ret` is the rep of the rest of its type, or `V` where `lower::Interface` says why. Inner lambdas take and return `V`, but for those that are no values
/// anywhere: these are called in the reps that their callers have.
/// A definition without parameters is a value, computed when it is called.
/// Behind lambdas and clauses there may be copies of functions, made for known arguments, for the fields of an argument, or for what a loop keeps: they capture nothing, are no values, and are called by the definition only.
///
/// Fuel is counted at the entry of every function: one unit each. Entry, return and loop heads are the safepoints.
///
/// # Clauses
/// What a handler does with one operation may be code of its own, a *clause*: its parameters are those of the handler without the request, then the operation's arguments, all `V`.
/// The machine calls it above the frames of whoever performs the operation, without taking them off the stack; around it stands what is outside the handler's prompt. It is *attached* to these frames
/// until a [`Step::Detach`] takes them off, or a [`Step::Reinstate`] goes on with them; before one of these, it may neither return nor call in tail position.
/// Its number follows those of the lambdas, and nothing but the handler's [`Function::clauses`] names it.
#[derive(Clone, PartialEq, Debug)]
pub struct Function {
    pub id: CodeId,
    pub captures: u32,
    pub params: Vec<Rep>,
    pub ret: Rep,
    /// It is a clause: attached when it is entered.
    pub is_clause: bool,
    /// If it is a handler, the code of its clauses; operations without one come as requests.
    pub clauses: Vec<Clause>,
    /// The representation of every register, parameters first.
    pub registers: Vec<Rep>,
    pub resume_points: Vec<ResumePoint>,
    /// What stands in this definition's functions in place of calls: [`Function::waits_for`].
    pub inlined: Arc<[Inlined]>,
    pub body: Block,
}

/// A call in what stands in place of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inlined {
    /// The call that it stands in place of: of the function, or in something inlined itself.
    pub within: Site,
    /// What is called there, and by which of its calls this one is.
    pub definition: DefId,
    pub site: Site,
}

/// Sites from this one on are places in [`Function::inlined`].
const INLINED: u32 = 1 << 31;

impl Inlined {
    /// The site in code of this table's entry.
    pub fn site(place: usize) -> Site {
        u32::try_from(place).ok().and_then(|place| place.checked_add(INLINED)).map_or(Site::NONE, Site)
    }
}

impl Function {
    /// For what a frame waits that goes on at a site: the calls of what was inlined there, the innermost first; and the call of the function's own definition.
    pub fn waits_for(&self, site: Site) -> (Vec<(DefId, Site)>, Site) {
        let (mut inner, mut own) = (Vec::new(), site);
        while let Some(place) = own.0.checked_sub(INLINED) {
            let Some(Inlined { within, definition, site }) = self.inlined.get(place as usize) else {
                return (inner, Site::NONE);
            };
            // What stands inside of something was put there later.
            debug_assert!(*within < own || within.0 < INLINED, "inlined calls lead outwards");
            inner.push((*definition, *site));
            own = *within;
        }
        (inner, own)
    }
}

/// Code of a handler for one operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clause {
    pub ability: TypeRef,
    pub operation: u32,
    pub code: CodeId,
}

/// What a frame that waits at this point holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResumePoint {
    /// The registers that are used after it, ascending; the call's own result is not among them. Which are raw follows from [`Function::registers`].
    pub live: Vec<Reg>,
    /// Its function is a clause that is attached here.
    pub attached: bool,
}

/// Steps in order, then an end.
#[derive(Clone, PartialEq, Debug)]
pub struct Block {
    pub steps: Vec<Step>,
    pub end: End,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    Let(Reg, Op),
    /// Calls, waits at `resume`, and puts the result into `into`. The representation of `into` is the callee's `ret`; `V` for an unknown callee.
    Call {
        into: Reg,
        callee: Callee,
        args: Vec<Reg>,
        resume: ResumeId,
    },
    /// Requests an operation of an ability from the innermost handler that has it. Arguments and result are `V`.
    Perform {
        into: Reg,
        ability: TypeRef,
        operation: u32,
        args: Vec<Reg>,
        resume: ResumeId,
    },
    /// Calls `function`, any function value, under a prompt that catches `abilities`. A request, or the result, is passed to `handler` as a `Request` value, outside the prompt. All `V`. At least one argument, few of them.
    /// As the last step of a block that returns `into` it is a tail call: the prompt stands in place of this function's frame, and `resume` is not used.
    Handle {
        into: Reg,
        abilities: Vec<TypeRef>,
        function: Reg,
        args: Vec<Reg>,
        handler: Reg,
        resume: ResumeId,
    },
    /// Takes the frames that a clause is attached to off the stack, up to and with the handler's prompt: into a continuation, or to drop them.
    Detach {
        into: Option<Reg>,
    },
    /// Goes on with the frames that a clause is attached to, in which `value` is the operation's result, under a prompt that catches `abilities`, with this handler, or the same one
    /// as before. Only as the last step of a block that returns `into`, which is what the handler gives in the end. `resume` is only the number of the prompt. All `V`.
    Reinstate {
        into: Reg,
        abilities: Vec<TypeRef>,
        value: Reg,
        handler: Option<Reg>,
        resume: ResumeId,
    },
    /// A join point: a block with parameters that blocks after it in this scope (and inside the blocks of the end) may jump to. Not recursive. `params` are assigned by the jump; the block also sees the registers assigned before.
    Join {
        id: JoinId,
        params: Vec<Reg>,
        block: Block,
    },
}

/// What computes a value at once: allocates at most or changes what is mutable, never calls.
#[derive(Clone, PartialEq, Debug)]
pub enum Op {
    /// `W` for scalars, `V` for text and bytes.
    Literal(Literal),
    /// `W` to `V`.
    Box(Reg),
    /// `V` to `W`; faults if the value is of another kind.
    Unbox(Reg, Scalar),
    /// A builtin that the machine computes, with all of its arguments, in the reps of its signature.
    Builtin(Builtin, Vec<Reg>),
    /// A constructor with all of its fields, in the reps of the declaration. Not of an ability.
    Construct(TypeRef, u32, Vec<Reg>),
    /// A lambda with the variables that it captures, all `V`; or (no captures) a definition with parameters as a function value. With some of its arguments, but not all, behind the captures, it is a
    /// partial application.
    Closure(CodeId, Vec<Reg>),
    /// A builtin that takes arguments, a constructor with fields or an operation with arguments, as a function value.
    Function(FunctionRef),
    List(Vec<Reg>),
    Row(Vec<TypeRef>),
    TermLink(TermRef),
    TypeLink(TypeRef),
}

/// Functions that have no code of their own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FunctionRef {
    Builtin(Builtin),
    Constructor(TypeRef, u32),
    Operation(TypeRef, u32),
}

/// What is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Callee {
    /// Code with all of its arguments (captures first), in its declared reps.
    Code(CodeId),
    /// A builtin that the host answers, with all of its arguments; takes and returns `V`.
    Host(Builtin),
    /// A function value: closure, partial application, builtin, constructor, operation or continuation, with any number of arguments, at least one. `V` throughout.
    Value(Reg),
    /// A definition that was absent when this was lowered (an open reference): looked for when the call is reached. With any number of arguments; with none it is the definition's value. `V` throughout.
    Open(DefId),
}

#[derive(Clone, PartialEq, Debug)]
pub enum End {
    /// In the function's `ret`.
    Return(Reg),
    /// As [`Step::Call`], in place of this function's frame. The callee's `ret` equals this function's.
    TailCall { callee: Callee, args: Vec<Reg> },
    /// Goes on at a join point.
    Jump(JoinId, Vec<Reg>),
    /// On a `W(Boolean)`.
    If(Reg, Box<Block>, Box<Block>),
    /// On the constructor of a `V`. Compares descriptors (type and constructor), not positions. Without a default, any other value is the fault [`Fault::NoCase`].
    Switch { on: Reg, cases: Vec<SwitchCase>, default: Option<Box<Block>> },
    /// On the bits of a `W` that is not a float.
    SwitchWord { on: Reg, cases: Vec<(u64, Block)>, default: Box<Block> },
    /// The program is wrong in a way that the checker excludes, or `bug` was reached: says which.
    Fault(Fault),
}

#[derive(Clone, PartialEq, Debug)]
pub struct SwitchCase {
    pub tag: Tag,
    /// Registers for the fields, in order, in the reps of the declaration; `None` for those not used.
    pub fields: Vec<Option<Reg>>,
    pub block: Block,
}

/// What a constructed value is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tag {
    /// Of a type.
    Constructor(TypeRef, u32),
    /// A request: its fields are the operation's arguments and the continuation, all `V`.
    Request(TypeRef, u32),
    /// The result of a handled computation; one field, `V`.
    Pure,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// No case of a match applied.
    NoCase,
}
