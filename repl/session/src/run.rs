//! `unison run`: from a file to a definition that a host can evaluate.

use crate::trail::{self, Defined, Positions};
use crate::watch::names;
use crate::workspace::{Workspace, WorkspaceError, read_sources};
use base::{Diagnostic, Hash, Name, Sources, Span};
use builtin::BuiltinType;
use check::{CheckedTerm, CheckedType, Environment, print_type};
use codebase::Batch;
use compiler::COMPILER_VERSION;
use compiler::main_type::{self, NotRunnable};
use compiler::pipeline::{self, Naming};
use hash::{SourceKey, SourceKeyBuilder};
use kernel::{DefId, Definition, Signature, Term, TermRef, TypeRef};
use machine::{Datum, Portable, SampledFrame, portable};
use runtime::Explain;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A program that is ready to be evaluated: everything that it needs is in the workspace's codebase.
pub struct Prepared {
    /// A delay.
    pub main: DefId,
    /// None if the file was run before as it is: then it was not even parsed.
    pub counts: Option<Counts>,
    /// What the file calls its own definitions, and where they stand.
    pub positions: Positions,
}

/// Definitions that were checked now, and those known from before.
pub struct Counts {
    pub checked: usize,
    pub known: usize,
}

/// Why a file cannot be run.
pub enum NotPrepared {
    Workspace(WorkspaceError),
    /// The mistakes in it, in source order.
    Mistakes(Sources, Vec<Diagnostic>),
    /// It has no definition `main`.
    NoMain(PathBuf),
}

impl From<WorkspaceError> for NotPrepared {
    fn from(error: WorkspaceError) -> NotPrepared {
        NotPrepared::Workspace(error)
    }
}

/// Checks a file, keeps its definitions, and finds `main`. `now_ms` is the wall clock in milliseconds since 1970.
pub fn prepare(workspace: &Workspace, file: &Path, now_ms: u64) -> Result<Prepared, NotPrepared> {
    let sources = read_sources(&[file.to_path_buf()])?;
    let key = key(workspace, &sources)?;
    if let Some(main) = prepared_before(workspace, key)? {
        return Ok(Prepared { main, counts: None, positions: Positions::new(workspace, sources) });
    }
    let compiled = workspace.compile(&sources)?;
    if !compiled.diagnostics.is_empty() {
        return Err(NotPrepared::Mistakes(sources, compiled.diagnostics));
    }
    let Some(main) = compiled.main() else { return Err(NotPrepared::NoMain(file.to_path_buf())) };
    if let Err(reason) = main_type::runnable(&main.signature) {
        let names = names(workspace, &compiled.checked.types, &[]);
        return Err(NotPrepared::Mistakes(sources, vec![not_runnable(main, &reason, &names)]));
    }
    let stored = pipeline::store(&compiled, &workspace.environment, Naming::HashesOnly, now_ms);
    stored.map_err(|error| workspace.failed(error))?;
    let (id, mut entry) = entry(main.reference, &main.signature);
    // `here!` may be another node the next time.
    if !workspace.environment.uses_lent_here(&compiled.checked.objects) {
        entry.source_keys.push((key, vec![TermRef::Def(id)]));
    }
    workspace.codebase.add(&entry, now_ms).map_err(|error| workspace.failed(error))?;
    let checked = compiled.checked;
    Ok(Prepared {
        main: id,
        counts: Some(Counts { checked: checked.checked_count, known: checked.skipped_count }),
        positions: positions(workspace, sources, &checked.terms, &checked.types),
    })
}

/// Under which the entry of a file is known: everything on which it depends, but for `here!`.
fn key(workspace: &Workspace, sources: &Sources) -> Result<SourceKey, WorkspaceError> {
    let mut key = SourceKeyBuilder::new(COMPILER_VERSION, "entry");
    key.token(&crate::check::state(workspace, sources)?.to_string());
    Ok(key.finish())
}

/// The entry that a file with this key was given before, if it is still there.
fn prepared_before(workspace: &Workspace, key: SourceKey) -> Result<Option<DefId>, WorkspaceError> {
    let known = workspace.codebase.known(key);
    workspace.unfailed()?;
    Ok(match known.as_deref() {
        Some([TermRef::Def(id)]) => Some(*id),
        _ => None,
    })
}

pub(crate) fn positions<'a>(
    workspace: &Workspace,
    sources: Sources,
    terms: impl IntoIterator<Item = &'a CheckedTerm>,
    types: &[CheckedType],
) -> Positions {
    Positions::new(workspace, sources).with(Defined::new(terms, types))
}

/// Keeps a definition that evaluates `main`, which is in the codebase and is a computation that can be run.
pub(crate) fn add_entry(
    workspace: &Workspace,
    main: TermRef,
    signature: &Signature,
    now_ms: u64,
) -> Result<DefId, WorkspaceError> {
    let (id, batch) = entry(main, signature);
    workspace.codebase.add(&batch, now_ms).map_err(|error| workspace.failed(error))?;
    Ok(id)
}

/// `do !main`: a definition that is a delay in form, whatever `main` computes its own with. Its id, and how it lands.
fn entry(main: TermRef, signature: &Signature) -> (DefId, Batch) {
    debug_assert!(!matches!(main, TermRef::Cycle(_)), "what was checked has its hash");
    let unit = Term::Constructor(TypeRef::Builtin(BuiltinType::Tuple(0)), 0);
    let call = Term::App(Box::new(Term::Ref(main)), vec![unit]);
    let signature = Signature { by_name: false, ..signature.clone() };
    let object = hash::hash_terms(&[Definition { signature, body: Term::Lambda(1, Box::new(call)) }]).object;
    let id = DefId { component: object.hash(), index: 0 };
    (id, Batch { objects: vec![object], ..Batch::default() })
}

fn not_runnable(main: &CheckedTerm, reason: &NotRunnable, environment: &dyn Environment) -> Diagnostic {
    let hint = "give it the type '{IO, Exception, Remote!} () or one with fewer abilities";
    match reason {
        NotRunnable::NotDelayed => Diagnostic::new("U0701", "`main` cannot be run")
            .label(main.span, "this is not a delayed computation")
            .reason("`unison run` evaluates a computation; a plain value or a function of arguments is not one.")
            .hint(format!("{hint}, as in `main = do ..`")),
        NotRunnable::Unhandled(ability) => {
            let ability = print_type(ability, environment);
            unhandled("`main`", main.span, &ability)
                .hint(format!("handle `{ability}` inside `main`, so that you can {hint}"))
        }
    }
}

/// Says that `what` may request an ability that nothing at the top answers.
pub(crate) fn unhandled(what: &str, span: Span, ability: &str) -> Diagnostic {
    Diagnostic::new("U0702", format!("{what} uses the ability `{ability}`, which nothing handles"))
        .label(span, format!("this may request `{ability}`"))
        .reason("The runtime answers IO, Exception, Remote and Remote!. Other abilities need a handler in the program.")
}

/// What types are called where something is shown.
pub type TypeNames<'a> = &'a dyn Fn(TypeRef) -> Option<Name>;

impl Prepared {
    /// What the file, or else the codebase, calls a type.
    pub fn type_name(&self, workspace: &Workspace, ty: TypeRef) -> Option<Name> {
        let own = self.positions.defined().types.iter().find(|(_, own)| *own == ty).map(|(name, _)| name.clone());
        own.or_else(|| workspace.environment.type_name(ty))
    }

    /// What the file, or else the codebase, calls a definition of this component.
    pub fn definition_name(&self, workspace: &Workspace, component: &Hash) -> Option<Name> {
        let is_in = |term: &TermRef| matches!(term, TermRef::Def(id) if id.component == *component);
        let terms = &self.positions.defined().terms;
        let own = terms.iter().find(|(_, term, _)| is_in(term)).map(|(name, ..)| name.clone());
        own.or_else(|| workspace.name_in(component))
    }

    /// What the program is told that asks which way a failure has come.
    pub fn explain(&self) -> Explain {
        trail::explain(self.main, self.positions.clone())
    }

    /// What a frame of a profile is called.
    pub fn frame_name(&self, workspace: &Workspace, frame: &SampledFrame) -> String {
        let constructor = |ty: TypeRef, index: u32| {
            let declaration = workspace.environment.declaration(ty)?;
            let name = &declaration.constructors.get(index as usize)?.name;
            Some(format!("{}.{name}", self.type_name(workspace, ty)?))
        };
        match frame {
            SampledFrame::Code(code) => self.code_name(workspace, code.def, code.lambda),
            SampledFrame::Builtin(builtin) => builtin.name().to_string(),
            SampledFrame::Constructor(ty, index) | SampledFrame::Operation(ty, index) => {
                constructor(*ty, *index).unwrap_or_else(|| "a constructor without a name".into())
            }
            SampledFrame::Omitted => "..".into(),
        }
    }

    /// A definition's name, and the number of the function in it. What runs `main` has none of its own.
    fn code_name(&self, workspace: &Workspace, def: DefId, lambda: u32) -> String {
        let name = self.positions.name(def).or_else(|| workspace.environment.term_name(TermRef::Def(def)));
        let name = match name {
            Some(name) => name.to_string(),
            None if def == self.main => return "unison run".into(),
            None => format!("#{}", def.component.short()),
        };
        if lambda == 0 { name } else { format!("{name} (function {lambda})") }
    }
}

/// The names of a program's own definitions, and those of a workspace.
pub struct ProgramNames<'a> {
    pub workspace: &'a Workspace,
    pub prepared: &'a Prepared,
}

impl portable::Names for ProgramNames<'_> {
    fn constructor(&self, ty: TypeRef, index: u32) -> Option<String> {
        WorkspaceNames(&self.workspace.environment).constructor(ty, index)
    }

    fn operation(&self, ability: TypeRef, index: u32) -> Option<String> {
        self.constructor(ability, index)
    }

    fn term(&self, term: TermRef) -> Option<String> {
        let terms = &self.prepared.positions.defined().terms;
        let own = terms.iter().find(|(_, other, _)| *other == term).map(|(name, ..)| name.to_string());
        own.or_else(|| WorkspaceNames(&self.workspace.environment).term(term))
    }

    fn ty(&self, ty: TypeRef) -> Option<String> {
        Some(self.prepared.type_name(self.workspace, ty)?.to_string())
    }
}

/// The full name of an ability's operation, if it has one.
pub fn operation_name(workspace: &Workspace, names: TypeNames<'_>, ability: TypeRef, operation: u32) -> Option<String> {
    let declaration = workspace.environment.declaration(ability)?;
    let operation = &declaration.constructors.get(operation as usize)?.name;
    Some(format!("`{}.{operation}`", names(ability)?))
}

/// Items that a value may have to be shown: enough for whoever pipes a result into a file.
const SHOWN_ITEMS_MAX: u64 = 100_000_000;

/// Characters in which a value is shown: so many, and so many for each byte that it takes. What has more has them of parts that it shares: 400 bytes may stand for 2^60 leaves.
const SHOWN_CHARS: usize = 1 << 20;
const SHOWN_CHARS_PER_BYTE: usize = 64;

/// The names that a workspace has.
struct WorkspaceNames<'a>(&'a dyn Environment);

impl portable::Names for WorkspaceNames<'_> {
    fn constructor(&self, ty: TypeRef, index: u32) -> Option<String> {
        let declaration = self.0.declaration(ty)?;
        declaration.constructors.get(index as usize).map(|constructor| constructor.name.to_string())
    }

    fn operation(&self, ability: TypeRef, index: u32) -> Option<String> {
        self.constructor(ability, index)
    }

    fn term(&self, term: TermRef) -> Option<String> {
        self.0.term_name(term).map(|name| name.to_string())
    }

    fn ty(&self, ty: TypeRef) -> Option<String> {
        self.0.type_name(ty).map(|name| name.to_string())
    }
}

fn show(workspace: &Workspace, value: &Portable) -> String {
    show_in(&workspace.environment, value)
}

/// A value as text, with names of this environment.
pub(crate) fn show_in(environment: &dyn Environment, value: &Portable) -> String {
    let chars_max = SHOWN_CHARS + SHOWN_CHARS_PER_BYTE.saturating_mul(value.bytes().len());
    portable::to_text(value, &WorkspaceNames(environment), SHOWN_ITEMS_MAX, chars_max)
        .unwrap_or_else(|error| format!("<a value that cannot be shown: {error}>"))
}

/// The portable form of a part of a value.
fn whole(part: &Datum) -> Option<Portable> {
    portable::from_datum(part).ok()
}

/// The result of a program as text; none for `()`.
pub fn show_result(workspace: &Workspace, result: &Portable) -> Option<String> {
    (whole(&Datum::unit()).as_ref() != Some(result)).then(|| show(workspace, result))
}

/// The result of a program as JSON on one line.
pub fn result_json(workspace: &Workspace, result: &Portable) -> Result<String, portable::NotJson> {
    let bytes_max = SHOWN_CHARS + SHOWN_CHARS_PER_BYTE.saturating_mul(result.bytes().len());
    portable::to_json(result, &WorkspaceNames(&workspace.environment), SHOWN_ITEMS_MAX, bytes_max)
}

/// The status with which a program wanted to end (`IO.exit`), if that is what it raised.
pub fn exit_status(failure: &Portable) -> Option<u8> {
    match failure_parts(failure)? {
        (TypeRef::Builtin(BuiltinType::Exit), _, Some(Datum::Nat(status))) => {
            Some(u8::try_from(status).unwrap_or(u8::MAX))
        }
        _ => None,
    }
}

/// The kind, message and payload of a `Failure`.
fn failure_parts(failure: &Portable) -> Option<(TypeRef, Arc<str>, Option<Datum>)> {
    let Ok(Datum::Constructed(TypeRef::Builtin(BuiltinType::Failure), 0, fields)) =
        portable::to_datum(failure, SHOWN_ITEMS_MAX)
    else {
        return None;
    };
    match <[Datum; 3]>::try_from(fields) {
        Ok([Datum::TypeLink(kind), Datum::Text(message), Datum::Constructed(_, _, mut any)]) => {
            Some((kind, message, any.pop()))
        }
        _ => None,
    }
}

/// What a program that raised says about it: the failure's type, its message, and its value unless that is `()`.
pub fn show_failure(workspace: &Workspace, names: TypeNames<'_>, failure: &Portable) -> String {
    let Some((kind, message, payload)) = failure_parts(failure) else {
        return show(workspace, failure);
    };
    // The payload of the runtime's own failures is for programs: their messages say it all.
    let payload = payload.filter(|_| kind != TypeRef::Builtin(BuiltinType::IoFailure));
    let kind = names(kind).map_or_else(|| "Failure".to_string(), |name| name.to_string());
    let payload = payload.as_ref().and_then(whole).and_then(|payload| show_result(workspace, &payload));
    payload.map_or_else(|| format!("{kind}: {message}"), |payload| format!("{kind}: {message} ({payload})"))
}
