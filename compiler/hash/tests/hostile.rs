//! Bytes made to hurt: nesting, lies about counts, and what the format forbids.

use base::Hash;
use base::bytes::DecodeError;
use base::limits::TERM_DEPTH_MAX;
use hash::format::{BINDERS_MAX, ROW_DEPTH_MAX, TYPE_DEPTH_MAX};
use hash::{Kind, Object, ObjectError, dismantle, fits, hash_terms};
use kernel::{Definition, Signature, Term, Type};
use std::time::{Duration, Instant};

/// `Nat`, as a type.
const NAT: &[u8] = &[1, 0, 3, b'N', b'a', b't'];

fn verified(kind: Kind, bytes: Vec<u8>) -> Result<Object, DecodeError> {
    let context = if kind == Kind::Term { hash::format::TERM_CONTEXT } else { hash::format::TYPE_CONTEXT };
    let hash = Hash(blake3::derive_key(context, &bytes));
    Object::verified(hash, kind, bytes.into()).map_err(|error| match error {
        ObjectError::Malformed(error) => error,
        ObjectError::Mismatch { .. } => panic!("the hash is that of the bytes"),
    })
}

/// One term of type `Nat` with this body.
fn term(body: &[u8]) -> Result<Object, DecodeError> {
    verified(Kind::Term, [&[1, 1, 0], NAT, body].concat())
}

/// One term of this type, whose body is 0.
fn of_type(ty: &[u8]) -> Result<Object, DecodeError> {
    verified(Kind::Term, [&[1, 1, 0], ty, &[4, 0, 0]].concat())
}

fn nested(level: &[u8], times: usize, end: &[u8]) -> Vec<u8> {
    [&level.repeat(times), end].concat()
}

/// Runs on a stack that native recursion over a deep term would overflow.
fn on_a_stack_of(kib: usize, work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(kib << 10).spawn(work).expect("started");
    thread.join().expect("it did not fail");
}

/// What nests: its bytes for one level, and for the end.
const NESTS: &[(&str, &[u8], &[u8])] = &[
    ("lists", &[5, 1], &[4, 0, 0]),
    ("lambdas", &[7, 1], &[4, 0, 0]),
    ("arguments", &[6, 1, 3, 3, 0, 0], &[4, 0, 0]),
    ("bindings", &[8, 1], &[4, 0, 0]),
    ("bodies", &[8, 1, 4, 0, 0], &[4, 0, 0]),
    ("conditions", &[10], &[4, 0, 0]),
    ("scrutinees", &[11, 0], &[4, 0, 0]),
    ("cases", &[11, 1, 4, 0, 0, 0, 0], &[4, 0, 0]),
    ("guards", &[11, 1, 4, 0, 0, 1, 0], &[4, 0, 0]),
    ("handlers", &[12, 0, 4, 0, 0], &[4, 0, 0]),
];

#[test]
fn deep_terms_do_not_use_the_stack() {
    on_a_stack_of(256, || {
        for (what, level, end) in NESTS {
            let result = term(&nested(level, 100 << 10, end));
            assert_eq!(result.err(), Some(DecodeError::OverBudget), "{what}");
        }
        for (what, level, end) in [NESTS[0], NESTS[1], NESTS[2], NESTS[4], NESTS[9]] {
            let result = term(&nested(level, TERM_DEPTH_MAX, end));
            assert!(result.is_ok(), "{what}: {result:?}");
            let deeper = term(&nested(level, TERM_DEPTH_MAX + 1, end));
            assert_eq!(deeper.err(), Some(DecodeError::OverBudget), "{what}");
        }
        let patterns = [&[11, 1, 4, 0, 0, 0][..], &[4; 100 << 10], &[0, 4, 0, 0]].concat();
        assert_eq!(term(&patterns).err(), Some(DecodeError::OverBudget));
    });
}

#[test]
fn deep_types_do_not_use_the_stack() {
    on_a_stack_of(1024, || {
        for (what, level) in [("applications", &[2][..]), ("foralls", &[5, 1]), ("results", &[3, 0, 0, 1, 3, 0])] {
            assert_eq!(of_type(&nested(level, 50_000, NAT)).err(), Some(DecodeError::OverBudget), "{what}");
        }
        assert!(of_type(&nested(&[5, 1], TYPE_DEPTH_MAX, NAT)).is_ok());
        assert_eq!(of_type(&nested(&[5, 1], TYPE_DEPTH_MAX + 1, NAT)).err(), Some(DecodeError::OverBudget));
        let rows = |times| [&[6, 1, 2][..], NAT].concat().repeat(times);
        let row_type = |times: usize| [rows(times), NAT.to_vec(), [0].repeat(times)].concat();
        assert!(of_type(&row_type(ROW_DEPTH_MAX)).is_ok());
        assert_eq!(of_type(&row_type(ROW_DEPTH_MAX + 1)).err(), Some(DecodeError::OverBudget));
        assert_eq!(of_type(&row_type(9_999)).err(), Some(DecodeError::OverBudget));
    });
}

#[test]
fn definitions_of_our_own_may_be_too_deep_to_be_sent() {
    on_a_stack_of(256, || {
        let mut body = Term::List(vec![]);
        for _ in 0..4 * TERM_DEPTH_MAX {
            body = Term::Lambda(1, Box::new(body));
        }
        let definition = Definition { signature: Signature { ty: Type::unit(), by_name: false }, body };
        let hashed = hash_terms(std::slice::from_ref(&definition));
        dismantle(definition);
        assert!(!fits(&hashed));
        let definitions = hashed.object.terms().expect("terms");
        assert_eq!(definitions.len(), 1);
        definitions.into_iter().for_each(dismantle);
    });
}

#[test]
fn false_counts_cost_nothing() {
    let start = Instant::now();
    // Each level says that it has as many elements as there are bytes left.
    let mut bytes = Vec::new();
    for left in (0..10_000usize).rev() {
        let count = left * 4;
        bytes.extend([5, count as u8 & 0x7f | 0x80, (count >> 7) as u8 & 0x7f | 0x80, (count >> 14) as u8]);
    }
    assert!(term(&bytes).is_err());
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn what_the_format_forbids_is_refused() {
    let nat = [4, 0, 0];
    let refused = |result: Result<Object, DecodeError>| result.map(|_| ()).expect_err("refused").to_string();
    let cases: &[(&[u8], &str)] = &[
        (&[0, 0], "a variable that is not in scope"),
        (&[7, 1, 0, 1], "a variable that is not in scope"),
        (&[11, 1, 4, 0, 0, 0, 0, 0, 0], "a variable that is not in scope"),
        (&[7, 0, 4, 0, 0], "a binder of no variable"),
        (&[8, 0, 4, 0, 0], "a binder of no variable"),
        (&[9, 1, 4, 0, 0, 4, 0, 0], "a recursive binding that is not a lambda"),
        (&[6, 0, 4, 0, 0], "an application to nothing"),
        (&[6, 1, 6, 1, 4, 0, 0, 4, 0, 0, 4, 0, 0], "an application of an application"),
        (&[4, 2, 1, 0, 0, 0, 0, 0, 0xf0, 0x7f], "a NaN that is not the canonical one"),
        (&[11, 1, 4, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0], "a float as a pattern"),
        (&[4, 0, 0x80, 0], "a number is not in its shortest form"),
        (&[4, 3, 0x80, 0xb0, 3], "unknown character 55296"),
        (&[4, 6, 1, 0xff], "text is not UTF-8"),
        (&[1, 0, 3, b'x', b'y', b'z'], "a builtin that is not known here"),
        (&[1, 2, 1], "a reference to a member that the component does not have"),
        (&[15, 2, 0], "a reference to a member that the component does not have"),
        (&[15, 3, 1], "unknown tuple 1"),
        (&[13, 2, 3, 2, 3, 2], "a row that is not in order"),
        (&[13, 2, 3, 3, 3, 2], "a row that is not in order"),
        (&[16], "unknown term 16"),
        (&[5, 1], "the bytes end too early"),
    ];
    for (body, expected) in cases {
        assert_eq!(&refused(term(body)), expected, "{body:?}");
    }
    assert_eq!(refused(term(&[&nat[..], &[0]].concat())), "1 bytes too many");
    let types: &[(&[u8], &str)] = &[
        (&[0, 0], "a type variable that is not in scope"),
        (&[5, 0, 1, 3, 0], "a binder of no variable"),
        (&[5, 1, 6, 0, 2, 0, 0], "a row that is not in order"),
        (&[6, 1, 5, 1, 1, 3, 0, 0], "a row with something that is not an ability"),
        (&[1, 2, 0], "a reference to a member that the component does not have"),
        (&[7], "unknown type 7"),
    ];
    for (ty, expected) in types {
        assert_eq!(&refused(of_type(ty)), expected, "{ty:?}");
    }
    let many = |n: u32| [&[7][..], &[n as u8 & 0x7f | 0x80, (n >> 7) as u8], &nat].concat();
    assert!(term(&many(BINDERS_MAX)).is_ok());
    assert_eq!(term(&many(BINDERS_MAX + 1)).err(), Some(DecodeError::OverBudget));
    assert_eq!(refused(verified(Kind::Term, vec![2, 1])), "unknown version 2");
    assert_eq!(refused(verified(Kind::Term, vec![1, 0])), "a component without members");
    // A declaration with one constructor that says it has one field, and has none.
    let declaration = [&[1, 1, 0, 0, 0, 1, 1, b'C', 0, 1], NAT].concat();
    assert_eq!(refused(verified(Kind::Type, declaration)), "a constructor with fewer fields than it says");
}
