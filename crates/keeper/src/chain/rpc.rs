//! Several endpoints as one: a head and answers that a quorum of them agrees on, broadcasts to all of them, a count of the calls made.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use alloy::rpc::types::Block;
use futures::future::join_all;
use thiserror::Error;

use crate::{
    chain::{
        ballot::{Ballot, Verdict},
        call::{Answer, Call, typed},
        endpoint::{Endpoint, EndpointError},
        head::Head,
        outcome::SendOutcome,
        standing::{EndpointStatus, State},
    },
    config::RpcConfig,
};

/// Why the chain could not be asked.
#[derive(Debug, Error)]
pub enum RpcError {
    /// No endpoint answered.
    #[error("KEEPER_RPC_UNREACHABLE: no endpoint answers ({endpoints}): {reason}; the keeper tries again")]
    Unreachable {
        /// Who was asked.
        endpoints: String,
        /// What the last one failed with.
        reason: String,
    },
    /// Every endpoint that answers is on another chain.
    #[error(
        "KEEPER_RPC_WRONG_CHAIN: {endpoint} serves chain {found}, the vault is on chain {expected}; correct rpc.urls or vault.chain_id"
    )]
    WrongChain {
        /// Who was asked.
        endpoint: String,
        /// Its chain.
        found: u64,
        /// The configured chain.
        expected: u64,
    },
    /// Too few endpoints have the same block.
    #[error(
        "KEEPER_RPC_NO_QUORUM: fewer than {quorum} endpoints agree on a block ({heads}); nothing is sent until they do; the keeper tries again"
    )]
    NoQuorum {
        /// How many have to.
        quorum: usize,
        /// Endpoints with their newest blocks.
        heads: String,
    },
    /// Too few endpoints give the same answer.
    #[error(
        "KEEPER_RPC_SPLIT: fewer than {quorum} endpoints give the same answer to {method}; nothing is decided on it; the keeper tries again"
    )]
    Split {
        /// The method.
        method: &'static str,
        /// How many have to.
        quorum: usize,
    },
    /// A node refused a call.
    #[error("KEEPER_RPC_REFUSED: {method} was refused: {reason}; the keeper tries again")]
    Refused {
        /// The method or function.
        method: &'static str,
        /// The node's words.
        reason: String,
    },
    /// A node's answer makes no sense.
    #[error("KEEPER_RPC_MALFORMED: the answer to {method} cannot be read: {reason}; the keeper tries again")]
    Malformed {
        /// The method or function.
        method: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// Blocks below the newest that are tried when endpoints do not agree on it: a reorganisation reaches them one after the other.
const STEPS_BACK: u64 = 3;

/// All endpoints of one chain.
pub(crate) struct Rpc {
    endpoints: Vec<Endpoint>,
    /// How many have to say the same.
    quorum: usize,
    /// Who agreed on the head; of a quorum of one, who answered last.
    members: Mutex<Vec<usize>>,
    chain_id: u64,
    batch: usize,
    calls: AtomicU64,
}

impl Rpc {
    pub(crate) fn new(config: &RpcConfig, chain_id: u64) -> Result<Self, RpcError> {
        let endpoints = config.urls.iter().map(|url| Endpoint::new(url, config)).collect::<Result<_, _>>()?;
        let (quorum, calls) = (config.quorum(), AtomicU64::new(0));
        Ok(Self { endpoints, quorum, members: Mutex::default(), chain_id, batch: config.batch, calls })
    }

    /// JSON-RPC calls made so far.
    pub(crate) fn calls_made(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) const fn quorum(&self) -> usize {
        self.quorum
    }

    /// How every endpoint does.
    pub(crate) fn standings(&self) -> Vec<EndpointStatus> {
        self.endpoints.iter().map(|endpoint| endpoint.standing.show()).collect()
    }

    /// The newest block that a quorum has. A quorum of one believes whoever answers, in order of preference.
    pub(crate) async fn head(&self) -> Result<Head, RpcError> {
        if self.quorum > 1 {
            return self.agreed_head().await;
        }
        let mut failure = None;
        for at in self.order() {
            match self.latest(at).await {
                Ok(head) => {
                    self.endpoints[at].standing.reached(head.number, State::Agrees);
                    self.elect(vec![at]);
                    return Ok(head);
                }
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| self.unreachable("none named".to_owned())))
    }

    async fn agreed_head(&self) -> Result<Head, RpcError> {
        let everyone: Vec<usize> = (0..self.endpoints.len()).collect();
        let awake: Vec<usize> = everyone.iter().copied().filter(|at| !self.endpoints[*at].standing.rests()).collect();
        let mut asked = if awake.len() < self.quorum { everyone.clone() } else { awake };
        let latest = loop {
            let answers = join_all(asked.iter().map(|at| self.latest(*at))).await;
            let (mut latest, mut failure) = (Vec::new(), None);
            for (at, answer) in asked.iter().zip(answers) {
                match answer {
                    Ok(head) => latest.push((*at, head)),
                    Err(error) => failure = Some(error),
                }
            }
            if latest.len() >= self.quorum {
                break latest;
            }
            if asked.len() == everyone.len() {
                return Err(failure.unwrap_or_else(|| self.unreachable("too few endpoints".to_owned())));
            }
            asked.clone_from(&everyone);
        };
        let mut heights: Vec<u64> = latest.iter().map(|(_, head)| head.number).collect();
        heights.sort_unstable_by(|a, b| b.cmp(a));
        // The height that a quorum has reached, whatever a single one says of the future.
        let top = heights[self.quorum - 1];
        for height in (top.saturating_sub(STEPS_BACK)..=top).rev() {
            let blocks = self.blocks_at(height, &latest).await;
            if let Some((head, members)) = agreed(&blocks, self.quorum) {
                self.note(&latest, &head, &members);
                self.elect(members);
                return Ok(head);
            }
        }
        latest.iter().for_each(|(at, head)| self.endpoints[*at].standing.reached(head.number, State::Disagrees));
        let name = |(at, head): &(usize, Head)| format!("{} {} {}", self.endpoints[*at].name(), head.number, head.hash);
        Err(RpcError::NoQuorum { quorum: self.quorum, heads: latest.iter().map(name).collect::<Vec<_>>().join(", ") })
    }

    /// The block at a height, from each endpoint that has reached it.
    async fn blocks_at(&self, height: u64, latest: &[(usize, Head)]) -> Vec<(usize, Head)> {
        let mut blocks: Vec<(usize, Head)> = latest.iter().filter(|(_, head)| head.number == height).copied().collect();
        let above: Vec<usize> = latest.iter().filter(|(_, head)| head.number > height).map(|(at, _)| *at).collect();
        let answers = join_all(above.iter().map(|at| self.block(*at, Call::block_by_number(height)))).await;
        blocks.extend(above.into_iter().zip(answers).filter_map(|(at, answer)| Some((at, answer.ok()?))));
        blocks
    }

    fn note(&self, latest: &[(usize, Head)], agreed: &Head, members: &[usize]) {
        for (at, head) in latest {
            let state = match head.number < agreed.number {
                _ if members.contains(at) => State::Agrees,
                true => State::Behind,
                false => State::Disagrees,
            };
            self.endpoints[*at].standing.reached(head.number, state);
        }
    }

    async fn latest(&self, at: usize) -> Result<Head, RpcError> {
        self.block(at, Call::latest_block()).await
    }

    async fn block(&self, at: usize, call: Call) -> Result<Head, RpcError> {
        let method = call.method;
        let answers = self.put(at, &[call]).await.map_err(|error| self.explain(&self.endpoints[at], error))?;
        let answer = answers.into_iter().next().unwrap_or(Ok(serde_json::Value::Null));
        let block: Option<Block> = typed(method, answer)?;
        let none = || RpcError::Malformed { method, reason: "there is no such block".to_owned() };
        Ok(Head::from(&block.ok_or_else(none)?))
    }

    /// Asks one thing.
    pub(crate) async fn ask_one(&self, call: Call) -> Result<Answer, RpcError> {
        let method = call.method;
        let answer = self.ask(&[call]).await?.pop();
        answer.ok_or(RpcError::Malformed { method, reason: "no answer".to_owned() })
    }

    /// Asks many things, in as few HTTP requests as allowed. Answers come in the order of the calls; each is a quorum's.
    pub(crate) async fn ask(&self, calls: &[Call]) -> Result<Vec<Answer>, RpcError> {
        let mut answers = Vec::with_capacity(calls.len());
        for chunk in calls.chunks(self.batch) {
            answers.extend(self.ask_chunk(chunk).await?);
        }
        Ok(answers)
    }

    /// As many endpoints as are needed, then one after the other until every answer has its quorum.
    async fn ask_chunk(&self, calls: &[Call]) -> Result<Vec<Answer>, RpcError> {
        let order = self.order();
        let mut ballots: Vec<Ballot> = calls.iter().map(|_| Ballot::default()).collect();
        let (mut asked, mut answered, mut failure) = (0, 0, None);
        loop {
            let weakest = ballots.iter().map(Ballot::most).min().unwrap_or(self.quorum);
            let next = &order[asked..order.len().min(asked + self.quorum.saturating_sub(weakest))];
            if next.is_empty() {
                break;
            }
            asked += next.len();
            for (at, answers) in next.iter().zip(join_all(next.iter().map(|at| self.put(*at, calls))).await) {
                match answers {
                    Ok(answers) if self.quorum == 1 => {
                        self.elect(vec![*at]);
                        return Ok(answers);
                    }
                    Ok(answers) => {
                        answered += 1;
                        for ((ballot, call), answer) in ballots.iter_mut().zip(calls).zip(answers) {
                            ballot.cast(*at, call, answer);
                        }
                    }
                    Err(error) => failure = Some(self.explain(&self.endpoints[*at], error)),
                }
            }
        }
        if answered < self.quorum
            && let Some(failure) = failure
        {
            return Err(failure);
        }
        self.count(calls, ballots)
    }

    fn count(&self, calls: &[Call], ballots: Vec<Ballot>) -> Result<Vec<Answer>, RpcError> {
        let members = self.members();
        let mut answers = Vec::with_capacity(calls.len());
        for (call, ballot) in calls.iter().zip(ballots) {
            match ballot.decide(self.quorum, call.method) {
                Verdict::Agreed(answer, outvoted) => {
                    // Who does not have the head cannot answer for it, and tells no lie.
                    let liars = outvoted.into_iter().filter(|at| members.contains(at));
                    liars.for_each(|at| self.endpoints[at].standing.outvoted(call.method));
                    answers.push(answer);
                }
                Verdict::Split => return Err(RpcError::Split { method: call.method, quorum: self.quorum }),
            }
        }
        Ok(answers)
    }

    /// Sends the same to every endpoint: one that keeps a transaction to itself changes nothing. An acceptance counts before a refusal.
    pub(crate) async fn broadcast(&self, calls: &[Call]) -> Result<Vec<Answer>, RpcError> {
        let mut answers = Vec::with_capacity(calls.len());
        for chunk in calls.chunks(self.batch) {
            answers.extend(self.broadcast_chunk(chunk).await?);
        }
        Ok(answers)
    }

    async fn broadcast_chunk(&self, calls: &[Call]) -> Result<Vec<Answer>, RpcError> {
        let order = self.order();
        let awake = order.iter().filter(|at| !self.endpoints[**at].standing.rests()).count();
        let told = if awake == 0 { &order[..] } else { &order[..awake] };
        let (mut best, mut failure): (Option<Vec<Answer>>, _) = (None, None);
        for (at, answers) in told.iter().zip(join_all(told.iter().map(|at| self.put(*at, calls))).await) {
            match (answers, &mut best) {
                (Ok(answers), None) => best = Some(answers),
                (Ok(answers), Some(best)) => {
                    let better = best.iter_mut().zip(answers).filter(|(one, other)| !accepts(one) && accepts(other));
                    better.for_each(|(one, other)| *one = other);
                }
                (Err(error), _) => failure = Some(self.explain(&self.endpoints[*at], error)),
            }
        }
        best.ok_or_else(|| failure.unwrap_or_else(|| self.unreachable("none named".to_owned())))
    }

    async fn put(&self, at: usize, calls: &[Call]) -> Result<Vec<Answer>, EndpointError> {
        self.calls.fetch_add(calls.len() as u64, Ordering::Relaxed);
        self.endpoints[at].ask(calls, self.chain_id).await
    }

    /// Whom to ask first: who has the head, is not doubted, and has not just failed; among these as configured.
    fn order(&self) -> Vec<usize> {
        let members = self.members();
        let mut order: Vec<usize> = (0..self.endpoints.len()).collect();
        order.sort_by_key(|at| {
            let standing = &self.endpoints[*at].standing;
            (standing.rests(), !members.contains(at), standing.is_doubted())
        });
        order
    }

    fn members(&self) -> Vec<usize> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn elect(&self, members: Vec<usize>) {
        *self.members.lock().unwrap_or_else(PoisonError::into_inner) = members;
    }

    fn explain(&self, endpoint: &Endpoint, error: EndpointError) -> RpcError {
        match error {
            EndpointError::WrongChain(found) => {
                RpcError::WrongChain { endpoint: endpoint.name().to_owned(), found, expected: self.chain_id }
            }
            EndpointError::Failed(reason) => self.unreachable(reason),
        }
    }

    fn unreachable(&self, reason: String) -> RpcError {
        let endpoints = self.endpoints.iter().map(Endpoint::name).collect::<Vec<_>>().join(", ");
        RpcError::Unreachable { endpoints, reason }
    }
}

/// The block that a quorum has, and who has it.
fn agreed(blocks: &[(usize, Head)], quorum: usize) -> Option<(Head, Vec<usize>)> {
    let with =
        |head: &Head| -> Vec<usize> { blocks.iter().filter(|(_, block)| block == head).map(|(at, _)| *at).collect() };
    let heads = blocks.iter().map(|(_, head)| (*head, with(head)));
    heads.into_iter().find(|(_, members)| members.len() >= quorum)
}

fn accepts(answer: &Answer) -> bool {
    answer.as_ref().map_or_else(|error| SendOutcome::of_error(error) == SendOutcome::Accepted, |_| true)
}

#[cfg(test)]
mod tests {
    use alloy::primitives::B256;

    use super::*;

    fn head(hash: u8) -> Head {
        let (hash, parent) = (B256::repeat_byte(hash), B256::ZERO);
        Head { number: 7, hash, parent, time: 1, next_base_fee: 1, gas_limit: 1 }
    }

    #[test]
    fn a_block_is_agreed_on_when_a_quorum_tells_the_same_of_it() {
        let blocks = [(0, head(1)), (1, head(2)), (2, head(2))];
        assert_eq!(agreed(&blocks, 2), Some((head(2), vec![1, 2])));
        assert_eq!(agreed(&blocks, 3), None);
        // The same hash with another time is another story.
        let falsified = Head { time: 2, ..head(2) };
        assert_eq!(agreed(&[(0, head(1)), (1, head(2)), (2, falsified)], 2), None);
        assert_eq!(agreed(&[], 1), None);
    }
}
