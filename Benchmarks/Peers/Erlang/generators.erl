%% The events of the suite's workloads, made before the measured window.
%%
%% Integers above 59 bits are allocated on the heap in Erlang, so 64-bit words are pairs of 32-bit
%% halves here: 0.1 microseconds an event instead of 1.
-module(generators).
-export([keys/5, operations/4, restocks/4, origin/2, indices/4]).

-define(M16, 16#ffff).
-define(M32, 16#ffffffff).

%% Keys of the events First, First + Step, ... (Count of them), 32 bits each.
keys(Seed, Keys, First, Step, Count) ->
    make(Seed, First, Step, Count, fun(High, Low) ->
        Key = scaled(High, Low, Keys),
        <<Key:32>>
    end).

%% Operations of the cart: kind (0 add, 1 remove, 2 check out), user, item.
operations(Origin, First, Step, Count) ->
    make(Origin, First, Step, Count, fun(High, Low) ->
        {Kind, High1, Low1} = digit(High, Low, 3),
        {User, High2, Low2} = digit(High1, Low1, 128),
        Item = scaled(High2, Low2, 1024),
        <<Kind:8, User:8, Item:16>>
    end).

%% Items that are delivered.
restocks(Origin, First, Step, Count) ->
    make(Origin, First, Step, Count, fun(High, Low) ->
        Item = scaled(High, Low, 1024),
        <<Item:16>>
    end).

%% The seed of a workload's generator of this number.
origin(Seed, Index) ->
    {High, Low} = mix(state(Seed, Index)),
    (High bsl 32) bor Low.

%% How many of Events indices First, First + Step, ... there are.
indices(Events, First, Step, _) when First >= Events, Step > 0 -> 0;
indices(Events, First, Step, _) -> (Events - First + Step - 1) div Step.

make(Seed, First, Step, Count, Event) ->
    {High, Low} = state(Seed, First),
    Stride = (Step * 16#9E3779B97F4A7C15) band 16#ffffffffffffffff,
    make(High, Low, Stride bsr 32, Stride band ?M32, Count, Event, <<>>).

make(_, _, _, _, 0, _, Made) -> Made;
make(High, Low, StrideHigh, StrideLow, Count, Event, Made) ->
    {MixedHigh, MixedLow} = mix({High, Low}),
    One = Event(MixedHigh, MixedLow),
    Sum = Low + StrideLow,
    make((High + StrideHigh + (Sum bsr 32)) band ?M32, Sum band ?M32, StrideHigh, StrideLow,
        Count - 1, Event, <<Made/binary, One/binary>>).

%% The state of splitmix64 for an index.
state(Seed, Index) ->
    Bits = (Seed + (Index + 1) * 16#9E3779B97F4A7C15) band 16#ffffffffffffffff,
    {Bits bsr 32, Bits band ?M32}.

mix({High0, Low0}) ->
    {High1, Low1} = times(xor_right(High0, Low0, 30), 16#BF58476D, 16#1CE4E5B9),
    {High2, Low2} = times(xor_right(High1, Low1, 27), 16#94D049BB, 16#133111EB),
    xor_right(High2, Low2, 31).

xor_right(High, Low, Bits) ->
    Shifted = ((High bsl (32 - Bits)) bor (Low bsr Bits)) band ?M32,
    {High bxor (High bsr Bits), Low bxor Shifted}.

%% A product modulo 2^64, in pieces that stay below 2^59.
times({High, Low}, ByHigh, ByLow) ->
    A = (Low band ?M16) * ByLow,
    B = (Low bsr 16) * ByLow + (A bsr 16),
    Cross = low_product(Low, ByHigh) + low_product(High, ByLow),
    {((B bsr 16) + Cross) band ?M32, ((B band ?M16) bsl 16) bor (A band ?M16)}.

low_product(One, Other) ->
    (One band ?M16) * Other + ((((One bsr 16) * Other) band ?M16) bsl 16).

%% The high half of a product with a range below 2^27.
scaled(High, Low, Range) ->
    (High * Range + ((Low * Range) bsr 32)) bsr 32.

%% The same, with the low half.
digit(High, Low, Range) ->
    LowProduct = Low * Range,
    HighProduct = High * Range + (LowProduct bsr 32),
    {HighProduct bsr 32, HighProduct band ?M32, LowProduct band ?M32}.
