//! One case: its steps run block by block on the model and on the chains, which must agree.

use std::collections::{BTreeSet, HashMap, VecDeque};

use alloy::{
    primitives::{B256, Bytes, keccak256},
    sol_types::SolEvent,
};
use lifeboat_bindings::{gas_tank::GasTank, vault::Vault::VaultErrors};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    action::{Step, Warp},
    backend::{
        Receipt, View,
        anvil::{Anvil, AnvilError},
        revm::{Revm, RevmError},
    },
    call::Tx,
    cover::Coverage,
    model::{Expected, Model, Outcome, STARVED},
    oracle::Oracle,
    readback::{self, Expectation},
    resolve,
    tape::{Scene, Tape},
};

/// Steps after which everything is read back. The clock and the books of the asset at hand are read after every step on revm, after every
/// block on anvil.
const FULL_READ_EVERY: usize = 32;

/// Blocks of which one tells what its refused transactions returned, where anvil runs alone: the exact error of every one is seen on revm.
const OUTPUTS_EVERY: u64 = 8;

/// Where cases run.
#[derive(Debug, Default)]
pub struct Chains {
    /// In process.
    pub revm: Option<Revm>,
    /// A real node.
    pub anvil: Option<Anvil>,
    /// No chain: what a chain would be told and asked is written down.
    pub tape: Option<Tape>,
}

/// A disagreement or a broken rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What tells failures apart: check, action, first differing field.
    pub key: String,
    /// Position of the step.
    pub step: usize,
    /// Expected and observed, for people.
    pub message: String,
}

/// Why a case ended early.
#[derive(Debug, Error)]
pub enum CaseError {
    /// The vault or the model is wrong.
    #[error("SIM_FINDING: step {}: {}: {}", .0.step, .0.key, .0.message)]
    Found(Finding),
    /// revm could not run something.
    #[error(transparent)]
    Revm(#[from] RevmError),
    /// anvil could not run something.
    #[error(transparent)]
    Anvil(#[from] AnvilError),
}

/// A case as far as it has run.
#[derive(Debug)]
pub struct Run {
    chains: Chains,
    /// The model after the last step.
    pub model: Model,
    oracle: Oracle,
    block: Vec<Sent>,
    /// Blocks that anvil mines while the case goes on, oldest first.
    mining: VecDeque<Mining>,
    /// What each view on anvil was last expected to answer: at the beginning, or when it was read.
    seen: HashMap<View, Bytes>,
    steps: usize,
    /// Runs over everything that was observed: equal on equal runs.
    pub digest: B256,
    /// Gas used by all transactions.
    pub gas: u64,
}

/// A block that anvil mines while the case goes on.
#[derive(Debug)]
struct Mining {
    block: Vec<Sent>,
    /// What is read in it.
    expected: Vec<Expectation>,
    outputs: bool,
}

/// A transaction, and what must become of it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    step: usize,
    pub(crate) name: &'static str,
    asset: Option<usize>,
    pub(crate) tx: Tx,
    outcome: Outcome,
    receipt: Option<Receipt>,
}

impl Sent {
    fn reads_all(&self) -> bool {
        self.step % FULL_READ_EVERY == FULL_READ_EVERY - 1
    }
}

impl Run {
    /// Begins a case on vault number `vault`, on the base state of the chains.
    ///
    /// # Errors
    /// If a chain does not come back to its base state.
    pub fn begin(mut chains: Chains, vault: usize) -> Result<Self, CaseError> {
        if let Some(revm) = &mut chains.revm {
            revm.reset();
        }
        let mut head = stand_in_head();
        if let Some(anvil) = &mut chains.anvil {
            anvil.reset()?;
            head = anvil.head();
        }
        let model = Model::new(vault, head.0, head.1);
        let seen = if chains.anvil.is_some() { readback::everything(&model) } else { Vec::new() };
        Ok(Self {
            chains,
            model,
            oracle: Oracle::default(),
            block: Vec::new(),
            mining: VecDeque::new(),
            seen: seen.into_iter().map(|each| (each.view, each.answer)).collect(),
            steps: 0,
            digest: B256::ZERO,
            gas: 0,
        })
    }

    /// Runs one step. On anvil it is sent when its block ends.
    ///
    /// # Errors
    /// A finding, or a chain that could not run it.
    pub fn step(&mut self, step: &Step, cover: &mut Coverage) -> Result<(), CaseError> {
        if step.warp.is_some() || !self.model.in_block {
            self.end_block(false)?;
            self.begin_block(step.warp);
        }
        if step.action.is_about_newest_block() {
            self.settle(0)?;
        }
        let call = resolve::resolve(&self.model, &step.action);
        let tx = call.to_tx(self.model.world(), self.model.vault);
        let outcome = self.model.step(&call);
        cover.see(&self.model);
        let (name, asset) = (step.action.name(), call.op.asset());
        let mut sent = Sent { step: self.steps, name, asset, tx, outcome, receipt: None };
        self.steps += 1;
        if let Some(revm) = &mut self.chains.revm {
            let receipt = revm.run(&sent.tx)?;
            cover.count(&step.action, &receipt);
            self.gas += receipt.gas;
            self.digest = digest(self.digest, &receipt);
            compare(&sent, &receipt, true).map_err(CaseError::Found)?;
            self.read_revm(&sent, sent.reads_all())?;
            sent.receipt = Some(receipt);
        } else {
            cover.count_expected(&step.action, &sent.outcome);
        }
        if let Some(tape) = &mut self.chains.tape {
            tape.scenes.push(Scene::Step(Box::new(sent.clone())));
        }
        self.write_down(&sent, sent.reads_all());
        self.check(&sent, false)?;
        self.block.push(sent);
        Ok(())
    }

    /// Ends the case: the last block, and everything is read back.
    ///
    /// # Errors
    /// A finding, or a chain that could not run it.
    pub fn finish(&mut self) -> Result<(), CaseError> {
        let last = self.steps.saturating_sub(1);
        // With the last block: anvil reads while it says what became of the transactions.
        let read = self.model.in_block;
        self.end_block(true)?;
        self.settle(0)?;
        let nothing =
            Sent { step: last, name: "end", asset: None, tx: Tx::nothing(), outcome: Ok(Vec::new()), receipt: None };
        self.read_revm(&nothing, true)?;
        self.write_down(&nothing, true);
        if !read {
            self.read_anvil(&nothing)?;
        }
        self.check(&nothing, true)
    }

    /// The chains, for the next case.
    #[must_use]
    pub fn into_chains(self) -> Chains {
        self.chains
    }

    /// Number of steps in the open block.
    #[must_use]
    pub fn in_block(&self) -> usize {
        self.block.len()
    }

    /// Number of steps so far.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    fn begin_block(&mut self, warp: Option<Warp>) {
        let (number, time) = next_block(&self.model, warp);
        self.model.begin_block(number, time);
        if let Some(revm) = &mut self.chains.revm {
            revm.begin_block(number, time, &self.model.hashes);
        }
        if let Some(tape) = &mut self.chains.tape {
            tape.scenes.push(Scene::Block { number, time, last_hash: self.model.hashes.last().copied() });
        }
    }

    fn end_block(&mut self, is_last: bool) -> Result<(), CaseError> {
        if !self.model.in_block {
            return Ok(());
        }
        let block = std::mem::take(&mut self.block);
        if let Some(last) = block.last() {
            self.check(last, true)?;
        }
        if self.chains.anvil.is_some() {
            self.begin_mining(block, is_last);
        } else {
            self.model.learn_hash(self.model.number, stand_in_hash(self.model.number));
        }
        self.model.end_block();
        // revm's next block is told the hash of this one.
        self.settle(usize::from(self.chains.revm.is_none()))
    }

    fn begin_mining(&mut self, block: Vec<Sent>, is_last: bool) {
        let Some(anvil) = &mut self.chains.anvil else { return };
        let txs: Vec<&Tx> = block.iter().map(|sent| &sent.tx).collect();
        let refused = block.iter().any(|sent| sent.outcome.is_err());
        let outputs = refused && (self.chains.revm.is_some() || self.model.number.is_multiple_of(OUTPUTS_EVERY));
        let touched: BTreeSet<usize> = block.iter().filter_map(|sent| sent.asset).collect();
        let mut expected = if is_last || block.iter().any(Sent::reads_all) {
            readback::everything(&self.model)
        } else {
            readback::books(&self.model, touched)
        };
        // What should not have changed is read at the end of the case.
        expected.retain(|each| is_last || self.seen.get(&each.view) != Some(&each.answer));
        self.seen.extend(expected.iter().map(|each| (each.view.clone(), each.answer.clone())));
        anvil.begin(self.model.now, &txs, outputs, &views(&expected));
        self.mining.push_back(Mining { block, expected, outputs });
    }

    /// Waits for blocks until so many are being mined, and compares.
    fn settle(&mut self, until: usize) -> Result<(), CaseError> {
        while self.mining.len() > until {
            self.settle_one()?;
        }
        Ok(())
    }

    fn settle_one(&mut self) -> Result<(), CaseError> {
        let (Some(mining), Some(anvil)) = (self.mining.pop_front(), &mut self.chains.anvil) else { return Ok(()) };
        let Mining { block, expected, outputs } = mining;
        let (receipts, answers) = anvil.end()?;
        let (number, hash) = anvil.head();
        self.model.learn_hash(number, hash);
        for (sent, receipt) in block.iter().zip(&receipts) {
            compare(sent, receipt, outputs).map_err(CaseError::Found)?;
            if let Some(own) = &sent.receipt {
                same(sent, own, receipt, outputs).map_err(CaseError::Found)?;
            } else {
                self.gas += receipt.gas;
                self.digest = digest(self.digest, receipt);
            }
        }
        self.digest = keccak256([self.digest, hash].concat());
        block.last().map_or(Ok(()), |last| differing(last, "anvil", &expected, &answers)).map_err(CaseError::Found)
    }

    fn read_revm(&mut self, sent: &Sent, full: bool) -> Result<(), CaseError> {
        let Some(revm) = &mut self.chains.revm else { return Ok(()) };
        let expected = expected(&self.model, sent, full);
        let answers = revm.read(&views(&expected))?;
        differing(sent, "revm", &expected, &answers).map_err(CaseError::Found)
    }

    fn write_down(&mut self, sent: &Sent, full: bool) {
        if let Some(tape) = &mut self.chains.tape {
            tape.scenes.push(Scene::Views(expected(&self.model, sent, full)));
        }
    }

    fn read_anvil(&self, sent: &Sent) -> Result<(), CaseError> {
        let Some(anvil) = &self.chains.anvil else { return Ok(()) };
        let expected = readback::everything(&self.model);
        let answers = anvil.read(&views(&expected))?;
        differing(sent, "anvil", &expected, &answers).map_err(CaseError::Found)
    }

    fn check(&mut self, sent: &Sent, whole: bool) -> Result<(), CaseError> {
        let result = if whole { self.oracle.after_block(&self.model) } else { self.oracle.after_step(&self.model) };
        result.map_err(|broken| {
            CaseError::Found(Finding {
                key: format!("rule {} after {}", broken.rule, sent.name),
                step: sent.step,
                message: broken.found,
            })
        })
    }
}

/// Executes a step on the model alone: what it foretells.
pub fn foretell(model: &mut Model, step: &Step) -> Outcome {
    if step.warp.is_some() || !model.in_block {
        if model.in_block {
            model.learn_hash(model.number, stand_in_hash(model.number));
            model.end_block();
        }
        let (number, time) = next_block(model, step.warp);
        model.begin_block(number, time);
    }
    let call = resolve::resolve(model, &step.action);
    model.step(&call)
}

pub(crate) fn next_block(model: &Model, warp: Option<Warp>) -> (u64, u64) {
    (model.number + 1, resolve::time_of(model, warp.unwrap_or(Warp::By(1))))
}

/// Where no node makes blocks, a block's hash is that of its number.
fn stand_in_hash(number: u64) -> B256 {
    keccak256(number.to_be_bytes())
}

/// Number and hash of the block with the deployments, where no node makes blocks.
#[must_use]
pub fn stand_in_head() -> (u64, B256) {
    (1, stand_in_hash(1))
}

/// What is read after a step.
fn expected(model: &Model, sent: &Sent, full: bool) -> Vec<Expectation> {
    if full { readback::everything(model) } else { readback::books(model, sent.asset) }
}

/// Compares a receipt with what the model expects.
pub(crate) fn compare(sent: &Sent, receipt: &Receipt, output_known: bool) -> Result<(), Finding> {
    let finding = |field: &str, expected: String, observed: String| Finding {
        key: format!("{} {field}", sent.name),
        step: sent.step,
        message: format!("expected {expected}, observed {observed}"),
    };
    match &sent.outcome {
        Ok(_) if !receipt.succeeded => {
            Err(finding("status", "success".to_owned(), format!("revert {}", describe(&receipt.output))))
        }
        Ok(logs) => compare_logs(logs, receipt).map_err(|(expected, observed)| finding("logs", expected, observed)),
        Err(refusal) if receipt.succeeded => Err(finding("status", refusal.name.to_owned(), "success".to_owned())),
        Err(refusal) if refusal.name == STARVED || !output_known || refusal.data == receipt.output => Ok(()),
        Err(refusal) => Err(finding("error", describe(&refusal.data), describe(&receipt.output))),
    }
}

fn compare_logs(expected: &[Expected], receipt: &Receipt) -> Result<(), (String, String)> {
    let mut observed = receipt.logs.iter().peekable();
    for (position, log) in expected.iter().enumerate() {
        let found = match log {
            Expected::Exactly(log) => observed.next_if(|seen| *seen == log).is_some(),
            Expected::Repaid { pusher, at_most } => {
                let paid = observed.next_if(|seen| seen.topics().first() == Some(&GasTank::Repaid::SIGNATURE_HASH));
                paid.is_none_or(|log| {
                    GasTank::Repaid::decode_log(log)
                        .is_ok_and(|repaid| repaid.pusher == *pusher && repaid.amount <= *at_most)
                })
            }
        };
        if !found {
            return Err((format!("log {position}: {log:?}"), format!("{:?}", observed.next())));
        }
    }
    observed.next().map_or(Ok(()), |extra| Err(("no further log".to_owned(), format!("{extra:?}"))))
}

/// revm and anvil must agree to the unit of gas.
fn same(sent: &Sent, revm: &Receipt, anvil: &Receipt, output_known: bool) -> Result<(), Finding> {
    let differs = [
        ("status", revm.succeeded != anvil.succeeded),
        ("gas", revm.gas != anvil.gas),
        ("logs", revm.logs != anvil.logs),
        ("output", output_known && revm.output != anvil.output),
    ];
    let Some((field, _)) = differs.into_iter().find(|(_, differs)| *differs) else { return Ok(()) };
    Err(Finding {
        key: format!("{} revm/anvil {field}", sent.name),
        step: sent.step,
        message: format!("revm {revm:?}, anvil {anvil:?}"),
    })
}

fn views(expected: &[Expectation]) -> Vec<View> {
    expected.iter().map(|each| each.view.clone()).collect()
}

fn differing(sent: &Sent, chain: &str, expected: &[Expectation], answers: &[Bytes]) -> Result<(), Finding> {
    let Some((each, answer)) = expected.iter().zip(answers).find(|(each, answer)| each.answer != **answer) else {
        return Ok(());
    };
    Err(Finding {
        key: format!("{} view {}", sent.name, each.name),
        step: sent.step,
        message: format!("{chain}: {}({}) should be {}, is {answer}", each.name, each.view.call, each.answer),
    })
}

fn describe(revert: &Bytes) -> String {
    use alloy::sol_types::SolInterface;
    VaultErrors::abi_decode(revert).map_or_else(|_| revert.to_string(), |error| format!("{error:?}"))
}

fn digest(before: B256, receipt: &Receipt) -> B256 {
    let mut bytes = before.to_vec();
    bytes.push(u8::from(receipt.succeeded));
    bytes.extend(receipt.gas.to_be_bytes());
    for log in &receipt.logs {
        bytes.extend(log.address);
        bytes.extend(log.topics().iter().flatten());
        bytes.extend(&log.data.data);
    }
    if !receipt.succeeded {
        bytes.extend(&receipt.output);
    }
    keccak256(bytes)
}
