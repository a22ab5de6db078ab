//! Generated ledgers for tests, benchmarks and rehearsals: the same seed gives the same accounts on every machine.

use alloy::primitives::Address;

use crate::Leaf;

/// `count` accounts with random addresses and balances from one base unit to about 10^24 (a million tokens of 18 decimals), of
/// every order of magnitude alike. Nothing has been paid out yet.
pub fn leaves(count: u32, seed: u64) -> Vec<Leaf> {
    let mut random = SplitMix(seed);
    (0..count)
        .map(|_| {
            let mut account = [0; 20];
            account[..8].copy_from_slice(&random.next().to_be_bytes());
            account[8..16].copy_from_slice(&random.next().to_be_bytes());
            account[16..].copy_from_slice(&random.next().to_be_bytes()[..4]);
            let digits = u128::from(random.next()) << 16 | 1;
            Leaf { account: Address::from(account), balance: (digits >> (random.next() % 80)).max(1), paid: 0 }
        })
        .collect()
}

/// SplitMix64 (Steele, Lea, Flood 2014): good enough for samples, and of one line.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
