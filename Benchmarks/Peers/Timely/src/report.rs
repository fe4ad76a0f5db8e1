//! The lines that the peer prints: `Benchmarks/Peers/README.md` says what each means.

use std::io::Write;

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe means that nobody listens any more.
    if writeln!(out, "peer {line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(75);
    }
}

pub fn hello() {
    say("protocol 1");
}

/// A run that warms up is over.
pub fn warmed(events: u64, seconds: f64) {
    say(&format!("warmed {events} {seconds}"));
}

/// The window opens; printed before the clock is read.
pub fn start() {
    say("start");
}

/// The window is closed; printed after the clock was read.
pub fn stop(events: u64, nanoseconds: u128) {
    say(&format!("stop {events} {nanoseconds}"));
}

pub fn latency(nanoseconds: u64, count: u64) {
    say(&format!("latency {nanoseconds} {count}"));
}

pub fn value(name: &str, value: u64) {
    say(&format!("value {name} {value}"));
}

/// Values by index from 0, a thousand a line.
pub fn values(name: &str, values: &[u64]) {
    for (block, part) in values.chunks(1000).enumerate() {
        say(&format!("values {name} {}{}", block * 1000, joined(part)));
    }
}

/// A list of any length that belongs to an index.
pub fn list(name: &str, index: usize, values: &[u64]) {
    say(&format!("list {name} {index}{}", joined(values)));
}

fn joined(values: &[u64]) -> String {
    values.iter().map(|value| format!(" {value}")).collect()
}

pub fn end() {
    say("end");
}
