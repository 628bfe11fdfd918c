//! What takes long asks whether it is still wanted, however large its arguments are: so often that little is done between two times, and it does nothing more when it is not.

use super::*;
use crate::list;
use crate::outcome::Budget;

/// Bytes or elements of the arguments, the second time four times as many.
const SIZES: [usize; 2] = [100_000, 400_000];
/// At least one question for so many bytes, and for so many elements.
const BYTES_UNASKED: usize = 1 << 16;
const ELEMENTS_UNASKED: usize = 1 << 14;

type Arguments = fn(&mut Heap, &Machine, usize) -> Vec<u64>;

fn text(heap: &mut Heap, part: &str, bytes: usize) -> u64 {
    heap.text(&part.repeat(bytes / part.len())).0
}

fn bytes(heap: &mut Heap, byte: u8, count: usize) -> u64 {
    heap.bytes_value(vec![byte; count].into()).0
}

/// Numbers in no order.
fn numbers(heap: &mut Heap, count: usize) -> u64 {
    let nat = |n: usize| Word::small_nat((n * 7919 % 1_000_003 % 251) as u64).expect("it is small");
    list::from_elements(heap, &(0..count).map(nat).collect::<Vec<_>>()).0
}

fn of_list(heap: &mut Heap, count: usize, element: fn(&mut Heap) -> Word) -> u64 {
    let elements: Vec<Word> = (0..count).map(|_| element(heap)).collect();
    list::from_elements(heap, &elements).0
}

fn json(heap: &mut Heap, machine: &Machine, document: &str) -> u64 {
    let text = heap.text(document).0;
    let parsed = run(Builtin::JsonParse, &[text, 0, 0], heap, machine).expect("it is JSON");
    Word(parsed).raw_field(0)
}

fn run(builtin: Builtin, args: &[u64], heap: &mut Heap, machine: &Machine) -> Result {
    call(builtin, Family::of(builtin), args, heap, machine)
}

/// By bytes of what they are given.
const OF_BYTES: &[(Builtin, Arguments)] = &[
    (Builtin::TextSize, |heap, _, n| vec![text(heap, "aé", n)]),
    (Builtin::TextTake, |heap, _, n| vec![n as u64 - 1, text(heap, "ab", n)]),
    (Builtin::TextIndexOf, |heap, _, n| vec![text(heap, "bb", 2), text(heap, "ab", n)]),
    (Builtin::TextIndexOf, |heap, _, n| vec![text(heap, "abb", n / 2), text(heap, "ab", n)]),
    (Builtin::TextRepeat, |heap, _, n| vec![n as u64 / 2, text(heap, "ab", 2)]),
    (Builtin::TextEq, |heap, _, n| vec![text(heap, "ab", n), text(heap, "ab", n)]),
    (Builtin::TextReverse, |heap, _, n| vec![text(heap, "aé", n)]),
    (Builtin::TextToUppercase, |heap, _, n| vec![text(heap, "aé", n)]),
    (Builtin::TextToLowercase, |heap, _, n| vec![text(heap, "ABC", n)]),
    (Builtin::TextToUtf8, |heap, _, n| vec![text(heap, "ab", n)]),
    (Builtin::TextFromUtf8, |heap, _, n| vec![bytes(heap, b'a', n)]),
    (Builtin::TextSplitOn, |heap, _, n| vec![text(heap, ",", 1), text(heap, "ab,c", n)]),
    (Builtin::TextSplitOn, |heap, _, n| vec![text(heap, ";", 1), text(heap, "ab,c", n)]),
    (Builtin::TextWords, |heap, _, n| vec![text(heap, "ab c", n)]),
    (Builtin::TextLines, |heap, _, n| vec![text(heap, "ab\r\n", n)]),
    (Builtin::TextJoin, |heap, _, n| vec![text(heap, ",", 1), of_list(heap, n / 8, |heap| heap.text("abcdefg"))]),
    (Builtin::TextJoin, |heap, _, n| vec![text(heap, ",", n / 4), of_list(heap, 5, |heap| heap.text("a"))]),
    (Builtin::TextTrim, |heap, _, n| vec![text(heap, " ", n)]),
    (Builtin::TextStartsWith, |heap, _, n| vec![text(heap, "ab", n), text(heap, "ab", n + 2)]),
    (Builtin::TextEndsWith, |heap, _, n| vec![text(heap, "ab", n), text(heap, "ab", n + 2)]),
    (Builtin::UniversalCompare, |heap, _, n| vec![text(heap, "ab", n), text(heap, "ab", n)]),
    (Builtin::UniversalEq, |heap, _, n| vec![bytes(heap, 7, n), bytes(heap, 7, n)]),
    (Builtin::BytesIndexOf, |heap, _, n| vec![bytes(heap, 8, 2), bytes(heap, 7, n)]),
    (Builtin::BytesConstantTimeEqual, |heap, _, n| vec![bytes(heap, 7, n), bytes(heap, 7, n)]),
    (Builtin::BytesToBase16, |heap, _, n| vec![bytes(heap, 7, n)]),
    (Builtin::BytesToBase64, |heap, _, n| vec![bytes(heap, 7, n)]),
    (Builtin::BytesFromBase16, |heap, _, n| vec![bytes(heap, b'7', n)]),
    (Builtin::BytesFromBase32, |heap, _, n| vec![bytes(heap, b'A', n)]),
    (Builtin::CryptoSha256, |heap, _, n| vec![bytes(heap, 7, n)]),
    (Builtin::CryptoBlake3, |heap, _, n| vec![bytes(heap, 7, n)]),
    (Builtin::NatFromText, |heap, _, n| vec![text(heap, "0", n)]),
    (Builtin::IntFromText, |heap, _, n| vec![text(heap, "0", n)]),
    (Builtin::FloatFromText, |heap, _, n| vec![text(heap, "7", n)]),
    (Builtin::JsonParse, |heap, _, n| vec![text(heap, " ", n)]),
    (Builtin::JsonParse, |heap, _, n| vec![heap.text(&format!("[\"{}\"]", "a".repeat(n))).0]),
    (Builtin::JsonParse, |heap, _, n| vec![heap.text(&format!("[{}]", "[\"\\n\"],".repeat(n / 7))).0]),
    (Builtin::JsonPrint, |heap, machine, n| vec![0, json(heap, machine, &format!("\"{}\"", "a".repeat(n)))]),
    (Builtin::ValueHash, |heap, _, n| vec![text(heap, "ab", n)]),
    (Builtin::ValueToJson, |heap, _, n| vec![text(heap, "ab", n)]),
    (Builtin::DebugToText, |heap, _, n| vec![text(heap, "ab", n)]),
];

/// By elements of what they are given.
const OF_ELEMENTS: &[(Builtin, Arguments)] = &[
    (Builtin::TextToCharList, |heap, _, n| vec![text(heap, "ab", n)]),
    (Builtin::TextFromCharList, |heap, _, n| vec![of_list(heap, n, |_| Word::char('a'))]),
    (Builtin::BytesToList, |heap, _, n| vec![bytes(heap, 7, n)]),
    (Builtin::BytesFromList, |heap, _, n| vec![numbers(heap, n)]),
    (Builtin::ListReverse, |heap, _, n| vec![numbers(heap, n)]),
    (Builtin::ListSort, |heap, _, n| vec![numbers(heap, n)]),
    (Builtin::NatRange, |_, _, n| vec![0, n as u64]),
    (Builtin::UniversalCompare, |heap, _, n| vec![numbers(heap, n), numbers(heap, n)]),
    (Builtin::ArrayToList, |heap, _, n| vec![heap.array(Word::char('a'), n).expect("nobody stops it").0]),
    (Builtin::JsonPrint, |heap, machine, n| vec![2, json(heap, machine, &format!("[{}1]", "1,".repeat(n)))]),
    (Builtin::ValueHash, |heap, _, n| vec![of_list(heap, n, |heap| heap.text("a"))]),
    (Builtin::ValueToJson, |heap, _, n| vec![numbers(heap, n)]),
    (Builtin::DebugToText, |heap, _, n| vec![numbers(heap, n)]),
];

/// How often it asks, and whether it came to its end; it is stopped when it has asked so often.
fn asked(builtin: Builtin, arguments: Arguments, size: usize, stop: u64) -> (u64, bool) {
    let machine = Machine::new();
    let mut heap = Heap::new(1 << 30, None);
    let mut args = arguments(&mut heap, &machine, size);
    args.resize(3, 0);
    heap.asked = (0.into(), stop);
    let result = run(builtin, &args, &mut heap, &machine);
    (heap.asked.0.get(), !matches!(result, Err(trap) if matches!(*trap, Trap::OutOf(Budget::Fuel | Budget::Memory))))
}

#[test]
fn between_two_questions_little_is_done_and_nothing_after_the_last() {
    for (cases, unasked) in [(OF_BYTES, BYTES_UNASKED), (OF_ELEMENTS, ELEMENTS_UNASKED)] {
        for (n, (builtin, arguments)) in cases.iter().enumerate() {
            let name = format!("{} ({n})", builtin.name());
            let [few, many] = SIZES.map(|size| asked(*builtin, *arguments, size, u64::MAX));
            assert!(few.1 && many.1, "{name}: nobody stops it");
            let wanted = (SIZES[1] - SIZES[0]) / unasked;
            assert!(many.0 >= few.0 + wanted as u64, "{name}: {} questions, and {}", few.0, many.0);
            for stop in (1..=few.0).step_by(1 + few.0 as usize / 6) {
                assert_eq!(asked(*builtin, *arguments, SIZES[0], stop), (stop, false), "{name}: stopped at {stop}");
            }
        }
    }
}
