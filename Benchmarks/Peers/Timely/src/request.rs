//! What the peer is asked to do, from its arguments `key=value`.

use std::collections::HashMap;

/// How long the measured window is.
#[derive(Clone, Copy)]
pub enum Length {
    Events(u64),
    Seconds(f64),
}

/// One trial.
#[derive(Clone)]
pub struct Request {
    pub workload: String,
    pub workers: usize,
    /// Events of a batch, which all have one timestamp.
    pub batch: u64,
    pub seed: u64,
    pub length: Length,
    pub warm_up_seconds: f64,
    pub keys: u64,
    pub outstanding: u64,
}

impl Request {
    /// Reads `key=value` words; keys that it does not know are for other peers.
    pub fn parse(words: impl Iterator<Item = String>) -> Result<Request, String> {
        let mut values = HashMap::new();
        for word in words {
            match word.split_once('=') {
                Some((key, value)) => values.insert(key.to_owned(), value.to_owned()),
                None => return Err(format!("'{word}' is no key=value")),
            };
        }
        let length = match (values.get("events"), values.get("seconds")) {
            (Some(events), _) => Length::Events(number(events, "events")?),
            (None, Some(seconds)) => Length::Seconds(number(seconds, "seconds")?),
            (None, None) => return Err("neither events= nor seconds= is given".to_owned()),
        };
        Ok(Request {
            workload: values.get("workload").cloned().unwrap_or_default(),
            workers: value(&values, "workers", 1)?,
            batch: value(&values, "batch", 1024)?,
            seed: value(&values, "seed", 1)?,
            length,
            warm_up_seconds: value(&values, "warm-up", 0.2)?,
            keys: value(&values, "keys", 10_000)?,
            outstanding: value(&values, "outstanding", 1)?,
        })
    }
}

fn value<T: std::str::FromStr>(
    values: &HashMap<String, String>, key: &str, default: T,
) -> Result<T, String> {
    values.get(key).map_or(Ok(default), |text| number(text, key))
}

fn number<T: std::str::FromStr>(text: &str, key: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{key}={text} is no number"))
}
