%% As programs.u.
-module(programs).
-export([main/1]).

main([Name | Files]) ->
    File = fun() -> {ok, Contents} = file:read_file(hd(Files)), Contents end,
    case run(Name, File) of
        none -> halt(64);
        Number when is_integer(Number) -> io:format("~b~n", [Number]);
        Text -> io:format("~s~n", [Text])
    end,
    halt(0).

run("hello", _) -> "hello";
run("fib", _) -> fib(35);
run("loop", _) -> loop(0, 100000000);
run("queens", _) -> place(10, 10, []);
run("trees", _) -> trees(18);
run("sort", _) -> fingerprint(merge_sort(randoms(42, 1000000)));
run("map-insert", _) -> maps:size(inserted(1000000, 42, #{}));
run("map-lookup", _) -> lookups(1000000, 42, inserted(1000000, 42, #{}), 0);
run("pipeline-long", _) -> pipeline(20, lists:seq(0, 999999), 0);
run("pipeline-short", _) -> pipeline(2000, lists:seq(0, 9999), 0);
run("text", _) -> byte_size(appended(1000000, <<>>));
run("words", File) -> word_frequencies(File());
run("search", File) -> length(binary:matches(File(), <<"stone">>));
run("compose", _) -> apply_many(1000000, chain(), 0);
run("nbody", _) -> floor(energy_after(500000) * 1.0e9);
run("mandelbrot", _) -> rows(500, 0, 0);
run("tasks", _) -> tasks(40000);
run("ping-pong", _) -> ping_pong(100000);
run("stream", _) -> stream(200, 1000);
run(_, _) -> none.

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

loop(Total, 0) -> Total;
loop(Total, N) -> loop(Total + N, N - 1).

place(_, 0, _) -> 1;
place(Size, Row, Queens) ->
    lists:sum([place(Size, Row - 1, [Column | Queens]) || Column <- lists:seq(0, Size - 1), safe(Column, 1, Queens)]).

safe(_, _, []) -> true;
safe(Column, Distance, [Queen | Rest]) ->
    Column =/= Queen andalso Column =/= Queen + Distance andalso Column + Distance =/= Queen
        andalso safe(Column, Distance + 1, Rest).

grow(0) -> {leaf, leaf};
grow(Depth) -> {grow(Depth - 1), grow(Depth - 1)}.

nodes_of(leaf) -> 0;
nodes_of({Left, Right}) -> 1 + nodes_of(Left) + nodes_of(Right).

trees(Deepest) ->
    Stretch = nodes_of(grow(Deepest + 1)),
    Long = grow(Deepest),
    Stretch + level(Deepest, 4, 0) + nodes_of(Long).

level(Deepest, Depth, Total) when Depth > Deepest -> Total;
level(Deepest, Depth, Total) -> level(Deepest, Depth + 2, many(Depth, 1 bsl (Deepest - Depth + 4), Total)).

many(_, 0, Total) -> Total;
many(Depth, N, Total) -> many(Depth, N - 1, Total + nodes_of(grow(Depth))).

next(State) -> State * 16807 rem 2147483647.

randoms(Seed, Size) -> randoms(Size, next(Seed), []).
randoms(0, _, Acc) -> lists:reverse(Acc);
randoms(N, State, Acc) -> randoms(N - 1, next(State), [State | Acc]).

fingerprint(List) -> lists:foldl(fun(X, Acc) -> (Acc * 31 + X) rem 1000000007 end, 7, List).

merge_sort([]) -> [];
merge_sort([_] = List) -> List;
merge_sort(List) ->
    {Left, Right} = lists:split(length(List) div 2, List),
    merge(merge_sort(Left), merge_sort(Right), []).

merge([], Right, Acc) -> lists:reverse(Acc, Right);
merge(Left, [], Acc) -> lists:reverse(Acc, Left);
merge([X | Xs], [Y | _] = Right, Acc) when X =< Y -> merge(Xs, Right, [X | Acc]);
merge(Left, [Y | Ys], Acc) -> merge(Left, Ys, [Y | Acc]).

inserted(0, _, Map) -> Map;
inserted(N, Key, Map) -> inserted(N - 1, next(Key), Map#{Key => N}).

lookups(0, _, _, Found) -> Found;
lookups(N, Key, Map, Found) ->
    case maps:is_key(Key + N rem 2, Map) of
        true -> lookups(N - 1, next(Key), Map, Found + 1);
        false -> lookups(N - 1, next(Key), Map, Found)
    end.

pipeline(0, _, Total) -> Total;
pipeline(Round, Numbers, Total) ->
    Tripled = lists:map(fun(X) -> X * 3 + Round end, Numbers),
    Even = lists:filter(fun(X) -> X band 1 =:= 0 end, Tripled),
    pipeline(Round - 1, Numbers, Total + lists:foldl(fun(X, Acc) -> X + Acc end, 0, Even)).

appended(0, Acc) -> Acc;
appended(N, Acc) -> appended(N - 1, <<Acc/binary, "ab">>).

word_frequencies(Text) ->
    Words = binary:split(Text, [<<" ">>, <<"\n">>], [global, trim_all]),
    Counts = lists:foldl(fun(Word, Counts) -> maps:update_with(Word, fun(N) -> N + 1 end, 1, Counts) end, #{}, Words),
    io_lib:format("~b ~b", [maps:size(Counts), lists:max(maps:values(Counts))]).

chain() -> lists:foldl(fun(K, F) -> fun(X) -> F(X) + K end end, fun(X) -> X end, lists:seq(1, 9)).

apply_many(0, _, Acc) -> Acc;
apply_many(N, F, Acc) -> apply_many(N - 1, F, F(Acc) rem 1009).

-define(YEAR, 365.24).

solar_mass() -> 4.0 * math:pi() * math:pi().

%% {X, Y, Z, VX, VY, VZ, Mass}
planet(X, Y, Z, VX, VY, VZ, Mass) -> {X, Y, Z, VX * ?YEAR, VY * ?YEAR, VZ * ?YEAR, Mass * solar_mass()}.

sun_and_planets() ->
    [{0.0, 0.0, 0.0, 0.0, 0.0, 0.0, solar_mass()},
     planet(4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01, 1.66007664274403694e-03, 7.69901118419740425e-03, -6.90460016972063023e-05, 9.54791938424326609e-04),
     planet(8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01, -2.76742510726411619e-03, 4.99852801234917238e-03, 2.30417297573763929e-05, 2.85885980666130812e-04),
     planet(1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01, 2.96460137564761618e-03, 2.37847173959480950e-03, -2.96589568540237556e-05, 4.36624404335156298e-05),
     planet(1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01, 2.68067772490389322e-03, 1.62824170038242295e-03, -9.51592254519715870e-05, 5.15138902046611451e-05)].

at_rest([{X, Y, Z, _, _, _, Mass} | Planets]) ->
    Share = fun(I) -> -lists:foldl(fun(Body, Acc) -> Acc + element(I, Body) * element(7, Body) end, 0.0, Planets) / Mass end,
    [{X, Y, Z, Share(4), Share(5), Share(6), Mass} | Planets].

attracted(_, Body, VX, VY, VZ, []) -> setelement(6, setelement(5, setelement(4, Body, VX), VY), VZ);
attracted(Dt, {X, Y, Z, _, _, _, _} = Body, VX, VY, VZ, [{X2, Y2, Z2, _, _, _, M} | Rest]) ->
    DX = X - X2, DY = Y - Y2, DZ = Z - Z2,
    Square = DX * DX + DY * DY + DZ * DZ,
    case Square == 0.0 of
        true -> attracted(Dt, Body, VX, VY, VZ, Rest);
        false ->
            Pull = M * Dt / (Square * math:sqrt(Square)),
            attracted(Dt, Body, VX - DX * Pull, VY - DY * Pull, VZ - DZ * Pull, Rest)
    end.

moved(Dt, {X, Y, Z, VX, VY, VZ, Mass}) -> {X + Dt * VX, Y + Dt * VY, Z + Dt * VZ, VX, VY, VZ, Mass}.

step(Dt, Bodies) ->
    [moved(Dt, attracted(Dt, Body, element(4, Body), element(5, Body), element(6, Body), Bodies)) || Body <- Bodies].

energy([]) -> 0.0;
energy([{X, Y, Z, VX, VY, VZ, Mass} | Rest]) ->
    Potential = fun({X2, Y2, Z2, _, _, _, M}, Acc) ->
        DX = X - X2, DY = Y - Y2, DZ = Z - Z2,
        Acc + Mass * M / math:sqrt(DX * DX + DY * DY + DZ * DZ)
    end,
    0.5 * Mass * (VX * VX + VY * VY + VZ * VZ) - lists:foldl(Potential, 0.0, Rest) + energy(Rest).

energy_after(Steps) -> energy(steps(Steps, at_rest(sun_and_planets()))).

steps(0, Bodies) -> Bodies;
steps(N, Bodies) -> steps(N - 1, step(0.01, Bodies)).

inside(_, _, _, _, 0) -> true;
inside(CR, CI, ZR, ZI, N) ->
    ZR2 = ZR * ZR, ZI2 = ZI * ZI,
    case ZR2 + ZI2 > 4.0 of
        true -> false;
        false -> inside(CR, CI, ZR2 - ZI2 + CR, 2.0 * ZR * ZI + CI, N - 1)
    end.

rows(Size, Size, Count) -> Count;
rows(Size, Y, Count) -> rows(Size, Y + 1, row(Size, Y, 0, Count)).

row(Size, _, Size, Count) -> Count;
row(Size, Y, X, Count) ->
    case inside(X * 2.0 / Size - 1.5, Y * 2.0 / Size - 1.0, 0.0, 0.0, 50) of
        true -> row(Size, Y, X + 1, Count + 1);
        false -> row(Size, Y, X + 1, Count)
    end.

tasks(Count) ->
    Self = self(),
    [spawn(fun() -> Self ! {done, N + 1} end) || N <- lists:seq(0, Count - 1)],
    collect(Count, 0).

collect(0, Total) -> Total;
collect(N, Total) -> receive {done, Number} -> collect(N - 1, Total + Number) end.

ping_pong(Rounds) ->
    Self = self(),
    Partner = spawn(fun() -> Self ! {self(), 0}, partner(Self) end),
    receive {Partner, N} -> go(Partner, N, Rounds) end.

partner(To) -> receive stop -> ok; N -> To ! {self(), N + 1}, partner(To) end.

go(Partner, N, 0) -> Partner ! stop, N;
go(Partner, N, Left) ->
    Partner ! N + 1,
    receive {Partner, Next} -> go(Partner, Next, Left - 1) end.

stream(Batches, Size) ->
    Self = self(),
    Producer = spawn(fun() -> produce(Self, Batches, Size) end),
    consume(Producer, 0, Batches, Size).

produce(_, 0, _) -> ok;
produce(To, Left, Size) ->
    [To ! {item, N} || N <- lists:seq(0, Size - 1)],
    receive more -> produce(To, Left - 1, Size) end.

consume(_, Total, 0, _) -> Total;
consume(Producer, Total, Left, Size) ->
    Sum = take(Total, Size),
    Producer ! more,
    consume(Producer, Sum, Left - 1, Size).

take(Total, 0) -> Total;
take(Total, Left) -> receive {item, N} -> take(Total + N, Left - 1) end.
