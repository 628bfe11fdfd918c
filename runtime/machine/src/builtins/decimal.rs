//! Numbers from texts of any length: one that is long is made short first, in pieces, and then means the same.

use super::asking::{self, Asked, PIECE_BYTES};
use crate::heap::Heap;
use std::fmt::Write;

/// Digits of the largest natural number in base 2.
const DIGITS_MAX: usize = 64;
/// Digits that decide about a float; of the others it matters whether they are all zero.
const SIGNIFICANT: usize = 800;
/// Beyond this power of ten a number is zero or infinite, whatever its digits are.
const POWER_MAX: i64 = 1_000_000;

/// Without zeros before the number, of which one stays if there is nothing else. None: there are more digits than any number has, or it is no number.
pub(super) fn without_zeros<'a>(heap: &Heap, text: &'a str) -> Asked<Option<&'a str>> {
    let zeros = asking::before(heap, text.as_bytes(), |byte| byte != b'0')?;
    let start = if zeros == text.len() { zeros.saturating_sub(1) } else { zeros };
    // A zero has one byte.
    let digits = &text[start..];
    Ok((digits.len() <= DIGITS_MAX).then_some(digits))
}

pub(super) fn float(heap: &Heap, text: &str) -> Asked<Option<f64>> {
    if text.len() > PIECE_BYTES {
        return Ok(shortened(heap, text)?.and_then(|text| text.parse().ok()));
    }
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    Ok(is_plain.then(|| text.parse().ok()).flatten())
}

/// The same number in a few digits, if it is one.
fn shortened(heap: &Heap, text: &str) -> Asked<Option<String>> {
    let (is_negative, rest) = signed(text.as_bytes());
    let (whole, rest) = digits(heap, rest)?;
    let (fraction, rest) = match rest.strip_prefix(b".") {
        Some(rest) => digits(heap, rest)?,
        None => (&[][..], rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Ok(None);
    }
    let Some(power) = power(heap, rest)? else { return Ok(None) };
    let zeros = asking::before(heap, whole, |byte| byte != b'0')?;
    let whole = &whole[zeros..];
    let zeros = if whole.is_empty() { asking::before(heap, fraction, |byte| byte != b'0')? } else { 0 };
    let fraction = &fraction[zeros..];
    let (first, others) = whole.split_at(whole.len().min(SIGNIFICANT));
    let (second, rest) = fraction.split_at(fraction.len().min(SIGNIFICANT - first.len()));
    let mut short = String::from(if is_negative { "-0.0" } else { "0.0" });
    short.extend(first.iter().chain(second).map(|byte| char::from(*byte)));
    for others in [others, rest] {
        let is_zero = asking::before(heap, others, |byte| byte != b'0')? == others.len();
        short.push(if is_zero { '0' } else { '1' });
    }
    // One place is the zero behind the point.
    let power = (power + 1 + whole.len() as i64 - zeros as i64).clamp(-POWER_MAX, POWER_MAX);
    write!(short, "e{power}").expect("writing to a String does not fail");
    Ok(Some(short))
}

fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    }
}

/// The digits that come first, and what comes behind them.
fn digits<'a>(heap: &Heap, text: &'a [u8]) -> Asked<(&'a [u8], &'a [u8])> {
    let count = asking::before(heap, text, |byte| !byte.is_ascii_digit())?;
    Ok(text.split_at(count))
}

/// The power of ten at the end of a number; 0 if there is none.
fn power(heap: &Heap, text: &[u8]) -> Asked<Option<i64>> {
    let Some(text) = text.strip_prefix(b"e").or_else(|| text.strip_prefix(b"E")) else {
        return Ok(text.is_empty().then_some(0));
    };
    let (is_negative, text) = signed(text);
    let (power, rest) = digits(heap, text)?;
    if power.is_empty() || !rest.is_empty() {
        return Ok(None);
    }
    let zeros = asking::before(heap, power, |byte| byte != b'0')?;
    let digit = |n: i64, byte: &u8| n.saturating_mul(10).saturating_add(i64::from(byte - b'0'));
    // As large as any text is long, so that it cannot be made up for.
    let power = power[zeros..].iter().take(18).fold(0, digit);
    Ok(Some(if is_negative { -power } else { power }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same whether it is made short or not.
    #[track_caller]
    fn check(text: &str) {
        let heap = Heap::new(1 << 20, None);
        let short = shortened(&heap, text).expect("nobody stops it").map(|text| text.parse::<f64>());
        assert_eq!(short, text.parse::<f64>().ok().map(Ok), "{text:.40}");
    }

    #[test]
    fn a_float_made_short_is_the_same_one() {
        for text in ["0", "-0", "1", "+1.5", "-12.75e3", "1e400", "1e-400", "5.", ".5", "000.00125e-2", "1e0000000005"]
        {
            check(text);
        }
        for text in ["", ".", "-", "e5", "1e", "1e+", "1.2.3", "1x", "+-1", "1e5 "] {
            check(text);
        }
        let (zeros, nines) = ("0".repeat(2_000), "9".repeat(2_000));
        check(&format!("{zeros}1.5"));
        check(&format!("0.{zeros}15e2000"));
        check(&format!("1{zeros}e-2000"));
        check(&format!("{nines}e-2000"));
        check(&format!("1.{zeros}1"));
        // Half way between two floats, and a little more than that.
        check(&format!("9007199254740993.{zeros}"));
        check(&format!("9007199254740993.{zeros}1"));
        check(&format!("1e{nines}"));
        check(&format!("1e-{nines}"));
    }

    #[test]
    fn zeros_before_a_number_do_not_count() {
        let heap = Heap::new(1 << 20, None);
        let without = |text: &str| without_zeros(&heap, text).expect("nobody stops it").map(str::to_string);
        let zeros = "0".repeat(200_000);
        for (text, expected) in [("0", "0"), ("", ""), ("007", "7"), ("0x", "x"), ("é", "é")] {
            assert_eq!(without(text).as_deref(), Some(expected));
        }
        assert_eq!(without(&zeros).as_deref(), Some("0"));
        assert_eq!(without(&format!("{zeros}42")).as_deref(), Some("42"));
        assert_eq!(without(&format!("1{zeros}")), None);
    }
}
