//! Looking things up by name: `:type NAME`, `:find`, `:browse`, `:hash`.

use base::Name;
use check::{Environment, print_signature, print_type};
use hash::{term_ref_text, type_ref_text};
use kernel::{DeclarationKind, Signature, TermRef, TypeRef};
use std::collections::BTreeSet;

/// Lines of an answer.
const LINES_MAX: usize = 200;

/// `name : type` for every term and constructor that a name may mean: those of exactly that name, else those whose name ends so.
pub fn signatures(name: &Name, environment: &dyn Environment) -> Vec<String> {
    let all = terms_and_constructors(name, environment);
    let exact: Vec<_> = all.iter().filter(|(found, _)| found == name).cloned().collect();
    let chosen = if exact.is_empty() { all } else { exact };
    chosen.iter().map(|(name, signature)| format!("{name} : {}", print_signature(signature, environment))).collect()
}

pub fn terms_and_constructors(suffix: &Name, environment: &dyn Environment) -> Vec<(Name, Signature)> {
    let term = |found: check::NamedTerm| Some((found.name, (*environment.signature(found.reference)?).clone()));
    let constructor = |found: check::NamedConstructor| {
        let declaration = environment.declaration(found.reference)?;
        let constructor = declaration.constructors.get(found.index as usize)?;
        // The declaration's parameters are bound around all its types.
        let ty = constructor.ty.clone();
        let ty = if declaration.params == 0 { ty } else { kernel::Type::Forall(declaration.params, ty.into()) };
        Some((found.name, Signature { ty, by_name: constructor.by_name }))
    };
    let mut found: Vec<(Name, Signature)> = environment.terms(suffix).into_iter().filter_map(term).collect();
    found.extend(environment.constructors(suffix).into_iter().filter_map(constructor));
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found.dedup();
    found
}

/// A line for each name that is wanted: types and abilities first.
pub fn listing(environment: &dyn Environment, wanted: impl Fn(&Name) -> bool) -> Vec<String> {
    let types: BTreeSet<Name> = environment.all_type_names().into_iter().filter(&wanted).collect();
    let terms: BTreeSet<Name> = environment.all_term_names().into_iter().filter(&wanted).collect();
    let count = types.len() + terms.len();
    let types = types.iter().filter_map(|name| type_line(name, environment));
    let terms = terms.iter().flat_map(|name| {
        let exact = terms_and_constructors(name, environment).into_iter().filter(|(found, _)| found == name).take(1);
        exact
            .map(|(name, signature)| format!("{name} : {}", print_signature(&signature, environment)))
            .collect::<Vec<_>>()
    });
    let mut lines: Vec<String> = types.chain(terms).take(LINES_MAX).collect();
    if count > LINES_MAX {
        lines.push(format!(".. and {} more", count - LINES_MAX));
    }
    lines
}

/// `type Optional`
pub fn type_line(name: &Name, environment: &dyn Environment) -> Option<String> {
    let found = environment.types(name).into_iter().find(|found| found.name == *name)?;
    Some(format!("{} {name}", kind(found.reference, environment)))
}

fn kind(ty: TypeRef, environment: &dyn Environment) -> &'static str {
    let ability = match (ty, environment.declaration(ty)) {
        (_, Some(declaration)) => declaration.kind == DeclarationKind::Ability,
        (TypeRef::Builtin(builtin), None) => builtin.is_runtime_ability(),
        _ => false,
    };
    if ability { "ability" } else { "type" }
}

/// What a name may mean, with its name: terms, then types.
pub fn references(name: &Name, environment: &dyn Environment) -> Vec<(Name, Reference)> {
    let terms = environment.terms(name).into_iter().map(|found| (found.name, Reference::Term(found.reference)));
    let types = environment.types(name).into_iter().map(|found| (found.name, Reference::Type(found.reference)));
    let all: Vec<(Name, Reference)> = terms.chain(types).collect();
    let exact: Vec<_> = all.iter().filter(|(found, _)| found == name).cloned().collect();
    if exact.is_empty() { all } else { exact }
}

/// What has a hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reference {
    Term(TermRef),
    Type(TypeRef),
}

impl Reference {
    /// `#hash` or `##Builtin`, the hash as `short` shows it.
    pub fn text(self, short: impl Fn(&base::Hash) -> String) -> String {
        let (Reference::Term(TermRef::Def(id)) | Reference::Type(TypeRef::Def(id))) = self else {
            return match self {
                Reference::Term(term) => term_ref_text(term),
                Reference::Type(ty) => type_ref_text(ty),
            };
        };
        let index = if id.index == 0 { String::new() } else { format!(".{}", id.index) };
        format!("{}{index}", short(&id.component))
    }
}

/// The type of what a delay yields, without and with the abilities that it may use.
pub fn yielded(delay: &Signature, environment: &dyn Environment) -> (String, String) {
    let computation = print_signature(&Signature { ty: delay.ty.clone(), by_name: true }, environment);
    let inner = match &delay.ty {
        kernel::Type::Forall(_, body) => &**body,
        ty => ty,
    };
    let kernel::Type::Fun { row, .. } = inner else { return (computation.clone(), computation) };
    let value = print_type(&value_signature(delay).ty, environment);
    let with_abilities = if row.heads.is_empty() { value.clone() } else { computation };
    (value, with_abilities)
}

/// The signature of the value that a delay yields.
pub fn value_signature(delay: &Signature) -> Signature {
    let (foralls, ty) = match &delay.ty {
        kernel::Type::Forall(n, body) => (*n, &**body),
        ty => (0, ty),
    };
    let ret = match ty {
        kernel::Type::Fun { ret, .. } => (**ret).clone(),
        other => other.clone(),
    };
    let ty = if foralls == 0 { ret } else { kernel::Type::Forall(foralls, ret.into()) };
    Signature { ty, by_name: false }
}
