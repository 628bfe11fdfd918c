//! Every pure builtin, as a table of applications and results.

mod support;

use builtin::{ALL_BUILTINS, Class};
use machine::Limits;
use support::World;

const TABLE: &str = r#"
(Nat.+ 1 2) = 3
(Nat.+ 18446744073709551615 2) = 1
(Nat.+ 1152921504606846975 1) = 1152921504606846976
(Nat.- 7 2) = 5
(Nat.- 2 7) = 0
(Nat.* 6 7) = 42
(Nat.* 9223372036854775808 2) = 0
(Nat./ 7 2) = 3
(Nat./ 7 0) = fault: division by zero
(Nat.mod 7 2) = 1
(Nat.mod 7 0) = fault: division by zero
(Nat.pow 2 10) = 1024
(Nat.pow 2 64) = 0
(Nat.pow 0 0) = 1
(Nat.drop 2 7) = 0
(Nat.sub 2 7) = -5
(Nat.increment 1) = 2
(Nat.isEven 4) = true
(Nat.isOdd 4) = false
(Nat.eq 1 1) = true
(Nat.lt 1 1) = false
(Nat.lteq 1 1) = true
(Nat.gt 2 1) = true
(Nat.gteq 0 1) = false
(Nat.and 6 3) = 2
(Nat.or 6 3) = 7
(Nat.xor 6 3) = 5
(Nat.complement 0) = 18446744073709551615
(Nat.shiftLeft 1 63) = 9223372036854775808
(Nat.shiftLeft 1 64) = 0
(Nat.shiftRight 256 4) = 16
(Nat.popCount 255) = 8
(Nat.leadingZeros 1) = 63
(Nat.trailingZeros 8) = 3
(Nat.toInt 18446744073709551615) = -1
(Nat.toFloat 3) = 3.0
(Nat.toText 42) = "42"
(Nat.fromText "42") = Some 42
(Nat.fromText "18446744073709551616") = None
(Nat.fromText "+1") = None
(Nat.fromText "") = None
(Nat.toTextBase 16 255) = Some "ff"
(Nat.toTextBase 2 0) = Some "0"
(Nat.toTextBase 37 1) = None
(Nat.fromTextBase 16 "fF") = Some 255
(Nat.fromTextBase 2 "12") = None
(Nat.fromTextBase 16 "+1") = None
(Nat.fromTextBase 16 "10000000000000000") = None
(Nat.fromTextBase 1 "0") = None
(Nat.range.impl 2 5) = [2, 3, 4]
(Nat.range.impl 5 2) = []
(Int.shiftRight -8 1) = -4
(Int.shiftRight -8 99) = -1
(Int.toRepresentation -1) = 18446744073709551615
(Int.fromRepresentation 18446744073709551615) = -1
(Int.+ +9223372036854775807 +1) = -9223372036854775808
(Int.- +2 +7) = -5
(Int.* -3 +7) = -21
(Int./ -7 +2) = -4
(Int./ +7 -2) = -4
(Int./ -7 -2) = +3
(Int./ -9223372036854775808 -1) = -9223372036854775808
(Int./ +7 +0) = fault: division by zero
(Int.mod -7 +2) = +1
(Int.mod +7 -2) = -1
(Int.mod -9223372036854775808 -1) = +0
(Int.pow -2 3) = -8
(Int.negate +5) = -5
(Int.signum -5) = -1
(Int.eq +1 -1) = false
(Int.lt -1 +0) = true
(Int.lteq +1 +0) = false
(Int.gt +1 -1) = true
(Int.gteq -1 +1) = false
(Int.truncate0 -5) = 0
(Int.truncate0 +5) = 5
(Int.toFloat -2) = -2.0
(Int.toText -2) = "-2"
(Int.fromText "-2") = Some -2
(Int.fromText "+2") = Some +2
(Int.fromText "2x") = None
(Float.+ 1.5 2.25) = 3.75
(Float.- 1.5 2.25) = -0.75
(Float.* 1.5 2.0) = 3.0
(Float./ 1.0 4.0) = 0.25
(Float./ 1.0 0.0) = Infinity
(Float.eq (Float./ 0.0 0.0) (Float./ 0.0 0.0)) = false
(Universal.== (Float./ 0.0 0.0) (Float./ 0.0 0.0)) = true
(Float.lt 1.0 2.0) = true
(Float.lteq 2.0 1.0) = false
(Float.gt 1.0 2.0) = false
(Float.gteq 2.0 2.0) = true
(Float.sqrt 2.25) = 1.5
(Float.pow 2.0 0.5) = 1.4142135623730951
(Float.exp 0.0) = 1.0
(Float.log 1.0) = 0.0
(Float.sin 0.0) = 0.0
(Float.cos 0.0) = 1.0
(Float.abs -1.5) = 1.5
(Float.tan 0.0) = 0.0
(Float.asin 1.0) = 1.5707963267948966
(Float.acos 1.0) = 0.0
(Float.acos 2.0) = NaN
(Float.atan 1.0) = 0.7853981633974483
(Float.atan2 1.0 -1.0) = 2.356194490192345
(Float.sinh 0.0) = 0.0
(Float.cosh 0.0) = 1.0
(Float.tanh 0.0) = 0.0
(Float.asinh 0.0) = 0.0
(Float.acosh 1.0) = 0.0
(Float.atanh 0.0) = 0.0
(Float.floor -1.5) = -2.0
(Float.ceiling -1.5) = -1.0
(Float.round 2.5) = 2.0
(Float.truncate -1.5) = -1.0
(Float.unsafeToInt -1.5) = -1
(Float.unsafeToInt 1e30) = +9223372036854775807
(Float.toRepresentation 1.0) = 4607182418800017408
(Float.fromRepresentation 4607182418800017408) = 1.0
(Float.fromRepresentation 18446744073709551615) = NaN
(Float.toSinglePrecision 1.0) = 1065353216
(Float.fromSinglePrecision 1065353216) = 1.0
(Float.toText 1.0) = "1.0"
(Float.toText 0.001) = "1.0e-3"
(Float.toText 12345678.9) = "1.23456789e7"
(Float.toText 9999999.0) = "9999999.0"
(Float.toText 1e300) = "1.0e300"
(Float.fromText "1.5e3") = Some 1500.0
(Float.fromText "inf") = None
(Universal.== (list 1 (tuple "a" ?b)) (list 1 (tuple "a" ?b))) = true
(Universal.!= Optional.None (Optional.Some 1)) = true
(Universal.< Optional.None (Optional.Some 1)) = true
(Universal.<= (list 1 2) (list 1)) = false
(Universal.> "b" "ab") = true
(Universal.>= 0xs00 0xs0000) = false
(Universal.compare (list 1 2) (list 1 3)) = -1
(Universal.compare -5 +3) = -1
(Universal.compare 2.0 1.0) = +1
(Universal.compare true false) = +1
(Universal.== (Map.Bin 2 1 "a" Map.Tip (Map.Bin 1 2 "b" Map.Tip Map.Tip)) (Map.Bin 2 2 "b" (Map.Bin 1 1 "a" Map.Tip Map.Tip) Map.Tip)) = true
(Universal.< (Map.Bin 1 1 "a" Map.Tip Map.Tip) (Map.Bin 1 1 "b" Map.Tip Map.Tip)) = true
(Universal.== (Map.Leaf (list 1 2) (list "a" "b")) (Map.Bin 2 2 "b" (Map.Leaf (list 1) (list "a")) Map.Tip)) = true
(Universal.compare (Map.Bin 2 1 "a" Map.Tip (Map.Leaf (list 2) (list "b"))) (Map.Leaf (list 1 2) (list "a" "a"))) = +1
(Universal.== (Map.Leaf 1 2) Map.Tip) = true
(Universal.compare Map.Tip (Map.Bin 1 1 "a" Map.Tip Map.Tip)) = -1
(Universal.== (lam (x) x) (lam (y) 1)) = fault: cannot compare functions
(Boolean.not true) = false
(bug (tuple 1 "x")) = fault: bug: (1, "x")
(todo "later") = fault: todo: "later"
(Any.unsafeExtract (Any.Any 3)) = 3
(Json.parse.impl "[true, {}, []]") = Right (Array [Boolean true, Object [], Array []])
(Json.parse.impl "[1,]") = Left (3, "expected a value")
(Json.parse.impl "01") = Left (0, "a number does not begin with zeros")
(Json.parse.impl "[1 2]") = Left (3, "expected `,` or `]`")
(Json.parse.impl "é x") = Left (0, "expected a value")
(Json.print.impl 0 (Json.Array (list Json.Null (Json.Text "a\n") (Json.Number "1") (Json.Number "x")))) = "[null,\"a\\n\",1,\"x\"]"
(Json.print.impl 2 (Json.Object (list (tuple "a" (Json.Boolean true)) (tuple "b" (Json.Array (list)))))) = "{\n  \"a\": true,\n  \"b\": []\n}"
(Json.print.impl 0 1) = fault: expected a value of type Json
(Any.unsafeExtract 3) = fault: expected a value of type Any
(Debug.toDebugText (Optional.Some (Optional.Some -1))) = "Some (Some -1)"
(Debug.toDebugText (tuple "q" ?x 1.5 (list) 0xsff)) = "(\"q\", ?x, 1.5, [], 0xsff)"
(Debug.toDebugText (Optional.Some (Map.Bin 2 1 "a" Map.Tip (Map.Bin 1 2 "b" Map.Tip Map.Tip)))) = "Some (Map.fromList [(1, \"a\"), (2, \"b\")])"
(Debug.toDebugText (Map.Bin 3 2 "b" (Map.Leaf (list 1) (list "a")) (Map.Leaf (list 3 4) (list "c" "d")))) = "Map.fromList [(1, \"a\"), (2, \"b\"), (3, \"c\"), (4, \"d\")]"
(Debug.toDebugText (Map.Leaf (list 1) (list))) = "Leaf [1] []"
(Debug.toDebugText (Map.Bin 1 Map.Tip 2 3 4)) = "Map.fromList [(Map.empty, 2)]"
(Text.++ "ab" "cd") = "abcd"
(Text.size "aé☃") = 3
(Text.take 2 "aé☃") = "aé"
(Text.take 9 "aé☃") = "aé☃"
(Text.drop 1 "aé☃") = "é☃"
(Text.drop 3 "aé☃") = ""
(Text.indexOf "☃" "aé☃") = Some 2
(Text.indexOf "x" "aé☃") = None
(Text.repeat 3 "ab") = "ababab"
(Text.eq "a" "a") = true
(Text.uncons "éa") = Some (?é, "a")
(Text.uncons "") = None
(Text.unsnoc "aé") = Some ("a", ?é)
(Text.toCharList "aé") = [?a, ?é]
(Text.fromCharList (list ?a ?é)) = "aé"
(Text.fromCharList (list 1)) = fault: expected a value of type Char
(Text.reverse "aé☃") = "☃éa"
(Text.toUppercase "aß") = "ASS"
(Text.toLowercase "AÉ") = "aé"
(Text.toUtf8 "é") = 0xsc3a9
(Text.fromUtf8.impl 0xsc3a9) = Right "é"
(Text.fromUtf8.impl 0xs61ff) = Left (Failure (typeLink IOFailure) "invalid UTF-8 after 1 bytes" (Any ()))
(Text.splitOnText "," "a,b,,c") = ["a", "b", "", "c"]
(Text.splitOnText "" "ab") = ["ab"]
(Text.join ", " (list "a" "b")) = "a, b"
(Text.words " a  b\nc ") = ["a", "b", "c"]
(Text.lines "a\n\nb\n") = ["a", "", "b"]
(Text.trim "  a ") = "a"
(Text.startsWith "ab" "abc") = true
(Text.startsWith "b" "abc") = false
(Text.endsWith "bc" "abc") = true
(Text.endsWith "abcd" "abc") = false
(Text.size 3) = fault: expected a value of type Text
(Text.size (Text.repeat 70000 "aé")) = 140000
(Text.indexOf "b" (Text.++ (Text.repeat 50000 "é") "b")) = Some 50000
(Text.indexOf "ab" (Text.++ (Text.repeat 65536 "a") "b")) = Some 65535
(Text.indexOf (Text.repeat 40000 "é") (Text.++ "b" (Text.repeat 40000 "é"))) = Some 1
(List.size (Text.splitOnText "aa" (Text.repeat 100001 "aaa"))) = 150002
(Text.eq (Text.join "aab" (Text.splitOnText "aab" (Text.repeat 50000 "éaab"))) (Text.repeat 50000 "éaab")) = true
(List.size (Text.splitOnText (Text.repeat 40000 "ab") (Text.repeat 160001 "ab"))) = 5
(Text.drop 70000 (Text.repeat 70001 "é")) = "é"
(Text.drop 70001 (Text.repeat 70001 "é")) = ""
(Text.size (Text.take 139999 (Text.repeat 70000 "aé"))) = 139999
(Text.take 3 (Text.reverse (Text.++ (Text.repeat 50000 "é") "ab"))) = "baé"
(Text.drop 70000 (Text.toLowercase (Text.++ (Text.repeat 70000 "A") "Σ B"))) = "ς b"
(Text.drop 131070 (Text.toUppercase (Text.repeat 65536 "ß"))) = "SS"
(Bytes.size (Text.toUtf8 (Text.repeat 50000 "é"))) = 100000
(Text.drop 70000 (Text.join "" (list (Text.repeat 70000 "a") "b" "c"))) = "bc"
(List.size (Text.lines (Text.++ (Text.repeat 40000 "ab\n") "c"))) = 40001
(List.at 39999 (Text.lines (Text.repeat 40000 "ab\n"))) = Some "ab"
(List.at 30000 (Text.words (Text.repeat 40000 " ab\n"))) = Some "ab"
(List.size (Text.words (Text.repeat 70000 "é"))) = 1
(Universal.== (Text.fromUtf8.impl (Text.toUtf8 (Text.repeat 70000 "aé"))) (Either.Right (Text.repeat 70000 "aé"))) = true
(Text.fromUtf8.impl (Bytes.++ (Text.toUtf8 (Text.repeat 70000 "é")) 0xsc3)) = Left (Failure (typeLink IOFailure) "invalid UTF-8 after 140000 bytes" (Any ()))
(Text.eq (Text.fromCharList (Text.toCharList (Text.repeat 70000 "aé"))) (Text.repeat 70000 "aé")) = true
(Text.eq (Text.repeat 70000 "aé") (Text.++ (Text.repeat 69999 "aé") "aè")) = false
(Text.size (Text.++ (Text.repeat 600000 "ab") (Text.repeat 600000 "c"))) = 1800000
(List.at 69999 (Nat.range.impl 0 70000)) = Some 69999
(List.at 69999 (List.reverse (Nat.range.impl 0 70000))) = Some 0
(Char.toNat ?a) = 97
(Char.fromNat.impl 233) = ?é
(Char.fromNat.impl 55296) = ?�
(Char.toText ?é) = "é"
(Char.internal.category ?é) = 0
(Char.internal.category (Char.fromNat.impl 769)) = 1
(Char.internal.category ?7) = 2
(Char.internal.category ?_) = 3
(Char.internal.category ?+) = 4
(Char.internal.category (Char.fromNat.impl 32)) = 5
(Char.internal.category (Char.fromNat.impl 10)) = 6
(Char.internal.category (Char.fromNat.impl 8203)) = 7
(Char.internal.uppercase ?É) = true
(Char.internal.lowercase ?É) = false
(Char.isWhitespace ?x) = false
(Char.toLowercase ?É) = ?é
(Char.toUppercase ?ß) = ?ß
(Bytes.++ 0xs01 0xs02) = 0xs0102
(Bytes.size 0xs010203) = 3
(Bytes.take 2 0xs010203) = 0xs0102
(Bytes.drop 2 0xs010203) = 0xs03
(Bytes.at 1 0xs0102) = Some 2
(Bytes.at 2 0xs0102) = None
(Bytes.fromList.impl (list 1 258)) = 0xs0102
(Bytes.toList 0xs0102) = [1, 2]
(Bytes.indexOf 0xs0203 0xs01020203) = Some 2
(Bytes.indexOf 0xs 0xs) = Some 0
(Bytes.indexOf 0xs04 0xs0102) = None
(Bytes.indexOf 0xs6162 (Text.toUtf8 (Text.++ (Text.repeat 65535 "b") "ab"))) = Some 65535
(Bytes.size (Bytes.fromList.impl (Bytes.toList (Text.toUtf8 (Text.repeat 70000 "a"))))) = 70000
(Bytes.constantTimeEqual (Text.toUtf8 (Text.repeat 70000 "a")) (Text.toUtf8 (Text.++ (Text.repeat 69999 "a") "b"))) = false
(Universal.== (Bytes.fromBase64.impl (Bytes.toBase64 (Text.toUtf8 (Text.repeat 70001 "a")))) (Either.Right (Text.toUtf8 (Text.repeat 70001 "a")))) = true
(Bytes.constantTimeEqual 0xs0102 0xs0102) = true
(Bytes.constantTimeEqual 0xs0102 0xs01) = false
(Bytes.encodeNat16be 66051) = 0xs0203
(Bytes.encodeNat16le 66051) = 0xs0302
(Bytes.encodeNat32be 66051) = 0xs00010203
(Bytes.encodeNat32le 66051) = 0xs03020100
(Bytes.encodeNat64be 258) = 0xs0000000000000102
(Bytes.encodeNat64le 258) = 0xs0201000000000000
(Bytes.decodeNat16be 0xs010203) = Some (258, 0xs03)
(Bytes.decodeNat16le 0xs010203) = Some (513, 0xs03)
(Bytes.decodeNat16be 0xs01) = None
(Bytes.decodeNat32be 0xs00000102) = Some (258, 0xs)
(Bytes.decodeNat32le 0xs02010000) = Some (258, 0xs)
(Bytes.decodeNat64be 0xsffffffffffffffff) = Some (18446744073709551615, 0xs)
(Bytes.decodeNat64le 0xs0100000000000000) = Some (1, 0xs)
(Text.fromUtf8.impl (Bytes.toBase16 0xs00ff)) = Right "00ff"
(Text.fromUtf8.impl (Bytes.toBase32 0xs666f6f62)) = Right "MZXW6YQ="
(Text.fromUtf8.impl (Bytes.toBase32Hex 0xs666f6f62)) = Right "cpnmuog"
(Text.fromUtf8.impl (Bytes.toBase64 0xs666f6f62)) = Right "Zm9vYg=="
(Text.fromUtf8.impl (Bytes.toBase64UrlUnpadded 0xsfbff)) = Right "-_8"
(Bytes.fromBase16.impl (Text.toUtf8 "00fF")) = Right 0xs00ff
(Bytes.fromBase16.impl (Text.toUtf8 "0g")) = Left "byte 1 is no digit of base 16"
(Bytes.fromBase16.impl (Text.toUtf8 "0")) = Left "1 digits of base 16 that are no whole bytes"
(Bytes.fromBase32.impl (Text.toUtf8 "mzxw6yq=")) = Right 0xs666f6f62
(Bytes.fromBase32.impl (Text.toUtf8 "MZXW6Y==")) = Left "6 digits of base 32 that are no whole bytes"
(Bytes.fromBase32Hex (Text.toUtf8 "CPNMUOG")) = Right 0xs666f6f62
(Bytes.fromBase64.impl (Text.toUtf8 "Zm9vYg==")) = Right 0xs666f6f62
(Bytes.fromBase64.impl (Text.toUtf8 "Zm9vYh==")) = Left "6 digits of base 64 that are no whole bytes"
(Bytes.fromBase64.impl (Text.toUtf8 "Zm9vYg")) = Left "base 64 is written in groups of 4, filled up by ="
(Bytes.fromBase64UrlUnpadded (Text.toUtf8 "-_8")) = Right 0xsfbff
(Bytes.take 4 (crypto.internal.sha2_256 (Text.toUtf8 "abc"))) = 0xsba7816bf
(Bytes.take 4 (crypto.internal.sha2_512 (Text.toUtf8 "abc"))) = 0xsddaf35a1
(Bytes.take 4 (crypto.internal.blake3 0xs)) = 0xsaf1349b9
(List.size (list 1 2 3)) = 3
(List.at 1 (list 1 2)) = Some 2
(List.at 2 (list 1 2)) = None
(List.unsafeAt 0 (list 1)) = 1
(List.unsafeAt 1 (list 1)) = fault: List.unsafeAt: no element 1 in a list of 1
(List.insertAt 1 9 (list 1 2)) = [1, 9, 2]
(List.insertAt 5 9 (list 1 2)) = [1, 2, 9]
(List.insertAt 0 9 (list)) = [9]
(List.replace 1 9 (list 1 2)) = [1, 9]
(List.replace 2 9 (list 1 2)) = [1, 2]
(List.deleteAt 0 (list 1)) = []
(List.deleteAt 1 (list 1 2 3)) = [1, 3]
(List.deleteAt 3 (list 1 2 3)) = [1, 2, 3]
(List.deleteAt 0 3) = fault: expected a value of type List
(List.internal.search "b" (list "a" "b" "c")) = 3
(List.internal.search "bb" (list "a" "b" "c")) = 4
(List.internal.search 5 (list)) = 0
(List.internal.search (lam (x) x) (list 1)) = fault: cannot compare functions
(List.reverse (list 1 2 3)) = [3, 2, 1]
(List.sort (list 3 1 2)) = [1, 2, 3]
(List.sort (list 4 3 3 1 2 9 5)) = [1, 2, 3, 3, 4, 5, 9]
(List.sort (list (tuple 1 "b") (tuple 0 "z") (tuple 1 "a"))) = [(0, "z"), (1, "a"), (1, "b")]
(List.sort (list (lam (x) x) (lam (y) 1))) = fault: cannot compare functions
(List.take 2 (list 1 2 3)) = [1, 2]
(List.drop 2 (list 1 2 3)) = [3]
(List.+: 1 (list 2)) = [1, 2]
(List.:+ (list 1) 2) = [1, 2]
(List.++ (list 1) (list 2)) = [1, 2]
(List.size 3) = fault: expected a value of type List
Cluster.run = <Cluster>
Cluster.local = <Cluster>
(Value.toJson.impl (list 1 2)) = Right "[1,2]"
(Value.toJson.impl (lam (x) x)) = Left "the value holds a function, which has no JSON form"
(Value.hash 1) = 0xs637f3324fc4fab3451d6207bccfac9ba42e11455685c3c06cf32ed1b98b78d7c
(IO.ref.Ticket.read (IO.ref.readForCas (IO.ref 3))) = 3
(mutable.Array.size (IO.arrayOf 1 3)) = 3
(Future.timeout.impl 5 3) = fault: expected a value of type Future
(Channel.sendOnly 3) = fault: expected a value of type Channel
(Channel.of.impl "x" 3 4) = fault: expected a value of type Node
"#;

#[test]
fn the_table() {
    for row in TABLE.lines().filter(|row| !row.is_empty()) {
        let (expression, expected) = row.rsplit_once(" = ").expect("a row has two sides");
        assert_eq!(support::run(&format!("(def main () a {expression})")), expected, "{expression}");
    }
}

#[test]
fn the_table_has_every_pure_builtin_and_applying_them_unknown_agrees() {
    for builtin in ALL_BUILTINS.iter().filter(|builtin| builtin.class() == Class::Pure) {
        let name = builtin.name();
        let row = TABLE.lines().find(|row| row.contains(&format!("({name} ")) || row.starts_with(&format!("{name} ")));
        let (expression, expected) =
            row.and_then(|row| row.rsplit_once(" = ")).unwrap_or_else(|| panic!("no row for {name}"));
        let Some(args) = expression.strip_prefix(&format!("({name} ")) else { continue };
        // As a value that is applied to its first argument alone, through a function that knows nothing of it.
        let unknown = format!("(def main () a ((apply {name}) {args})(def apply (a) a (lam (f) (lam (x) (f x))))");
        let world = World::new(&unknown);
        if kernel::builtins::arity(*builtin) == 1 {
            let mut task = world.task("main", Limits::default());
            let outcome = world.drive(&mut task, u64::MAX, |request| panic!("{request:?}"));
            assert_eq!(world.show(&outcome), expected, "{expression}");
        }
    }
}
