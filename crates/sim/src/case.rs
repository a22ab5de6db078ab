//! One case: its steps run block by block on the model and on the chains, which must agree.

use std::collections::BTreeSet;

use alloy::{
    primitives::{B256, Bytes, U256, keccak256},
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
};

/// Steps after which everything is read back. The clock and the books of the asset at hand are read after every step on revm, after every
/// block on anvil.
const FULL_READ_EVERY: usize = 32;

/// Where cases run.
#[derive(Debug, Default)]
pub struct Chains {
    /// In process.
    pub revm: Option<Revm>,
    /// A real node.
    pub anvil: Option<Anvil>,
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
    steps: usize,
    /// Runs over everything that was observed: equal on equal runs.
    pub digest: B256,
    /// Gas used by all transactions.
    pub gas: u64,
    repaid: U256,
}

/// A transaction of the open block.
#[derive(Debug)]
struct Sent {
    step: usize,
    name: &'static str,
    asset: Option<usize>,
    tx: Tx,
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
        Ok(Self {
            chains,
            model: Model::new(vault, head.0, head.1),
            oracle: Oracle::default(),
            block: Vec::new(),
            steps: 0,
            digest: B256::ZERO,
            gas: 0,
            repaid: U256::ZERO,
        })
    }

    /// Runs one step. On anvil it is sent when its block ends.
    ///
    /// # Errors
    /// A finding, or a chain that could not run it.
    pub fn step(&mut self, step: &Step, cover: &mut Coverage) -> Result<(), CaseError> {
        if step.warp.is_some() || !self.model.in_block {
            self.end_block()?;
            self.begin_block(step.warp);
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
            self.repaid += repaid(&receipt);
            self.read_revm(&sent, sent.reads_all())?;
            sent.receipt = Some(receipt);
        } else {
            cover.count_expected(&step.action, &sent.outcome);
        }
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
        self.end_block()?;
        let nothing =
            Sent { step: last, name: "end", asset: None, tx: Tx::nothing(), outcome: Ok(Vec::new()), receipt: None };
        self.read_revm(&nothing, true)?;
        self.read_anvil(&nothing)?;
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
    }

    fn end_block(&mut self) -> Result<(), CaseError> {
        if !self.model.in_block {
            return Ok(());
        }
        let block = std::mem::take(&mut self.block);
        let mut hash = stand_in_hash(self.model.number);
        if let Some(anvil) = &mut self.chains.anvil {
            let txs: Vec<&Tx> = block.iter().map(|sent| &sent.tx).collect();
            let refused = block.iter().any(|sent| sent.outcome.is_err());
            let expected = if block.iter().any(Sent::reads_all) {
                readback::everything(&self.model)
            } else {
                let touched: BTreeSet<usize> = block.iter().filter_map(|sent| sent.asset).collect();
                readback::books(&self.model, touched)
            };
            let (receipts, answers) = anvil.mine(self.model.now, &txs, refused, &views(&expected))?;
            hash = anvil.head().1;
            for (sent, receipt) in block.iter().zip(&receipts) {
                compare(sent, receipt, refused).map_err(CaseError::Found)?;
                if let Some(own) = &sent.receipt {
                    same(sent, own, receipt, refused).map_err(CaseError::Found)?;
                } else {
                    self.gas += receipt.gas;
                    self.digest = digest(self.digest, receipt);
                    self.repaid += repaid(receipt);
                }
            }
            self.digest = keccak256([self.digest, hash].concat());
            if let Some(last) = block.last() {
                differing(last, "anvil", &expected, &answers).map_err(CaseError::Found)?;
            }
        }
        self.model.end_block(hash);
        if let Some(last) = block.last() {
            self.check(last, true)?;
        }
        Ok(())
    }

    fn read_revm(&mut self, sent: &Sent, full: bool) -> Result<(), CaseError> {
        let Some(revm) = &mut self.chains.revm else { return Ok(()) };
        let expected = if full { readback::everything(&self.model) } else { readback::books(&self.model, sent.asset) };
        let answers = revm.read(&views(&expected))?;
        differing(sent, "revm", &expected, &answers).map_err(CaseError::Found)
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
            model.end_block(stand_in_hash(model.number));
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

/// Compares a receipt with what the model expects.
fn compare(sent: &Sent, receipt: &Receipt, output_known: bool) -> Result<(), Finding> {
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

fn repaid(receipt: &Receipt) -> U256 {
    let logs = receipt.logs.iter().filter_map(|log| GasTank::Repaid::decode_log(log).ok());
    logs.map(|log| log.amount).sum()
}
