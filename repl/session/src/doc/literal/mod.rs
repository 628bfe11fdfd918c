//! Documentation that is a value: definitions of type `Doc`, which literals `{{ .. }}` make.
//!
//! What `x.doc` says belongs to `x`. Such a definition is evaluated, as a watch is, and then the code in it that is to be shown with its value: each piece by itself, so that a fault in one of them
//! hides nothing else. What it links to is looked up like any other name.
//!
//! **Invariant:** documentation without a value says why, and keeps nothing else from being shown.

mod numbered;
mod read;

use super::comment::{Block, Comment, Inline};
use super::lookup::{Library, Meaning};
use crate::repl::Clock;
use crate::run::show_in;
use crate::watch::{Evaluations, NotEvaluated};
use crate::workspace::Workspace;
use base::Name;
use builtin::BuiltinType;
use check::{CheckedWatch, Environment, NamedTerm};
use codebase::Batch;
use kernel::{DefId, Definition, Literal, Signature, Term, TermRef, Type, TypeRef};
use machine::{Datum, portable};
use runtime::{Budget, Outcome};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The last segment of the name that documentation has.
const DOC: &str = "doc";

/// The type of documentation, and the function that gives the value of a piece of code in it.
const TYPE: &str = "Doc";
const VALUE: &str = "Doc.value";

/// What documentation may use: somebody is waiting.
const BUDGET: Budget = Budget { wall_ms: 10_000, memory_bytes: 256 << 20, ..Budget::DEFAULT };

/// Parts of a value of documentation.
const PARTS_MAX: u64 = 1 << 20;

/// Pieces of code that are evaluated in one documentation.
const VALUES_MAX: usize = 200;

/// With what documentation is evaluated, if there is any.
pub struct Evaluating<'e> {
    pub start: &'e dyn Fn() -> Result<Evaluations, NotEvaluated>,
    pub clock: Clock,
}

/// Documentation that was evaluated, by the definition that it is.
#[derive(Default)]
pub struct Literals(BTreeMap<TermRef, Comment>);

/// What the documentation of a name is called.
pub(crate) fn name_for(name: &Name) -> Name {
    name.join(&Name::new(DOC))
}

/// Whether a definition is documentation.
pub(crate) fn is_doc(environment: &dyn Environment, term: TermRef) -> bool {
    let signature = environment.signature(term);
    match signature.as_deref().map(|signature| &signature.ty) {
        Some(Type::Ref(ty)) => environment.type_name(*ty).is_some_and(|name| name.as_str() == TYPE),
        _ => false,
    }
}

impl Library<'_> {
    /// The documentation of what has a name, if it is a value.
    pub(super) fn literal(&self, name: &Name) -> Option<&Comment> {
        let doc = name_for(name);
        let found = self.environment.terms(&doc).into_iter().filter(|found| found.name == doc);
        self.literals.0.get(&found.min_by_key(|found| found.level)?.reference)
    }

    /// Whether a name is that of documentation which is shown with what it is about.
    pub(super) fn is_said(&self, name: &Name) -> bool {
        let documented = name.parent().filter(|_| name.last() == DOC);
        documented.is_some_and(|documented| self.literal(&documented).is_some() && self.is_meant(&documented))
    }

    fn is_meant(&self, name: &Name) -> bool {
        self.meanings(name).iter().any(|found| found.name == *name)
    }

    /// What a definition that is documentation says.
    pub(super) fn document(&self, term: TermRef) -> Option<&Comment> {
        self.literals.0.get(&term)
    }

    /// The definition, if it is documentation.
    pub(super) fn is_document(&self, meaning: Meaning) -> Option<TermRef> {
        match meaning {
            Meaning::Term(term) if is_doc(self.environment, term) => Some(term),
            _ => None,
        }
    }

    /// Definitions with this name that are documentation, and what is documentation of a name, or of what stands below it.
    pub fn docs(&self, name: &Name) -> Vec<TermRef> {
        let about = self.environment.terms(&Name::new(DOC)).into_iter().filter(|found| is_about(found, name));
        let about = about.map(|found| Meaning::Term(found.reference));
        let own = self.meanings(name).into_iter().map(|found| found.meaning);
        let mut docs: Vec<TermRef> = about.chain(own).filter_map(|meaning| self.is_document(meaning)).collect();
        docs.sort();
        docs.dedup();
        docs
    }

    /// Evaluates documentation.
    pub fn evaluated(
        &self,
        workspace: &Workspace,
        docs: &[TermRef],
        evaluating: &Evaluating<'_>,
    ) -> Result<Literals, NotEvaluated> {
        if docs.is_empty() {
            return Ok(Literals::default());
        }
        let (evaluations, clock) = ((evaluating.start)()?, evaluating.clock);
        compiler::on_compiler_stack(|| self.read(workspace, docs, &evaluations, clock))
    }

    fn read(
        &self,
        workspace: &Workspace,
        docs: &[TermRef],
        evaluations: &Evaluations,
        clock: Clock,
    ) -> Result<Literals, NotEvaluated> {
        let run = Run { library: self, workspace, evaluations, clock };
        let outcomes = run.outcomes(docs.iter().map(|doc| Term::Ref(*doc)).collect())?;
        let documents: Vec<Result<(Datum, usize), String>> = outcomes.iter().map(document).collect();
        let values = run.values(docs, &documents)?;
        let comments = documents.iter().zip(&values).map(|(document, values)| match document {
            Ok((datum, _)) => read::comment(datum, values, self),
            Err(reason) => without_value(reason),
        });
        Ok(Literals(docs.iter().copied().zip(comments).collect()))
    }
}

/// Whether this may be shown where a name is asked for: it documents what has it, or an end of it, or what stands below.
fn is_about(found: &NamedTerm, name: &Name) -> bool {
    let Some(documented) = found.name.parent() else { return false };
    let around = documented.parent().is_some_and(|parent| parent.has_suffix(name));
    let inside = name.parent().is_some_and(|parent| documented.has_suffix(&parent));
    documented.has_suffix(name) || around || inside || documented.as_str().starts_with(&format!("{name}."))
}

fn without_value(reason: &str) -> Comment {
    let text = vec![Inline::Text(format!("This documentation has no value: {reason}"))];
    Comment { blocks: vec![Block::Paragraph(text)], examples: Vec::new() }
}

/// A document with its pieces of code numbered, and how many there are.
fn document(outcome: &Outcome) -> Result<(Datum, usize), String> {
    match outcome {
        Outcome::Returned(value) => {
            let mut datum = portable::to_datum(value, PARTS_MAX).map_err(|error| error.to_string())?;
            let count = numbered::number(&mut datum);
            Ok((datum, count))
        }
        other => Err(ending(other)),
    }
}

fn ending(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed(runtime::Failure::Fault { what, .. }) => what.clone(),
        Outcome::Failed(failure) => failure.to_string(),
        Outcome::Raised(_) => "it raised a failure".to_string(),
        Outcome::Returned(_) => String::new(),
    }
}

struct Run<'r> {
    library: &'r Library<'r>,
    workspace: &'r Workspace,
    evaluations: &'r Evaluations,
    clock: Clock,
}

impl Run<'_> {
    /// How the evaluation of each closed term ends.
    fn outcomes(&self, terms: Vec<Term>) -> Result<Vec<Outcome>, NotEvaluated> {
        let failed = |error| NotEvaluated::Workspace(self.workspace.failed(error));
        // Nothing looks at the type of what is evaluated here.
        let unit = Type::Ref(TypeRef::Builtin(BuiltinType::Tuple(0)));
        let signature = Arc::new(Signature { ty: unit, by_name: false });
        let define = |body| Definition { signature: (*signature).clone(), body };
        let objects: Vec<_> = terms.into_iter().map(|body| hash::hash_terms(&[define(body)]).object).collect();
        let ids: Vec<DefId> = objects.iter().map(|object| DefId { component: object.hash(), index: 0 }).collect();
        let mut all = self.workspace.environment.missing_library_objects(&objects).map_err(failed)?;
        all.extend(objects);
        let batch = Batch { objects: all, ..Batch::default() };
        self.workspace.codebase.add(&batch, (self.clock.wall_ms)()).map_err(failed)?;
        let watch = |id: &DefId| CheckedWatch {
            span: base::Span::default(),
            kind: None,
            name: None,
            reference: TermRef::Def(*id),
            signature: signature.clone(),
        };
        let watches: Vec<CheckedWatch> = ids.iter().map(watch).collect();
        let watches: Vec<&CheckedWatch> = watches.iter().collect();
        let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
        self.evaluations.evaluate(self.workspace, &watches, BUDGET, self.clock, &mut |at, done| {
            outcomes.insert(at, done.outcome.clone());
        })?;
        Ok(outcomes.into_values().collect())
    }

    /// The values of the code in each document, as text, or why there is none.
    fn values(
        &self,
        docs: &[TermRef],
        documents: &[Result<(Datum, usize), String>],
    ) -> Result<Vec<Vec<Result<String, String>>>, NotEvaluated> {
        let counts: Vec<usize> = documents
            .iter()
            .map(|document| document.as_ref().map_or(0, |(_, count)| (*count).min(VALUES_MAX)))
            .collect();
        let named = self.library.environment.terms(&Name::new(VALUE)).into_iter();
        let function = named.filter(|found| found.name.as_str() == VALUE).max_by_key(|found| found.level);
        let Some(function) = function.filter(|_| counts.iter().any(|count| *count > 0)) else {
            return Ok(counts.iter().map(|_| Vec::new()).collect());
        };
        let value = |doc: TermRef, n: usize| {
            let arguments = vec![Term::Literal(Literal::Nat(n as u64)), Term::Ref(doc)];
            Term::App(Box::new(Term::Ref(function.reference)), arguments)
        };
        let wanted = docs.iter().zip(&counts).flat_map(|(doc, count)| (0..*count).map(|n| value(*doc, n)));
        let mut outcomes = self.outcomes(wanted.collect())?.into_iter();
        let shown = |outcome: Outcome| self.shown(&outcome);
        Ok(counts.iter().map(|count| outcomes.by_ref().take(*count).map(shown).collect()).collect())
    }

    /// What `Doc.value` gave, `Some (Any value)`, without what is around the value.
    fn shown(&self, outcome: &Outcome) -> Result<String, String> {
        let Outcome::Returned(value) = outcome else { return Err(ending(outcome)) };
        let datum = portable::to_datum(value, PARTS_MAX).map_err(|error| error.to_string())?;
        let inner = |datum: Datum| match datum {
            Datum::Constructed(_, _, mut fields) if fields.len() == 1 => fields.remove(0),
            other => other,
        };
        match inner(inner(datum)) {
            Datum::Opaque(value) => Ok(show_in(self.library.environment, &value)),
            datum => {
                let value = portable::from_datum(&datum).map_err(|error| error.to_string())?;
                Ok(show_in(self.library.environment, &value))
            }
        }
    }
}
