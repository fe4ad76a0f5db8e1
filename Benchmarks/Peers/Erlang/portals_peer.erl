%% Erlang/OTP as a peer of the suite: reads the request from its arguments, runs the workload, and
%% prints the lines of the protocol (Benchmarks/Peers/README.md).
-module(portals_peer).
-export([main/0, say/2, values/2, rounds/2, histogram/0, record/2, report/1]).

main() ->
    Request = maps:from_list([word(Word) || Word <- init:get_plain_arguments()]),
    say("protocol 1", []),
    case maps:get("workload", Request) of
        "keyed-count" -> keyed_count:run(Request);
        "shopping-cart" -> shopping_cart:run(Request);
        "portal-ping-pong" -> ping_pong:run(Request)
    end,
    say("end", []),
    erlang:halt(0).

word(Word) ->
    [Key, Value] = string:split(Word, "="),
    {Key, Value}.

say(Format, Arguments) ->
    io:format("peer " ++ Format ++ "~n", Arguments).

%% Values by index from 0, a thousand a line.
values(Name, Values) -> values(Name, 0, Values).

values(_, _, []) -> ok;
values(Name, First, Values) ->
    {Part, Rest} = lists:split(min(1000, length(Values)), Values),
    say("values ~s ~b~s", [Name, First, [[$\s, integer_to_binary(Value)] || Value <- Part]]),
    values(Name, First + length(Part), Rest).

%% Ever longer pilots until the warm-up is over, then the measured round.
%%
%% Round(Events, Start, Stop) runs so many events, calls Start when its input is ready and Stop when
%% the last event is done, and returns the answer.
rounds(Request, Round) ->
    WarmUp = seconds(maps:get("warm-up", Request)),
    Rate = pilot(Round, WarmUp, 1 bsl 14),
    Events =
        case Request of
            #{"events" := Count} -> list_to_integer(Count);
            #{"seconds" := Seconds} -> trunc(Rate * seconds(Seconds)) + 1
        end,
    Answer = Round(Events,
        fun() ->
            garbage_collect(),
            say("start", []),
            put(start, erlang:monotonic_time(nanosecond))
        end,
        fun() ->
            Stop = erlang:monotonic_time(nanosecond),
            say("stop ~b ~b", [Events, Stop - get(start)])
        end),
    {Events, Answer}.

pilot(Round, WarmUp, Events) ->
    Round(Events,
        fun() -> put(start, erlang:monotonic_time(nanosecond)) end,
        fun() -> put(stop, erlang:monotonic_time(nanosecond)) end),
    Seconds = (get(stop) - get(start)) / 1.0e9,
    say("warmed ~b ~f", [Events, Seconds]),
    if
        Seconds >= WarmUp; Events >= 1 bsl 30 -> Events / Seconds;
        true -> pilot(Round, WarmUp, Events * 4)
    end.

seconds(Text) ->
    try list_to_float(Text)
    catch error:badarg -> float(list_to_integer(Text))
    end.

%% Counts of latencies in log-linear buckets, exact below 256 ns and within 1/128 above.
histogram() -> counters:new(56 * 128 + 256, []).

record(Histogram, Nanoseconds) when Nanoseconds < 256 ->
    counters:add(Histogram, Nanoseconds + 1, 1);
record(Histogram, Nanoseconds) ->
    Shift = shift(Nanoseconds, 1),
    counters:add(Histogram, (Shift bsl 7) + (Nanoseconds bsr Shift) + 1, 1).

shift(Value, Shift) when Value bsr Shift < 256 -> Shift;
shift(Value, Shift) -> shift(Value, Shift + 1).

report(Histogram) ->
    #{size := Size} = counters:info(Histogram),
    [say("latency ~b ~b", [upper_edge(Bucket), Count])
        || Bucket <- lists:seq(0, Size - 1),
           Count <- [counters:get(Histogram, Bucket + 1)], Count > 0],
    ok.

upper_edge(Bucket) when Bucket < 256 -> Bucket;
upper_edge(Bucket) ->
    Shift = (Bucket bsr 7) - 1,
    ((Bucket - (Shift bsl 7)) bsl Shift) bor ((1 bsl Shift) - 1).
