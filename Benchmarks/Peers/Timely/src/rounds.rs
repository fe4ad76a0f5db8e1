//! Warm-up and measured window: the same rounds for every workload, in one set of worker threads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Instant;

use timely::worker::Worker;

use crate::report;
use crate::request::{Length, Request};

/// Runs ever longer pilots until the warm-up is over, then the measured round.
///
/// `round` builds a dataflow of so many events on one worker, and returns what finds its part of
/// the answer once the dataflow is done. Gives the parts of the measured round and its events.
pub fn run<Part, Finish>(
    request: &Request,
    round: impl Fn(&mut Worker, u64) -> Finish + Send + Sync + 'static,
) -> (Vec<Part>, u64)
where
    Part: Send + 'static,
    Finish: FnOnce() -> Part,
{
    let workers = request.workers;
    let shared = Arc::new((Barrier::new(workers), AtomicU64::new(0), Mutex::new(Vec::new())));
    let at_end = Arc::clone(&shared);
    let request = request.clone();
    let guards = timely::execute(timely::Config::process(workers), move |worker| {
        let (barrier, next, parts) = &*shared;
        let leads = worker.index() == 0;
        let mut events = 1 << 16;
        let mut measures = false;
        loop {
            let finish = round(worker, events);
            if leads && measures {
                report::start();
            }
            barrier.wait();
            let start = Instant::now();
            while worker.has_dataflows() {
                worker.step();
            }
            barrier.wait();
            let elapsed = start.elapsed();
            if measures {
                if leads {
                    report::stop(events, elapsed.as_nanos());
                }
                parts.lock().unwrap().push(finish());
                return;
            }
            if leads {
                let seconds = elapsed.as_secs_f64();
                report::warmed(events, seconds);
                // The top bit says that the next round is the measured one.
                let following = if seconds < request.warm_up_seconds && events < 1 << 32 {
                    events * 4
                } else {
                    (1 << 63) | match request.length {
                        Length::Events(count) => count,
                        Length::Seconds(length) => (events as f64 / seconds * length) as u64 + 1,
                    }
                };
                next.store(following, Ordering::Release);
            }
            barrier.wait();
            let following = next.load(Ordering::Acquire);
            measures = following >> 63 == 1;
            events = following & !(1 << 63);
        }
    });
    drop(guards.expect("timely starts its workers"));
    let parts = std::mem::take(&mut *at_end.2.lock().unwrap());
    let events = at_end.1.load(Ordering::Acquire) & !(1 << 63);
    (parts, events)
}
