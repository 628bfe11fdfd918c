//! Builtin functions.

/// What a builtin may do when it is called, and who does it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Class {
    /// Computed by the machine at once; the same arguments give the same result. May fault (`bug`, division by zero).
    Pure,
    /// Computed by the machine at once, too, but reads or changes what is mutable: where it stands among others of its class is what it means.
    State,
    /// The machine applies its argument to `()`, and does nothing else.
    Apply,
    /// The task is suspended and its host answers: an effect of `IO`.
    Io,
    /// As `Io`, for `Remote`.
    Remote,
    /// As `Io`, for `Remote!`.
    RemoteBang,
}

impl Class {
    /// The machine computes it at once.
    pub fn is_computed(self) -> bool {
        matches!(self, Class::Pure | Class::State)
    }

    /// The task is suspended, and its host answers.
    pub fn is_requested(self) -> bool {
        matches!(self, Class::Io | Class::Remote | Class::RemoteBang)
    }
}

macro_rules! builtins {
    ($($variant:ident $name:literal : $ty:literal $class:ident;)*) => {
        /// A builtin function or value.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Builtin { $($variant),* }

        /// Every builtin, in the order of the table.
        pub const ALL_BUILTINS: &[Builtin] = &[$(Builtin::$variant),*];

        impl Builtin {
            /// Its full name. One that ends in `#` cannot be written in a program: lowering uses it.
            pub fn name(self) -> &'static str {
                match self { $(Builtin::$variant => $name),* }
            }

            /// Its type as a signature. Free variables are quantified in front.
            pub fn type_text(self) -> &'static str {
                match self { $(Builtin::$variant => $ty),* }
            }

            pub fn class(self) -> Class {
                match self { $(Builtin::$variant => Class::$class),* }
            }
        }
    };
}

builtins! {
    NatAdd "Nat.+" : "Nat -> Nat -> Nat" Pure;
    NatSub "Nat.-" : "Nat -> Nat -> Nat" Pure; // saturates, as Nat.drop
    NatMul "Nat.*" : "Nat -> Nat -> Nat" Pure;
    NatDiv "Nat./" : "Nat -> Nat -> Nat" Pure;
    NatMod "Nat.mod" : "Nat -> Nat -> Nat" Pure;
    NatPow "Nat.pow" : "Nat -> Nat -> Nat" Pure;
    NatDrop "Nat.drop" : "Nat -> Nat -> Nat" Pure;
    NatDifference "Nat.sub" : "Nat -> Nat -> Int" Pure;
    NatIncrement "Nat.increment" : "Nat -> Nat" Pure;
    NatIsEven "Nat.isEven" : "Nat -> Boolean" Pure;
    NatIsOdd "Nat.isOdd" : "Nat -> Boolean" Pure;
    NatEq "Nat.eq" : "Nat -> Nat -> Boolean" Pure;
    NatLt "Nat.lt" : "Nat -> Nat -> Boolean" Pure;
    NatLteq "Nat.lteq" : "Nat -> Nat -> Boolean" Pure;
    NatGt "Nat.gt" : "Nat -> Nat -> Boolean" Pure;
    NatGteq "Nat.gteq" : "Nat -> Nat -> Boolean" Pure;
    NatAnd "Nat.and" : "Nat -> Nat -> Nat" Pure;
    NatOr "Nat.or" : "Nat -> Nat -> Nat" Pure;
    NatXor "Nat.xor" : "Nat -> Nat -> Nat" Pure;
    NatComplement "Nat.complement" : "Nat -> Nat" Pure;
    NatShiftLeft "Nat.shiftLeft" : "Nat -> Nat -> Nat" Pure;
    NatShiftRight "Nat.shiftRight" : "Nat -> Nat -> Nat" Pure;
    NatPopCount "Nat.popCount" : "Nat -> Nat" Pure;
    NatLeadingZeros "Nat.leadingZeros" : "Nat -> Nat" Pure;
    NatTrailingZeros "Nat.trailingZeros" : "Nat -> Nat" Pure;
    NatToInt "Nat.toInt" : "Nat -> Int" Pure;
    NatToFloat "Nat.toFloat" : "Nat -> Float" Pure;
    NatToText "Nat.toText" : "Nat -> Text" Pure;
    NatFromText "Nat.fromText" : "Text -> Optional Nat" Pure;
    NatToTextBase "Nat.toTextBase" : "Nat -> Nat -> Optional Text" Pure; // base first: 2 to 36
    NatFromTextBase "Nat.fromTextBase" : "Nat -> Text -> Optional Nat" Pure; // base first: 2 to 36
    NatRange "Nat.range.impl" : "Nat -> Nat -> [Nat]" Pure; // without the second

    IntAdd "Int.+" : "Int -> Int -> Int" Pure;
    IntSub "Int.-" : "Int -> Int -> Int" Pure;
    IntMul "Int.*" : "Int -> Int -> Int" Pure;
    IntDiv "Int./" : "Int -> Int -> Int" Pure; // rounds towards minus infinity
    IntMod "Int.mod" : "Int -> Int -> Int" Pure;
    IntPow "Int.pow" : "Int -> Nat -> Int" Pure;
    IntNegate "Int.negate" : "Int -> Int" Pure;
    IntSignum "Int.signum" : "Int -> Int" Pure;
    IntEq "Int.eq" : "Int -> Int -> Boolean" Pure;
    IntLt "Int.lt" : "Int -> Int -> Boolean" Pure;
    IntLteq "Int.lteq" : "Int -> Int -> Boolean" Pure;
    IntGt "Int.gt" : "Int -> Int -> Boolean" Pure;
    IntGteq "Int.gteq" : "Int -> Int -> Boolean" Pure;
    IntTruncate0 "Int.truncate0" : "Int -> Nat" Pure;
    IntToFloat "Int.toFloat" : "Int -> Float" Pure;
    IntToText "Int.toText" : "Int -> Text" Pure;
    IntFromText "Int.fromText" : "Text -> Optional Int" Pure;
    IntShiftRight "Int.shiftRight" : "Int -> Nat -> Int" Pure; // keeps the sign
    IntToRepresentation "Int.toRepresentation" : "Int -> Nat" Pure;
    IntFromRepresentation "Int.fromRepresentation" : "Nat -> Int" Pure;

    FloatAdd "Float.+" : "Float -> Float -> Float" Pure;
    FloatSub "Float.-" : "Float -> Float -> Float" Pure;
    FloatMul "Float.*" : "Float -> Float -> Float" Pure;
    FloatDiv "Float./" : "Float -> Float -> Float" Pure;
    FloatEq "Float.eq" : "Float -> Float -> Boolean" Pure;
    FloatLt "Float.lt" : "Float -> Float -> Boolean" Pure;
    FloatLteq "Float.lteq" : "Float -> Float -> Boolean" Pure;
    FloatGt "Float.gt" : "Float -> Float -> Boolean" Pure;
    FloatGteq "Float.gteq" : "Float -> Float -> Boolean" Pure;
    FloatSqrt "Float.sqrt" : "Float -> Float" Pure;
    FloatPow "Float.pow" : "Float -> Float -> Float" Pure;
    FloatExp "Float.exp" : "Float -> Float" Pure;
    FloatLog "Float.log" : "Float -> Float" Pure;
    FloatSin "Float.sin" : "Float -> Float" Pure;
    FloatCos "Float.cos" : "Float -> Float" Pure;
    FloatTan "Float.tan" : "Float -> Float" Pure;
    FloatAsin "Float.asin" : "Float -> Float" Pure;
    FloatAcos "Float.acos" : "Float -> Float" Pure;
    FloatAtan "Float.atan" : "Float -> Float" Pure;
    FloatSinh "Float.sinh" : "Float -> Float" Pure;
    FloatCosh "Float.cosh" : "Float -> Float" Pure;
    FloatTanh "Float.tanh" : "Float -> Float" Pure;
    FloatAsinh "Float.asinh" : "Float -> Float" Pure;
    FloatAcosh "Float.acosh" : "Float -> Float" Pure;
    FloatAtanh "Float.atanh" : "Float -> Float" Pure;
    FloatAtan2 "Float.atan2" : "Float -> Float -> Float" Pure; // y first
    FloatAbs "Float.abs" : "Float -> Float" Pure;
    FloatFloor "Float.floor" : "Float -> Float" Pure;
    FloatCeiling "Float.ceiling" : "Float -> Float" Pure;
    FloatRound "Float.round" : "Float -> Float" Pure; // halves to the even neighbour
    FloatTruncate "Float.truncate" : "Float -> Float" Pure;
    FloatToText "Float.toText" : "Float -> Text" Pure;
    FloatFromText "Float.fromText" : "Text -> Optional Float" Pure;
    FloatUnsafeToInt "Float.unsafeToInt" : "Float -> Int" Pure; // towards zero; the nearest Int if it is outside; 0 for NaN
    FloatToRepresentation "Float.toRepresentation" : "Float -> Nat" Pure;
    FloatFromRepresentation "Float.fromRepresentation" : "Nat -> Float" Pure;
    FloatToSinglePrecision "Float.toSinglePrecision" : "Float -> Nat" Pure;
    FloatFromSinglePrecision "Float.fromSinglePrecision" : "Nat -> Float" Pure;

    UniversalEq "Universal.==" : "a -> a -> Boolean" Pure;
    UniversalNotEq "Universal.!=" : "a -> a -> Boolean" Pure;
    UniversalLt "Universal.<" : "a -> a -> Boolean" Pure;
    UniversalLteq "Universal.<=" : "a -> a -> Boolean" Pure;
    UniversalGt "Universal.>" : "a -> a -> Boolean" Pure;
    UniversalGteq "Universal.>=" : "a -> a -> Boolean" Pure;
    UniversalCompare "Universal.compare" : "a -> a -> Int" Pure;

    BooleanNot "Boolean.not" : "Boolean -> Boolean" Pure;
    Bug "bug" : "a -> b" Pure;
    Todo "todo" : "a -> b" Pure;
    AnyAny "Any.Any" : "a -> Any" Pure;
    AnyUnsafeExtract "Any.unsafeExtract" : "Any -> a" Pure;
    DebugToText "Debug.toDebugText" : "a -> Text" Pure;

    TextConcat "Text.++" : "Text -> Text -> Text" Pure;
    TextSize "Text.size" : "Text -> Nat" Pure; // characters
    TextTake "Text.take" : "Nat -> Text -> Text" Pure;
    TextDrop "Text.drop" : "Nat -> Text -> Text" Pure;
    TextIndexOf "Text.indexOf" : "Text -> Text -> Optional Nat" Pure;
    TextRepeat "Text.repeat" : "Nat -> Text -> Text" Pure;
    TextEq "Text.eq" : "Text -> Text -> Boolean" Pure;
    TextUncons "Text.uncons" : "Text -> Optional (Char, Text)" Pure;
    TextUnsnoc "Text.unsnoc" : "Text -> Optional (Text, Char)" Pure;
    TextToCharList "Text.toCharList" : "Text -> [Char]" Pure;
    TextFromCharList "Text.fromCharList" : "[Char] -> Text" Pure;
    TextReverse "Text.reverse" : "Text -> Text" Pure;
    TextToUppercase "Text.toUppercase" : "Text -> Text" Pure;
    TextToLowercase "Text.toLowercase" : "Text -> Text" Pure;
    TextToUtf8 "Text.toUtf8" : "Text -> Bytes" Pure;
    TextFromUtf8 "Text.fromUtf8.impl" : "Bytes -> Either Failure Text" Pure;
    TextSplitOn "Text.splitOnText" : "Text -> Text -> [Text]" Pure; // separator first
    TextJoin "Text.join" : "Text -> [Text] -> Text" Pure; // separator first
    TextWords "Text.words" : "Text -> [Text]" Pure; // split at white space, no empty words
    TextLines "Text.lines" : "Text -> [Text]" Pure;
    TextTrim "Text.trim" : "Text -> Text" Pure;
    TextStartsWith "Text.startsWith" : "Text -> Text -> Boolean" Pure; // the beginning first
    TextEndsWith "Text.endsWith" : "Text -> Text -> Boolean" Pure; // the end first

    CharToNat "Char.toNat" : "Char -> Nat" Pure;
    CharFromNat "Char.fromNat.impl" : "Nat -> Char" Pure; // U+FFFD if there is none
    CharToText "Char.toText" : "Char -> Text" Pure;
    CharIsWhitespace "Char.isWhitespace" : "Char -> Boolean" Pure;
    CharCategory "Char.internal.category" : "Char -> Nat" Pure; // as `Char.Class` in the library numbers them
    CharIsUpper "Char.internal.uppercase" : "Char -> Boolean" Pure;
    CharIsLower "Char.internal.lowercase" : "Char -> Boolean" Pure;
    CharToLowercase "Char.toLowercase" : "Char -> Char" Pure;
    CharToUppercase "Char.toUppercase" : "Char -> Char" Pure;

    BytesConcat "Bytes.++" : "Bytes -> Bytes -> Bytes" Pure;
    BytesSize "Bytes.size" : "Bytes -> Nat" Pure;
    BytesTake "Bytes.take" : "Nat -> Bytes -> Bytes" Pure;
    BytesDrop "Bytes.drop" : "Nat -> Bytes -> Bytes" Pure;
    BytesAt "Bytes.at" : "Nat -> Bytes -> Optional Nat" Pure;
    BytesFromList "Bytes.fromList.impl" : "[Nat] -> Bytes" Pure; // low 8 bits of each
    BytesToList "Bytes.toList" : "Bytes -> [Nat]" Pure;
    BytesIndexOf "Bytes.indexOf" : "Bytes -> Bytes -> Optional Nat" Pure; // the part first
    BytesConstantTimeEqual "Bytes.constantTimeEqual" : "Bytes -> Bytes -> Boolean" Pure;
    BytesEncodeNat16Be "Bytes.encodeNat16be" : "Nat -> Bytes" Pure;
    BytesEncodeNat16Le "Bytes.encodeNat16le" : "Nat -> Bytes" Pure;
    BytesEncodeNat32Be "Bytes.encodeNat32be" : "Nat -> Bytes" Pure;
    BytesEncodeNat32Le "Bytes.encodeNat32le" : "Nat -> Bytes" Pure;
    BytesEncodeNat64Be "Bytes.encodeNat64be" : "Nat -> Bytes" Pure;
    BytesEncodeNat64Le "Bytes.encodeNat64le" : "Nat -> Bytes" Pure;
    BytesDecodeNat16Be "Bytes.decodeNat16be" : "Bytes -> Optional (Nat, Bytes)" Pure;
    BytesDecodeNat16Le "Bytes.decodeNat16le" : "Bytes -> Optional (Nat, Bytes)" Pure;
    BytesDecodeNat32Be "Bytes.decodeNat32be" : "Bytes -> Optional (Nat, Bytes)" Pure;
    BytesDecodeNat32Le "Bytes.decodeNat32le" : "Bytes -> Optional (Nat, Bytes)" Pure;
    BytesDecodeNat64Be "Bytes.decodeNat64be" : "Bytes -> Optional (Nat, Bytes)" Pure;
    BytesDecodeNat64Le "Bytes.decodeNat64le" : "Bytes -> Optional (Nat, Bytes)" Pure;
    BytesToBase16 "Bytes.toBase16" : "Bytes -> Bytes" Pure;
    BytesToBase32 "Bytes.toBase32" : "Bytes -> Bytes" Pure;
    BytesToBase32Hex "Bytes.toBase32Hex" : "Bytes -> Bytes" Pure;
    BytesToBase64 "Bytes.toBase64" : "Bytes -> Bytes" Pure;
    BytesToBase64UrlUnpadded "Bytes.toBase64UrlUnpadded" : "Bytes -> Bytes" Pure;
    BytesFromBase16 "Bytes.fromBase16.impl" : "Bytes -> Either Text Bytes" Pure;
    BytesFromBase32 "Bytes.fromBase32.impl" : "Bytes -> Either Text Bytes" Pure;
    BytesFromBase32Hex "Bytes.fromBase32Hex" : "Bytes -> Either Text Bytes" Pure;
    BytesFromBase64 "Bytes.fromBase64.impl" : "Bytes -> Either Text Bytes" Pure;
    BytesFromBase64UrlUnpadded "Bytes.fromBase64UrlUnpadded" : "Bytes -> Either Text Bytes" Pure;

    CryptoSha256 "crypto.internal.sha2_256" : "Bytes -> Bytes" Pure;
    CryptoSha512 "crypto.internal.sha2_512" : "Bytes -> Bytes" Pure;
    CryptoBlake3 "crypto.internal.blake3" : "Bytes -> Bytes" Pure;

    ListSize "List.size" : "[a] -> Nat" Pure;
    ListAt "List.at" : "Nat -> [a] -> Optional a" Pure;
    ListUnsafeAt "List.unsafeAt" : "Nat -> [a] -> a" Pure; // faults outside
    ListTake "List.take" : "Nat -> [a] -> [a]" Pure;
    ListDrop "List.drop" : "Nat -> [a] -> [a]" Pure;
    ListCons "List.+:" : "a -> [a] -> [a]" Pure;
    ListSnoc "List.:+" : "[a] -> a -> [a]" Pure;
    ListConcat "List.++" : "[a] -> [a] -> [a]" Pure;
    ListInsertAt "List.insertAt" : "Nat -> a -> [a] -> [a]" Pure; // behind a list that is shorter
    ListReplace "List.replace" : "Nat -> a -> [a] -> [a]" Pure;
    ListDeleteAt "List.deleteAt" : "Nat -> [a] -> [a]" Pure;
    ListReverse "List.reverse" : "[a] -> [a]" Pure;
    ListSort "List.sort" : "[a] -> [a]" Pure; // stable, in the order of `Universal.compare`
    ListSearch "List.internal.search" : "a -> [a] -> Nat" Pure; // see its documentation

    JsonParse "Json.parse.impl" : "Text -> Either (Nat, Text) Json" Pure; // Left: the character where, and why
    JsonPrint "Json.print.impl" : "Nat -> Json -> Text" Pure; // blanks for each level; 0: on one line

    ScopeRun "mutable.Scope.run" : "(forall s. () ->{mutable.Scope s, g} r) ->{g} r" Apply;
    ScopeRef "mutable.Scope.ref" : "a ->{mutable.Scope s} mutable.Ref {mutable.Scope s} a" State;
    IoRef "IO.ref" : "a ->{IO} mutable.Ref {IO} a" State;
    RefRead "mutable.Ref.read" : "mutable.Ref g a ->{g} a" State;
    RefWrite "mutable.Ref.write" : "mutable.Ref g a -> a ->{g} ()" State;
    RefReadForCas "IO.ref.readForCas" : "mutable.Ref {IO} a ->{IO} IO.ref.Ticket a" State;
    RefCas "IO.ref.cas" : "mutable.Ref {IO} a -> IO.ref.Ticket a -> a ->{IO} Boolean" State; // whether it was written
    TicketRead "IO.ref.Ticket.read" : "IO.ref.Ticket a -> a" Pure;
    ScopeArrayOf "mutable.Scope.arrayOf" : "a -> Nat ->{mutable.Scope s} mutable.Array {mutable.Scope s} a" State;
    IoArrayOf "IO.arrayOf" : "a -> Nat ->{IO} mutable.Array {IO} a" State;
    ArraySize "mutable.Array.size" : "mutable.Array g a -> Nat" Pure;
    ArrayUnsafeRead "mutable.Array.unsafeRead" : "mutable.Array g a -> Nat ->{g} a" State; // faults outside
    ArrayUnsafeWrite "mutable.Array.unsafeWrite" : "mutable.Array g a -> Nat -> a ->{g} ()" State; // faults outside
    ArrayToList "mutable.Array.toList" : "mutable.Array g a ->{g} [a]" State;

    IoPrintLine "IO.console.printLine" : "Text ->{IO, Exception} ()" Io;
    IoPrint "IO.console.print" : "Text ->{IO, Exception} ()" Io;
    IoPrintError "IO.console.printError" : "Text ->{IO, Exception} ()" Io;
    IoReadLine "IO.console.readLine" : "() ->{IO, Exception} Text" Io;
    IoGetArgs "IO.getArgs" : "() ->{IO, Exception} [Text]" Io;
    IoGetEnv "IO.getEnv" : "Text ->{IO, Exception} Text" Io;
    IoReadFile "IO.readFile.impl" : "Text ->{IO, Exception} Bytes" Io;
    IoWriteFile "IO.writeFile.impl" : "Text -> Bytes ->{IO, Exception} ()" Io;
    IoFileExists "IO.fileExists.impl" : "Text ->{IO, Exception} Boolean" Io;
    IoRealtime "IO.realtimeMicroseconds" : "() ->{IO, Exception} Nat" Io; // since 1970
    IoRandomNat "IO.randomNat" : "() ->{IO, Exception} Nat" Io;
    IoRandomBytes "IO.randomBytes" : "Nat ->{IO, Exception} Bytes" Io;
    IoMonotonic "IO.monotonicNanoseconds" : "() ->{IO, Exception} Nat" Io; // since some moment before the program started
    IoSleep "IO.concurrent.sleepMicroseconds" : "Nat ->{IO, Exception} ()" Io; // rounded up to milliseconds
    IoAppendFile "IO.appendFile.impl" : "Text -> Bytes ->{IO, Exception} ()" Io;
    IoRemoveFile "IO.removeFile.impl" : "Text ->{IO, Exception} ()" Io;
    IoRenameFile "IO.renameFile.impl" : "Text -> Text ->{IO, Exception} ()" Io;
    IoFileSize "IO.getFileSize.impl" : "Text ->{IO, Exception} Nat" Io;
    IoFileTimestamp "IO.getFileTimestamp.impl" : "Text ->{IO, Exception} Int" Io; // last change, microseconds since 1970
    IoIsDirectory "IO.isDirectory.impl" : "Text ->{IO, Exception} Boolean" Io;
    IoCreateDirectory "IO.createDirectory.impl" : "Text ->{IO, Exception} ()" Io; // and those around it
    IoRemoveDirectory "IO.removeDirectory.impl" : "Text ->{IO, Exception} ()" Io; // and what is in it
    IoRenameDirectory "IO.renameDirectory.impl" : "Text -> Text ->{IO, Exception} ()" Io;
    IoDirectoryContents "IO.directoryContents.impl" : "Text ->{IO, Exception} [Text]" Io; // sorted, without . and ..
    IoCurrentDirectory "IO.getCurrentDirectory.impl" : "() ->{IO, Exception} Text" Io;
    IoTempDirectory "IO.getTempDirectory.impl" : "() ->{IO, Exception} Text" Io;
    IoCreateTempDirectory "IO.createTempDirectory.impl" : "Text ->{IO, Exception} Text" Io; // prefix; gives its path
    IoOpen "IO.open.impl" : "Text -> Nat ->{IO, Exception} IO.FileHandle" Io; // 0 read, 1 write, 2 append, 3 both
    IoClose "IO.FileHandle.close" : "IO.FileHandle ->{IO, Exception} ()" Io; // doing it again changes nothing
    IoIsOpen "IO.FileHandle.isOpen" : "IO.FileHandle ->{IO, Exception} Boolean" Io;
    IoIsEof "IO.FileHandle.isEOF" : "IO.FileHandle ->{IO, Exception} Boolean" Io;
    IoGetBytes "IO.FileHandle.getBytes" : "IO.FileHandle -> Nat ->{IO, Exception} Bytes" Io; // fewer only at the end
    IoGetLine "IO.FileHandle.getLine" : "IO.FileHandle ->{IO, Exception} Text" Io; // raises EOF at the end
    IoPutBytes "IO.FileHandle.putBytes" : "IO.FileHandle -> Bytes ->{IO, Exception} ()" Io;
    IoSeek "IO.FileHandle.seek" : "IO.FileHandle -> Nat -> Int ->{IO, Exception} ()" Io; // from 0 start, 1 here, 2 end
    IoPosition "IO.FileHandle.position" : "IO.FileHandle ->{IO, Exception} Nat" Io;

    IoExportNames "IO.codebase.export.impl" : "[Text] ->{IO, Exception} (Bytes, [Link.Term], [Link.Type])" Io;
    IoMergeNames "IO.codebase.merge.impl" : "Bytes -> [Link.Term] -> [Link.Type] ->{IO, Exception} Bytes" Io; // the links bring their definitions

    RemoteAt "Remote.at" : "Node -> ({g} a) ->{Remote, g} a" Remote;
    RemoteTransfer "Remote.transfer" : "Node ->{Remote} ()" Remote;
    RemoteResume "Remote.resume#" : "Node -> k -> a ->{Remote} b" Remote; // node, what waits there, its answer
    RemoteSpawn "Remote.at'" : "Node -> ({g} a) ->{Remote, g} Future a" Remote;
    RemoteAwait "Remote.await" : "Future a ->{Remote} a" Remote;
    RemoteHere "Remote.here" : "{Remote} Node" Remote;
    RemoteOrigin "Remote.origin" : "{Remote} Node" Remote;
    RemoteNodes "Remote.nodes" : "Cluster ->{Remote} [Node]" Remote;
    RemoteFail "Remote.fail" : "Remote!.Err ->{Remote} a" Remote;
    RemoteSupervise "Remote.supervise.impl" : "({Remote!} a) ->{Remote} Future a" Remote; // in a task of its own, here
    ClusterRun "Cluster.run" : "Cluster" Pure;
    ClusterLocal "Cluster.local" : "Cluster" Pure;

    RemoteBangAwait "Remote!.await!" : "Future a ->{Remote!} Either Remote!.Err a" RemoteBang;
    RemoteBangCancel "Remote!.cancel" : "Future a ->{Remote!} ()" RemoteBang;
    RemoteBangTrail "Remote!.trail" : "Future a ->{Remote!} [(Node, [Link.Term])]" RemoteBang;
    RemoteBangExplain "Remote!.explain" : "Future a ->{Remote!} [Text]" RemoteBang; // asks whoever started the program
    RemoteBangStatus "Remote!.status" : "Future a ->{Remote!} Remote!.Status" RemoteBang;
    RemoteBangSleep "Remote!.sleep.impl" : "Nat ->{Remote!} ()" RemoteBang; // microseconds, rounded up to milliseconds
    RemoteBangDetach "Remote!.detach" : "Future a ->{Remote!} ()" RemoteBang;
    RemoteBangProvision "Remote!.provision.impl" : "() ->{Remote!} Node" RemoteBang; // on the host where it is called
    RemoteBangClock "Remote!.clock.impl" : "() ->{Remote!} Nat" RemoteBang; // nanoseconds since some moment
    RemoteBangLoad "Remote!.load.impl" : "() ->{Remote!} Float" RemoteBang; // from 0 to 100
    RemoteBangChannel "Remote!.channel" : "{Remote!} Channel a" RemoteBang;
    RemoteBangSend "Remote!.send" : "Node -> Channel a -> a ->{Remote!} ()" RemoteBang;
    RemoteBangDeliver "Remote!.deliver" : "Node -> Channel a -> a ->{Remote!} Future ()" RemoteBang;
    RemoteBangListen "Remote!.listen" : "Channel a ->{Remote!} Future a" RemoteBang;
    FutureTimeout "Future.timeout.impl" : "Nat -> Future a -> Future a" Pure; // milliseconds
    ChannelSendOnly "Channel.sendOnly" : "Channel a -> Channel a" Pure;
    ValueHash "Value.hash" : "a -> Bytes" Pure; // the same for the same, however it is shared, chunked or has grown
    ValueToJson "Value.toJson.impl" : "a -> Either Text Text" Pure;
    ChannelOf "Channel.of.impl" : "Text -> Link.Type -> Node -> Channel a" Pure; // the same for the same; only there one may listen to it
}

/// An argument that no program writes: what is known of the types of one use of a builtin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hidden {
    /// The ability row (`Term::Row`): for an evaluation elsewhere, which abilities may come back as requests.
    Row,
    /// Bytes: the hash of the type of a channel's elements if that is closed, else nothing.
    Element,
}

impl Builtin {
    /// What elaboration passes as a hidden first argument.
    pub fn hidden_argument(self) -> Option<Hidden> {
        match self {
            Builtin::RemoteAt | Builtin::RemoteSpawn | Builtin::RemoteResume => Some(Hidden::Row),
            Builtin::RemoteBangChannel => Some(Hidden::Element),
            _ => None,
        }
    }

    pub fn from_name(name: &str) -> Option<Builtin> {
        ALL_BUILTINS.iter().copied().find(|builtin| builtin.name() == name)
    }
}
