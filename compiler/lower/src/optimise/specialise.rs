//! Functions that get functions which are known: `List.map f` with a known `f` is a copy of `List.map` that calls `f` directly.
//!
//! A call of a definition of another component, or of a local function, where an argument is a closure or a function that has a name, calls a copy made for what these are. Words that a closure holds
//! are arguments of the copy. In the copy the function is known: calls of it are direct, and calls that pass it on call copies, too. Copies are local functions of the definition; their numbers
//! follow those of its lambdas and clauses. They are no values, and nothing but this definition calls them.
//!
//! All copies that a call asks for are made, or none: if one of them would make a closure of a lambda of another definition, which is known by its number there, the call stays as it is.
//!
//! What is copied follows from bytes alone, as what is inlined does; limits bound it.

use super::copies;
use super::inline::{Small, depth, rename};
use super::tidy::{each_block, tidy};
use crate::clauses::Clauses;
use crate::draft::unnumbered;
use crate::facts::Facts;
use crate::survey::Survey;
use crate::terms::Lowering;
use crate::{Interfaces, LowerError};
use ir::{Block, Callee, CodeId, End, Function, FunctionRef, Op, Reg, Rep, Step};
use kernel::{DefId, Site, Term};
use std::collections::{BTreeMap, BTreeSet};

/// Terms of a definition that is copied.
const TERMS_MAX: usize = 400;
/// Copies that one call asks for, and all calls of a definition.
const COPIES_MAX: usize = 24;
const COPIES_TOTAL_MAX: usize = 96;
/// Calls of a definition that are looked at.
const CALLS_MAX: usize = 512;
/// Known functions that hold known functions.
const DEPTH_MAX: usize = 3;
/// Parameters of a copy.
const PARAMS_MAX: usize = 32;
/// Blocks inside each other, in what is copied.
const NESTING_MAX: usize = 64;

/// A value as far as it is known.
#[derive(Clone)]
enum Known {
    Word(Reg),
    Code(CodeId, Vec<Known>),
    Function(FunctionRef),
}

/// The same without the words.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Word,
    Code(CodeId, Vec<Shape>),
    Function(FunctionRef),
}

impl Known {
    fn shape(&self) -> Shape {
        match self {
            Known::Word(_) => Shape::Word,
            Known::Code(code, held) => Shape::Code(*code, held.iter().map(Known::shape).collect()),
            Known::Function(function) => Shape::Function(*function),
        }
    }

    /// The words in it, in order.
    fn words(&self, words: &mut Vec<Reg>) {
        match self {
            Known::Word(reg) => words.push(*reg),
            Known::Code(_, held) => held.iter().for_each(|held| held.words(words)),
            Known::Function(_) => {}
        }
    }
}

/// What a copy is of: the function, and what its arguments are.
type Key = (CodeId, Vec<Shape>);

/// Makes copies for the functions of a definition.
pub(super) fn specialise(
    functions: &mut Vec<Function>,
    small: &mut Small,
    facts: &mut Facts,
    interfaces: &dyn Interfaces,
) -> Result<(), LowerError> {
    let Some(id) = functions.first().map(|function| function.id) else { return Ok(()) };
    let own = functions.len();
    let mut specialising = Specialising {
        functions,
        def: id.def,
        small,
        facts,
        interfaces,
        library: BTreeMap::new(),
        copies: BTreeMap::new(),
        refused: BTreeSet::new(),
        own,
        calls: 0,
    };
    (0..own).try_for_each(|number| specialising.function(number))
}

struct Specialising<'a> {
    functions: &'a mut Vec<Function>,
    def: DefId,
    small: &'a mut Small,
    facts: &'a mut Facts,
    interfaces: &'a dyn Interfaces,
    /// Functions of definitions of other components; none of one that is not copied.
    library: BTreeMap<DefId, Option<Vec<Function>>>,
    copies: BTreeMap<Key, u32>,
    refused: BTreeSet<Key>,
    /// How many functions there were before.
    own: usize,
    calls: usize,
}

/// Why a function cannot be a copy.
enum Stop {
    /// It would have to do what only the original can.
    Refused,
    Error(LowerError),
}

impl From<LowerError> for Stop {
    fn from(error: LowerError) -> Stop {
        Stop::Error(error)
    }
}

impl Specialising<'_> {
    /// A function that was there before: each of its calls is changed with all copies that it asks for, or stays.
    fn function(&mut self, number: usize) -> Result<(), LowerError> {
        let mut function = self.functions[number].clone();
        let (mut changed, mut result) = (false, Ok(()));
        let scope = Scope::of(&mut function);
        let mut body = std::mem::replace(&mut function.body, crate::draft::empty());
        each_block(&mut body, &mut |block| {
            if result.is_ok() {
                result = self.root_block(block, &mut function, &scope, &mut changed);
            }
        });
        result?;
        function.body = body;
        if let Some(function) = changed.then_some(function).and_then(tidy) {
            self.functions[number] = function;
        }
        Ok(())
    }

    fn root_block(
        &mut self,
        block: &mut Block,
        function: &mut Function,
        scope: &Scope,
        changed: &mut bool,
    ) -> Result<(), LowerError> {
        for step in std::mem::take(&mut block.steps) {
            let Step::Call { into, callee, args, resume } = &step else {
                block.steps.push(step);
                continue;
            };
            match self.root_call(callee, args, scope)? {
                Some(call) => {
                    *changed = true;
                    call.steps_into(*into, resume.site, function, &mut block.steps);
                }
                None => block.steps.push(step),
            }
        }
        if let End::TailCall { callee, args } = &block.end
            && let Some(call) = self.root_call(callee, args, scope)?
        {
            *changed = true;
            call.ends(function, block);
        }
        Ok(())
    }

    /// What a call becomes, with everything that it asks for.
    fn root_call(&mut self, callee: &Callee, args: &[Reg], scope: &Scope) -> Result<Option<NewCall>, LowerError> {
        let (before, copies) = (self.functions.len(), self.copies.clone());
        let made = match self.call(callee, args, scope) {
            Ok(Some(call)) => self.finish_copies(before).map(|()| Some(call)),
            Ok(None) => Ok(None),
            Err(stop) => Err(stop),
        };
        match made {
            Ok(call) => Ok(call),
            Err(Stop::Error(error)) => Err(error),
            Err(Stop::Refused) => {
                self.functions.truncate(before);
                self.copies = copies;
                if let Callee::Code(code) = callee {
                    let shapes = args.iter().map(|arg| scope.known(*arg, 0).shape()).collect();
                    self.refused.insert((*code, shapes));
                }
                Ok(None)
            }
        }
    }

    /// Goes over the copies that were begun from this one on, and those that they ask for.
    fn finish_copies(&mut self, from: usize) -> Result<(), Stop> {
        let mut number = from;
        while number < self.functions.len() {
            if number - from >= COPIES_MAX || number - self.own >= COPIES_TOTAL_MAX {
                return Err(Stop::Refused);
            }
            let function = self.functions[number].clone();
            let mut function = self.copied(function)?;
            if !self.is_local(&mut function) {
                return Err(Stop::Refused);
            }
            self.functions[number] = function;
            number += 1;
        }
        Ok(())
    }

    /// The calls of a copy are changed as well, and have to be if they are of lambdas of another definition.
    fn copied(&mut self, mut function: Function) -> Result<Function, Stop> {
        let scope = Scope::of(&mut function);
        let mut body = std::mem::replace(&mut function.body, crate::draft::empty());
        let mut result = Ok(());
        each_block(&mut body, &mut |block| {
            if result.is_ok() {
                result = self.copied_block(block, &mut function, &scope);
            }
        });
        result?;
        function.body = body;
        tidy(function).ok_or(Stop::Refused)
    }

    fn copied_block(&mut self, block: &mut Block, function: &mut Function, scope: &Scope) -> Result<(), Stop> {
        for step in std::mem::take(&mut block.steps) {
            let Step::Call { into, callee, args, resume } = &step else {
                block.steps.push(step);
                continue;
            };
            match self.call(callee, args, scope)? {
                Some(call) => call.steps_into(*into, resume.site, function, &mut block.steps),
                None => block.steps.push(step),
            }
        }
        if let End::TailCall { callee, args } = &block.end
            && let Some(call) = self.call(callee, args, scope)?
        {
            call.ends(function, block);
        }
        Ok(())
    }

    /// Names nothing that only another definition may name.
    fn is_local(&self, function: &mut Function) -> bool {
        let mut local = true;
        let def = self.def;
        let foreign = |code: &CodeId| code.def != def && code.lambda > 0;
        each_block(&mut function.body, &mut |block| {
            for step in &block.steps {
                local &= match step {
                    Step::Let(_, Op::Closure(code, _)) => !foreign(code),
                    Step::Call { callee: Callee::Code(code), .. } => !foreign(code),
                    Step::Handle { .. } | Step::Reinstate { .. } | Step::Detach { .. } => false,
                    _ => true,
                };
            }
            if let End::TailCall { callee: Callee::Code(code), .. } = &block.end {
                local &= !foreign(code);
            }
        });
        local
    }

    /// What a call becomes; none if it stays.
    fn call(&mut self, callee: &Callee, args: &[Reg], scope: &Scope) -> Result<Option<NewCall>, Stop> {
        match callee {
            Callee::Value(value) => match scope.known(*value, 0) {
                Known::Word(_) => Ok(None),
                Known::Function(of) => Ok(self.of_function(of, args)),
                Known::Code(code, held) => self.of_closure(code, held, args, scope),
            },
            Callee::Code(code) => {
                let known: Vec<Known> = args.iter().map(|arg| scope.known(*arg, 0)).collect();
                let foreign = code.def != self.def && code.lambda > 0;
                if !foreign && known.iter().all(|known| matches!(known, Known::Word(_))) {
                    return Ok(None);
                }
                match self.copy_of(*code, &known)? {
                    Some(call) => Ok(Some(call)),
                    None if foreign => Err(Stop::Refused),
                    None => Ok(None),
                }
            }
            Callee::Host(_) | Callee::Open(_) => Ok(None),
        }
    }

    /// A function without code of its own, with all of its arguments.
    fn of_function(&self, of: FunctionRef, args: &[Reg]) -> Option<NewCall> {
        let (params, ret) = match of {
            FunctionRef::Builtin(builtin) if builtin.class().is_computed() => ir::verify::builtin_reps(builtin),
            FunctionRef::Constructor(ty, constructor) => (self.facts.fields(ty, constructor).ok()?, Rep::V),
            _ => return None,
        };
        let what = match of {
            FunctionRef::Builtin(builtin) => What::Builtin(builtin),
            FunctionRef::Constructor(ty, constructor) => What::Constructor(ty, constructor),
            FunctionRef::Operation(..) => return None,
        };
        (params.len() == args.len()).then(|| NewCall { what, args: args.to_vec(), params, ret })
    }

    /// A closure with all of its arguments.
    fn of_closure(
        &mut self,
        code: CodeId,
        held: Vec<Known>,
        args: &[Reg],
        scope: &Scope,
    ) -> Result<Option<NewCall>, Stop> {
        let given = args.iter().map(|arg| scope.known(*arg, 0));
        let all: Vec<Known> = held.into_iter().chain(given).collect();
        let Some((params, ret)) = self.interface(code)? else { return Ok(None) };
        if params.len() != all.len() {
            return Ok(None);
        }
        let own = code.def == self.def || code.lambda == 0;
        let plain = all.iter().all(|known| matches!(known, Known::Word(_)));
        if !(own && plain)
            && let Some(call) = self.copy_of(code, &all)?
        {
            return Ok(Some(call));
        }
        // Whoever makes the closure holds the words; here they are at hand only if nothing of it is known further.
        if !own || !plain {
            return if own { Ok(None) } else { Err(Stop::Refused) };
        }
        let mut words = Vec::new();
        all.iter().for_each(|known| known.words(&mut words));
        Ok(Some(NewCall { what: What::Code(code), args: words, params, ret }))
    }

    /// Parameters and result of code that may be called directly.
    fn interface(&mut self, code: CodeId) -> Result<Option<(Vec<Rep>, Rep)>, Stop> {
        if code.def == self.def {
            let function = self.functions.get(code.lambda as usize);
            return Ok(function.map(|function| (function.params.clone(), function.ret)));
        }
        if code.lambda == 0 {
            // A value is computed when it is called: it is no function.
            let known = self.facts.find_definition(code.def).filter(|interface| !interface.params.is_empty());
            return Ok(known.map(|interface| (interface.params.clone(), interface.ret)));
        }
        Ok(self.template(code)?.map(|function| (function.params.clone(), function.ret)))
    }

    /// The function that is copied.
    fn template(&mut self, code: CodeId) -> Result<Option<&Function>, LowerError> {
        if code.def == self.def {
            return Ok(self.functions.get(code.lambda as usize).filter(|_| (code.lambda as usize) < self.own));
        }
        if !self.library.contains_key(&code.def) {
            let loaded = self.load(code.def)?;
            self.library.insert(code.def, loaded);
        }
        Ok(self.library[&code.def].as_ref().and_then(|functions| functions.get(code.lambda as usize)))
    }

    /// The functions of a definition that may be copied.
    fn load(&mut self, def: DefId) -> Result<Option<Vec<Function>>, LowerError> {
        let Some(([definition], 0)) = self.interfaces.members(&def.component).map(|members| (members, def.index))
        else {
            return Ok(None);
        };
        if !is_plain(&definition.body) {
            return Ok(None);
        }
        let Ok(survey) = Survey::of(def, 1, &definition.body) else { return Ok(None) };
        let members = std::slice::from_ref(definition);
        let mut facts = match Facts::gather(def, members, &survey, self.interfaces) {
            Ok(facts) if !facts.has_open() => facts,
            Err(LowerError::Missing(hashes)) if !hashes.iter().any(|hash| self.interfaces.is_open(hash)) => {
                return Err(LowerError::Missing(hashes));
            }
            _ => return Ok(None),
        };
        let clauses = Clauses::default();
        let lowered = (0..survey.lambdas.len() as u32)
            .map(|number| Lowering::function(&survey, &facts, &clauses, number))
            .collect::<Result<Vec<_>, _>>();
        let Ok(mut functions) = lowered else { return Ok(None) };
        self.small.look(&survey, &mut facts, self.interfaces)?;
        super::inline::inline(&mut functions, self.small);
        self.facts.absorb(facts);
        Ok(Some(functions))
    }

    /// A call of a copy of a function for these arguments.
    fn copy_of(&mut self, code: CodeId, args: &[Known]) -> Result<Option<NewCall>, Stop> {
        let key = (code, args.iter().map(Known::shape).collect::<Vec<_>>());
        let mut words = Vec::new();
        args.iter().for_each(|known| known.words(&mut words));
        if words.is_empty() || words.len() > PARAMS_MAX || self.refused.contains(&key) {
            return Ok(None);
        }
        if !self.copies.contains_key(&key) {
            self.calls += 1;
            let number = self.functions.len();
            if self.calls > CALLS_MAX {
                return Ok(None);
            }
            let id = CodeId { def: self.def, lambda: number as u32 };
            let Some(copy) = self.template(code)?.and_then(|template| copy(template, &key.1, id)) else {
                return Ok(None);
            };
            self.copies.insert(key.clone(), number as u32);
            self.functions.push(copy);
        }
        let lambda = self.copies[&key];
        let function = &self.functions[lambda as usize];
        let (params, ret) = (function.params.clone(), function.ret);
        Ok(Some(NewCall { what: What::Code(CodeId { def: self.def, lambda }), args: words, params, ret }))
    }
}

/// Copies behind the first functions that nobody calls any more, since they stand where they were called, lose their bodies: what they call they would call with anything.
pub(super) fn forget_unused(functions: &mut [Function], own: usize) {
    let used = copies::reached(functions, 0..own);
    for (number, function) in functions.iter_mut().enumerate().filter(|(number, _)| !used.contains(number)) {
        debug_assert!(number >= own, "what was there before stays");
        function.body = crate::draft::empty();
        function.registers = function.params.clone();
        function.resume_points = Vec::new();
    }
}

/// Few terms, no handlers.
fn is_plain(body: &Term) -> bool {
    let (mut count, mut todo) = (0, vec![body]);
    while let Some(term) = todo.pop() {
        count += 1;
        if count > TERMS_MAX || matches!(term, Term::Handle { .. }) {
            return false;
        }
        todo.extend(term.parts().into_iter().map(|(_, part)| part));
    }
    true
}

/// A function for arguments of these shapes: its parameters are the words of these, from which the known ones are made at its beginning.
fn copy(template: &Function, shapes: &[Shape], id: CodeId) -> Option<Function> {
    if template.params.len() != shapes.len() || template.is_clause || !template.clauses.is_empty() {
        return None;
    }
    if depth(&template.body) > NESTING_MAX {
        return None;
    }
    let (mut registers, mut known) = (Vec::new(), Vec::new());
    for (shape, rep) in shapes.iter().zip(&template.params) {
        known.push(params(shape, *rep, &mut registers));
    }
    let parameters = registers.clone();
    let mut steps = Vec::new();
    let mut names: Vec<Reg> = known.iter().map(|known| built(known, &mut registers, &mut steps)).collect();
    for rep in &template.registers[template.params.len()..] {
        names.push(Reg(registers.len() as u32));
        registers.push(*rep);
    }
    let mut body = template.body.clone();
    let foreign = template.id.def != id.def;
    each_block(&mut body, &mut |block| {
        rename(block, &names, 0);
        if foreign {
            block.steps.iter_mut().filter_map(Step::resume_mut).for_each(|resume| resume.site = Site::NONE);
        }
    });
    body.steps.splice(0..0, steps);
    Some(Function { id, captures: 0, params: parameters, registers, body, clauses: Vec::new(), ..template.clone() })
}

/// The parameters for an argument.
fn params(shape: &Shape, rep: Rep, registers: &mut Vec<Rep>) -> Known {
    match shape {
        Shape::Word => {
            registers.push(rep);
            Known::Word(Reg(registers.len() as u32 - 1))
        }
        Shape::Code(code, held) => {
            Known::Code(*code, held.iter().map(|held| params(held, Rep::V, registers)).collect())
        }
        Shape::Function(function) => Known::Function(*function),
    }
}

/// Makes a value of what is known of it.
fn built(known: &Known, registers: &mut Vec<Rep>, steps: &mut Vec<Step>) -> Reg {
    let op = match known {
        Known::Word(reg) => return *reg,
        Known::Code(code, held) => {
            let held = held.iter().map(|held| built(held, registers, steps)).collect();
            Op::Closure(*code, held)
        }
        Known::Function(function) => Op::Function(*function),
    };
    registers.push(Rep::V);
    let made = Reg(registers.len() as u32 - 1);
    steps.push(Step::Let(made, op));
    made
}

/// What registers of a function are known to be.
struct Scope {
    made: BTreeMap<Reg, Op>,
}

impl Scope {
    fn of(function: &mut Function) -> Scope {
        let mut made = BTreeMap::new();
        each_block(&mut function.body, &mut |block| {
            for step in &block.steps {
                if let Step::Let(into, op @ (Op::Closure(..) | Op::Function(_))) = step {
                    made.insert(*into, op.clone());
                }
            }
        });
        Scope { made }
    }

    fn known(&self, reg: Reg, depth: usize) -> Known {
        match self.made.get(&reg) {
            Some(Op::Closure(code, held)) if depth < DEPTH_MAX => {
                Known::Code(*code, held.iter().map(|held| self.known(*held, depth + 1)).collect())
            }
            Some(Op::Function(function)) => Known::Function(*function),
            _ => Known::Word(reg),
        }
    }
}

/// What a call becomes.
struct NewCall {
    what: What,
    args: Vec<Reg>,
    /// What it takes and returns.
    params: Vec<Rep>,
    ret: Rep,
}

enum What {
    Code(CodeId),
    Builtin(builtin::Builtin),
    Constructor(kernel::TypeRef, u32),
}

impl NewCall {
    /// The arguments as they are taken.
    fn taken(&self, function: &mut Function, steps: &mut Vec<Step>) -> Vec<Reg> {
        self.args.iter().zip(&self.params).map(|(arg, rep)| converted(*arg, *rep, function, steps)).collect()
    }

    fn steps_into(self, into: Reg, site: Site, function: &mut Function, steps: &mut Vec<Step>) {
        let args = self.taken(function, steps);
        let wanted = function.registers[into.0 as usize];
        let given = if wanted == self.ret { into } else { fresh(self.ret, function) };
        steps.push(match self.what {
            What::Code(code) => Step::Call { into: given, callee: Callee::Code(code), args, resume: unnumbered(site) },
            What::Builtin(builtin) => Step::Let(given, Op::Builtin(builtin, args)),
            What::Constructor(ty, constructor) => Step::Let(given, Op::Construct(ty, constructor, args)),
        });
        if given != into {
            steps.push(Step::Let(into, conversion(given, wanted)));
        }
    }

    fn ends(self, function: &mut Function, block: &mut Block) {
        if let What::Code(code) = self.what
            && self.ret == function.ret
        {
            let args = self.taken(function, &mut block.steps);
            block.end = End::TailCall { callee: Callee::Code(code), args };
            return;
        }
        let into = fresh(function.ret, function);
        self.steps_into(into, Site::NONE, function, &mut block.steps);
        block.end = End::Return(into);
    }
}

fn fresh(rep: Rep, function: &mut Function) -> Reg {
    function.registers.push(rep);
    Reg(function.registers.len() as u32 - 1)
}

/// A value in another representation. (Two kinds of words are never exchanged: what is known is tagged.)
fn converted(reg: Reg, to: Rep, function: &mut Function, steps: &mut Vec<Step>) -> Reg {
    if function.registers[reg.0 as usize] == to {
        return reg;
    }
    let into = fresh(to, function);
    steps.push(Step::Let(into, conversion(reg, to)));
    into
}

fn conversion(from: Reg, to: Rep) -> Op {
    match to {
        Rep::W(scalar) => Op::Unbox(from, scalar),
        Rep::V => Op::Box(from),
    }
}
