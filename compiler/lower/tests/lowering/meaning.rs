//! Lowering keeps the meaning: random components give the same results evaluated as terms and as IR.

use crate::support::World;
use crate::support::ir_eval::Machine;
use crate::support::kernel_eval::Kernel;
use crate::support::random::{Generator, component};
use crate::support::value::{Stop, Value};
use std::cell::Cell;
use std::collections::BTreeMap;

const SEEDS: u64 = 1_000;

/// Both evaluators recurse.
const STACK: usize = 1 << 30;

/// How many times as many seeds as usual: `.ci/deep` sets it.
fn seed_factor() -> u64 {
    std::env::var("SEED_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

#[test]
fn terms_and_their_code_have_the_same_results() {
    let test = || {
        let compared: usize = (0..SEEDS * seed_factor()).map(compare).sum();
        assert!(compared as u64 > SEEDS / 2, "enough members end to be compared: {compared}");
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(test).expect("a thread starts");
    thread.join().expect("the results are the same");
}

/// Evaluates each member of a component on random arguments; how many ended.
fn compare(seed: u64) -> usize {
    let (mut world, mut generator) = component(seed);
    let members = world.members.len();
    let calls: Vec<_> = (0..members).map(|member| add_call(&mut world, &mut generator, member)).collect();
    let functions = world.lower().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let kernel = Kernel { members: &world.members, interfaces: &world, fuel: Cell::new(0) };
    let machine = Machine {
        functions: functions.iter().map(|function| (function.id, function)).collect::<BTreeMap<_, _>>(),
        interfaces: &world,
        fuel: Cell::new(0),
    };
    let mut ended = 0;
    for call in calls {
        kernel.fuel.set(300);
        machine.fuel.set(300);
        let expected = kernel.member(call, Vec::new()).map(Value::data);
        let actual = machine.call(ir::CodeId { def: world.id(call as u32), lambda: 0 }, Vec::new()).map(Value::data);
        if expected != Err(Stop::Fuel) && actual != Err(Stop::Fuel) {
            let code = || functions.iter().map(ToString::to_string).collect::<String>();
            assert_eq!(expected, actual, "seed {seed}: {:#?}\n{}", world.members, code());
            ended += 1;
        }
    }
    ended
}

/// A further member, which calls one with random arguments; its place.
fn add_call(world: &mut World, generator: &mut Generator, member: usize) -> usize {
    let (params, _) = generator.signatures[member].clone();
    let args: Vec<_> = params.iter().map(|param| generator.argument(param)).collect();
    let function = kernel::Term::Ref(kernel::TermRef::Cycle(member as u32));
    let body = if args.is_empty() { function } else { kernel::Term::App(Box::new(function), args) };
    let signature = kernel::Signature { ty: kernel::Type::Var(0), by_name: false };
    world.members.push(kernel::Definition { signature, body });
    world.members.len() - 1
}
