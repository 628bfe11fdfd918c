//! Futures and channels as values: what can be made of them without asking the host.

use super::{Call, Result, wrong_type};
use crate::blob::Blob;
use crate::machine::DescRef;
use crate::trap::Trap;
use crate::word::{ObjectKind, Word};
use builtin::Builtin;
use kernel::TypeRef;

/// What the hash of a channel's key is derived with. Hosts derive it with the same.
pub const CHANNEL_CONTEXT: &str = "unison-rust 2026 channel v1";

/// What the hash of the type of a channel's elements is derived with.
const ELEMENT_CONTEXT: &str = "unison-rust 2026 channel element v1";

/// The result if it is a builtin of this file.
pub(super) fn call(builtin: Builtin, call: &mut Call<'_>) -> Option<Result> {
    Some(match builtin {
        Builtin::FutureTimeout => timeout(call),
        Builtin::ChannelSendOnly => send_only(call),
        Builtin::ChannelOf => channel_of(call),
        _ => return None,
    })
}

/// A value of a type with one constructor.
fn constructed(word: Word, descriptor: DescRef, name: &str) -> std::result::Result<Word, Box<Trap>> {
    if word.descriptor() == Some(descriptor) { Ok(word) } else { wrong_type(name) }
}

/// The future with a limit; the shorter one, if it has one.
fn timeout(call: &mut Call<'_>) -> Result {
    let future = constructed(call.word(1), call.machine.known.future, "Future")?;
    let fields = [0, 1, 2, 3].map(|field| future.raw_field(field));
    let limited = [fields[0], fields[1], fields[2], fields[3].min(call.args[0])];
    Ok(call.heap.constructed(call.machine.known.future, &limited).0)
}

fn send_only(call: &mut Call<'_>) -> Result {
    let channel = constructed(call.word(0), call.machine.known.channel, "Channel")?;
    let (id, element) = (channel.raw_field(0), channel.raw_field(2));
    let none = call.heap.bytes_value([].into());
    Ok(call.heap.constructed(call.machine.known.channel, &[id, none.0, element]).0)
}

/// The channel of this name at a node: its key says which node, so that only there anyone can listen.
fn channel_of(call: &mut Call<'_>) -> Result {
    let node = constructed(call.word(2), call.machine.known.node, "Node")?;
    let Some(node) = call.heap.as_bytes(Word(node.raw_field(0))) else { return wrong_type("Node") };
    let key = [node, call.text(0)?.as_bytes()].concat();
    let element = element_hash(link(call)?);
    let id = blake3::derive_key(CHANNEL_CONTEXT, &key);
    call.heap.charge_bytes(key.len());
    let fields = [id.as_slice().into(), key.into(), element.as_slice().into()];
    let fields = fields.map(|bytes| call.heap.bytes_value(bytes).0);
    Ok(call.heap.constructed(call.machine.known.channel, &fields).0)
}

fn link(call: &Call<'_>) -> std::result::Result<TypeRef, Box<Trap>> {
    let word = call.word(1);
    match word.plain() {
        Some((ObjectKind::Opaque, _)) => match call.heap.blob(word) {
            Blob::TypeLink(ty) => Ok(*ty),
            _ => wrong_type("Link.Type"),
        },
        _ => wrong_type("Link.Type"),
    }
}

fn element_hash(ty: TypeRef) -> [u8; 32] {
    let bytes = match ty {
        TypeRef::Builtin(ty) => format!("##{}", ty.spec().name).into_bytes(),
        TypeRef::Def(id) => [id.component.0.as_slice(), &id.index.to_le_bytes()].concat(),
        TypeRef::Cycle(_) => Vec::new(),
    };
    blake3::derive_key(ELEMENT_CONTEXT, &bytes)
}
