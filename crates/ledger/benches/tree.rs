//! `cargo bench -p lifeboat-ledger`: tree, word and file, for watching changes. The comparison with others is the example
//! `ledger_speed`.
#![allow(missing_docs)]

use std::fmt::Write as _;

use alloy::primitives::{Address, address};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use lifeboat_ledger::{
    LeafDomain, SumTree,
    list::{Format, Unit, parse},
    sample, word_node,
};

const COUNT: u32 = 32_768;

fn ledger(criterion: &mut Criterion) {
    let domain = LeafDomain::new(1, address!("0x5afe00000000000000000000000000000000beef"), Address::ZERO);
    let leaves = sample::leaves(COUNT, 1);
    let tree = SumTree::build(&domain, leaves.clone()).expect("samples fit");
    let word = tree.word(5).expect("inside the tree");
    let csv = leaves.iter().fold(String::new(), |mut text, leaf| {
        let _ = writeln!(text, "{},{}", leaf.account, leaf.balance);
        text
    });

    let mut group = criterion.benchmark_group("ledger");
    group.sample_size(10).throughput(Throughput::Elements(COUNT.into()));
    group.bench_function("build tree", |bencher| {
        bencher.iter_batched(|| leaves.clone(), |leaves| SumTree::build(&domain, leaves), BatchSize::LargeInput);
    });
    group.bench_function("parse csv", |bencher| {
        bencher.iter(|| parse(csv.as_bytes(), &Format::balances(Unit::Base)));
    });
    group.throughput(Throughput::Elements(256));
    group.bench_function("word node", |bencher| bencher.iter(|| word_node(&domain, 5, &word)));
    group.bench_function("proof", |bencher| bencher.iter(|| tree.proof(1234)));
    group.finish();
}

criterion_group!(benches, ledger);
criterion_main!(benches);
