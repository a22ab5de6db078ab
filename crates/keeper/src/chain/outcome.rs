//! What a node's answer to a broadcast means. Clients word the same thing differently; the table lists their words.

use alloy::rpc::json_rpc::ErrorPayload;

/// The fate of one broadcast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SendOutcome {
    /// In the pool; a node that has it already says so with an error.
    Accepted,
    /// Another transaction of ours holds the nonce, at a price too near to this one's.
    Underpriced,
    /// The price is below what the next block asks.
    FeeTooLow,
    /// The nonce is used up.
    NonceTooLow,
    /// The account cannot pay for it.
    InsufficientFunds,
    /// Anything else, in the node's words.
    Rejected(String),
}

/// Lower-case fragments of the answers of geth, reth, erigon, nethermind, besu and anvil. The first match counts.
const TABLE: [(&str, SendOutcome); 17] = [
    ("already known", SendOutcome::Accepted),
    ("alreadyknown", SendOutcome::Accepted),
    ("already imported", SendOutcome::Accepted),
    ("already in mempool", SendOutcome::Accepted),
    ("known transaction", SendOutcome::Accepted),
    ("nonce too low", SendOutcome::NonceTooLow),
    ("nonce is too low", SendOutcome::NonceTooLow),
    ("oldnonce", SendOutcome::NonceTooLow),
    ("less than block base fee", SendOutcome::FeeTooLow),
    ("below current base fee", SendOutcome::FeeTooLow),
    ("feetoolow", SendOutcome::FeeTooLow),
    ("underpriced", SendOutcome::Underpriced),
    ("replacementnotallowed", SendOutcome::Underpriced),
    ("too low to replace", SendOutcome::Underpriced),
    ("insufficient funds", SendOutcome::InsufficientFunds),
    ("insufficientfunds", SendOutcome::InsufficientFunds),
    ("upfront cost exceeds", SendOutcome::InsufficientFunds),
];

impl SendOutcome {
    /// Classifies a node's error.
    pub(crate) fn of_error(error: &ErrorPayload) -> Self {
        let text = error.message.to_lowercase();
        let known = TABLE.iter().find(|(fragment, _)| text.contains(fragment));
        known.map_or_else(|| Self::Rejected(error.message.to_string()), |(_, outcome)| outcome.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(message: &'static str) -> SendOutcome {
        SendOutcome::of_error(&ErrorPayload { code: -32_000, message: message.into(), data: None })
    }

    #[test]
    fn clients_words_are_understood() {
        for text in ["already known", "AlreadyKnown", "transaction already imported", "Known transaction"] {
            assert_eq!(outcome(text), SendOutcome::Accepted, "{text}");
        }
        for text in ["nonce too low: next nonce 5, tx nonce 4", "OldNonce, Current nonce: 5"] {
            assert_eq!(outcome(text), SendOutcome::NonceTooLow, "{text}");
        }
        for text in ["replacement transaction underpriced", "ReplacementNotAllowed", "transaction underpriced"] {
            assert_eq!(outcome(text), SendOutcome::Underpriced, "{text}");
        }
        assert_eq!(outcome("max fee per gas less than block base fee: address 0x1"), SendOutcome::FeeTooLow);
        assert_eq!(outcome("insufficient funds for gas * price + value"), SendOutcome::InsufficientFunds);
        assert_eq!(outcome("teapot"), SendOutcome::Rejected("teapot".to_owned()));
    }
}
