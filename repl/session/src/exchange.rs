//! `unison push` and `unison pull`: names go from one codebase to another, and with them their text, their history and the definitions that they are names of.
//!
//! Both are evaluations at the node that has the other codebase. The value that goes there (push) or comes back (pull) names the definitions, so they are transferred as the
//! code of any program is: only what is lacking there. A node serves only those whom it lets evaluate `IO`.

use crate::workspace::{Workspace, WorkspaceError};
use base::Name;
use builtin::{Builtin, BuiltinType};
use codebase::exchange::{self, Export, Merge, Merged};
use codebase::{Batch, CodebaseError};
use kernel::{DefId, Definition, Literal, Row, Signature, Term, TermRef, Type, TypeRef};
use machine::{Datum, portable};
use runtime::{
    Budget, CancelHandle, Console, Keys, LocalHost, LocalHostOptions, NodeAddress, Outcome, Program, RuntimeError,
    Tiers, Trail,
};
use std::sync::Arc;

/// Why nothing was exchanged.
pub enum ExchangeError {
    Workspace(WorkspaceError),
    /// The codebase here has nothing with this name.
    Nothing(Name),
    /// The node cannot be reached or does not serve us.
    Peer(RuntimeError),
    /// The evaluation there came to another end than a result.
    Ended(Outcome),
    /// What the node answered is no answer to this: what is wrong with it.
    Malformed(String),
}

/// With whom, and as whom.
pub struct Exchange<'a> {
    pub workspace: &'a Workspace,
    pub keys: &'a Keys,
    pub console: Arc<dyn Console>,
    pub node: &'a NodeAddress,
    /// Names, and namespaces with all below them; all if there are none.
    pub names: &'a [Name],
    /// Conflicts are decided for the side that gives.
    pub force: bool,
    pub now_ms: u64,
}

impl Exchange<'_> {
    /// Gives names to the node's codebase. `started` gets what cancels it. Gives what became of each there.
    pub fn push(&self, started: impl FnOnce(CancelHandle)) -> Result<Vec<(Name, Merged)>, ExchangeError> {
        let codebase = &self.workspace.codebase;
        let (export, missing) = codebase.export(self.names).map_err(|error| self.failed(error))?;
        if let Some(name) = missing.into_iter().next() {
            return Err(ExchangeError::Nothing(name));
        }
        let (terms, types) = export.known_references(codebase).map_err(|error| self.failed(error))?;
        let what = format!("pushed by {}", self.keys.user_key());
        let merge = Merge { export, what, force: self.force, at_ms: self.now_ms };
        let args = vec![
            Term::Literal(Literal::Bytes(exchange::merge_bytes(&merge).into())),
            Term::List(terms.into_iter().map(Term::TermLink).collect()),
            Term::List(types.into_iter().map(Term::TypeLink).collect()),
        ];
        let answer = self.evaluate(Builtin::IoMergeNames, args, Type::builtin(BuiltinType::Bytes), started)?;
        let Datum::Bytes(merged) = answer else { return Err(unexpected()) };
        exchange::read_merged(&merged).map_err(|error| ExchangeError::Malformed(error.to_string()))
    }

    /// Takes names of the node's codebase. `started` gets what cancels it. Gives what became of each here.
    pub fn pull(&self, started: impl FnOnce(CancelHandle)) -> Result<Vec<(Name, Merged)>, ExchangeError> {
        let names = self.names.iter().map(|name| Term::Literal(Literal::Text(name.as_str().into()))).collect();
        let answer = self.evaluate(Builtin::IoExportNames, vec![Term::List(names)], exported_type(), started)?;
        let export = read_export(&answer)?;
        let what = format!("pulled from {}", self.node);
        let merge = Merge { export, what, force: self.force, at_ms: self.now_ms };
        self.workspace.codebase.merge(&merge).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: CodebaseError) -> ExchangeError {
        ExchangeError::Workspace(self.workspace.failed(error))
    }

    /// What a builtin makes of these arguments at the node.
    fn evaluate(
        &self,
        builtin: Builtin,
        args: Vec<Term>,
        result: Type,
        started: impl FnOnce(CancelHandle),
    ) -> Result<Datum, ExchangeError> {
        let main = self.entry(Term::App(Box::new(Term::Ref(TermRef::Builtin(builtin))), args), result)?;
        let host = LocalHost::start(LocalHostOptions {
            store: self.workspace.codebase.clone(),
            keys: self.keys.clone(),
            console: self.console.clone(),
            workers: 1,
            tiers: Tiers::INTERPRETER,
            lease_ms: runtime::LEASE_MS,
            nodes: 1,
            listens: false,
            lingers: false,
            traced: false,
            profiled: false,
        });
        let host = host.map_err(ExchangeError::Peer)?;
        let place = host.resolve(std::slice::from_ref(self.node)).map_err(ExchangeError::Peer)?;
        let explain = Arc::new(Trail::lines);
        let program = Program { main, arguments: Vec::new(), budget: Budget::DEFAULT, explain };
        let evaluation = host.evaluate(program, place);
        started(evaluation.cancel_handle());
        match evaluation.wait() {
            Outcome::Returned(value) => portable::to_datum(&value, Budget::DEFAULT.memory_bytes)
                .map_err(|error| ExchangeError::Malformed(error.to_string())),
            other => Err(ExchangeError::Ended(other)),
        }
    }

    /// Keeps `do call`.
    fn entry(&self, call: Term, result: Type) -> Result<DefId, ExchangeError> {
        let row = Row::new(vec![Type::builtin(BuiltinType::Io), Type::builtin(BuiltinType::Exception)], Vec::new());
        let signature = Signature { ty: Type::delay(row, result), by_name: false };
        let hashed = hash::hash_terms(&[Definition { signature, body: Term::Lambda(1, Box::new(call)) }]);
        let id = DefId { component: hashed.object.hash(), index: 0 };
        let batch = Batch { objects: vec![hashed.object], ..Batch::default() };
        self.workspace.codebase.add(&batch, self.now_ms).map_err(|error| self.failed(error))?;
        Ok(id)
    }
}

/// `(Bytes, [Link.Term], [Link.Type])`
fn exported_type() -> Type {
    let links = |ty| Type::list(Type::builtin(ty));
    Type::tuple(vec![Type::builtin(BuiltinType::Bytes), links(BuiltinType::LinkTerm), links(BuiltinType::LinkType)])
}

fn read_export(answer: &Datum) -> Result<Export, ExchangeError> {
    let Datum::Constructed(TypeRef::Builtin(BuiltinType::Tuple(3)), 0, parts) = answer else {
        return Err(unexpected());
    };
    let Some(Datum::Bytes(bytes)) = parts.first() else { return Err(unexpected()) };
    exchange::read_export(bytes).map_err(|error| ExchangeError::Malformed(error.to_string()))
}

fn unexpected() -> ExchangeError {
    ExchangeError::Malformed("a value of another type".into())
}
