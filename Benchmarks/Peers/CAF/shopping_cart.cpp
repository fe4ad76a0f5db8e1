// The shopping cart: an actor for each cart and each item's shelf, one for the counts of ordered
// items, and a source for each worker. An add is a message to a cart, one to the shelf, one back.
#include <algorithm>
#include <deque>
#include <unordered_map>

#include "caf_peer.hpp"

namespace peer {
namespace {

constexpr std::uint64_t users = 128;
constexpr std::uint64_t items = 1024;
constexpr std::size_t cartItemsMax = 56;
constexpr std::size_t topPlaces = 100;
/// Operations between two syncs with all carts, of which two are under way from a source: mailboxes
/// have no bound.
constexpr std::uint64_t operationsBetweenSyncs = 4000;
constexpr unsigned syncsUnderWay = 2;

using Items = std::vector<std::uint32_t>;
using add_atom = caf::atom_constant<caf::atom("add")>;
using remove_atom = caf::atom_constant<caf::atom("remove")>;
using checkout_atom = caf::atom_constant<caf::atom("checkout")>;
using restock_atom = caf::atom_constant<caf::atom("restock")>;
using take_atom = caf::atom_constant<caf::atom("take")>;
using put_atom = caf::atom_constant<caf::atom("put")>;
using granted_atom = caf::atom_constant<caf::atom("granted")>;
using refused_atom = caf::atom_constant<caf::atom("refused")>;
using returned_atom = caf::atom_constant<caf::atom("returned")>;
using order_atom = caf::atom_constant<caf::atom("order")>;

struct Replies {
    std::uint64_t granted = 0, refused = 0, returned = 0;
};

struct Cart {
    Items items;
    std::uint32_t orders = 0;
    std::uint64_t asked = 0, replied = 0, empty = 0, missing = 0, full = 0;
    Replies received;
    /// Syncs that wait for the replies to all that was asked before them.
    std::deque<std::pair<std::uint64_t, caf::actor>> syncs;
};

struct Shelf {
    std::uint64_t stock = 0;
    Replies given;
};

/// The items ordered most: highest count first, then lowest item.
struct TopItems {
    std::vector<std::pair<std::uint32_t, std::uint64_t>> entries;
    std::size_t lowest = 0;

    static bool ranksAbove(
        const std::pair<std::uint32_t, std::uint64_t>& one,
        const std::pair<std::uint32_t, std::uint64_t>& other) {
        return one.second > other.second || (one.second == other.second && one.first < other.first);
    }

    void take(std::uint32_t item, std::uint64_t count) {
        std::pair<std::uint32_t, std::uint64_t> record{item, count};
        // An item on the list had at least the lowest count before: it ranks above it now.
        if (entries.size() == topPlaces && !ranksAbove(record, entries[lowest])) return;
        auto found = std::find_if(
            entries.begin(), entries.end(), [&](auto& entry) { return entry.first == item; });
        std::size_t place = found - entries.begin();
        bool stale = place == lowest;
        if (found != entries.end()) {
            *found = record;
        } else {
            stale = true;
            if (entries.size() < topPlaces)
                entries.push_back(record);
            else
                entries[lowest] = record;
        }
        if (!stale || entries.size() < topPlaces) return;
        auto last = std::max_element(entries.begin(), entries.end(), ranksAbove);
        lowest = last - entries.begin();
    }
};

struct Sink {
    std::unordered_map<std::uint32_t, std::uint64_t> counts;
    TopItems top;
    std::uint64_t orders = 0, orderedItems = 0;
};

struct World {
    std::vector<Cart> carts{users};
    std::vector<Shelf> shelves{items};
    Sink sink;
};

caf::behavior cartActor(
    caf::event_based_actor* self, Cart* cart, std::uint32_t user, std::vector<caf::actor> shelves,
    caf::actor sink) {
    auto settle = [=] {
        while (!cart->syncs.empty() && cart->replied >= cart->syncs.front().first) {
            self->send(cart->syncs.front().second, synced_atom::value);
            cart->syncs.pop_front();
        }
    };
    auto replied = [=] {
        ++cart->replied;
        settle();
    };
    return {
        [=](add_atom, std::uint32_t item) {
            ++cart->asked;
            self->send(shelves[item], take_atom::value, item);
        },
        [=](remove_atom, std::uint32_t item) {
            auto found = std::find(cart->items.begin(), cart->items.end(), item);
            if (found == cart->items.end()) {
                ++cart->missing;
                return;
            }
            *found = cart->items.back();
            cart->items.pop_back();
            ++cart->asked;
            self->send(shelves[item], put_atom::value, item);
        },
        [=](checkout_atom) {
            if (cart->items.empty()) {
                ++cart->empty;
                return;
            }
            self->send(sink, order_atom::value, user, cart->orders++, std::move(cart->items));
            cart->items = {};
        },
        [=](granted_atom, std::uint32_t item) {
            ++cart->received.granted;
            if (cart->items.size() < cartItemsMax) {
                cart->items.push_back(item);
                replied();
            } else {
                // What was asked ends with the reply to this: no sync may be answered before.
                ++cart->full;
                self->send(shelves[item], put_atom::value, item);
            }
        },
        [=](refused_atom) {
            ++cart->received.refused;
            replied();
        },
        [=](returned_atom) {
            ++cart->received.returned;
            replied();
        },
        [=](sync_atom, const caf::actor& source) {
            cart->syncs.emplace_back(cart->asked, source);
            settle();
        },
        [=](finish_atom) { self->quit(); },
    };
}

caf::behavior shelfActor(caf::event_based_actor* self, Shelf* shelf) {
    auto asker = [=] { return caf::actor_cast<caf::actor>(self->current_sender()); };
    return {
        [=](restock_atom) { ++shelf->stock; },
        [=](take_atom, std::uint32_t item) {
            if (shelf->stock == 0) {
                ++shelf->given.refused;
                self->send(asker(), refused_atom::value);
                return;
            }
            --shelf->stock;
            ++shelf->given.granted;
            self->send(asker(), granted_atom::value, item);
        },
        [=](put_atom, std::uint32_t) {
            ++shelf->stock;
            ++shelf->given.returned;
            self->send(asker(), returned_atom::value);
        },
        [=](finish_atom) { self->quit(); },
    };
}

caf::behavior sinkActor(caf::event_based_actor* self, Sink* sink) {
    return {
        [=](order_atom, std::uint32_t, std::uint32_t, const Items& ordered) {
            ++sink->orders;
            sink->orderedItems += ordered.size();
            for (auto item : ordered) sink->top.take(item, ++sink->counts[item]);
        },
        [=](sync_atom, const caf::actor& owner) { self->send(owner, done_atom::value); },
        [=](finish_atom) { self->quit(); },
    };
}

struct Source {
    std::uint64_t operationsOrigin, restocksOrigin, events, next, stride;
    std::vector<caf::actor> carts, shelves;
    caf::actor owner;
    unsigned underWay = 0;
    std::size_t replies = 0;

    void fill(caf::event_based_actor* self) {
        while (underWay < syncsUnderWay && next < events) {
            for (std::uint64_t sent = 0; sent < operationsBetweenSyncs && next < events; ++sent) {
                operate(self);
                next += stride;
            }
            for (auto& cart : carts)
                self->send(cart, sync_atom::value, caf::actor_cast<caf::actor>(self));
            ++underWay;
        }
        if (underWay == 0) {
            self->send(owner, done_atom::value);
            self->quit();
        }
    }

    void operate(caf::event_based_actor* self) {
        auto restock = splitmix64(restocksOrigin, next);
        self->send(shelves[scaled(restock, items)], restock_atom::value);
        auto bits = splitmix64(operationsOrigin, next);
        auto kind = scaled(bits, 3);
        auto& cart = carts[scaled(bits, users)];
        auto item = static_cast<std::uint32_t>(scaled(bits, items));
        if (kind == 0)
            self->send(cart, add_atom::value, item);
        else if (kind == 1)
            self->send(cart, remove_atom::value, item);
        else
            self->send(cart, checkout_atom::value);
    }
};

caf::behavior sourceActor(caf::event_based_actor* self, Source initial) {
    auto state = std::make_shared<Source>(std::move(initial));
    return {
        [=](go_atom) { state->fill(self); },
        [=](synced_atom) {
            if (++state->replies % users == 0) {
                --state->underWay;
                state->fill(self);
            }
        },
    };
}

void tell(const World& world) {
    std::vector<std::uint64_t> stock, counts(items);
    Replies given, received;
    auto add = [](Replies& all, const Replies& more) {
        all.granted += more.granted;
        all.refused += more.refused;
        all.returned += more.returned;
    };
    for (auto& shelf : world.shelves) {
        stock.push_back(shelf.stock);
        add(given, shelf.given);
    }
    std::uint64_t orders = 0, empty = 0, missing = 0, full = 0;
    for (std::size_t user = 0; user < users; ++user) {
        auto& cart = world.carts[user];
        list("cart", user, cart.items);
        add(received, cart.received);
        orders += cart.orders;
        empty += cart.empty;
        missing += cart.missing;
        full += cart.full;
    }
    for (auto& [item, count] : world.sink.counts) counts[item] = count;
    values("stock", stock);
    values("item-counts", counts);
    auto ranked = world.sink.top.entries;
    std::sort(ranked.begin(), ranked.end(), TopItems::ranksAbove);
    std::vector<std::uint64_t> top;
    for (auto& [item, count] : ranked) top.insert(top.end(), {item, count});
    list("top-items", 0, top);
    value("given-granted", given.granted);
    value("given-refused", given.refused);
    value("given-returned", given.returned);
    value("received-granted", received.granted);
    value("received-refused", received.refused);
    value("received-returned", received.returned);
    value("orders", world.sink.orders);
    value("order-parts", world.sink.orders);
    value("ordered-items", world.sink.orderedItems);
    value("orders-of-carts", orders);
    value("empty-checkouts", empty);
    value("missing-removes", missing);
    value("full-returns", full);
}

}  // namespace

void shoppingCart(caf::actor_system& system, const Request& request) {
    auto workers = request.workers();
    auto seed = request.number("seed", 1);
    auto world = rounds(request, [&](std::uint64_t events, auto start, auto stop) {
        auto world = std::make_shared<World>();
        caf::scoped_actor self{system};
        std::vector<caf::actor> shelves, carts, sources;
        auto sink = system.spawn(sinkActor, &world->sink);
        for (auto& shelf : world->shelves) shelves.push_back(system.spawn(shelfActor, &shelf));
        for (std::uint32_t user = 0; user < users; ++user)
            carts.push_back(system.spawn(cartActor, &world->carts[user], user, shelves, sink));
        for (std::size_t at = 0; at < workers; ++at) {
            Source state{splitmix64(seed, 0), splitmix64(seed, 1), events, at, workers,
                         carts, shelves, caf::actor_cast<caf::actor>(self)};
            sources.push_back(system.spawn(sourceActor, std::move(state)));
        }
        start();
        for (auto& each : sources) self->send(each, go_atom::value);
        for (std::size_t left = workers; left > 0; --left) self->receive([](done_atom) {});
        // The carts have all replies; the sink may not have looked at the last orders yet.
        self->send(sink, sync_atom::value, caf::actor_cast<caf::actor>(self));
        self->receive([](done_atom) {});
        stop();
        for (auto& each : carts) self->send(each, finish_atom::value);
        for (auto& each : shelves) self->send(each, finish_atom::value);
        self->send(sink, finish_atom::value);
        // The world is read when its actors are gone.
        self->wait_for(carts, shelves, sink);
        return world;
    });
    tell(*world);
}

}  // namespace peer
