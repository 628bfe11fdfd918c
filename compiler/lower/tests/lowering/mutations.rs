//! What the verifier accepts is safe, whoever made it: random changes to code are refused, or the code still reads only what was assigned, in the representation that it was assigned in.

use crate::support::World;
use crate::support::ir_eval::{Machine, Val};
use crate::support::random::{Random, component};
use crate::support::value::nat;
use ir::verify::Interfaces as _;
use ir::{Block, Callee, CodeId, End, Function, JoinId, Reg, Rep, ResumeId, Scalar, Step};
use kernel::TypeRef;
use lower::Interfaces as _;
use std::cell::Cell;
use std::collections::BTreeMap;

const SEEDS: u64 = 400;
const MUTANTS: usize = 20;
const STACK: usize = 1 << 30;

/// What was true before anything was changed.
struct Headers<'a> {
    world: &'a World,
    codes: BTreeMap<CodeId, (Vec<Rep>, Rep, u32)>,
}

impl ir::verify::Interfaces for Headers<'_> {
    fn code(&self, id: CodeId) -> Option<(Vec<Rep>, Rep)> {
        self.codes.get(&id).map(|(params, ret, _)| (params.clone(), *ret))
    }

    fn captures(&self, id: CodeId) -> Option<u32> {
        self.codes.get(&id).map(|(_, _, captures)| *captures)
    }

    fn fields(&self, ty: TypeRef, constructor: u32) -> Option<Vec<Rep>> {
        let declaration = match ty {
            TypeRef::Builtin(ty) => kernel::builtins::declaration(ty),
            TypeRef::Def(id) => self.world.declaration(id),
            TypeRef::Cycle(_) => None,
        }?;
        Some(declaration.constructors.get(constructor as usize)?.fields().into_iter().map(Rep::of).collect())
    }

    fn operation(&self, _: TypeRef, _: u32) -> Option<u32> {
        None
    }
}

#[test]
fn accepted_code_is_safe() {
    let test = || {
        let (accepted, refused) = (0..SEEDS).map(mutants).fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
        assert!(accepted > 100 && refused > accepted, "both happen: {accepted} and {refused}");
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(test).expect("a thread starts");
    thread.join().expect("no accepted function misreads a register");
}

/// How many changes of one component's code were accepted, and how many refused.
fn mutants(seed: u64) -> (usize, usize) {
    let (world, mut generator) = component(seed);
    let functions = world.lower().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let header = |f: &Function| (f.id, (f.params.clone(), f.ret, f.captures));
    let headers = Headers { world: &world, codes: functions.iter().map(header).collect() };
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..MUTANTS {
        let random = &mut generator.random;
        let place = random.below(functions.len());
        let mut mutant = functions[place].clone();
        mutate(&mut mutant, random);
        if mutant == functions[place] {
            continue;
        }
        match ir::verify(mutant, &headers) {
            Err(_) => refused += 1,
            Ok(verified) => {
                accepted += 1;
                run(&world, &headers, &functions, verified.function(), place);
            }
        }
    }
    (accepted, refused)
}

/// Calls the mutant with values that have the right representations and no other virtue. The evaluator panics where a machine would misread.
fn run(world: &World, headers: &Headers, functions: &[Function], mutant: &Function, place: usize) {
    let all = functions.iter().enumerate().map(|(i, f)| if i == place { mutant } else { f });
    let functions = all.map(|function| (function.id, function)).collect();
    let machine = Machine { functions, interfaces: world, fuel: Cell::new(300) };
    let (params, _) = headers.code(mutant.id).expect("it has a header");
    let args = params.iter().map(|rep| sample(*rep)).collect();
    // Any outcome is fine; a panic is not.
    let _ = machine.call(mutant.id, args);
}

fn sample(rep: Rep) -> Val {
    let literal = match rep {
        Rep::V | Rep::W(Scalar::Nat) => return nat(1),
        Rep::W(Scalar::Int) => kernel::Literal::Int(1),
        Rep::W(Scalar::Float) => kernel::Literal::Float(0),
        Rep::W(Scalar::Char) => kernel::Literal::Char('a'),
        Rep::W(Scalar::Boolean) => kernel::Literal::Boolean(true),
    };
    Val::Literal(literal)
}

/// One small change.
fn mutate(function: &mut Function, random: &mut Random) {
    let registers = function.registers.len().max(1);
    let other = Reg(random.below(registers) as u32);
    let choice = random.below(10);
    match choice {
        0 if !function.registers.is_empty() => {
            let reps = [Rep::V, Rep::W(Scalar::Nat), Rep::W(Scalar::Boolean), Rep::W(Scalar::Char)];
            function.registers[other.0 as usize] = reps[random.below(4)];
        }
        1 if !function.resume_points.is_empty() => {
            let place = random.below(function.resume_points.len());
            let live = &mut function.resume_points[place].live;
            match live.binary_search(&other) {
                Ok(i) => drop(live.remove(i)),
                Err(i) => live.insert(i, other),
            }
        }
        2..5 => {
            let blocks = count_blocks(&mut function.body);
            let place = random.below(blocks);
            let block = nth_block(&mut function.body, place);
            change_steps(block, random, choice);
        }
        _ => {
            let mut count = 0;
            each_register(&mut function.body, &mut |_| count += 1);
            if count == 0 {
                return;
            }
            let place = random.below(count);
            let mut i = 0;
            each_register(&mut function.body, &mut |reg| {
                if i == place {
                    *reg = other;
                }
                i += 1;
            });
        }
    }
}

fn change_steps(block: &mut Block, random: &mut Random, choice: usize) {
    if block.steps.is_empty() {
        block.end = End::Jump(JoinId(random.below(3) as u32), Vec::new());
        return;
    }
    let (a, b) = (random.below(block.steps.len()), random.below(block.steps.len()));
    match choice {
        2 => drop(block.steps.remove(a)),
        3 => block.steps.swap(a, b),
        _ => match &mut block.steps[a] {
            Step::Call { resume, callee, args, .. } => match random.below(3) {
                0 => *resume = ResumeId::numbered(random.below(4) as u32),
                1 => drop(args.pop()),
                _ => *callee = Callee::Value(Reg(0)),
            },
            Step::Join { id, params, .. } => match random.below(2) {
                0 => *id = JoinId(random.below(3) as u32),
                _ => drop(params.pop()),
            },
            other => *other = Step::Let(Reg(random.below(9) as u32), ir::Op::List(Vec::new())),
        },
    }
}

fn inside(block: &mut Block) -> Vec<&mut Block> {
    let mut blocks = Vec::new();
    for step in &mut block.steps {
        if let Step::Join { block, .. } = step {
            blocks.push(block);
        }
    }
    match &mut block.end {
        End::If(_, yes, no) => blocks.extend([&mut **yes, &mut **no]),
        End::Switch { cases, default, .. } => {
            blocks.extend(cases.iter_mut().map(|case| &mut case.block));
            blocks.extend(default.as_deref_mut());
        }
        End::SwitchWord { cases, default, .. } => {
            blocks.extend(cases.iter_mut().map(|(_, block)| block));
            blocks.push(default);
        }
        _ => {}
    }
    blocks
}

fn count_blocks(block: &mut Block) -> usize {
    1 + inside(block).into_iter().map(count_blocks).sum::<usize>()
}

fn nth_block(block: &mut Block, n: usize) -> &mut Block {
    if n == 0 {
        return block;
    }
    let mut rest = n - 1;
    for block in inside(block) {
        let count = count_blocks(block);
        if rest < count {
            return nth_block(block, rest);
        }
        rest -= count;
    }
    unreachable!("there are more blocks than that")
}

/// Every place where a register stands.
fn each_register(block: &mut Block, f: &mut dyn FnMut(&mut Reg)) {
    for step in &mut block.steps {
        step.for_each_use_mut(&mut *f);
        match step {
            Step::Let(into, _)
            | Step::Call { into, .. }
            | Step::Perform { into, .. }
            | Step::Handle { into, .. }
            | Step::Reinstate { into, .. } => f(into),
            Step::Detach { into } => into.iter_mut().for_each(&mut *f),
            Step::Join { params, .. } => params.iter_mut().for_each(&mut *f),
        }
    }
    block.end.for_each_use_mut(&mut *f);
    if let End::Switch { cases, .. } = &mut block.end {
        cases.iter_mut().flat_map(|case| case.fields.iter_mut().flatten()).for_each(&mut *f);
    }
    inside(block).into_iter().for_each(|block| each_register(block, f));
}
