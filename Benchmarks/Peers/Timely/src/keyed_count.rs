//! Keyed count: source, exchange by key, a running count for each, and a sink that sums them.

use std::cell::RefCell;
use std::rc::Rc;

use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::generic::operator::{source, Operator};

use crate::generators::{scaled, splitmix64, FastMap};
use crate::report;
use crate::request::Request;
use crate::rounds;

/// Events that a source makes before the other operators have their turn: each turn tells all
/// workers of the progress, which costs as much as some thousand events.
const EVENTS_AN_ACTIVATION: u64 = 8_192;

#[derive(Default)]
struct Part {
    counts: FastMap<u64, u64>,
    records: u64,
    sum_of_counts: u64,
}

pub fn run(request: Request) {
    let (seed, keys, batch) = (request.seed, request.keys, request.batch);
    let batches_an_activation = (EVENTS_AN_ACTIVATION / batch).max(1);
    let (parts, _) = rounds::run(&request, move |worker, events| {
        let (index, peers) = (worker.index() as u64, worker.peers() as u64);
        let part = Rc::new(RefCell::new(Part::default()));
        let (counting, sinking) = (Rc::clone(&part), Rc::clone(&part));
        worker.dataflow::<u64, _, _>(move |scope| {
            source(scope, "Occurrences", |capability, info| {
                let activator = scope.activator_for(info.address);
                let mut capability = Some(capability);
                // Batches are dealt to the workers in turn.
                let mut number = index;
                move |output| {
                    for _ in 0..batches_an_activation {
                        let first = number * batch;
                        if first >= events {
                            capability = None;
                        }
                        let Some(capability) = capability.as_mut() else { return };
                        let last = events.min(first + batch);
                        output.session(capability).give_iterator(
                            (first..last).map(|index| scaled(splitmix64(seed, index), keys).0),
                        );
                        number += peers;
                        capability.downgrade(&number);
                    }
                    activator.activate();
                }
            })
            .container::<Vec<u64>>()
            .unary(Exchange::new(|key: &u64| *key), "Count", move |_, _| {
                move |input, output| {
                    let counts = &mut counting.borrow_mut().counts;
                    input.for_each_time(|time, data| {
                        let mut session = output.session(&time);
                        for keys in data {
                            for key in keys.drain(..) {
                                let count = counts.entry(key).or_insert(0);
                                *count += 1;
                                session.give((key, *count));
                            }
                        }
                    });
                }
            })
            .container::<Vec<(u64, u64)>>()
            .sink(Pipeline, "Counts", move |(input, _frontier)| {
                let mut part = sinking.borrow_mut();
                input.for_each_time(|_, data| {
                    for records in data {
                        part.records += records.len() as u64;
                        for (_, count) in records.drain(..) {
                            part.sum_of_counts = part.sum_of_counts.wrapping_add(count);
                        }
                    }
                });
            });
        });
        move || part.take()
    });

    let mut counts = vec![0; keys as usize];
    for part in &parts {
        for (&key, &count) in &part.counts {
            counts[key as usize] += count;
        }
    }
    report::value("records", parts.iter().map(|part| part.records).sum());
    report::value(
        "sum-of-counts",
        parts.iter().fold(0, |sum: u64, part| sum.wrapping_add(part.sum_of_counts)),
    );
    report::values("counts", &counts);
}
