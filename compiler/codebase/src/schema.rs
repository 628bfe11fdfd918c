//! The tables of a codebase, version 7.
//!
//! The file is marked as ours by SQLite's `application_id`; `user_version` counts the migrations that were applied. A file with more than we know is
//! refused. The texts of references are those of `hash::text`; times are milliseconds since 1970, given by the caller.
//!
//! - `settings`: `store`, 16 random bytes that identify the store; `epoch`, a random number, another one after each unclean open.
//! - `objects`: a component in canonical bytes under its hash. `kind` 0 term, 1 type; `origin` 0 added here, 1 received; `used_ms` when it was last landed.
//! - `dependencies`: which object refers to which one, for dependents. The foreign keys keep dangling objects out.
//! - `open_dependencies`: which object refers to something that is absent. A row moves to `dependencies` when that arrives.
//! - `names`: the current names. `sort` 0 term, 1 type, 2 constructor or operation (then `member` is its index and `owner` the name of the type). `reversed` is the name with
//!   its segments in reverse order, a dot behind each: all names with a given suffix are one range of it.
//! - `changes`, `name_changes`: the history of names. Each change has the one before it as its parent; `old` and `new` are references, null where there is none. `uid` is
//!   16 random bytes that identify the change wherever its history is copied to. `kind` and `what` say what was done; `reverts` is the change that an undo or redo is
//!   about, and `undone` says whether a change is taken back at present.
//! - `foreign_changes`, `foreign_name_changes`: history that was made in other codebases and came with names from there, by the `uid` of its changes.
//! - `sources`: the texts from which a definition came, under each of its names, the latest with the greatest `id`: the definition with the comments above it, and in `context` the `namespace` and `use`
//!   lines that it was read under, in `project` the project's name. `made_by` is the type whose declaration an accessor comes from; its own text is empty.
//! - `shapes`: what the type search looks up: the types of named terms (sort 0) and constructors (sort 2) as text without names of variables.
//! - `source_keys`: what checking a piece of source gave: references, separated by spaces.
//! - `results`: what a definition without parameters has been computed to, by the compiler of that version: the portable form of its value.
//! - `clean`: the state in which the files of a `place` were last found to be free of mistakes, and how many definitions they have. Both are hashes.
//! - `cells`: named values that change by compare-and-set.

/// Marks a file as a codebase: `Unis`.
pub const APPLICATION_ID: i32 = 0x556e_6973;

/// What to do to come from each version to the next one. Only ever appended to.
pub const MIGRATIONS: &[&str] = &[VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5, VERSION_6, VERSION_7];

const VERSION_1: &str = "
CREATE TABLE settings (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO settings VALUES ('store', randomblob(16)), ('epoch', random() & 0x7fffffffffffffff), ('clean', 1);

CREATE TABLE objects (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    kind INTEGER NOT NULL CHECK (kind IN (0, 1)),
    bytes BLOB NOT NULL,
    origin INTEGER NOT NULL,
    size INTEGER NOT NULL,
    used_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE dependencies (
    dependency INTEGER NOT NULL REFERENCES objects (id),
    object INTEGER NOT NULL REFERENCES objects (id),
    PRIMARY KEY (dependency, object)
) STRICT, WITHOUT ROWID;

CREATE TABLE names (
    sort INTEGER NOT NULL,
    reversed TEXT NOT NULL,
    name TEXT NOT NULL,
    reference TEXT NOT NULL,
    member INTEGER NOT NULL,
    owner TEXT,
    PRIMARY KEY (sort, reversed)
) STRICT, WITHOUT ROWID;
CREATE INDEX names_by_reference ON names (sort, reference, name);
CREATE INDEX names_by_owner ON names (owner) WHERE owner IS NOT NULL;

CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    parent INTEGER REFERENCES changes (id),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE name_changes (
    change INTEGER NOT NULL REFERENCES changes (id),
    sort INTEGER NOT NULL,
    name TEXT NOT NULL,
    old TEXT,
    new TEXT,
    PRIMARY KEY (change, sort, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
    sort INTEGER NOT NULL,
    name TEXT NOT NULL,
    reference TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (sort, name, reference)
) STRICT;

CREATE TABLE source_keys (key BLOB PRIMARY KEY, refs TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE cells (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
";

const VERSION_2: &str = "
ALTER TABLE changes ADD COLUMN uid BLOB;
ALTER TABLE changes ADD COLUMN kind TEXT NOT NULL DEFAULT 'add';
ALTER TABLE changes ADD COLUMN what TEXT NOT NULL DEFAULT '';
ALTER TABLE changes ADD COLUMN reverts INTEGER REFERENCES changes (id);
ALTER TABLE changes ADD COLUMN undone INTEGER NOT NULL DEFAULT 0;
UPDATE changes SET uid = randomblob(16);
CREATE UNIQUE INDEX changes_by_uid ON changes (uid);
CREATE INDEX name_changes_by_name ON name_changes (name);

ALTER TABLE sources ADD COLUMN context TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN project TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN made_by TEXT;
CREATE INDEX sources_by_maker ON sources (made_by) WHERE made_by IS NOT NULL;

CREATE TABLE shapes (
    sort INTEGER NOT NULL,
    reference TEXT NOT NULL,
    member INTEGER NOT NULL,
    shape TEXT NOT NULL,
    loose TEXT NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (sort, reference, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX shapes_by_shape ON shapes (shape);
CREATE INDEX shapes_by_loose ON shapes (loose);
CREATE INDEX shapes_by_result ON shapes (result);
";

const VERSION_3: &str = "
CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    sort INTEGER NOT NULL,
    name TEXT NOT NULL,
    reference TEXT NOT NULL,
    text TEXT NOT NULL,
    context TEXT NOT NULL,
    project TEXT NOT NULL,
    made_by TEXT,
    UNIQUE (sort, reference, name, text, context)
) STRICT;
INSERT INTO texts (sort, name, reference, text, context, project, made_by)
SELECT sort, name, reference, text, context, project, made_by FROM sources;
DROP TABLE sources;
ALTER TABLE texts RENAME TO sources;
CREATE INDEX sources_by_maker ON sources (made_by) WHERE made_by IS NOT NULL;
";

const VERSION_4: &str = "
CREATE TABLE foreign_changes (
    uid BLOB PRIMARY KEY CHECK (length(uid) = 16),
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    what TEXT NOT NULL
) STRICT;

CREATE TABLE foreign_name_changes (
    uid BLOB NOT NULL REFERENCES foreign_changes (uid),
    sort INTEGER NOT NULL,
    name TEXT NOT NULL,
    old TEXT,
    new TEXT,
    PRIMARY KEY (uid, sort, name)
) STRICT, WITHOUT ROWID;
";

const VERSION_5: &str = "
CREATE TABLE results (
    reference TEXT PRIMARY KEY,
    compiler TEXT NOT NULL,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE clean (
    place BLOB PRIMARY KEY CHECK (length(place) = 32),
    state BLOB NOT NULL CHECK (length(state) = 32),
    definitions INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

const VERSION_6: &str = "
CREATE TABLE open_dependencies (
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    object INTEGER NOT NULL REFERENCES objects (id),
    PRIMARY KEY (hash, object)
) STRICT, WITHOUT ROWID;
";

/// That somebody has the file open is said beside it.
const VERSION_7: &str = "
DELETE FROM settings WHERE key = 'clean';
";
