//! Numbers, truth values and characters.

use super::asking::Asked;
use super::{Call, Result, category, decimal, float_bits};
use crate::heap::Heap;
use crate::trap::Trap;
use builtin::Builtin;

/// What is wrong with a program that divides by zero.
pub(crate) const DIVISION_BY_ZERO: &str = "division by zero";

/// The result if it is a builtin of this file.
pub(super) fn call(builtin: Builtin, args: &[u64], call: &mut Call<'_>) -> Option<Result> {
    let (a, b) = (args[0], args[1]);
    let (i, j) = (a as i64, b as i64);
    let (x, y) = (f64::from_bits(a), f64::from_bits(b));
    let c = u32::try_from(a).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
    Some(Ok(match builtin {
        Builtin::NatAdd | Builtin::IntAdd => a.wrapping_add(b),
        Builtin::NatSub | Builtin::NatDrop => a.saturating_sub(b),
        Builtin::NatMul | Builtin::IntMul => a.wrapping_mul(b),
        Builtin::NatDiv | Builtin::NatMod if b == 0 => return Some(Trap::fault(DIVISION_BY_ZERO)),
        Builtin::NatDiv => a / b,
        Builtin::NatMod => a % b,
        Builtin::NatPow | Builtin::IntPow => power(a, b),
        Builtin::NatDifference | Builtin::IntSub => a.wrapping_sub(b),
        Builtin::NatIncrement => a.wrapping_add(1),
        Builtin::NatIsEven => u64::from(a % 2 == 0),
        Builtin::NatIsOdd => a % 2,
        Builtin::NatEq | Builtin::IntEq => u64::from(a == b),
        Builtin::NatLt => u64::from(a < b),
        Builtin::NatLteq => u64::from(a <= b),
        Builtin::NatGt => u64::from(a > b),
        Builtin::NatGteq => u64::from(a >= b),
        Builtin::NatAnd => a & b,
        Builtin::NatOr => a | b,
        Builtin::NatXor => a ^ b,
        Builtin::NatComplement => !a,
        Builtin::NatShiftLeft => shift(b).map_or(0, |by| a << by),
        Builtin::NatShiftRight => shift(b).map_or(0, |by| a >> by),
        Builtin::NatPopCount => u64::from(a.count_ones()),
        Builtin::NatLeadingZeros => u64::from(a.leading_zeros()),
        Builtin::NatTrailingZeros => u64::from(a.trailing_zeros()),
        Builtin::NatToInt => a,
        Builtin::NatToFloat => float_bits(a as f64),
        Builtin::NatToText => call.heap.text(&a.to_string()).0,
        Builtin::NatFromText => return Some(parsed(call, parse_nat, |call, n| call.heap.nat(n))),
        Builtin::NatToTextBase => return Some(to_text_base(call, a, b)),
        Builtin::NatFromTextBase => return Some(from_text_base(call, a)),
        Builtin::IntDiv | Builtin::IntMod if b == 0 => return Some(Trap::fault(DIVISION_BY_ZERO)),
        Builtin::IntDiv => floor_div(i, j) as u64,
        Builtin::IntMod => i.wrapping_sub(floor_div(i, j).wrapping_mul(j)) as u64,
        Builtin::IntNegate => i.wrapping_neg() as u64,
        Builtin::IntSignum => i.signum() as u64,
        Builtin::IntLt => u64::from(i < j),
        Builtin::IntLteq => u64::from(i <= j),
        Builtin::IntGt => u64::from(i > j),
        Builtin::IntGteq => u64::from(i >= j),
        Builtin::IntTruncate0 => i.max(0) as u64,
        Builtin::IntToFloat => float_bits(i as f64),
        Builtin::IntToText => call.heap.text(&i.to_string()).0,
        Builtin::IntFromText => return Some(parsed(call, parse_int, |call, n| call.heap.int(n))),
        Builtin::IntShiftRight => (i >> b.min(63)) as u64,
        Builtin::IntToRepresentation | Builtin::IntFromRepresentation => a,
        Builtin::FloatAdd => float_bits(x + y),
        Builtin::FloatSub => float_bits(x - y),
        Builtin::FloatMul => float_bits(x * y),
        Builtin::FloatDiv => float_bits(x / y),
        Builtin::FloatEq => u64::from(x == y),
        Builtin::FloatLt => u64::from(x < y),
        Builtin::FloatLteq => u64::from(x <= y),
        Builtin::FloatGt => u64::from(x > y),
        Builtin::FloatGteq => u64::from(x >= y),
        Builtin::FloatSqrt => float_bits(x.sqrt()),
        Builtin::FloatPow => float_bits(x.powf(y)),
        Builtin::FloatExp => float_bits(x.exp()),
        Builtin::FloatLog => float_bits(x.ln()),
        Builtin::FloatSin => float_bits(x.sin()),
        Builtin::FloatCos => float_bits(x.cos()),
        Builtin::FloatAbs => float_bits(x.abs()),
        Builtin::FloatTan => float_bits(x.tan()),
        Builtin::FloatAsin => float_bits(x.asin()),
        Builtin::FloatAcos => float_bits(x.acos()),
        Builtin::FloatAtan => float_bits(x.atan()),
        Builtin::FloatSinh => float_bits(x.sinh()),
        Builtin::FloatCosh => float_bits(x.cosh()),
        Builtin::FloatTanh => float_bits(x.tanh()),
        Builtin::FloatAsinh => float_bits(x.asinh()),
        Builtin::FloatAcosh => float_bits(x.acosh()),
        Builtin::FloatAtanh => float_bits(x.atanh()),
        Builtin::FloatAtan2 => float_bits(x.atan2(y)),
        Builtin::FloatFloor => float_bits(x.floor()),
        Builtin::FloatCeiling => float_bits(x.ceil()),
        Builtin::FloatRound => float_bits(x.round_ties_even()),
        Builtin::FloatTruncate => float_bits(x.trunc()),
        Builtin::FloatUnsafeToInt => x as i64 as u64,
        Builtin::FloatToRepresentation => a,
        Builtin::FloatFromRepresentation => float_bits(x),
        Builtin::FloatToSinglePrecision => u64::from((x as f32).to_bits()),
        Builtin::FloatFromSinglePrecision => float_bits(f64::from(f32::from_bits(a as u32))),
        Builtin::FloatToText => call.heap.text(&float_text(x)).0,
        Builtin::FloatFromText => return Some(parsed(call, decimal::float, |call, x| call.heap.float(float_bits(x)))),
        Builtin::CharToNat => a,
        Builtin::CharFromNat => {
            u64::from(u32::try_from(a).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER) as u32)
        }
        Builtin::CharToText => call.heap.text(c.encode_utf8(&mut [0; 4])).0,
        Builtin::CharCategory => category::of(c) as u64,
        Builtin::CharIsUpper => u64::from(c.is_uppercase()),
        Builtin::CharIsLower => u64::from(c.is_lowercase()),
        Builtin::CharIsWhitespace => u64::from(c.is_whitespace()),
        Builtin::CharToLowercase => u64::from(u32::from(single(c.to_lowercase(), c))),
        Builtin::CharToUppercase => u64::from(u32::from(single(c.to_uppercase(), c))),
        _ => return None,
    }))
}

/// A case mapping if it is one character; else the character stays.
fn single(mut mapped: impl Iterator<Item = char>, c: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(other), None) => other,
        _ => c,
    }
}

fn shift(by: u64) -> Option<u32> {
    u32::try_from(by).ok().filter(|by| *by < 64)
}

/// `base` to the `exponent`, modulo 2^64; so it serves both signs.
fn power(mut base: u64, mut exponent: u64) -> u64 {
    let mut result = 1u64;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    result
}

/// Rounds towards minus infinity.
fn floor_div(a: i64, b: i64) -> i64 {
    let quotient = a.wrapping_div(b);
    let exact = a.wrapping_rem(b) == 0;
    if exact || (a < 0) == (b < 0) { quotient } else { quotient - 1 }
}

/// The bases for which there are digits: 0 to 9, then letters.
fn digits_of(base: u64) -> Option<u32> {
    u32::try_from(base).ok().filter(|base| (2..=36).contains(base))
}

fn to_text_base(call: &mut Call<'_>, base: u64, mut n: u64) -> Result {
    let Some(radix) = digits_of(base) else { return Ok(call.optional(None).0) };
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit((n % base) as u32, radix));
        n /= base;
        if n == 0 {
            break;
        }
    }
    let text = call.heap.text(&digits.iter().rev().collect::<String>());
    Ok(call.optional(Some(text)).0)
}

fn from_text_base(call: &mut Call<'_>, base: u64) -> Result {
    let text = decimal::without_zeros(call.heap, call.text(1)?)?.unwrap_or_default();
    let number = digits_of(base)
        .filter(|_| text.bytes().all(|b| b.is_ascii_alphanumeric()))
        .and_then(|radix| u64::from_str_radix(text, radix).ok());
    let value = number.map(|number| call.heap.nat(number));
    Ok(call.optional(value).0)
}

fn parsed<T>(
    call: &mut Call<'_>,
    parse: fn(&Heap, &str) -> Asked<Option<T>>,
    value: fn(&mut Call<'_>, T) -> crate::word::Word,
) -> Result {
    let number = parse(call.heap, call.text(0)?)?;
    let value = number.map(|number| value(call, number));
    Ok(call.optional(value).0)
}

fn parse_nat(heap: &Heap, text: &str) -> Asked<Option<u64>> {
    let digits = decimal::without_zeros(heap, text)?.filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    Ok(digits.and_then(|digits| digits.parse().ok()))
}

fn parse_int(heap: &Heap, text: &str) -> Asked<Option<i64>> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let magnitude = parse_nat(heap, digits)?;
    Ok(magnitude.and_then(|n| if text.starts_with('-') { 0i64.checked_sub_unsigned(n) } else { i64::try_from(n).ok() }))
}

/// The fewest digits that read back as the same number, always with a point: plain from 0.1 up to 10^7, else with an exponent.
pub(crate) fn float_text(x: f64) -> String {
    if x.is_nan() {
        return "NaN".into();
    }
    if x.is_infinite() {
        return if x > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if x == 0.0 || (0.1..1e7).contains(&x.abs()) {
        return format!("{x:?}");
    }
    let text = format!("{x:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}e{exponent}")
}
