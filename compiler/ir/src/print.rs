//! Functions as text, for tests and for those who look at what their program became.
//!
//! One line for each step; what is inside a block is indented. A register shows its representation where it is assigned; `V` is not shown. A resume point is `@number [live registers]`.

use crate::walk::{Event, Role, walk};
use crate::{
    Callee, Clause, CodeId, End, Fault, Function, FunctionRef, Op, Reg, Rep, ResumeId, Scalar, Step, SwitchCase, Tag,
};
use kernel::{DefId, Literal, TermRef, TypeRef};
use std::fmt::{self, Display, Formatter};

impl Display for Function {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let params: Vec<Reg> = (0..self.params.len() as u32).map(Reg).collect();
        let (captured, declared) = params.split_at(self.captures as usize);
        let captured =
            if captured.is_empty() { String::new() } else { format!("[{}] ", self.assigned(captured.iter())) };
        let clause = if self.is_clause { "clause " } else { "" };
        writeln!(f, "{clause}fn {} {captured}({}) -> {}", self.id, self.assigned(declared.iter()), self.ret)?;
        for Clause { ability, operation, code } in &self.clauses {
            writeln!(f, "  handles {}.{operation} by {code}", Type(ability))?;
        }
        let mut indent = 0;
        walk(&self.body, |event| {
            let pad = "  ".repeat(indent);
            match event {
                Event::Enter(role) => {
                    indent += 1;
                    self.heading(f, &pad, role)
                }
                Event::Step(step) => self.step(f, &pad, step),
                Event::End(end) => self.end(f, &pad, end),
                Event::Leave(..) => {
                    indent -= 1;
                    Ok(())
                }
            }
        })
    }
}

impl Function {
    fn heading(&self, f: &mut Formatter, pad: &str, role: Role) -> fmt::Result {
        match role {
            Role::Body => Ok(()),
            Role::Join(id, params) => writeln!(f, "{pad}{id}({}):", self.assigned(params)),
            Role::Branch => writeln!(f, "{pad}:"),
            Role::Case(SwitchCase { tag, fields, .. }) => {
                let fields = fields.iter().map(|field| field.map_or("_".into(), |reg| self.assigns(reg)));
                writeln!(f, "{pad}{tag}({}):", commas(fields))
            }
        }
    }

    fn step(&self, f: &mut Formatter, pad: &str, step: &Step) -> fmt::Result {
        match step {
            Step::Join { .. } => return Ok(()),
            _ => f.write_str(pad)?,
        }
        if let Some(into) = step.into() {
            write!(f, "{} = ", self.assigns(into))?;
        }
        match step {
            Step::Let(_, op) => write!(f, "{op}")?,
            Step::Call { callee, args, .. } => write!(f, "call {callee}({})", commas(args))?,
            Step::Perform { ability, operation, args, .. } => {
                write!(f, "perform {ability}.{operation}({})", commas(args), ability = Type(ability))?
            }
            Step::Handle { abilities, function, args, handler, .. } => write!(
                f,
                "handle {{{}}} {function}({}) with {handler}",
                commas(abilities.iter().map(Type)),
                commas(args)
            )?,
            Step::Detach { into: Some(_) } => f.write_str("detach")?,
            Step::Detach { into: None } => f.write_str("detach and drop")?,
            Step::Reinstate { abilities, value, handler, .. } => {
                let handler = handler.map_or("the same".into(), |handler| handler.to_string());
                write!(f, "reinstate {{{}}} {value} with {handler}", commas(abilities.iter().map(Type)))?
            }
            Step::Join { .. } => {}
        }
        if let Some(resume) = step.resume() {
            self.resume(f, resume)?;
        }
        writeln!(f)
    }

    fn resume(&self, f: &mut Formatter, resume: ResumeId) -> fmt::Result {
        let live = self.resume_points.get(resume.number as usize).map_or("?".into(), |point| commas(&point.live));
        write!(f, " @{} [{live}]", resume.number)
    }

    fn end(&self, f: &mut Formatter, pad: &str, end: &End) -> fmt::Result {
        f.write_str(pad)?;
        match end {
            End::Return(reg) => writeln!(f, "return {reg}"),
            End::TailCall { callee, args } => writeln!(f, "tail call {callee}({})", commas(args)),
            End::Jump(id, args) => writeln!(f, "jump {id}({})", commas(args)),
            End::If(reg, ..) => writeln!(f, "if {reg}, then, else"),
            End::Switch { on, default, .. } => {
                writeln!(f, "switch {on}{}", if default.is_some() { ", default last" } else { "" })
            }
            End::SwitchWord { on, cases, .. } => {
                writeln!(f, "switch {on} on {}, default last", commas(cases.iter().map(|(word, _)| *word as i64)))
            }
            End::Fault(Fault::NoCase) => writeln!(f, "fault: no case"),
        }
    }

    fn assigned<'a>(&self, registers: impl IntoIterator<Item = &'a Reg>) -> String {
        commas(registers.into_iter().map(|reg| self.assigns(*reg)))
    }

    fn assigns(&self, reg: Reg) -> String {
        match self.registers.get(reg.0 as usize) {
            Some(Rep::V) => reg.to_string(),
            Some(rep) => format!("{reg}: {rep}"),
            None => format!("{reg}: ?"),
        }
    }
}

fn commas(items: impl IntoIterator<Item = impl Display>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

impl Display for Op {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Op::Literal(literal) => literal_text(f, literal),
            Op::Box(reg) => write!(f, "box {reg}"),
            Op::Unbox(reg, scalar) => write!(f, "unbox {reg} to {}", Rep::W(*scalar)),
            Op::Builtin(builtin, args) => write!(f, "{}({})", builtin.name(), commas(args)),
            Op::Construct(ty, constructor, args) => write!(f, "new {}.{constructor}({})", Type(ty), commas(args)),
            Op::Closure(code, captures) => write!(f, "closure {code}[{}]", commas(captures)),
            Op::Function(function) => write!(f, "function {function}"),
            Op::List(elements) => write!(f, "list [{}]", commas(elements)),
            Op::Row(abilities) => write!(f, "row {{{}}}", commas(abilities.iter().map(Type))),
            Op::TermLink(TermRef::Builtin(builtin)) => write!(f, "termLink {}", builtin.name()),
            Op::TermLink(TermRef::Def(def)) => write!(f, "termLink {}", Def(def)),
            Op::TermLink(TermRef::Cycle(i)) => write!(f, "termLink cycle.{i}"),
            Op::TypeLink(ty) => write!(f, "typeLink {}", Type(ty)),
        }
    }
}

fn literal_text(f: &mut Formatter, literal: &Literal) -> fmt::Result {
    match literal {
        Literal::Nat(n) => write!(f, "{n}"),
        Literal::Int(n) => write!(f, "{n:+}"),
        Literal::Float(bits) => write!(f, "{:?}", f64::from_bits(*bits)),
        Literal::Char(c) => write!(f, "{c:?}"),
        Literal::Boolean(b) => write!(f, "{b}"),
        Literal::Text(text) => write!(f, "{text:?}"),
        Literal::Bytes(bytes) => {
            f.write_str("0xs")?;
            bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
        }
    }
}

impl Display for FunctionRef {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            FunctionRef::Builtin(builtin) => f.write_str(builtin.name()),
            FunctionRef::Constructor(ty, constructor) => write!(f, "new {}.{constructor}", Type(ty)),
            FunctionRef::Operation(ty, operation) => write!(f, "perform {}.{operation}", Type(ty)),
        }
    }
}

impl Display for Callee {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Callee::Code(code) => write!(f, "{code}"),
            Callee::Host(builtin) => write!(f, "host {}", builtin.name()),
            Callee::Value(reg) => write!(f, "{reg}"),
            Callee::Open(def) => write!(f, "open {}", Def(def)),
        }
    }
}

impl Display for Tag {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Tag::Constructor(ty, constructor) => write!(f, "{}.{constructor}", Type(ty)),
            Tag::Request(ty, operation) => write!(f, "request {}.{operation}", Type(ty)),
            Tag::Pure => f.write_str("pure"),
        }
    }
}

impl Display for Rep {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        f.write_str(match self {
            Rep::V => "V",
            Rep::W(Scalar::Nat) => "Nat",
            Rep::W(Scalar::Int) => "Int",
            Rep::W(Scalar::Float) => "Float",
            Rep::W(Scalar::Char) => "Char",
            Rep::W(Scalar::Boolean) => "Boolean",
        })
    }
}

impl Display for CodeId {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "{}/{}", Def(&self.def), self.lambda)
    }
}

impl Display for Reg {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

impl Display for crate::JoinId {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "j{}", self.0)
    }
}

/// What a definition or type is called in a listing.
pub fn name_of(id: &DefId) -> String {
    Def(id).to_string()
}

struct Def<'a>(&'a DefId);

impl Display for Def<'_> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "{}.{}", self.0.component.short(), self.0.index)
    }
}

struct Type<'a>(&'a TypeRef);

impl Display for Type<'_> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self.0 {
            TypeRef::Builtin(builtin::BuiltinType::Tuple(n)) => write!(f, "Tuple{n}"),
            TypeRef::Builtin(ty) => f.write_str(ty.spec().name),
            TypeRef::Def(def) => Def(def).fmt(f),
            TypeRef::Cycle(i) => write!(f, "cycle.{i}"),
        }
    }
}
