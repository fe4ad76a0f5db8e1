//! The shopping cart with its true cycle: carts ask the inventory, whose replies come back to them
//! through a feedback edge; orders go on to a count for each item and the items ordered most.

use std::cell::RefCell;
use std::rc::Rc;

use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::dataflow::operators::generic::operator::{source, Operator};
use timely::dataflow::operators::generic::OutputBuilder;
use timely::dataflow::operators::vec::Map;
use timely::dataflow::operators::{ConnectLoop, Feedback};
use timely::dataflow::{Scope, Stream};

use crate::generators::{scaled, splitmix64, FastMap};
use crate::report;
use crate::request::Request;
use crate::rounds;
use crate::top_items::TopItems;

const USERS: u64 = 128;
const ITEMS: u64 = 1_024;
const CART_ITEMS_MAX: usize = 56;
const ORDER_ITEMS_MAX: usize = 5;

const ADD: u8 = 0;
const REMOVE: u8 = 1;
const TAKE: u8 = 0;
const PUT: u8 = 1;
const GRANTED: u8 = 0;
const REFUSED: u8 = 1;
const RETURNED: u8 = 2;

/// Kind (add, remove, check out), user, item.
type Operation = (u8, u32, u32);
/// Kind (take, put), user who asks, item.
type Ask = (u8, u32, u32);
/// What became of it (granted, refused, returned), user, item.
type Reply = (u8, u32, u32);
/// A part of an order: user, number, items used, whether another part follows, items.
type Order = (u32, u32, u8, bool, [u32; ORDER_ITEMS_MAX]);

#[derive(Default)]
struct Cart {
    items: Vec<u32>,
    orders: u32,
    empty_checkouts: u64,
    missing_removes: u64,
    full_returns: u64,
    received: [u64; 3],
}

#[derive(Default)]
struct Shelf {
    stock: u64,
    given: [u64; 3],
}

/// What one worker holds when it is done.
#[derive(Default)]
struct Part {
    carts: FastMap<u32, Cart>,
    shelves: FastMap<u32, Shelf>,
    item_counts: FastMap<u32, u64>,
    top: TopItems,
    orders: u64,
    order_parts: u64,
    ordered_items: u64,
}

fn operation(origin: u64, index: u64) -> Operation {
    let (kind, after_kind) = scaled(splitmix64(origin, index), 3);
    let (user, after_user) = scaled(after_kind, USERS);
    (kind as u8, user as u32, scaled(after_user, ITEMS).0 as u32)
}

/// Batches of generated events, dealt to the workers in turn, each with a timestamp of its own.
fn generate<'scope, Event: Clone + 'static>(
    scope: Scope<'scope, u64>, name: &str, events: u64, batch: u64, event: impl Fn(u64) -> Event + 'static,
) -> Stream<'scope, u64, Vec<Event>> {
    let (index, peers) = (scope.index() as u64, scope.peers() as u64);
    source(scope, name, move |capability, info| {
        let activator = scope.activator_for(info.address);
        let mut capability = Some(capability);
        let mut number = index;
        move |output| {
            let first = number * batch;
            if first >= events {
                capability = None;
                return;
            }
            if let Some(capability) = capability.as_mut() {
                let last = events.min(first + batch);
                output.session(capability).give_iterator((first..last).map(&event));
                number += peers;
                capability.downgrade(&number);
                activator.activate();
            }
        }
    })
}

pub fn run(request: Request) {
    let (seed, batch) = (request.seed, request.batch);
    let (parts, _) = rounds::run(&request, move |worker, events| {
        let part = Rc::new(RefCell::new(Part::default()));
        let shared = Rc::clone(&part);
        worker.dataflow::<u64, _, _>(move |scope| build(scope, seed, events, batch, &shared));
        move || part.take()
    });
    tell(&parts);
}

fn build<'scope>(
    scope: Scope<'scope, u64>, seed: u64, events: u64, batch: u64, part: &Rc<RefCell<Part>>,
) {
    let operations_origin = splitmix64(seed, 0);
    let restocks_origin = splitmix64(seed, 1);
    let operations =
        generate(scope, "Operations", events, batch, move |index| operation(operations_origin, index));
    let restocks = generate(scope, "Restocks", events, batch, move |index| {
        scaled(splitmix64(restocks_origin, index), ITEMS).0 as u32
    });
    let (handle, replies) = scope.feedback::<Vec<Reply>>(1);
    let (asks, orders) = carts(scope, operations, replies, Rc::clone(part));

    let shelving = Rc::clone(part);
    restocks
        .binary(
            asks,
            Exchange::new(|item: &u32| u64::from(*item)),
            Exchange::new(|ask: &Ask| u64::from(ask.2)),
            "Inventory",
            move |_, _| {
                move |restocks, asks, replies| {
                    let shelves = &mut shelving.borrow_mut().shelves;
                    restocks.for_each_time(|_, data| {
                        for item in data.flat_map(|items| items.drain(..)) {
                            shelves.entry(item).or_default().stock += 1;
                        }
                    });
                    asks.for_each_time(|time, data| {
                        let mut session = replies.session(&time);
                        for (kind, user, item) in data.flat_map(|asks| asks.drain(..)) {
                            let shelf = shelves.entry(item).or_default();
                            let reply = match kind {
                                PUT => RETURNED,
                                _ if shelf.stock > 0 => GRANTED,
                                _ => REFUSED,
                            };
                            match reply {
                                GRANTED => shelf.stock -= 1,
                                RETURNED => shelf.stock += 1,
                                _ => {}
                            }
                            shelf.given[reply as usize] += 1;
                            session.give((reply, user, item));
                        }
                    });
                }
            },
        )
        .container::<Vec<Reply>>()
        .connect_loop(handle);

    let sinking = Rc::clone(part);
    orders.clone().sink(Pipeline, "Orders", move |(input, _frontier)| {
        let mut part = sinking.borrow_mut();
        input.for_each_time(|_, data| {
            for order in data.flat_map(|orders| orders.drain(..)) {
                part.order_parts += 1;
                part.orders += u64::from(!order.3);
                part.ordered_items += u64::from(order.2);
            }
        });
    });

    let counting = Rc::clone(part);
    let ranking = Rc::clone(part);
    orders
        .flat_map(|order: Order| order.4.into_iter().take(order.2 as usize))
        .container::<Vec<u32>>()
        .unary(Exchange::new(|item: &u32| u64::from(*item)), "Item counts", move |_, _| {
            move |input, output| {
                let counts = &mut counting.borrow_mut().item_counts;
                input.for_each_time(|time, data| {
                    let mut session = output.session(&time);
                    for item in data.flat_map(|items| items.drain(..)) {
                        let count = counts.entry(item).or_insert(0);
                        *count += 1;
                        session.give((item, *count));
                    }
                });
            }
        })
        .container::<Vec<(u32, u64)>>()
        .sink(Pipeline, "Top items", move |(input, _frontier)| {
            let top = &mut ranking.borrow_mut().top;
            input.for_each_time(|_, data| {
                for (item, count) in data.flat_map(|records| records.drain(..)) {
                    top.take(item, count);
                }
            });
        });
}

/// The carts: operations and replies in, asks and orders out.
fn carts<'scope>(
    scope: Scope<'scope, u64>, operations: Stream<'scope, u64, Vec<Operation>>,
    replies: Stream<'scope, u64, Vec<Reply>>, part: Rc<RefCell<Part>>,
) -> (Stream<'scope, u64, Vec<Ask>>, Stream<'scope, u64, Vec<Order>>) {
    let mut builder = OperatorBuilder::new("Carts".to_owned(), scope);
    let mut operations =
        builder.new_input(operations, Exchange::new(|operation: &Operation| u64::from(operation.1)));
    let mut replies = builder.new_input(replies, Exchange::new(|reply: &Reply| u64::from(reply.1)));
    let (asks, asks_stream) = builder.new_output::<Vec<Ask>>();
    let (orders, orders_stream) = builder.new_output::<Vec<Order>>();
    let mut asks = OutputBuilder::<u64, CapacityContainerBuilder<Vec<Ask>>>::from(asks);
    let mut orders = OutputBuilder::<u64, CapacityContainerBuilder<Vec<Order>>>::from(orders);
    builder.build(move |_| {
        move |_frontiers| {
            let carts = &mut part.borrow_mut().carts;
            let (mut asks, mut orders) = (asks.activate(), orders.activate());
            operations.for_each_time(|time, data| {
                let (mut ask, mut order) = (asks.session(&time), orders.session(&time));
                for (kind, user, item) in data.flat_map(|operations| operations.drain(..)) {
                    let cart = carts.entry(user).or_default();
                    match kind {
                        ADD => ask.give((TAKE, user, item)),
                        REMOVE => match cart.items.iter().position(|&held| held == item) {
                            Some(place) => {
                                cart.items.swap_remove(place);
                                ask.give((PUT, user, item));
                            }
                            None => cart.missing_removes += 1,
                        },
                        _ if cart.items.is_empty() => cart.empty_checkouts += 1,
                        _ => {
                            let parts = cart.items.len().div_ceil(ORDER_ITEMS_MAX);
                            for (number, part) in cart.items.chunks(ORDER_ITEMS_MAX).enumerate() {
                                let mut items = [0; ORDER_ITEMS_MAX];
                                items[..part.len()].copy_from_slice(part);
                                let continues = number + 1 < parts;
                                order.give((user, cart.orders, part.len() as u8, continues, items));
                            }
                            cart.orders += 1;
                            cart.items.clear();
                        }
                    }
                }
            });
            replies.for_each_time(|time, data| {
                let mut ask = asks.session(&time);
                for (reply, user, item) in data.flat_map(|replies| replies.drain(..)) {
                    let cart = carts.entry(user).or_default();
                    cart.received[reply as usize] += 1;
                    if reply == GRANTED {
                        if cart.items.len() < CART_ITEMS_MAX {
                            cart.items.push(item);
                        } else {
                            cart.full_returns += 1;
                            ask.give((PUT, user, item));
                        }
                    }
                }
            });
        }
    });
    (asks_stream, orders_stream)
}

/// Prints the answer that the parts of all workers make together.
fn tell(parts: &[Part]) {
    let mut stock = vec![0; ITEMS as usize];
    let mut item_counts = vec![0; ITEMS as usize];
    let (mut given, mut received) = ([0; 3], [0; 3]);
    let (mut orders_of_carts, mut empty, mut missing, mut full) = (0, 0, 0, 0);
    for part in parts {
        for (&item, shelf) in &part.shelves {
            stock[item as usize] = shelf.stock;
            (0..3).for_each(|reply| given[reply] += shelf.given[reply]);
        }
        for (&item, &count) in &part.item_counts {
            item_counts[item as usize] = count;
        }
        for (&user, cart) in &part.carts {
            let items: Vec<u64> = cart.items.iter().map(|&item| u64::from(item)).collect();
            report::list("cart", user as usize, &items);
            (0..3).for_each(|reply| received[reply] += cart.received[reply]);
            orders_of_carts += u64::from(cart.orders);
            empty += cart.empty_checkouts;
            missing += cart.missing_removes;
            full += cart.full_returns;
        }
    }
    report::values("stock", &stock);
    report::values("item-counts", &item_counts);
    let top = TopItems::merged(parts.iter().map(|part| &part.top));
    let top: Vec<u64> = top.iter().flat_map(|&(item, count)| [u64::from(item), count]).collect();
    report::list("top-items", 0, &top);
    for (reply, name) in ["granted", "refused", "returned"].into_iter().enumerate() {
        report::value(&format!("given-{name}"), given[reply]);
        report::value(&format!("received-{name}"), received[reply]);
    }
    report::value("orders", parts.iter().map(|part| part.orders).sum());
    report::value("order-parts", parts.iter().map(|part| part.order_parts).sum());
    report::value("ordered-items", parts.iter().map(|part| part.ordered_items).sum());
    report::value("orders-of-carts", orders_of_carts);
    report::value("empty-checkouts", empty);
    report::value("missing-removes", missing);
    report::value("full-returns", full);
}
