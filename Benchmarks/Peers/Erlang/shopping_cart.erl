%% The shopping cart: a process for each cart and each item's shelf, one for the counts of ordered
%% items, and a source for each worker. An add is a message to a cart, one to the shelf, and one back.
-module(shopping_cart).
-export([run/1]).

-define(USERS, 128).
-define(ITEMS, 1024).
-define(CART_ITEMS_MAX, 56).
%% Operations of a source between two syncs with all carts, of which two are under way: mailboxes
%% have no bound, and long ones slow their processes down.
-define(OPERATIONS_BETWEEN_SYNCS, 4000).

run(Request) ->
    Number = fun(Key) -> list_to_integer(maps:get(Key, Request)) end,
    {Seed, Workers} = {Number("seed"), Number("workers")},
    {_, {Carts, Shelves, Sink}} = portals_peer:rounds(Request, fun(Events, Start, Stop) ->
        round(Seed, Workers, Events, Start, Stop)
    end),
    tell(Carts, Shelves, Sink).

round(Seed, Workers, Events, Start, Stop) ->
    Self = self(),
    Sink = spawn_link(fun() -> sink(#{}, {#{}, none}, 0, 0) end),
    Shelves = list_to_tuple(
        [spawn_link(fun() -> shelf(0, 0, 0, 0) end) || _ <- lists:seq(1, ?ITEMS)]),
    Carts = list_to_tuple([spawn_link(fun() ->
            put(shelves, Shelves),
            put(sink, Sink),
            cart(User, [], 0, 0, 0, {0, 0, 0, 0, 0, 0}, [])
        end) || User <- lists:seq(0, ?USERS - 1)]),
    OperationsOrigin = generators:origin(Seed, 0),
    RestocksOrigin = generators:origin(Seed, 1),
    Sources = [spawn_link(fun() ->
            Count = generators:indices(Events, First, Workers, 1),
            Operations = generators:operations(OperationsOrigin, First, Workers, Count),
            Restocks = generators:restocks(RestocksOrigin, First, Workers, Count),
            Self ! {ready, self()},
            receive go -> ok end,
            source(Operations, Restocks, Carts, Shelves, 0, 0),
            Self ! {done, self()}
        end) || First <- lists:seq(0, Workers - 1)],
    [receive {ready, Source} -> ok end || Source <- Sources],
    Start(),
    [Source ! go || Source <- Sources],
    [receive {done, Source} -> ok end || Source <- Sources],
    %% The carts have all replies; the sink has not looked at the last orders yet.
    SinkResult = finish(Sink),
    Stop(),
    {[finish(Cart) || Cart <- tuple_to_list(Carts)],
        [finish(Shelf) || Shelf <- tuple_to_list(Shelves)], SinkResult}.

finish(Process) ->
    Process ! {finish, self()},
    receive {result, Process, Result} -> Result end.

source(<<>>, <<>>, Carts, _, _, UnderWay) ->
    [await(Carts) || _ <- lists:seq(1, UnderWay)],
    sync(Carts),
    await(Carts);
source(Operations, Restocks, Carts, Shelves, ?OPERATIONS_BETWEEN_SYNCS, UnderWay) ->
    sync(Carts),
    case UnderWay of
        1 ->
            await(Carts),
            source(Operations, Restocks, Carts, Shelves, 0, 1);
        0 -> source(Operations, Restocks, Carts, Shelves, 0, 1)
    end;
source(<<Kind, User, Item:16, Operations/binary>>, <<Restock:16, Restocks/binary>>, Carts, Shelves,
        Since, UnderWay) ->
    element(Restock + 1, Shelves) ! restock,
    Cart = element(User + 1, Carts),
    case Kind of
        0 -> Cart ! {add, Item};
        1 -> Cart ! {remove, Item};
        2 -> Cart ! check_out
    end,
    source(Operations, Restocks, Carts, Shelves, Since + 1, UnderWay).

sync(Carts) -> [Cart ! {sync, self()} || Cart <- tuple_to_list(Carts)], ok.

await(Carts) -> [receive {synced, Cart} -> ok end || Cart <- tuple_to_list(Carts)], ok.

%% Items, orders so far, asks and replies so far, counts (granted, refused, returned, empty
%% check-outs, missing removes, full returns), and syncs that wait for replies.
cart(User, Items, Orders, Asked, Replied, Counts, Syncs) ->
    receive
        {add, Item} ->
            ask(take, Item),
            cart(User, Items, Orders, Asked + 1, Replied, Counts, Syncs);
        {remove, Item} ->
            case lists:member(Item, Items) of
                true ->
                    ask(put, Item),
                    cart(User, lists:delete(Item, Items), Orders, Asked + 1, Replied, Counts, Syncs);
                false -> cart(User, Items, Orders, Asked, Replied, add(5, Counts), Syncs)
            end;
        check_out when Items =:= [] ->
            cart(User, Items, Orders, Asked, Replied, add(4, Counts), Syncs);
        check_out ->
            get(sink) ! {order, User, Orders, Items},
            cart(User, [], Orders + 1, Asked, Replied, Counts, Syncs);
        {granted, Item} when length(Items) < ?CART_ITEMS_MAX ->
            settle(User, [Item | Items], Orders, Asked, Replied + 1, add(1, Counts), Syncs);
        {granted, Item} ->
            %% What was asked ends with the reply to this: no sync may be answered before.
            ask(put, Item),
            cart(User, Items, Orders, Asked, Replied, add(6, add(1, Counts)), Syncs);
        refused -> settle(User, Items, Orders, Asked, Replied + 1, add(2, Counts), Syncs);
        returned -> settle(User, Items, Orders, Asked, Replied + 1, add(3, Counts), Syncs);
        {sync, Source} ->
            settle(User, Items, Orders, Asked, Replied, Counts, Syncs ++ [{Asked, Source}]);
        {finish, Owner} -> Owner ! {result, self(), {User, Items, Orders, Counts}}
    end.

%% Answers the syncs whose asks all have their reply.
settle(User, Items, Orders, Asked, Replied, Counts, [{At, Source} | Syncs]) when Replied >= At ->
    Source ! {synced, self()},
    settle(User, Items, Orders, Asked, Replied, Counts, Syncs);
settle(User, Items, Orders, Asked, Replied, Counts, Syncs) ->
    cart(User, Items, Orders, Asked, Replied, Counts, Syncs).

ask(Kind, Item) -> element(Item + 1, get(shelves)) ! {Kind, self(), Item}.

add(Place, Counts) -> setelement(Place, Counts, element(Place, Counts) + 1).

shelf(Stock, Granted, Refused, Returned) ->
    receive
        restock -> shelf(Stock + 1, Granted, Refused, Returned);
        {take, Cart, Item} when Stock > 0 ->
            Cart ! {granted, Item},
            shelf(Stock - 1, Granted + 1, Refused, Returned);
        {take, Cart, _} ->
            Cart ! refused,
            shelf(Stock, Granted, Refused + 1, Returned);
        {put, Cart, _} ->
            Cart ! returned,
            shelf(Stock + 1, Granted, Refused, Returned + 1);
        {finish, Owner} -> Owner ! {result, self(), {Stock, Granted, Refused, Returned}}
    end.

%% Counts ordered items and keeps the 100 ordered most: {counts of those, the lowest of them}.
sink(Counts, Top, Orders, Ordered) ->
    receive
        {order, _User, _Number, Items} ->
            {NewCounts, NewTop} = count(Items, Counts, Top),
            sink(NewCounts, NewTop, Orders + 1, Ordered + length(Items));
        {finish, Owner} -> Owner ! {result, self(), {Counts, Top, Orders, Ordered}}
    end.

count([], Counts, Top) -> {Counts, Top};
count([Item | Items], Counts, Top) ->
    Count = maps:get(Item, Counts, 0) + 1,
    count(Items, Counts#{Item => Count}, rank(Item, Count, Top)).

%% Ranks as {-count, item}, so that the smallest term ranks first.
rank(Item, Count, {Entries, Lowest} = Top) ->
    Rank = {-Count, Item},
    if
        Lowest =/= none, Rank > Lowest -> Top;
        true -> place(Item, Rank, Entries, Lowest)
    end.

place(Item, Rank, Entries, none) ->
    More = Entries#{Item => Rank},
    {More, case map_size(More) of 100 -> lists:max(maps:values(More)); _ -> none end};
place(Item, Rank, Entries, {_, LowestItem} = Lowest) ->
    case Entries of
        #{Item := _} when Item =/= LowestItem -> {Entries#{Item := Rank}, Lowest};
        _ ->
            More = (maps:remove(LowestItem, Entries))#{Item => Rank},
            {More, lists:max(maps:values(More))}
    end.

tell(Carts, Shelves, {Counts, {Entries, _}, Orders, Ordered}) ->
    portals_peer:values("stock", [Stock || {Stock, _, _, _} <- Shelves]),
    portals_peer:values("item-counts",
        [maps:get(Item, Counts, 0) || Item <- lists:seq(0, ?ITEMS - 1)]),
    [list("cart", User, Items) || {User, Items, _, _} <- Carts],
    Ranks = lists:sort(maps:values(Entries)),
    list("top-items", 0, lists:append([[Item, -Count] || {Count, Item} <- Ranks])),
    Total = fun(Place, Tuples) -> lists:sum([element(Place, Tuple) || Tuple <- Tuples]) end,
    CartCounts = [CartCount || {_, _, _, CartCount} <- Carts],
    Values = [
        {"given-granted", Total(2, Shelves)}, {"given-refused", Total(3, Shelves)},
        {"given-returned", Total(4, Shelves)}, {"received-granted", Total(1, CartCounts)},
        {"received-refused", Total(2, CartCounts)}, {"received-returned", Total(3, CartCounts)},
        {"empty-checkouts", Total(4, CartCounts)}, {"missing-removes", Total(5, CartCounts)},
        {"full-returns", Total(6, CartCounts)}, {"orders", Orders}, {"order-parts", Orders},
        {"ordered-items", Ordered}, {"orders-of-carts", Total(3, Carts)}
    ],
    [portals_peer:say("value ~s ~b", [Name, Value]) || {Name, Value} <- Values].

list(Name, Index, Values) ->
    portals_peer:say("list ~s ~b~s",
        [Name, Index, [[$\s, integer_to_binary(Value)] || Value <- Values]]).
