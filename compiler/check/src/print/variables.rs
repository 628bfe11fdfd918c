//! Names for variables, which the core does not have: they tell what kind of value it is.

use base::TableSet;
use builtin::BuiltinType;
use kernel::{Type, TypeRef};

/// A variable in scope.
pub struct Variable {
    pub name: String,
    /// Its written type is a computation, so that its name means what it yields.
    pub by_name: bool,
    /// As far as it is known, without the foralls outside.
    pub ty: Option<Type>,
}

/// The variables in scope, the innermost last.
#[derive(Default)]
pub struct Variables {
    bound: Vec<Variable>,
    /// Words that mean something else in what is printed, and the names in scope.
    taken: TableSet<String>,
    /// For each row of words that names were made of: how many of its names are taken one after the other, from the first.
    full: Vec<(&'static [&'static str], usize)>,
}

/// What a variable is, where that is all that is known.
#[derive(Clone, Copy)]
pub enum Role {
    Value,
    Function,
    Resume,
    Rest,
}

impl Variables {
    pub fn take(&mut self, word: &str) {
        self.taken.insert(word.to_string());
    }

    pub fn len(&self) -> usize {
        self.bound.len()
    }

    pub fn truncate(&mut self, len: usize) {
        for variable in self.bound.drain(len..) {
            self.taken.remove(&variable.name);
            for (words, full) in &mut self.full {
                *full = number_of(words, &variable.name).map_or(*full, |number| number.min(*full));
            }
        }
    }

    pub fn get(&self, index: u32) -> Option<&Variable> {
        self.bound.iter().rev().nth(index as usize)
    }

    /// Brings a variable into scope; gives its name.
    pub fn bind(&mut self, role: Role, ty: Option<Type>, by_name: bool) -> String {
        let words = words(role, ty.as_ref());
        let known = self.full.iter().position(|(others, _)| *others == words);
        let known = known.unwrap_or_else(|| {
            self.full.push((words, 0));
            self.full.len() - 1
        });
        let full = &mut self.full[known].1;
        while !self.taken.insert(name_of(words, *full)) {
            *full += 1;
        }
        let name = name_of(words, *full);
        self.bound.push(Variable { name: name.clone(), by_name, ty });
        name
    }
}

/// The names that can be made of some words, in order: the words, then each with a 2 behind it, and so on.
fn name_of(words: &[&str], number: usize) -> String {
    let word = words[number % words.len()];
    match number / words.len() {
        0 => word.to_string(),
        round => format!("{word}{}", round + 1),
    }
}

/// Which of the names that can be made of some words this is.
fn number_of(words: &[&str], name: &str) -> Option<usize> {
    words.iter().enumerate().find_map(|(at, word)| match name.strip_prefix(word)? {
        "" => Some(at),
        round => Some((round.parse::<usize>().ok()?.checked_sub(1)?) * words.len() + at),
    })
}

fn words(role: Role, ty: Option<&Type>) -> &'static [&'static str] {
    match (role, ty.map(Type::without_foralls)) {
        (Role::Resume, _) => &["k", "resume"],
        (Role::Rest, _) => &["rest", "others"],
        (_, Some(Type::Fun { .. })) | (Role::Function, _) => &["f", "g", "h", "p", "q"],
        (Role::Value, Some(ty)) => match ty.unapply().0 {
            Type::Ref(TypeRef::Builtin(builtin)) => builtin_words(*builtin),
            _ => &["x", "y", "z", "u", "v", "w"],
        },
        (Role::Value, None) => &["x", "y", "z", "u", "v", "w"],
    }
}

fn builtin_words(ty: BuiltinType) -> &'static [&'static str] {
    match ty {
        BuiltinType::Nat => &["n", "m", "i", "j"],
        BuiltinType::Int => &["i", "j", "m", "n"],
        BuiltinType::Text => &["text", "t", "s"],
        BuiltinType::Bytes => &["bytes", "bs"],
        BuiltinType::Char => &["c", "d"],
        BuiltinType::List => &["xs", "ys", "zs"],
        BuiltinType::Node => &["node", "other"],
        BuiltinType::Failure => &["failure", "f"],
        BuiltinType::Request => &["request", "r"],
        _ => &["x", "y", "z", "u", "v", "w"],
    }
}
