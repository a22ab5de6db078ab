//! The same model and actions as an ordinary proptest state machine.
#![allow(missing_docs, clippy::unwrap_used)]

use lifeboat_sim::{
    action::Step,
    backend::revm::Revm,
    case::{Chains, Run, foretell, stand_in_head},
    cover::Coverage,
    exit,
    generate::{self, Swarm},
    model::Model,
    world::WORLD,
};
use proptest::{prelude::*, strategy::BoxedStrategy, test_runner::RngSeed};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

struct Reference;

impl ReferenceStateMachine for Reference {
    type State = Model;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Model> {
        let (number, hash) = stand_in_head();
        (0..WORLD.vaults.len()).prop_map(move |vault| Model::new(vault, number, hash)).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Step> {
        generate::steps(model, &Swarm::all())
    }

    fn apply(mut model: Model, step: &Step) -> Model {
        // Refusals are outcomes like any other.
        let _ = foretell(&mut model, step);
        model
    }
}

struct OnRevm;

impl StateMachineTest for OnRevm {
    type SystemUnderTest = Run;
    type Reference = Reference;

    fn init_test(model: &Model) -> Run {
        Run::begin(Chains { revm: Some(Revm::new()), ..Chains::default() }, model.vault).unwrap()
    }

    fn apply(mut run: Run, model: &Model, step: Step) -> Run {
        run.step(&step, &mut Coverage::default()).unwrap_or_else(|finding| panic!("{finding}"));
        assert_eq!(run.model.now, model.now);
        assert_eq!(run.model.clock, model.clock);
        run
    }

    fn teardown(mut run: Run, _: Model) {
        exit::drive(&mut run, &mut Coverage::default()).unwrap_or_else(|finding| panic!("{finding}"));
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, rng_seed: RngSeed::Fixed(20_261_124), ..ProptestConfig::default() })]

    #[test]
    fn the_vault_follows_its_model(sequential 1..60 => OnRevm);
}
