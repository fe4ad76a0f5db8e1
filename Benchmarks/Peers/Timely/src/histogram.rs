//! Counts of latencies in log-linear buckets, exact below 256 ns and within 1/128 above.

use crate::report;

pub struct Histogram {
    counts: Vec<u64>,
}

impl Histogram {
    pub fn new() -> Histogram {
        Histogram { counts: vec![0; (56 << 7) + 256] }
    }

    #[inline]
    pub fn record(&mut self, nanoseconds: u64) {
        self.counts[Self::bucket(nanoseconds)] += 1;
    }

    fn bucket(value: u64) -> usize {
        if value < 256 {
            return value as usize;
        }
        let shift = 56 - value.leading_zeros() as usize;
        (shift << 7) + (value >> shift) as usize
    }

    fn upper_edge(bucket: usize) -> u64 {
        if bucket < 256 {
            return bucket as u64;
        }
        let shift = (bucket >> 7) - 1;
        (((bucket - (shift << 7)) as u64) << shift) | ((1 << shift) - 1)
    }

    pub fn report(&self) {
        for (bucket, &count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            report::latency(Self::upper_edge(bucket), count);
        }
    }
}
