//! The vault's state at one block: read in one batch, pinned to the block's hash, so that all parts agree.

use std::collections::BTreeSet;

use alloy::primitives::{Address, B256, U256};
use lifeboat_bindings::vault::{
    Book, Commitment, Liveness, Recovery, Timeline,
    Vault::{
        anchorOfCall, assetsCall, bookCall, cellCall, commitmentCall, finalEpochCall, livenessCall, recoveryCall,
        reserveCall, timelineCall,
    },
};
use serde_json::json;
use tracing::warn;

use crate::{
    anchors::AnchorPlan,
    chain::{
        call::{Call, pinned, returned, typed},
        head::Head,
        rpc::{Rpc, RpcError},
    },
    history::History,
    willing::{accepted, transfer_of},
};

/// Where the vault stands at a block's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// In service.
    Live,
    /// Silent, stale or overdue; may recover.
    Suspected,
    /// Over; the return has not begun.
    Latched,
    /// Claims and pushes.
    Returning,
}

/// Everything the keeper decides on, besides events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The block.
    pub head: Head,
    /// When phases begin.
    pub timeline: Timeline,
    /// What the timeline is derived from.
    pub liveness: Liveness,
    /// One entry an asset, in the contract's order.
    pub assets: Vec<AssetView>,
    /// The sender's next nonce at the block.
    pub nonce: u64,
    /// The sender's balance, wei.
    pub balance: U256,
}

/// The books of one asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetView {
    /// The asset; zero is ETH.
    pub asset: Address,
    /// Segregated, pending, owed.
    pub book: Book,
    /// What a latched vault returns.
    pub recovery: Recovery,
    /// Base units; `None`: the token does not answer, which is no other asset's trouble.
    pub reserve: Option<U256>,
    /// The commitment that is final.
    pub final_commitment: Option<Commitment>,
    /// Cells with claims that no tally has booked: round and cell. Read only when another round could be opened.
    pub untallied: Vec<(u32, u32)>,
    /// What should be anchored in every round, and the rounds that lack some of it. `None`: this keeper does not anchor, or nothing needs it.
    pub anchors: Option<(AnchorPlan, Vec<u32>)>,
    /// The token moves for nobody: pushes would only cost gas. Asked while pushes are open.
    pub stuck: bool,
}

impl View {
    /// The phase at the block's time (specification, section 1).
    #[must_use]
    pub fn phase(&self) -> Phase {
        let reached = |at: alloy::primitives::aliases::U40| self.head.time >= at.to::<u64>();
        if reached(self.timeline.returnAt) {
            Phase::Returning
        } else if reached(self.timeline.latchedAt) {
            Phase::Latched
        } else if reached(self.timeline.suspectedAt) {
            Phase::Suspected
        } else {
            Phase::Live
        }
    }

    /// Whether an asset's pushes are open: the head start runs from the return, or from when a dispute lets its rounds open.
    #[must_use]
    pub fn pushing(&self, asset: &AssetView) -> bool {
        let [push_at, return_at] = [self.timeline.pushAt, self.timeline.returnAt].map(|time| time.to::<u64>());
        let rounds_from = asset.recovery.roundsFrom.to::<u64>().max(return_at);
        self.head.time >= rounds_from + (push_at - return_at)
    }
}

/// Reads the vault's state as one sender sees it.
pub(crate) struct Reader {
    vault: Address,
    sender: Address,
    /// Most gas for anchoring a round; zero: nobody asks for anchors.
    anchor_gas: u64,
    /// Fixed by the constructor, so read once.
    assets: Vec<Address>,
}

impl Reader {
    pub(crate) async fn new(
        rpc: &Rpc,
        vault: Address,
        sender: Address,
        anchor_gas: u64,
        head: &Head,
    ) -> Result<Self, RpcError> {
        let call = Call::view(vault, &assetsCall {}, pinned(head.hash));
        let assets = returned::<assetsCall>(rpc.ask_one(call).await?)?;
        Ok(Self { vault, sender, anchor_gas, assets })
    }

    pub(crate) async fn read(&self, rpc: &Rpc, head: Head, history: &History) -> Result<View, RpcError> {
        let at = pinned(head.hash);
        let mut calls = vec![
            Call::view(self.vault, &timelineCall {}, at),
            Call::view(self.vault, &livenessCall {}, at),
            Call::new("eth_getTransactionCount", json!([self.sender, at])),
            Call::new("eth_getBalance", json!([self.sender, at])),
        ];
        for &asset in &self.assets {
            calls.push(Call::view(self.vault, &bookCall { asset }, at));
            calls.push(Call::view(self.vault, &recoveryCall { asset }, at));
            calls.push(Call::view(self.vault, &reserveCall { asset }, at));
            calls.push(Call::view(self.vault, &finalEpochCall { asset }, at));
        }
        let mut answers = rpc.ask(&calls).await?.into_iter();
        let mut next = || answers.next().unwrap_or(Ok(serde_json::Value::Null));
        let timeline = returned::<timelineCall>(next())?;
        let liveness = returned::<livenessCall>(next())?;
        let nonce: U256 = typed("eth_getTransactionCount", next())?;
        let balance = typed("eth_getBalance", next())?;
        let mut assets = Vec::with_capacity(self.assets.len());
        let mut final_epochs = Vec::with_capacity(self.assets.len());
        for &asset in &self.assets {
            assets.push(AssetView {
                asset,
                book: returned::<bookCall>(next())?,
                recovery: returned::<recoveryCall>(next())?,
                reserve: returned::<reserveCall>(next()).inspect_err(|error| warn!(%asset, %error, "no reserve")).ok(),
                ..AssetView::default()
            });
            final_epochs.push(returned::<finalEpochCall>(next())?);
        }
        let mut view = View { head, timeline, liveness, assets, nonce: nonce.saturating_to(), balance };
        self.add_final_commitments(rpc, &mut view, &final_epochs).await?;
        self.add_untallied(rpc, &mut view, history).await?;
        self.add_anchors(rpc, &mut view, history).await?;
        self.add_stuck(rpc, &mut view).await?;
        Ok(view)
    }

    async fn add_final_commitments(&self, rpc: &Rpc, view: &mut View, epochs: &[u32]) -> Result<(), RpcError> {
        let at = pinned(view.head.hash);
        let posted: Vec<_> = view.assets.iter_mut().zip(epochs).filter(|(_, epoch)| **epoch != 0).collect();
        let calls: Vec<_> = posted
            .iter()
            .map(|(asset, epoch)| Call::view(self.vault, &commitmentCall { asset: asset.asset, epoch: **epoch }, at))
            .collect();
        let answers = rpc.ask(&calls).await?;
        for ((asset, _), answer) in posted.into_iter().zip(answers) {
            asset.final_commitment = Some(returned::<commitmentCall>(answer)?);
        }
        Ok(())
    }

    /// Which cells hold untallied claims is in no event: they are read, when a further round could use them.
    async fn add_untallied(&self, rpc: &Rpc, view: &mut View, history: &History) -> Result<(), RpcError> {
        let at = pinned(view.head.hash);
        for asset in &mut view.assets {
            let Some(past) = history.asset(asset.asset) else { continue };
            if asset.recovery.allotted >= asset.recovery.owed {
                continue;
            }
            let rounds = (0u32..).zip(&past.rounds).filter(|(_, round)| round.untallied > 0);
            let cells: Vec<(u32, u32)> =
                rounds.flat_map(|(id, round)| round.claimed_cells.iter().map(move |cell| (id, *cell))).collect();
            let holding = read_cells(rpc, self.vault, asset.asset, &cells, at).await?;
            asset.untallied =
                cells.into_iter().zip(holding).filter(|(_, cell)| (*cell >> 128) != 0).map(|(at, _)| at).collect();
        }
        Ok(())
    }

    /// Whether nodes are anchored is read, until events say too that they are: an anchor is not taken away again, and events may miss.
    async fn add_anchors(&self, rpc: &Rpc, view: &mut View, history: &History) -> Result<(), RpcError> {
        let at = pinned(view.head.hash);
        for asset in &mut view.assets {
            let depth = u32::from(asset.recovery.depth);
            let Some(plan) = AnchorPlan::needed(depth, self.anchor_gas) else { continue };
            let rounds = history.asset(asset.asset).map_or(&[][..], |past| &past.rounds);
            let unknown = (0u32..).zip(rounds).filter(|(_, round)| round.denominator > 0 && !round.has_anchors(plan));
            let unknown: Vec<u32> = unknown.map(|(id, _)| id).collect();
            let anchor_of =
                |round, position| anchorOfCall { asset: asset.asset, round, level: plan.level as u8, position };
            let nodes = unknown.iter().flat_map(|round| (0..plan.nodes()).map(|position| anchor_of(*round, position)));
            let calls: Vec<Call> = nodes.map(|call| Call::view(self.vault, &call, at)).collect();
            let read = rpc.ask(&calls).await?.into_iter().map(returned::<anchorOfCall>);
            let anchors = read.collect::<Result<Vec<B256>, _>>()?;
            let by_round = unknown.into_iter().zip(anchors.chunks(plan.nodes() as usize));
            let lacking = by_round.filter(|(_, nodes)| nodes.contains(&B256::ZERO)).map(|(round, _)| round).collect();
            asset.anchors = Some((plan, lacking));
        }
        Ok(())
    }

    /// A token that its issuer has paused, or that has blocked the vault, does not move even to the keeper itself.
    async fn add_stuck(&self, rpc: &Rpc, view: &mut View) -> Result<(), RpcError> {
        let at = pinned(view.head.hash);
        let pushed: Vec<bool> = view.assets.iter().map(|asset| view.pushing(asset)).collect();
        let tokens = view.assets.iter_mut().zip(pushed).filter(|(_, pushed)| *pushed).map(|(asset, _)| asset);
        let tokens = tokens.filter(|asset| !asset.asset.is_zero() && asset.recovery.rounds > 0);
        let tokens: Vec<&mut AssetView> = tokens.collect();
        if tokens.is_empty() {
            return Ok(());
        }
        let probe = |asset: Address| Call::simulate(&transfer_of(self.vault, asset, self.sender, 1), at);
        let probes: Vec<Call> = tokens.iter().map(|token| probe(token.asset)).collect();
        for (token, answer) in tokens.into_iter().zip(rpc.ask(&probes).await?) {
            token.stuck = !accepted(token.asset, answer);
        }
        Ok(())
    }

    /// The leaves of `words` that the contract's state says are settled, as bits a word.
    pub(crate) async fn settled(
        &self,
        rpc: &Rpc,
        head: &Head,
        asset: Address,
        round: u32,
        words: &BTreeSet<u32>,
    ) -> Result<Vec<U256>, RpcError> {
        let cells: Vec<_> = words.iter().flat_map(|word| (0..4).map(move |i| (round, word * 4 + i))).collect();
        let read = read_cells(rpc, self.vault, asset, &cells, pinned(head.hash)).await?;
        let claimed = U256::from(u64::MAX);
        Ok(read
            .chunks(4)
            .map(|word| (0..).zip(word).fold(U256::ZERO, |bits, (i, cell)| bits | ((*cell & claimed) << (64 * i))))
            .collect())
    }
}

async fn read_cells(
    rpc: &Rpc,
    vault: Address,
    asset: Address,
    cells: &[(u32, u32)],
    at: alloy::eips::BlockId,
) -> Result<Vec<U256>, RpcError> {
    let calls: Vec<_> =
        cells.iter().map(|&(round, index)| Call::view(vault, &cellCall { asset, round, number: index }, at)).collect();
    rpc.ask(&calls).await?.into_iter().map(returned::<cellCall>).collect()
}

#[cfg(test)]
pub(crate) mod testing {
    use alloy::primitives::aliases::U40;

    use super::*;

    /// A view of one asset at block 9, with the timeline `[suspected, latched, return, push]`.
    pub(crate) fn view_at(time: u64, timeline: [u64; 4]) -> View {
        let [suspected, latched, returned, push] = timeline.map(U40::from);
        View {
            head: Head {
                number: 9,
                hash: B256::with_last_byte(9),
                parent: B256::with_last_byte(8),
                time,
                next_base_fee: 1,
                gas_limit: 30_000_000,
            },
            timeline: Timeline { suspectedAt: suspected, latchedAt: latched, returnAt: returned, pushAt: push },
            liveness: Liveness::default(),
            assets: vec![AssetView { reserve: Some(U256::ZERO), ..AssetView::default() }],
            nonce: 0,
            balance: U256::ZERO,
        }
    }

    #[test]
    fn a_phase_begins_at_its_timestamp() {
        let phase = |time| view_at(time, [10, 20, 30, 40]).phase();
        assert_eq!([phase(9), phase(10), phase(19)], [Phase::Live, Phase::Suspected, Phase::Suspected]);
        assert_eq!([phase(20), phase(29), phase(30)], [Phase::Latched, Phase::Latched, Phase::Returning]);
    }

    #[test]
    fn the_head_start_runs_from_when_rounds_may_open() {
        let pushing = |time, rounds_from: u64| {
            let mut view = view_at(time, [10, 20, 30, 40]);
            view.assets[0].recovery.roundsFrom = U40::from(rounds_from);
            view.pushing(&view.assets[0])
        };
        assert_eq!([pushing(39, 0), pushing(40, 0), pushing(40, 30)], [false, true, true]);
        assert_eq!([pushing(40, 31), pushing(41, 31)], [false, true], "a dispute has put them off");
        assert!(!pushing(1 << 39, u64::from(u32::MAX) << 8 | 0xff), "it is not settled");
    }
}
