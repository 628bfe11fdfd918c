//! A codebase, the standard library, and a project: what every command works in.

use crate::home::Home;
use crate::project::{Project, ProjectError};
use base::{Hash, Name, Sources};
use check::{Checked, Environment, Tracing};
use codebase::{Codebase, CodebaseError};
use compiler::environment::EnvironmentError;
use compiler::library::{self, LibraryError};
use compiler::{CodebaseEnvironment, Compiled, pipeline};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a command works in.
pub struct Workspace {
    pub project: Project,
    pub codebase: Arc<Codebase>,
    /// The codebase's file, for messages.
    path: PathBuf,
    pub environment: CodebaseEnvironment,
}

/// Why a workspace cannot be opened or a file in it not be used.
#[derive(Debug)]
pub enum WorkspaceError {
    Project(ProjectError),
    /// The codebase at this path.
    Codebase(PathBuf, Box<CodebaseError>),
    Library(LibraryError),
    /// A file that was named cannot be read.
    File(PathBuf, std::io::Error),
    /// A file that was named is larger than `base::limits::SOURCE_BYTES_MAX`.
    TooLarge(PathBuf),
    /// A file that was named is not UTF-8 text.
    NotText(PathBuf),
    /// A file that is to be changed cannot be written.
    Unwritable(PathBuf, std::io::Error),
}

impl Workspace {
    /// Opens the workspace of a file: the codebase that was asked for, else the project's, else the user's.
    pub fn open(home: &Home, codebase: Option<&Path>, file: &Path) -> Result<Workspace, WorkspaceError> {
        let project = Project::of(file).map_err(WorkspaceError::Project)?;
        let path = codebase.map(Path::to_path_buf).or_else(|| project.codebase()).unwrap_or_else(|| home.codebase());
        let library = Arc::new(library::open(&home.cache).map_err(WorkspaceError::Library)?);
        let codebase = Codebase::open(&path).map_err(|error| WorkspaceError::Codebase(path.clone(), error.into()))?;
        let codebase = Arc::new(codebase);
        let environment = CodebaseEnvironment::new(codebase.clone(), library);
        Ok(Workspace { project, codebase, path, environment })
    }

    /// `here!` means node 0 of this host, unless the codebase has an owner: a node that serves from it.
    pub fn lend_here(&mut self, host: runtime::HostKey) {
        self.environment.lend_here(&runtime::NodeId::numbered(host, 0).to_bytes());
    }

    /// Removes what no name leads to or has led to and what was used before that time last; or only looks what that is.
    pub fn collect(&self, used_since_ms: u64, only_look: bool) -> Result<codebase::Collected, WorkspaceError> {
        self.codebase.collect(used_since_ms, only_look).map_err(|error| self.failed(error))
    }

    /// `here!` means a node that nobody has, unless the codebase has an owner: where nothing is evaluated that could ask.
    pub fn lend_no_node(&mut self) {
        self.lend_here(runtime::HostKey([0; 32]));
    }

    /// What a definition of this component is called.
    pub(crate) fn name_in(&self, component: &Hash) -> Option<Name> {
        self.environment.name_in(component)
    }

    /// Beside the codebase: where definitions are put that are to be mended or edited.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.path.with_extension("scratch.u")
    }

    /// An error of the workspace's codebase.
    pub(crate) fn failed(&self, error: CodebaseError) -> WorkspaceError {
        WorkspaceError::Codebase(self.path.clone(), error.into())
    }

    /// Fails if the codebase or the library could not be read: then mistakes may have been found that are none.
    pub fn compile(&self, sources: &Sources) -> Result<Compiled, WorkspaceError> {
        self.compile_as(sources, &self.project.name, &self.environment)
    }

    /// As [`Workspace::compile`], for a project and an environment over the workspace's own.
    pub(crate) fn compile_as(
        &self,
        sources: &Sources,
        project: &str,
        environment: &(dyn Environment + Sync),
    ) -> Result<Compiled, WorkspaceError> {
        let compile = || compiler::on_compiler_stack(|| compiler::compile(sources, project, environment));
        let compiled = self.codebase.reading(compile);
        self.unfailed().map(|()| compiled)
    }

    /// As [`Workspace::compile`], for definitions that note what properties are tried on.
    pub(crate) fn compile_traced(&self, sources: &Sources, tracing: Tracing) -> Result<Checked, WorkspaceError> {
        let compile = || pipeline::compile_traced(sources, &self.project.name, &self.environment, tracing);
        let checked = self.codebase.reading(|| compiler::on_compiler_stack(compile));
        self.unfailed().map(|()| checked)
    }

    /// Fails if a lookup has failed, which itself can report nothing.
    pub(crate) fn unfailed(&self) -> Result<(), WorkspaceError> {
        match self.environment.failure() {
            Ok(()) => Ok(()),
            Err(EnvironmentError::Codebase(error)) => Err(self.failed(error)),
            Err(EnvironmentError::Library(error)) => Err(WorkspaceError::Library(LibraryError::Codebase(error))),
        }
    }
}

/// Reads source files, each under the path by which it was named.
pub fn read_sources(paths: &[PathBuf]) -> Result<Sources, WorkspaceError> {
    let mut sources = Sources::default();
    for path in paths {
        sources.add(path.display().to_string(), read_source(path)?);
    }
    Ok(sources)
}

pub(crate) fn read_source(path: &Path) -> Result<String, WorkspaceError> {
    let bytes = std::fs::read(path).map_err(|error| WorkspaceError::File(path.to_path_buf(), error))?;
    if bytes.len() > base::limits::SOURCE_BYTES_MAX {
        return Err(WorkspaceError::TooLarge(path.to_path_buf()));
    }
    String::from_utf8(bytes).map_err(|_| WorkspaceError::NotText(path.to_path_buf()))
}
