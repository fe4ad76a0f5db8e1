%% Keyed count: a source and a partition for each worker. The partitions count their keys and hand
%% each record on to the sink, which is a function of the same process.
-module(keyed_count).
-export([run/1]).

%% Batches under way from a source to a partition, and events between two syncs where each event is
%% a message: a mailbox has no bound, and a long one slows its process down.
-define(BATCHES_UNDER_WAY, 4).
-define(EVENTS_BETWEEN_SYNCS, 500).

run(Request) ->
    Number = fun(Key) -> list_to_integer(maps:get(Key, Request)) end,
    {Seed, Keys, Workers, Batch} = {Number("seed"), Number("keys"), Number("workers"), Number("batch")},
    true = Keys < 1 bsl 27,
    {_, Parts} = portals_peer:rounds(Request, fun(Events, Start, Stop) ->
        round(Seed, Keys, Workers, Batch, Events, Start, Stop)
    end),
    portals_peer:say("value records ~b", [lists:sum([Records || {Records, _, _} <- Parts])]),
    Sum = lists:sum([Sum || {_, Sum, _} <- Parts]) band 16#ffffffffffffffff,
    portals_peer:say("value sum-of-counts ~b", [Sum]),
    Counts = maps:from_list(lists:append([Pairs || {_, _, Pairs} <- Parts])),
    portals_peer:values("counts", [maps:get(Key, Counts, 0) || Key <- lists:seq(0, Keys - 1)]).

round(Seed, Keys, Workers, Batch, Events, Start, Stop) ->
    Self = self(),
    Options = [{min_heap_size, 100000}, {message_queue_data, off_heap}],
    Partitions = list_to_tuple(
        [spawn_opt(fun() -> partition(0, 0) end, [link | Options]) || _ <- lists:seq(1, Workers)]),
    Sources = [spawn_opt(fun() ->
            Count = generators:indices(Events, First, Workers, Batch),
            Input = generators:keys(Seed, Keys, First, Workers, Count),
            Self ! {ready, self()},
            receive go -> ok end,
            if
                Batch =:= 1 -> events(Input, Partitions, Workers, 0);
                true -> batches(Input, Batch, Partitions, Workers, 0)
            end,
            Self ! {done, self()}
        end, [link | Options])
        || First <- lists:seq(0, Workers - 1)],
    [receive {ready, Source} -> ok end || Source <- Sources],
    Start(),
    [Source ! go || Source <- Sources],
    [receive {done, Source} -> ok end || Source <- Sources],
    Stop(),
    [begin
        Partition ! {finish, Self},
        receive {part, Partition, Records, Sum, Pairs} -> {Records, Sum, Pairs} end
    end || Partition <- tuple_to_list(Partitions)].

%% One message an event.
events(Input, Partitions, Workers, Since) when Since =:= ?EVENTS_BETWEEN_SYNCS ->
    sync(Partitions),
    events(Input, Partitions, Workers, 0);
events(<<Key:32, Rest/binary>>, Partitions, Workers, Since) ->
    element(Key rem Workers + 1, Partitions) ! Key,
    events(Rest, Partitions, Workers, Since + 1);
events(<<>>, Partitions, _, _) -> sync(Partitions).

sync(Partitions) ->
    [Partition ! {sync, self()} || Partition <- tuple_to_list(Partitions)],
    [receive {synced, Partition} -> ok end || Partition <- tuple_to_list(Partitions)],
    ok.

%% One message a batch and partition.
batches(<<>>, _, Partitions, _, _) -> sync(Partitions);
batches(Input, Batch, Partitions, Workers, UnderWay) when UnderWay >= ?BATCHES_UNDER_WAY ->
    [receive {taken, Partition} -> ok end || Partition <- tuple_to_list(Partitions)],
    batches(Input, Batch, Partitions, Workers, UnderWay - 1);
batches(Input, Batch, Partitions, Workers, UnderWay) ->
    Bytes = min(4 * Batch, byte_size(Input)),
    <<Now:Bytes/binary, Rest/binary>> = Input,
    deal(Now, Partitions, Workers),
    batches(Rest, Batch, Partitions, Workers, UnderWay + 1).

deal(Events, {Only}, 1) ->
    Only ! {batch, self(), [Key || <<Key:32>> <= Events]};
deal(Events, {First, Second}, 2) ->
    {Even, Odd} = lists:partition(fun(Key) -> Key band 1 =:= 0 end, [Key || <<Key:32>> <= Events]),
    First ! {batch, self(), Even},
    Second ! {batch, self(), Odd};
deal(Events, Partitions, Workers) ->
    [element(Number + 1, Partitions)
            ! {batch, self(), [Key || <<Key:32>> <= Events, Key rem Workers =:= Number]}
        || Number <- lists:seq(0, Workers - 1)].

%% The counts are in the process dictionary, which is a hash table that changes in place: a map is
%% copied along its path at every update, and takes three times as long.
partition(Records, Sum) ->
    receive
        Key when is_integer(Key) -> partition(Records + 1, Sum + count(Key));
        {batch, Source, Keys} ->
            More = counts(Keys, 0),
            Source ! {taken, self()},
            partition(Records + length(Keys), Sum + More);
        {sync, Source} ->
            Source ! {synced, self()},
            partition(Records, Sum);
        {finish, Owner} ->
            Pairs = [Pair || {Key, _} = Pair <- get(), is_integer(Key)],
            Owner ! {part, self(), Records, Sum, Pairs}
    end.

count(Key) ->
    case get(Key) of
        undefined -> put(Key, 1), 1;
        Count -> put(Key, Count + 1), Count + 1
    end.

counts([Key | Rest], Sum) -> counts(Rest, Sum + count(Key));
counts([], Sum) -> Sum.
