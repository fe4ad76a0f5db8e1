//! The events of the suite's workloads: pure functions of seed and index, the same as in
//! `Workloads/KeyedCount/Generator.swift` and `Workloads/ShoppingCart/Generators.swift`.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The number at `index` of the splitmix64 sequence that starts from `seed`.
#[inline(always)]
pub fn splitmix64(seed: u64, index: u64) -> u64 {
    let mut bits = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// High and low half of a product of 128 bits.
#[inline(always)]
pub fn scaled(bits: u64, range: u64) -> (u64, u64) {
    let product = u128::from(bits) * u128::from(range);
    ((product >> 64) as u64, product as u64)
}

/// What Rust programs that care for speed use instead of SipHash (`rustc-hash`, FxHash).
#[derive(Default, Clone)]
pub struct FastHasher(u64);

impl Hasher for FastHasher {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        // The map takes its tag from the top bits and its bucket from the bottom ones.
        let product = u128::from(self.0 ^ word) * 0x9E37_79B9_7F4A_7C15;
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }

    #[inline]
    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }
}

pub type FastMap<Key, Value> = HashMap<Key, Value, BuildHasherDefault<FastHasher>>;
