//! Bytes that do not compress, the same in every run.

/// A generator of noise (xorshift64*).
#[derive(Debug)]
pub(crate) struct Noise(u64);

impl Noise {
    /// The same seed gives the same noise. A seed of 0 would give nothing but zeros.
    pub(crate) fn new(seed: u64) -> Noise {
        Noise(seed.max(1))
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.next() >> 56) as u8).collect()
    }

    /// Odd bytes, to be exact.
    pub(crate) fn without_zeros(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.next() >> 56) as u8 | 1).collect()
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}
