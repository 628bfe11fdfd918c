//! Builtin types and abilities.

/// A builtin type or ability.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum BuiltinType {
    Nat,
    Int,
    Float,
    Char,
    Boolean,
    Text,
    Bytes,
    List,
    /// `Request {g} r`: what a handler takes.
    Request,
    /// Tuples are flat. `Tuple(0)` is `()`; `Tuple(1)` does not exist.
    Tuple(u8),
    Optional,
    Either,
    /// Search trees by size; the machine compares them by their entries, whatever their shape.
    Map,
    Any,
    LinkTerm,
    LinkType,
    Failure,
    IoFailure,
    MiscFailure,
    /// The payload of an `IOFailure`: what sort of thing went wrong.
    IoError,
    /// The kind of the failure that ends a program with a status of its own, which is the payload.
    Exit,
    Exception,
    Io,
    Remote,
    RemoteBang,
    Node,
    Cluster,
    Future,
    Channel,
    /// Why a future has no value, as `await!` tells.
    RemoteErr,
    /// What is known of an expression whose node cannot be reached.
    RemoteProgress,
    /// How far a future is.
    RemoteStatus,
    /// An open file of the task that opened it. It does not travel.
    FileHandle,
    Json,
    /// A place whose content changes. It belongs to the task that made it, and does not travel.
    Ref,
    /// As many places, by number. As a `Ref`, it does not travel.
    MutableArray,
    /// What was in a reference when it was read, to find out whether that is still so.
    Ticket,
    /// Making and changing places that nobody sees outside of one `Scope.run`.
    Scope,
}

/// What kind of thing a builtin type is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TypeSort {
    /// No constructors; values come from literals and builtins.
    Opaque,
    /// Constructors as given: name and type. A program may build and match them.
    Data(&'static [(&'static str, &'static str)]),
    /// Has one constructor with fields of these types, which only builtins use.
    Hidden(&'static str),
    /// An ability whose operations a program may request and handle.
    Ability(&'static [(&'static str, &'static str)]),
    /// An ability of the runtime: no operations that can be handled.
    RuntimeAbility,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct TypeSpec {
    pub name: &'static str,
    /// Type parameters, by name; those that stand for rows are marked with braces.
    pub params: &'static [&'static str],
    pub sort: TypeSort,
}

/// All but the tuples, which are without number.
pub const NAMED_TYPES: &[BuiltinType] = &[
    BuiltinType::Nat,
    BuiltinType::Int,
    BuiltinType::Float,
    BuiltinType::Char,
    BuiltinType::Boolean,
    BuiltinType::Text,
    BuiltinType::Bytes,
    BuiltinType::List,
    BuiltinType::Request,
    BuiltinType::Optional,
    BuiltinType::Either,
    BuiltinType::Map,
    BuiltinType::Any,
    BuiltinType::LinkTerm,
    BuiltinType::LinkType,
    BuiltinType::Failure,
    BuiltinType::IoFailure,
    BuiltinType::MiscFailure,
    BuiltinType::IoError,
    BuiltinType::Exit,
    BuiltinType::Exception,
    BuiltinType::Io,
    BuiltinType::Remote,
    BuiltinType::RemoteBang,
    BuiltinType::Node,
    BuiltinType::Cluster,
    BuiltinType::Future,
    BuiltinType::Channel,
    BuiltinType::RemoteErr,
    BuiltinType::RemoteProgress,
    BuiltinType::RemoteStatus,
    BuiltinType::FileHandle,
    BuiltinType::Json,
    BuiltinType::Ref,
    BuiltinType::MutableArray,
    BuiltinType::Ticket,
    BuiltinType::Scope,
];

/// The longest tuple.
pub const TUPLE_MAX: u8 = 62;

const _: () = assert!(NAMED_TYPES.len() == 37, "one entry for each variant but Tuple");

/// Constructors of `IOError`, in the order of [`IoErrorKind`].
const IO_ERRORS: &[(&str, &str)] = &[
    ("AlreadyExists", "IOError"),
    ("NoSuchThing", "IOError"),
    ("ResourceBusy", "IOError"),
    ("ResourceExhausted", "IOError"),
    ("EOF", "IOError"),
    ("IllegalOperation", "IOError"),
    ("PermissionDenied", "IOError"),
    ("UserError", "IOError"),
];

/// The constructors of `IOError`, by number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IoErrorKind {
    AlreadyExists,
    NoSuchThing,
    ResourceBusy,
    ResourceExhausted,
    Eof,
    /// Nothing of this kind can be done with that.
    IllegalOperation,
    PermissionDenied,
    /// Anything else.
    UserError,
}

/// A number is the text that stands in the document, so nothing of it is lost. An object keeps its members in their order, and those of the same name, too.
const JSON: &[(&str, &str)] = &[
    ("Null", "Json"),
    ("Boolean", "Boolean -> Json"),
    ("Number", "Text -> Json"),
    ("Text", "Text -> Json"),
    ("Array", "[Json] -> Json"),
    ("Object", "[(Text, Json)] -> Json"),
];

/// Constructors of `Remote!.Err`, in the order of [`RemoteErrKind`].
const ERRORS: &[(&str, &str)] = &[
    ("Timeout", "Remote!.Err"),
    ("Msg", "Text -> Remote!.Err"),
    ("Unreachable", "Node -> Remote!.Progress -> Remote!.Err"),
    ("Busy", "Node -> Remote!.Err"),
    ("NoListener", "Remote!.Err"),
    ("Lost", "Remote!.Err"),
    ("Denied", "Text -> Remote!.Err"),
    ("OutOfBudget", "Text -> Remote!.Err"),
    ("Cancelled", "Remote!.Err"),
];

/// The constructors of `Remote!.Err`, by number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RemoteErrKind {
    Timeout,
    Msg,
    Unreachable,
    Busy,
    NoListener,
    Lost,
    Denied,
    OutOfBudget,
    Cancelled,
}

/// Constructors of `Remote!.Status`: with a value, and without one for this reason.
const STATUSES: &[(&str, &str)] =
    &[("Running", "Remote!.Status"), ("Succeeded", "Remote!.Status"), ("Failed", "Remote!.Err -> Remote!.Status")];

impl BuiltinType {
    pub fn spec(self) -> TypeSpec {
        use TypeSort::*;
        let (name, params, sort): (&str, &[&str], TypeSort) = match self {
            BuiltinType::Nat => ("Nat", &[], Opaque),
            BuiltinType::Int => ("Int", &[], Opaque),
            BuiltinType::Float => ("Float", &[], Opaque),
            BuiltinType::Char => ("Char", &[], Opaque),
            BuiltinType::Boolean => ("Boolean", &[], Opaque),
            BuiltinType::Text => ("Text", &[], Opaque),
            BuiltinType::Bytes => ("Bytes", &[], Opaque),
            BuiltinType::List => ("List", &["a"], Opaque),
            BuiltinType::Request => ("Request", &["{g}", "r"], Opaque),
            BuiltinType::Tuple(_) => ("Tuple", &[], Opaque),
            BuiltinType::Optional => ("Optional", &["a"], Data(&[("None", "Optional a"), ("Some", "a -> Optional a")])),
            BuiltinType::Either => {
                ("Either", &["a", "b"], Data(&[("Left", "a -> Either a b"), ("Right", "b -> Either a b")]))
            }
            // Of a node: size, key, value, what has smaller keys, and what has larger ones. Of a leaf: keys and their values.
            BuiltinType::Map => (
                "Map",
                &["k", "v"],
                Data(&[
                    ("Tip", "Map k v"),
                    ("Bin", "Nat -> k -> v -> Map k v -> Map k v -> Map k v"),
                    ("Leaf", "[k] -> [v] -> Map k v"),
                ]),
            ),
            BuiltinType::Any => ("Any", &[], Hidden("forall a. a -> Any")),
            BuiltinType::LinkTerm => ("Link.Term", &[], Opaque),
            BuiltinType::LinkType => ("Link.Type", &[], Opaque),
            BuiltinType::Failure => ("Failure", &[], Data(&[("Failure", "Link.Type -> Text -> Any -> Failure")])),
            BuiltinType::IoFailure => ("IOFailure", &[], Data(&[])),
            BuiltinType::MiscFailure => ("MiscFailure", &[], Data(&[])),
            BuiltinType::IoError => ("IOError", &[], Data(IO_ERRORS)),
            BuiltinType::Exit => ("IO.Exit", &[], Data(&[])),
            BuiltinType::Exception => ("Exception", &[], Ability(&[("raise", "forall x. Failure ->{Exception} x")])),
            BuiltinType::Io => ("IO", &[], RuntimeAbility),
            BuiltinType::Remote => ("Remote", &[], RuntimeAbility),
            BuiltinType::RemoteBang => ("Remote!", &[], RuntimeAbility),
            // Host key (32 bytes) and node id (16 bytes). Addresses travel beside it.
            BuiltinType::Node => ("Node", &[], Hidden("Bytes -> Node")),
            // Which cluster: 0 is the one that the run was started with, 1 the host where the code runs.
            BuiltinType::Cluster => ("Cluster", &[], Hidden("Nat -> Cluster")),
            // Home node, the home's incarnation, a 128-bit id, and milliseconds after whose end it is cancelled, from the first await on.
            BuiltinType::Future => ("Future", &["a"], Hidden("Node -> Nat -> Bytes -> Nat -> Future a")),
            // Its id, the key to listen of which that is the hash (or nothing), and the hash of its elements' type (or nothing).
            BuiltinType::Channel => ("Channel", &["a"], Hidden("Bytes -> Bytes -> Bytes -> Channel a")),
            BuiltinType::RemoteErr => ("Remote!.Err", &[], Data(ERRORS)),
            BuiltinType::RemoteProgress => (
                "Remote!.Progress",
                &[],
                Data(&[("NotStarted", "Remote!.Progress"), ("MayHaveRun", "Remote!.Progress")]),
            ),
            BuiltinType::RemoteStatus => ("Remote!.Status", &[], Data(STATUSES)),
            // Its number at the host.
            BuiltinType::FileHandle => ("IO.FileHandle", &[], Hidden("Nat -> IO.FileHandle")),
            BuiltinType::Json => ("Json", &[], Data(JSON)),
            BuiltinType::Ref => ("mutable.Ref", &["{g}", "a"], Opaque),
            BuiltinType::MutableArray => ("mutable.Array", &["{g}", "a"], Opaque),
            BuiltinType::Ticket => ("IO.ref.Ticket", &["a"], Hidden("a -> IO.ref.Ticket a")),
            BuiltinType::Scope => ("mutable.Scope", &["s"], RuntimeAbility),
        };
        TypeSpec { name, params, sort }
    }

    pub fn is_ability(self) -> bool {
        matches!(self.spec().sort, TypeSort::Ability(_) | TypeSort::RuntimeAbility)
    }

    /// A type of places whose content changes: what is of it belongs to one task, is told by identity, and does not travel.
    pub fn is_mutable(self) -> bool {
        matches!(self, BuiltinType::Ref | BuiltinType::MutableArray)
    }

    /// `IO`, `Remote`, `Remote!`, `Scope`: performed by the runtime at the node where the code runs, never by a handler.
    pub fn is_runtime_ability(self) -> bool {
        matches!(self.spec().sort, TypeSort::RuntimeAbility)
    }

    pub fn from_name(name: &str) -> Option<BuiltinType> {
        NAMED_TYPES.iter().copied().find(|ty| ty.spec().name == name)
    }
}
