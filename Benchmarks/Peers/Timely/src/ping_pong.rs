//! Request and reply: chains of pings from an asker on the first worker to a replier on the last,
//! and back through a feedback edge.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::generic::operator::{source, Operator};
use timely::dataflow::operators::{ConnectLoop, Feedback};

use crate::histogram::Histogram;
use crate::report;
use crate::request::Request;
use crate::rounds;

struct Part {
    pings: u64,
    pongs: u64,
    sum_of_values: u64,
    chains_ended: u64,
    latencies: Histogram,
}

/// Chain and round trips that it has still to make.
type Ball = (u32, u64);

pub fn run(request: Request) {
    let outstanding = request.outstanding;
    let (parts, _) = rounds::run(&request, move |worker, round_trips| {
        let (index, peers) = (worker.index() as u64, worker.peers() as u64);
        let part = Rc::new(RefCell::new(Part {
            pings: 0,
            pongs: 0,
            sum_of_values: 0,
            chains_ended: 0,
            latencies: Histogram::new(),
        }));
        let (asking, replying) = (Rc::clone(&part), Rc::clone(&part));
        worker.dataflow::<u64, _, _>(move |scope| {
            let (handle, pongs) = scope.feedback::<Vec<Ball>>(1);
            let starts = source(scope, "Starts", move |capability, _| {
                let mut capability = Some(capability);
                move |output| {
                    let Some(capability) = capability.take() else { return };
                    if index != 0 {
                        return;
                    }
                    let mut session = output.session(&capability);
                    for chain in 0..outstanding {
                        let extra = u64::from(chain < round_trips % outstanding);
                        session.give((chain as u32, round_trips / outstanding + extra));
                    }
                }
            })
            .container::<Vec<Ball>>();
            starts
                .binary(pongs, Pipeline, Exchange::new(|_: &Ball| 0), "Asker", move |_, _| {
                    let mut asked: Option<Instant> = None;
                    move |starts, pongs, pings| {
                        let mut part = asking.borrow_mut();
                        starts.for_each_time(|time, data| {
                            let mut session = pings.session(&time);
                            for balls in data {
                                for (chain, value) in balls.drain(..).filter(|ball| ball.1 > 0) {
                                    if chain == 0 {
                                        asked = Some(Instant::now());
                                    }
                                    session.give((chain, value));
                                }
                            }
                        });
                        pongs.for_each_time(|time, data| {
                            let mut session = pings.session(&time);
                            for balls in data {
                                for (chain, value) in balls.drain(..) {
                                    part.pongs += 1;
                                    part.sum_of_values = part.sum_of_values.wrapping_add(value);
                                    part.chains_ended += u64::from(value == 0);
                                    if chain == 0 {
                                        let now = Instant::now();
                                        if let Some(before) = asked.replace(now) {
                                            let trip = now.duration_since(before).as_nanos();
                                            part.latencies.record(trip as u64);
                                        }
                                    }
                                    if value > 0 {
                                        session.give((chain, value));
                                    }
                                }
                            }
                        });
                    }
                })
                .container::<Vec<Ball>>()
                .unary(Exchange::new(move |_: &Ball| peers - 1), "Replier", move |_, _| {
                    move |pings, pongs| {
                        let mut part = replying.borrow_mut();
                        pings.for_each_time(|time, data| {
                            let mut session = pongs.session(&time);
                            for balls in data {
                                part.pings += balls.len() as u64;
                                session.give_iterator(
                                    balls.drain(..).map(|(chain, value)| (chain, value - 1)),
                                );
                            }
                        });
                    }
                })
                .container::<Vec<Ball>>()
                .connect_loop(handle);
        });
        move || {
            let mut part = part.borrow_mut();
            let latencies = std::mem::replace(&mut part.latencies, Histogram::new());
            Part { latencies, ..*part }
        }
    });
    for part in &parts {
        part.latencies.report();
    }
    report::value("pings", parts.iter().map(|part| part.pings).sum());
    report::value("pongs", parts.iter().map(|part| part.pongs).sum());
    report::value("chains-ended", parts.iter().map(|part| part.chains_ended).sum());
    report::value(
        "sum-of-values",
        parts.iter().fold(0, |sum: u64, part| sum.wrapping_add(part.sum_of_values)),
    );
}
