//! Shrinking a failure that is known: three of two hundred steps matter, and one amount.
#![allow(clippy::unwrap_used)]

use std::{convert::Infallible, path::Path};

use lifeboat_sim::{
    action::{Action, Amount, Step, Warp},
    campaign,
    case::Finding,
    generate::{self, Swarm},
    model::Model,
    shrink::shrink,
    trace::Trace,
};

/// Fails if a deposit of at least 1,001 base units, a latch and a sync follow each other, with anything between.
fn fails(steps: &[Step]) -> Result<Option<Finding>, Infallible> {
    let mut waiting_for = 0;
    for (step, action) in steps.iter().map(|step| &step.action).enumerate() {
        let hit = match waiting_for {
            0 => matches!(action, Action::DepositEth { amount: Amount::Units(units), .. } if *units >= 1_001),
            1 => *action == Action::Latch,
            _ => matches!(action, Action::Sync { .. }),
        };
        waiting_for += i32::from(hit);
        if waiting_for == 3 {
            return Ok(Some(Finding { key: "planted".to_owned(), step, message: String::new() }));
        }
    }
    Ok(None)
}

#[test]
fn a_known_failure_shrinks_to_its_core() {
    let mut runner = campaign::runner(7, 0);
    let model = Model::new(0, 1, Default::default());
    let mut steps: Vec<Step> = (0..200).map(|_| generate::next(&mut runner, &model, &Swarm::all())).collect();
    let core = [Action::DepositEth { by: 3, amount: Amount::Units(987_654) }, Action::Latch, Action::Sync { asset: 2 }];
    for (position, action) in [20, 90, 150].into_iter().zip(core) {
        steps[position] = Step { warp: Some(Warp::By(9)), action };
    }
    let finding = fails(&steps).unwrap().unwrap();
    let (small, found) = shrink(steps, finding, fails).unwrap();
    assert_eq!(found.step, 2);
    let expected =
        [Action::DepositEth { by: 0, amount: Amount::Units(1_001) }, Action::Latch, Action::Sync { asset: 0 }];
    assert_eq!(small, expected.map(|action| Step { warp: None, action }));
}

#[test]
fn a_trace_reads_back_as_written() {
    let mut runner = campaign::runner(8, 0);
    let model = Model::new(1, 1, Default::default());
    let steps: Vec<Step> = (0..100).map(|_| generate::next(&mut runner, &model, &Swarm::all())).collect();
    let trace = Trace::new(8, 0, 1, steps, None);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("trace.json");
    std::fs::write(&path, trace.to_json()).unwrap();
    assert_eq!(Trace::load(&path).unwrap(), trace);
    assert!(trace.script().lines().count() > 100);

    std::fs::write(&path, trace.to_json().replace("\"version\": 1", "\"version\": 9")).unwrap();
    assert!(Trace::load(&path).unwrap_err().to_string().starts_with("TRACE_VERSION"));
    std::fs::write(&path, "{").unwrap();
    assert!(Trace::load(&path).unwrap_err().to_string().starts_with("TRACE_FORMAT"));
    assert!(Trace::load(Path::new("nowhere.json")).unwrap_err().to_string().starts_with("TRACE_READ"));
}
