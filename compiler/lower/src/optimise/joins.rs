//! Join points take apart what every jump brings them put together: the word in a box, and the fields of a constructor if nobody else wants the value.

use super::copies::fresh;
use super::tidy::each_block;
use ir::{Block, End, Function, JoinId, Op, Reg, Rep, Step};
use kernel::TypeRef;
use std::collections::BTreeMap;

/// Fields of a value that is taken apart.
const FIELDS_MAX: usize = 8;

/// How a value was put together.
#[derive(Clone, PartialEq, Eq)]
enum Shape {
    Box(Rep),
    Construct(TypeRef, u32, Vec<Rep>),
}

impl Shape {
    fn parts(&self) -> Vec<Rep> {
        match self {
            Shape::Box(rep) => vec![*rep],
            Shape::Construct(_, _, fields) => fields.clone(),
        }
    }

    fn made_of(&self, parts: Vec<Reg>) -> Op {
        match self {
            Shape::Box(_) => Op::Box(parts[0]),
            Shape::Construct(ty, constructor, _) => Op::Construct(*ty, *constructor, parts),
        }
    }
}

/// What registers were put together of.
type Made = BTreeMap<Reg, (Shape, Vec<Reg>)>;

/// Changes the join points of a function so.
pub(super) fn take_apart(function: &mut Function) {
    let made = made(function);
    let mut brought: BTreeMap<JoinId, Vec<Option<Shape>>> = BTreeMap::new();
    each_block(&mut function.body, &mut |block| {
        let End::Jump(id, args) = &block.end else { return };
        let shapes = args.iter().map(|arg| made.get(arg).map(|(shape, _)| shape));
        match brought.get_mut(id) {
            Some(known) => known.iter_mut().zip(shapes).for_each(|(known, shape)| {
                *known = known.take().filter(|known| Some(known) == shape);
            }),
            None => drop(brought.insert(*id, shapes.map(Option::<&Shape>::cloned).collect())),
        }
    });
    let registers = &mut function.registers;
    each_block(&mut function.body, &mut |block| {
        for step in &mut block.steps {
            if let Step::Join { id, params, block } = step
                && let Some(shapes) = brought.get(id)
            {
                *params = parts(params, shapes, block, registers);
            }
        }
        if let End::Jump(id, args) = &mut block.end {
            let words = args.iter().zip(&brought[id]).flat_map(|(arg, shape)| match shape {
                Some(_) => made[arg].1.clone(),
                None => vec![*arg],
            });
            *args = words.collect();
        }
    });
}

/// The parameters of a join point as they are brought now; what they were is put together in its block.
fn parts(params: &[Reg], shapes: &[Option<Shape>], block: &mut Block, registers: &mut Vec<Rep>) -> Vec<Reg> {
    let mut taken = Vec::new();
    for (param, shape) in params.iter().zip(shapes) {
        let Some(shape) = shape else {
            taken.push(*param);
            continue;
        };
        let parts: Vec<Reg> = shape.parts().into_iter().map(|rep| fresh(rep, registers)).collect();
        taken.extend(&parts);
        block.steps.insert(0, Step::Let(*param, shape.made_of(parts)));
    }
    taken
}

fn made(function: &mut Function) -> Made {
    let mut uses = vec![0usize; function.registers.len()];
    let mut made = Made::new();
    let registers = &function.registers;
    let rep = |reg: &Reg| registers[reg.0 as usize];
    each_block(&mut function.body, &mut |block| {
        let mut used = |reg: Reg| uses[reg.0 as usize] += 1;
        for step in &block.steps {
            step.for_each_use(&mut used);
            match step {
                Step::Let(into, Op::Box(from)) => drop(made.insert(*into, (Shape::Box(rep(from)), vec![*from]))),
                Step::Let(into, Op::Construct(ty, constructor, fields)) if (1..=FIELDS_MAX).contains(&fields.len()) => {
                    let shape = Shape::Construct(*ty, *constructor, fields.iter().map(rep).collect());
                    made.insert(*into, (shape, fields.clone()));
                }
                _ => {}
            }
        }
        block.end.for_each_use(&mut used);
    });
    // A box is cheap, but a value with fields would be made twice.
    made.retain(|reg, (shape, _)| matches!(shape, Shape::Box(_)) || uses[reg.0 as usize] == 1);
    made
}
