//! What a loop carries as a tuple or record is carried as its fields.
//!
//! A function that takes a parameter apart, and calls itself with a value that it has just made there, is a loop over the fields of that value. Calls of it for which such a value was made, its own and those of the
//! definition's other functions, call a copy that takes the fields, and makes the value of them at its beginning. There `simplify` finds that the value is known where it is taken apart, so that it is made only where it is
//! wanted as a whole; and numbers among the fields stay raw as any others.
//!
//! The function itself stays for whoever has nothing but the value: it goes on in the copy in its next round.

use super::copies::{self, calls_mut};
use super::tidy::{each_block, tidy};
use ir::{Block, Callee, CodeId, End, Function, Op, Reg, Rep, Step, Tag};
use kernel::TypeRef;
use std::collections::BTreeMap;

/// Steps and blocks of a function that is copied.
const SIZE_MAX: usize = 160;
/// Copies that are made for a definition in a round.
const COPIES_MAX: usize = 12;
/// Fields of a value that is passed so, and parameters of a copy.
const FIELDS_MAX: usize = 8;
const PARAMS_MAX: usize = 24;

/// What a value is, but for its fields: how these are held.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    ty: TypeRef,
    constructor: u32,
    fields: Vec<Rep>,
}

/// By the parameters of a function: those that are passed as fields.
type Carried = BTreeMap<usize, Shape>;

/// What values were made of in a function.
type Made = BTreeMap<Reg, (Shape, Vec<Reg>)>;

/// Changes the functions of a definition so, once; false if there is nothing to change. Values inside values are for the next time.
pub(super) fn pass_fields(functions: &mut Vec<Function>) -> bool {
    let used = copies::reached(functions, [0]);
    let loops = functions.iter_mut().enumerate().map(|(number, function)| match used.contains(&number) {
        true => carried(function),
        false => Carried::new(),
    });
    let loops: Vec<Carried> = loops.collect();
    if loops.iter().all(Carried::is_empty) {
        return false;
    }
    let before = functions.clone();
    let mut passing = Passing { own: functions.len(), functions, loops, copies: BTreeMap::new() };
    let mut number = 0;
    while number < passing.functions.len() {
        passing.function(number);
        number += 1;
    }
    let changed = !passing.copies.is_empty();
    // A lambda that nothing here calls any more is for closures from elsewhere. It calls itself, so that the copies' callers are those that run.
    let reached = copies::reached(functions, [0]);
    for (number, function) in before.into_iter().enumerate().filter(|(number, _)| !reached.contains(number)) {
        functions[number] = function;
    }
    changed
}

struct Passing<'a> {
    functions: &'a mut Vec<Function>,
    /// How many there were before.
    own: usize,
    /// Of those, by number.
    loops: Vec<Carried>,
    copies: BTreeMap<(u32, Carried), u32>,
}

impl Passing<'_> {
    /// Changes the calls in one function.
    fn function(&mut self, number: usize) {
        let mut function = self.functions[number].clone();
        let made = made(&mut function);
        let mut changed = number >= self.own;
        let def = function.id.def;
        let mut body = std::mem::replace(&mut function.body, crate::draft::empty());
        each_block(&mut body, &mut |block| {
            calls_mut(block, |callee, args| {
                let Callee::Code(code) = callee else { return };
                if code.def == def
                    && let Some((copy, passed)) = self.call(code.lambda, args, &made)
                {
                    (code.lambda, *args, changed) = (copy, passed, true);
                }
            });
        });
        function.body = body;
        if let Some(function) = changed.then_some(function).and_then(tidy) {
            self.functions[number] = function;
        }
    }

    /// Which copy a call may call instead, with what.
    fn call(&mut self, callee: u32, args: &[Reg], made: &Made) -> Option<(u32, Vec<Reg>)> {
        let loops = self.loops.get(callee as usize)?;
        let fits = |(param, shape): &(&usize, &Shape)| made.get(&args[**param]).is_some_and(|(it, _)| it == *shape);
        let passed: Carried = loops.iter().filter(fits).map(|(param, shape)| (*param, shape.clone())).collect();
        if passed.is_empty() {
            return None;
        }
        let words = args.iter().enumerate().flat_map(|(param, arg)| match passed.contains_key(&param) {
            true => made[arg].1.clone(),
            false => vec![*arg],
        });
        let words: Vec<Reg> = words.collect();
        Some((self.copy(callee, passed)?, words))
    }

    fn copy(&mut self, of: u32, carried: Carried) -> Option<u32> {
        let key = (of, carried);
        if let Some(copy) = self.copies.get(&key) {
            return Some(*copy);
        }
        if self.copies.len() >= COPIES_MAX {
            return None;
        }
        let template = &self.functions[of as usize];
        let number = self.functions.len() as u32;
        let copy = taking_fields(template, &key.1, CodeId { def: template.id.def, lambda: number })?;
        self.copies.insert(key, number);
        self.functions.push(copy);
        Some(number)
    }
}

/// The function with fields for some of its parameters.
fn taking_fields(template: &Function, carried: &Carried, id: CodeId) -> Option<Function> {
    let (mut registers, mut known, mut taken) = (Vec::new(), BTreeMap::new(), Vec::new());
    for (param, rep) in template.params.iter().enumerate() {
        let reg = Reg(param as u32);
        match carried.get(&param) {
            Some(shape) => {
                let fields: Vec<Reg> = shape.fields.iter().map(|rep| copies::fresh(*rep, &mut registers)).collect();
                taken.push((reg, Op::Construct(shape.ty, shape.constructor, fields)));
            }
            None => drop(known.insert(reg, copies::fresh(*rep, &mut registers))),
        }
    }
    let params = registers.clone();
    if params.len() > PARAMS_MAX {
        return None;
    }
    let first = taken.into_iter().map(|(reg, op)| {
        let value = copies::fresh(Rep::V, &mut registers);
        known.insert(reg, value);
        Step::Let(value, op)
    });
    let first: Vec<Step> = first.collect();
    let mut body = copies::body(template, &known, &mut registers);
    body.steps.splice(0..0, first);
    Some(Function { id, captures: 0, params, registers, body, ..template.clone() })
}

fn made(function: &mut Function) -> Made {
    let registers = &function.registers;
    let mut made = Made::new();
    each_block(&mut function.body, &mut |block| {
        for step in &block.steps {
            if let Step::Let(into, Op::Construct(ty, constructor, fields)) = step
                && (1..=FIELDS_MAX).contains(&fields.len())
            {
                let reps = fields.iter().map(|field| registers[field.0 as usize]).collect();
                made.insert(*into, (Shape { ty: *ty, constructor: *constructor, fields: reps }, fields.clone()));
            }
        }
    });
    made
}

/// The parameters that a function takes apart and gives itself anew.
fn carried(function: &mut Function) -> Carried {
    let mut carried = Carried::new();
    if copies::size(function).is_none_or(|size| size > SIZE_MAX) {
        return carried;
    }
    let made = made(function);
    let mut apart: Vec<(Reg, Tag)> = Vec::new();
    let (id, params) = (function.id, function.params.len());
    let mut given: Vec<(usize, &Shape)> = Vec::new();
    each_block(&mut function.body, &mut |block: &mut Block| {
        if let End::Switch { on, cases, .. } = &block.end {
            apart.extend(cases.iter().map(|case| (*on, case.tag)));
        }
        calls_mut(block, |callee, args| {
            if *callee == Callee::Code(id) {
                let shapes = args.iter().enumerate().filter_map(|(param, arg)| Some((param, &made.get(arg)?.0)));
                given.extend(shapes);
            }
        });
    });
    for (param, shape) in given {
        let tag = Tag::Constructor(shape.ty, shape.constructor);
        if param < params && apart.contains(&(Reg(param as u32), tag)) {
            carried.entry(param).or_insert_with(|| shape.clone());
        }
    }
    carried
}
