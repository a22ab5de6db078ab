//! What several endpoints answer to one call. Only what the protocol fixes is compared: clients word errors, and fill optional fields, in
//! their own ways.

use serde_json::{Value, json};

use crate::chain::call::{Answer, Call};

/// The answers to one call, each with who gave it.
#[derive(Debug, Default)]
pub(crate) struct Ballot {
    choices: Vec<Choice>,
}

#[derive(Debug)]
struct Choice {
    essence: Value,
    answer: Answer,
    voters: Vec<usize>,
}

/// How a ballot ended.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Enough endpoints gave this answer; these gave another one.
    Agreed(Answer, Vec<usize>),
    /// No answer has enough voters.
    Split,
}

impl Ballot {
    /// Takes the answer of the endpoint number `voter`.
    pub(crate) fn cast(&mut self, voter: usize, call: &Call, answer: Answer) {
        let essence = essence(call.method, &answer);
        match self.choices.iter_mut().find(|choice| choice.essence == essence) {
            Some(choice) => choice.voters.push(voter),
            None => self.choices.push(Choice { essence, answer, voters: vec![voter] }),
        }
    }

    /// Most endpoints that gave the same answer.
    pub(crate) fn most(&self) -> usize {
        self.choices.iter().map(|choice| choice.voters.len()).max().unwrap_or_default()
    }

    pub(crate) fn decide(self, quorum: usize, method: &'static str) -> Verdict {
        let (won, lost): (Vec<_>, Vec<_>) = self.choices.into_iter().partition(|choice| choice.voters.len() >= quorum);
        if let Some(winner) = won.into_iter().next() {
            return Verdict::Agreed(winner.answer, lost.into_iter().flat_map(|choice| choice.voters).collect());
        }
        match method {
            // No receipt is unknown, never dropped: the caller waits for a while.
            "eth_getTransactionReceipt" => Verdict::Agreed(Ok(Value::Null), Vec::new()),
            // Limits on ranges differ: whoever refuses is asked for less.
            "eth_getLogs" => match lost.into_iter().find(|choice| choice.answer.is_err()) {
                Some(refusal) => Verdict::Agreed(refusal.answer, Vec::new()),
                None => Verdict::Split,
            },
            _ => Verdict::Split,
        }
    }
}

/// The part of an answer that every honest endpoint gives alike.
fn essence(method: &str, answer: &Answer) -> Value {
    let value = match answer {
        Ok(value) => value,
        Err(error) => return json!({ "error": error.as_revert_data() }),
    };
    let only = |value: &Value, fields: &[&str]| {
        if value.is_null() { Value::Null } else { fields.iter().map(|field| value[*field].clone()).collect() }
    };
    match method {
        "eth_getBlockByNumber" => only(value, &["hash", "number", "parentHash", "timestamp"]),
        "eth_getTransactionReceipt" => only(value, &["transactionHash", "blockHash", "status", "gasUsed"]),
        "eth_getLogs" => {
            let log = |log| only(log, &["address", "topics", "data", "blockHash", "logIndex"]);
            value.as_array().into_iter().flatten().map(log).collect()
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use alloy::rpc::json_rpc::ErrorPayload;

    use super::*;

    fn ballot(method: &'static str, answers: &[Answer]) -> (Ballot, &'static str) {
        let mut ballot = Ballot::default();
        let call = Call::new(method, json!([]));
        answers.iter().enumerate().for_each(|(voter, answer)| ballot.cast(voter, &call, answer.clone()));
        (ballot, method)
    }

    fn refusal(message: &'static str, data: Option<&str>) -> Answer {
        let data = data.map(|data| serde_json::value::to_raw_value(data).unwrap());
        Err(ErrorPayload { code: 3, message: message.into(), data })
    }

    /// The answer that won, and who was outvoted.
    fn agreed((ballot, method): (Ballot, &'static str), quorum: usize) -> Option<(Answer, Vec<usize>)> {
        match ballot.decide(quorum, method) {
            Verdict::Agreed(answer, outvoted) => Some((answer, outvoted)),
            Verdict::Split => None,
        }
    }

    #[test]
    fn the_answer_of_a_quorum_counts_and_the_others_are_named() {
        let two_of_three = ballot("eth_call", &[Ok("0x1".into()), Ok("0x2".into()), Ok("0x2".into())]);
        assert_eq!(two_of_three.0.most(), 2);
        let (answer, outvoted) = agreed(two_of_three, 2).unwrap();
        assert_eq!((answer.unwrap(), outvoted), ("0x2".into(), vec![0]));
        assert!(agreed(ballot("eth_call", &[Ok("0x1".into()), Ok("0x2".into())]), 2).is_none());
        assert!(agreed(ballot("eth_call", &[Ok("0x1".into())]), 2).is_none(), "one is no quorum of two");
    }

    #[test]
    fn refusals_are_compared_by_their_data_not_by_their_words() {
        let reverts = [refusal("execution reverted", Some("0x1234")), refusal("revert: 0x1234", Some("0x1234"))];
        assert!(agreed(ballot("eth_call", &reverts), 2).is_some());
        let differ = [refusal("execution reverted", Some("0x1234")), refusal("execution reverted", Some("0x5678"))];
        assert!(agreed(ballot("eth_call", &differ), 2).is_none());
        assert!(agreed(ballot("eth_call", &[Ok("0x".into()), refusal("reverted", None)]), 2).is_none());
    }

    #[test]
    fn fields_that_clients_fill_as_they_like_do_not_matter() {
        let log = |data: &str, extra: &str| json!([{ "address": "0x1", "topics": [], "data": data, "blockHash": "0x2", "logIndex": "0x0", extra: 1 }]);
        assert!(
            agreed(ballot("eth_getLogs", &[Ok(log("0x", "blockTimestamp")), Ok(log("0x", "removed"))]), 2).is_some()
        );
        assert!(agreed(ballot("eth_getLogs", &[Ok(log("0x", "a")), Ok(log("0x01", "a"))]), 2).is_none());
        assert!(agreed(ballot("eth_getLogs", &[Ok(log("0x", "a")), Ok(json!([]))]), 2).is_none(), "a log was left out");
    }

    #[test]
    fn a_missing_receipt_is_unknown_and_a_refused_range_is_smaller_next_time() {
        let receipt = json!({ "transactionHash": "0x1", "blockHash": "0x2", "status": "0x1", "gasUsed": "0x5" });
        let (answer, _) = agreed(ballot("eth_getTransactionReceipt", &[Ok(receipt), Ok(Value::Null)]), 2).unwrap();
        assert_eq!(answer.unwrap(), Value::Null);
        let refused = ballot("eth_getLogs", &[Ok(json!([])), refusal("range too wide", None)]);
        assert!(agreed(refused, 2).unwrap().0.is_err());
    }
}
