%% Request and reply between two processes, by plain sends: what gen_server:call adds is a monitor.
-module(ping_pong).
-export([run/1]).

run(Request) ->
    Outstanding = list_to_integer(maps:get("outstanding", Request)),
    {_, {Answer, Histogram}} = portals_peer:rounds(Request, fun(RoundTrips, Start, Stop) ->
        round(RoundTrips, Outstanding, Start, Stop)
    end),
    portals_peer:report(Histogram),
    {Pings, Pongs, Sum, Ended} = Answer,
    portals_peer:say("value pings ~b", [Pings]),
    portals_peer:say("value pongs ~b", [Pongs]),
    portals_peer:say("value sum-of-values ~b", [Sum band 16#ffffffffffffffff]),
    portals_peer:say("value chains-ended ~b", [Ended]).

round(RoundTrips, Outstanding, Start, Stop) ->
    Self = self(),
    Histogram = portals_peer:histogram(),
    Replier = spawn_link(fun() -> reply(0) end),
    Asker = spawn_link(fun() ->
        receive go -> ok end,
        {Share, Extra} = {RoundTrips div Outstanding, RoundTrips rem Outstanding},
        Now = erlang:monotonic_time(nanosecond),
        [Replier ! {ping, self(), Chain, Share + 1} || Chain <- lists:seq(0, Extra - 1)],
        [Replier ! {ping, self(), Chain, Share}
            || Chain <- lists:seq(Extra, Outstanding - 1), Share > 0],
        Self ! {done, ask(Replier, Histogram, RoundTrips, 0, 0, 0, Now)}
    end),
    Start(),
    Asker ! go,
    {Pongs, Sum, Ended} = receive {done, Result} -> Result end,
    Stop(),
    Replier ! {finish, Self},
    Pings = receive {pings, Count} -> Count end,
    {{Pings, Pongs, Sum, Ended}, Histogram}.

ask(_, _, 0, Pongs, Sum, Ended, _) -> {Pongs, Sum, Ended};
ask(Replier, Histogram, Left, Pongs, Sum, Ended, Asked) ->
    receive
        {pong, 0, Value} ->
            Now = erlang:monotonic_time(nanosecond),
            portals_peer:record(Histogram, Now - Asked),
            next(Replier, Histogram, Left, Pongs, Sum, Ended, Now, 0, Value);
        {pong, Chain, Value} ->
            next(Replier, Histogram, Left, Pongs, Sum, Ended, Asked, Chain, Value)
    end.

next(Replier, Histogram, Left, Pongs, Sum, Ended, Asked, _, 0) ->
    ask(Replier, Histogram, Left - 1, Pongs + 1, Sum, Ended + 1, Asked);
next(Replier, Histogram, Left, Pongs, Sum, Ended, Asked, Chain, Value) ->
    Replier ! {ping, self(), Chain, Value},
    ask(Replier, Histogram, Left - 1, Pongs + 1, Sum + Value, Ended, Asked).

reply(Pings) ->
    receive
        {ping, Asker, Chain, Value} ->
            Asker ! {pong, Chain, Value - 1},
            reply(Pings + 1);
        {finish, Owner} -> Owner ! {pings, Pings}
    end.
