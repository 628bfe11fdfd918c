#!/usr/bin/env escript
%%! -sname figures@localhost
%% The calls of latency.u, throughput.u and values.u by erpc between two processes: p50 and p99 in us, calls a second with 1,024 callers, us for 1 MB there and back.

-mode(compile).

main(_) ->
    {ok, Peer, Node} = peer:start(#{name => figures_peer, host => "localhost"}),
    _ = [one(Node) || _ <- lists:seq(1, 500)],
    Times = lists:sort([one(Node) || _ <- lists:seq(1, 2000)]),
    Rate = rate(Node, 1024, 30),
    Value = binary:copy(<<"x">>, 1 bsl 20),
    Large = lists:sort([large(Node, Value) || _ <- lists:seq(1, 20)]),
    io:format("~p ~p ~p ~p~n", [lists:nth(1000, Times), lists:nth(1980, Times), Rate, lists:nth(10, Large)]),
    peer:stop(Peer).

one(Node) ->
    {Time, 2} = timer:tc(fun() -> erpc:call(Node, erlang, '+', [1, 1]) end),
    Time.

large(Node, Value) ->
    {Time, Value} = timer:tc(fun() -> erpc:call(Node, erlang, hd, [[Value]]) end),
    Time.

rate(Node, Callers, Each) ->
    Caller = fun() -> [2 = erpc:call(Node, erlang, '+', [1, 1]) || _ <- lists:seq(1, Each)] end,
    {Time, _} = timer:tc(fun() ->
        Started = [spawn_monitor(Caller) || _ <- lists:seq(1, Callers)],
        [receive {'DOWN', Ref, process, Pid, normal} -> ok end || {Pid, Ref} <- Started]
    end),
    Callers * Each * 1000000 div Time.
