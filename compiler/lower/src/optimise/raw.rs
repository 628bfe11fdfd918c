//! Numbers stay raw across local functions.
//!
//! A lambda (or a copy of a function that was made for known arguments) that is only ever called, by code of its own definition, may take and return raw words: a parameter or captured variable for which every caller boxes a word of one type, or passes on such a
//! parameter or result; a result if everything that is returned is such a word. Only operations decide what is raw, never a type that somebody has written down, so this is as safe as the code that it
//! is made of.
//!
//! Parameters and results start as what nothing is known of, and each call and return takes from that until nothing changes.

use super::tidy::{each_block, tidy};
use ir::{Block, Callee, End, Function, Op, Reg, Rep, Scalar, Step};
use std::collections::BTreeMap;

/// Rounds until nothing changes. Few programs need more than three; those that do keep their tagged words.
const ROUNDS_MAX: usize = 12;

/// How something is passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Passed {
    Unknown,
    Raw(Scalar),
    Tagged,
}

impl Passed {
    /// What is known of something that is passed so already.
    fn before(rep: Rep) -> Passed {
        match rep {
            Rep::W(scalar) => Passed::Raw(scalar),
            Rep::V => Passed::Unknown,
        }
    }

    fn and(self, other: Passed) -> Passed {
        match (self, other) {
            (Passed::Unknown, known) | (known, Passed::Unknown) => known,
            (a, b) if a == b => a,
            _ => Passed::Tagged,
        }
    }

    fn rep(self) -> Rep {
        match self {
            Passed::Raw(scalar) => Rep::W(scalar),
            Passed::Unknown | Passed::Tagged => Rep::V,
        }
    }
}

/// How a function that may change is called.
struct Shape {
    params: Vec<Passed>,
    ret: Passed,
    /// Its result was raw before, and stays so.
    is_raw: bool,
}

/// What a tagged register is known to be.
#[derive(Clone, Copy)]
enum Source {
    /// Boxed from this.
    Boxed(Reg),
    Param(usize),
    /// Of a call of the function with this number.
    Result(u32),
}

/// Changes the functions of a definition so.
pub(super) fn unbox(functions: &mut [Function]) {
    let mut shapes = candidates(functions);
    if shapes.is_empty() {
        return;
    }
    let sources: Vec<BTreeMap<Reg, Source>> = functions.iter_mut().map(|function| sources(function, &shapes)).collect();
    let settled = settle(functions, &sources, &mut shapes) && {
        // What nobody calls, or never returns.
        for passed in shapes.values_mut().flat_map(|shape| shape.params.iter_mut().chain([&mut shape.ret])) {
            *passed = if *passed == Passed::Unknown { Passed::Tagged } else { *passed };
        }
        settle(functions, &sources, &mut shapes)
    };
    if !settled {
        return;
    }
    shapes.retain(|_, shape| shape.ret.rep().is_raw() || shape.params.iter().any(|param| param.rep().is_raw()));
    if shapes.is_empty() {
        return;
    }
    let changed: Option<Vec<Function>> = functions
        .iter()
        .zip(&sources)
        .map(|(function, sources)| tidy(Change { shapes: &shapes, sources, function: function.clone() }.run()))
        .collect();
    if let Some(changed) = changed {
        functions.clone_from_slice(&changed);
    }
}

/// Lambdas that are no values anywhere.
fn candidates(functions: &mut [Function]) -> BTreeMap<u32, Shape> {
    let mut shapes = BTreeMap::new();
    for function in functions.iter().filter(|function| function.id.lambda > 0 && !function.is_clause) {
        let params = function.params.iter().map(|rep| Passed::before(*rep)).collect();
        let ret = Passed::before(function.ret);
        shapes.insert(function.id.lambda, Shape { params, ret, is_raw: function.ret.is_raw() });
    }
    for function in functions {
        let def = function.id.def;
        each_block(&mut function.body, &mut |block| {
            for step in &block.steps {
                if let Step::Let(_, Op::Closure(code, _)) = step
                    && code.def == def
                {
                    shapes.remove(&code.lambda);
                }
            }
        });
    }
    shapes
}

/// The number of the function that is called, if it may change.
fn candidate(callee: &Callee, function: &Function, shapes: &BTreeMap<u32, Shape>) -> Option<u32> {
    match callee {
        Callee::Code(code) if code.def == function.id.def && shapes.contains_key(&code.lambda) => Some(code.lambda),
        _ => None,
    }
}

fn sources(function: &mut Function, shapes: &BTreeMap<u32, Shape>) -> BTreeMap<Reg, Source> {
    let mut sources = BTreeMap::new();
    if shapes.contains_key(&function.id.lambda) {
        sources.extend((0..function.params.len()).map(|param| (Reg(param as u32), Source::Param(param))));
    }
    let mut body = std::mem::replace(&mut function.body, crate::draft::empty());
    each_block(&mut body, &mut |block| {
        for step in &block.steps {
            match step {
                Step::Let(into, Op::Box(from)) => drop(sources.insert(*into, Source::Boxed(*from))),
                Step::Call { into, callee, .. } => {
                    let called = candidate(callee, function, shapes);
                    sources.extend(called.map(|lambda| (*into, Source::Result(lambda))));
                }
                _ => {}
            }
        }
    });
    function.body = body;
    sources
}

/// Goes over all calls and returns until nothing changes; false if that takes too long.
fn settle(functions: &mut [Function], sources: &[BTreeMap<Reg, Source>], shapes: &mut BTreeMap<u32, Shape>) -> bool {
    for _ in 0..ROUNDS_MAX {
        let mut changed = false;
        for (function, sources) in functions.iter_mut().zip(sources) {
            let mut body = std::mem::replace(&mut function.body, crate::draft::empty());
            each_block(&mut body, &mut |block| changed |= Settling { function, sources, shapes }.block(block));
            function.body = body;
        }
        if !changed {
            return true;
        }
    }
    false
}

struct Settling<'a> {
    function: &'a Function,
    sources: &'a BTreeMap<Reg, Source>,
    shapes: &'a mut BTreeMap<u32, Shape>,
}

impl Settling<'_> {
    /// Whether something has changed.
    fn block(&mut self, block: &Block) -> bool {
        let mut changed = false;
        for step in &block.steps {
            if let Step::Call { callee, args, .. } = step {
                changed |= self.call(callee, args);
            }
        }
        let own = self.function.id.lambda;
        match &block.end {
            End::Return(reg) => changed |= self.returns(own, self.passed(*reg)),
            End::TailCall { callee, args } => {
                changed |= self.call(callee, args);
                match candidate(callee, self.function, self.shapes) {
                    // Both return alike.
                    Some(callee) => {
                        let callee_ret = self.shapes[&callee].ret;
                        let own_ret = self.shapes.get(&own).map_or(Passed::Tagged, |shape| shape.ret);
                        changed |= self.returns(own, callee_ret);
                        changed |= self.returns(callee, own_ret);
                    }
                    None => changed |= self.returns(own, Passed::Tagged),
                }
            }
            _ => {}
        }
        changed
    }

    fn call(&mut self, callee: &Callee, args: &[Reg]) -> bool {
        let Some(callee) = candidate(callee, self.function, self.shapes) else { return false };
        let passed: Vec<Passed> = args.iter().map(|arg| self.passed(*arg)).collect();
        let params = &mut self.shapes.get_mut(&callee).expect("it is a candidate").params;
        let mut changed = false;
        for (param, passed) in params.iter_mut().zip(passed) {
            let both = param.and(passed);
            changed |= both != *param;
            *param = both;
        }
        changed
    }

    fn returns(&mut self, lambda: u32, passed: Passed) -> bool {
        let Some(shape) = self.shapes.get_mut(&lambda) else { return false };
        let both = if shape.is_raw { shape.ret } else { shape.ret.and(passed) };
        let changed = both != shape.ret;
        shape.ret = both;
        changed
    }

    fn passed(&self, reg: Reg) -> Passed {
        if let Rep::W(scalar) = self.function.registers[reg.0 as usize] {
            return Passed::Raw(scalar);
        }
        match self.sources.get(&reg) {
            Some(Source::Boxed(from)) => match self.function.registers[from.0 as usize] {
                Rep::W(scalar) => Passed::Raw(scalar),
                Rep::V => Passed::Tagged,
            },
            Some(Source::Param(param)) => self.shapes[&self.function.id.lambda].params[*param],
            Some(Source::Result(lambda)) => self.shapes[lambda].ret,
            None => Passed::Tagged,
        }
    }
}

/// One function, while it is changed.
struct Change<'a> {
    shapes: &'a BTreeMap<u32, Shape>,
    sources: &'a BTreeMap<Reg, Source>,
    function: Function,
}

impl Change<'_> {
    fn run(mut self) -> Function {
        let mut names = Names::default();
        let mut first = Vec::new();
        if let Some(shape) = self.shapes.get(&self.function.id.lambda) {
            let params = &self.function.params;
            let changed = (0..).zip(&shape.params).filter(|(param, passed)| passed.rep() != params[*param]);
            for (param, passed) in changed.collect::<Vec<_>>() {
                self.function.params[param] = passed.rep();
                first.push(self.make_raw(Reg(param as u32), passed.rep(), &mut names));
            }
            self.function.ret = shape.ret.rep();
        }
        let mut body = std::mem::replace(&mut self.function.body, crate::draft::empty());
        each_block(&mut body, &mut |block| self.results(block, &mut names));
        each_block(&mut body, &mut |block| self.find_unboxed(block, &mut names));
        each_block(&mut body, &mut |block| self.block(block, &names));
        body.steps.splice(0..0, first);
        self.function.body = body;
        self.function
    }

    /// A register becomes raw; the step that boxes it for those who want it tagged.
    fn make_raw(&mut self, reg: Reg, rep: Rep, names: &mut Names) -> Step {
        self.function.registers[reg.0 as usize] = rep;
        let boxed = Reg(self.function.registers.len() as u32);
        self.function.registers.push(Rep::V);
        names.boxed.insert(reg, boxed);
        Step::Let(boxed, Op::Box(reg))
    }

    /// Results of calls that are raw now.
    fn results(&mut self, block: &mut Block, names: &mut Names) {
        let steps = std::mem::take(&mut block.steps);
        for step in steps {
            let raw = match (&step, Step::into(&step).and_then(|into| self.sources.get(&into))) {
                (Step::Call { into, .. }, Some(Source::Result(lambda))) => {
                    let rep = self.shapes.get(lambda).map_or(Rep::V, |shape| shape.ret.rep());
                    let changes = rep != self.function.registers[into.0 as usize];
                    changes.then_some((*into, rep))
                }
                _ => None,
            };
            block.steps.push(step);
            if let Some((into, rep)) = raw {
                let boxes = self.make_raw(into, rep, names);
                block.steps.push(boxes);
            }
        }
    }

    /// What is unboxed from a register that is raw now, or was boxed, is that word.
    fn find_unboxed(&mut self, block: &mut Block, names: &mut Names) {
        for step in &block.steps {
            if let Step::Let(into, Op::Unbox(from, scalar)) = step
                && let Some(raw) = self.raw(*from, names)
                && self.function.registers[raw.0 as usize] == Rep::W(*scalar)
            {
                names.same.insert(*into, raw);
            }
        }
    }

    /// The raw word of a register, which was tagged.
    fn raw(&self, reg: Reg, names: &Names) -> Option<Reg> {
        match self.sources.get(&reg) {
            _ if self.function.registers[reg.0 as usize].is_raw() => Some(reg),
            Some(Source::Boxed(from)) => Some(*from),
            _ => names.boxed.contains_key(&reg).then_some(reg),
        }
    }

    fn block(&self, block: &mut Block, names: &Names) {
        for step in &mut block.steps {
            if let Step::Let(into, Op::Box(from)) = step
                && names.boxed.get(from) == Some(into)
            {
                continue;
            }
            let called = match step {
                Step::Call { callee, .. } => candidate(callee, &self.function, self.shapes),
                _ => None,
            };
            match (step, called) {
                (Step::Call { args, .. }, Some(callee)) => self.args(callee, args, names),
                (step, _) => step.for_each_use_mut(|reg| *reg = names.tagged(*reg)),
            }
        }
        match &mut block.end {
            End::TailCall { callee, args } => match candidate(callee, &self.function, self.shapes) {
                Some(callee) => self.args(callee, args, names),
                None => block.end.for_each_use_mut(|reg| *reg = names.tagged(*reg)),
            },
            End::Return(reg) if self.function.ret.is_raw() && self.shapes.contains_key(&self.function.id.lambda) => {
                *reg = names.name(self.raw(*reg, names).expect("everything that is returned is raw"));
            }
            end => end.for_each_use_mut(|reg| *reg = names.tagged(*reg)),
        }
    }

    fn args(&self, callee: u32, args: &mut [Reg], names: &Names) {
        for (arg, passed) in args.iter_mut().zip(&self.shapes[&callee].params) {
            *arg = match passed {
                Passed::Raw(_) => names.name(self.raw(*arg, names).expect("every caller has a word")),
                Passed::Unknown | Passed::Tagged => names.tagged(*arg),
            };
        }
    }
}

/// What registers are called after the change.
#[derive(Default)]
struct Names {
    /// Of registers that have become raw, the ones that hold the same tagged.
    boxed: BTreeMap<Reg, Reg>,
    /// Registers that would only repeat another.
    same: BTreeMap<Reg, Reg>,
}

impl Names {
    fn name(&self, reg: Reg) -> Reg {
        let mut reg = reg;
        while let Some(same) = self.same.get(&reg) {
            reg = *same;
        }
        reg
    }

    /// The register as whoever knows of no change wants it.
    fn tagged(&self, reg: Reg) -> Reg {
        match self.boxed.get(&reg) {
            Some(boxed) => *boxed,
            None => self.name(reg),
        }
    }
}
