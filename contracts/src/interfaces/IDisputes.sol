// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Leaf} from "../types/Types.sol";

/// @title IArbitrator
/// @notice What is asked of an ERC-792 arbitrator, once for each dispute: when it is opened.
interface IArbitrator {
    /// @return disputeId Its own number for it.
    function createDispute(uint256 choices, bytes calldata extraData) external payable returns (uint256 disputeId);

    /// @return cost Wei.
    function arbitrationCost(bytes calldata extraData) external view returns (uint256 cost);
}

/// @notice What a dispute is about.
enum Question {
    /// No dispute.
    None,
    /// Which of an asset's last two final ledgers counts. Ruling 1: the newer. Anything else, silence too: the older.
    Ledger,
    /// Whether an exit request was served. Ruling 1: it was, and is closed. Anything else, silence too: it stands as it is.
    Request
}

/// @notice One dispute, under the arbitrator's number for it.
struct Case {
    address opener;
    /// Last second in which a ruling counts, Unix seconds.
    uint40 due;
    Question question;
    /// The arbitrator has ruled in time.
    bool isRuled;
    bool isSettled;
    /// What he has ruled; zero: that he does not decide.
    uint8 ruling;
    address asset;
    /// The rest tells which request is disputed.
    address account;
    uint128 target;
    uint40 openedAt;
}

/// @title IDisputes
/// @notice Two questions that a contract cannot decide, put to the arbitrator of the terms (ERC-792), who can say one of two things and
/// name neither amounts nor addresses. Each dispute ends by itself, with a written answer, if he says nothing. Anyone may create this
/// contract, once, at the address that the vault has foreseen.
interface IDisputes {
    // ------------------------------------------------------------------ events, as ERC-792 and ERC-1497 have them

    event Dispute(
        address indexed _arbitrator, uint256 indexed _disputeID, uint256 _metaEvidenceID, uint256 _evidenceGroupID
    );
    event Ruling(address indexed _arbitrator, uint256 indexed _disputeID, uint256 _ruling);
    event Evidence(
        address indexed _arbitrator, uint256 indexed _evidenceGroupID, address indexed _party, string _evidence
    );

    // ------------------------------------------------------------------ events of its own

    event LedgerDisputed(address indexed asset, uint256 indexed disputeId, address opener, uint256 due);
    event RequestDisputed(address indexed account, address indexed asset, uint256 indexed disputeId, uint256 due);
    /// @param changed The older ledger counts; the request is closed.
    event Settled(uint256 indexed disputeId, bool changed);
    event CreditWithdrawn(address indexed account, address to, uint256 amount);

    // ------------------------------------------------------------------ opening

    /// @notice Disputes that an asset's last final ledger should count, and not the one before. Between latch and return, once for each
    /// asset; only this asset's rounds wait for it. Costs the arbitration and the challenge bond, which goes to those who push refunds
    /// if the newer one is upheld; what is sent beyond that is credited.
    /// @return disputeId The arbitrator's.
    function disputeLedger(address asset) external payable returns (uint256 disputeId);

    /// @notice Disputes that an open exit request is unserved. The operator only, before the latch, once for each account and asset, and
    /// nothing waits for it. Costs the arbitration; what is sent beyond that is credited.
    /// @return disputeId The arbitrator's.
    function disputeRequest(address asset, address account) external payable returns (uint256 disputeId);

    /// @notice Wei that each kind of dispute costs now.
    function costs() external view returns (uint256 ledger, uint256 request);

    // ------------------------------------------------------------------ deciding

    /// @notice Points to evidence for an open dispute. Anyone; nothing is stored.
    function submitEvidence(uint256 disputeId, string calldata evidence) external;

    /// @notice The arbitrator's answer (ERC-792). Only noted: a second one, and one that comes too late, is ignored.
    function rule(uint256 disputeId, uint256 ruling) external;

    /// @notice Carries out what was ruled, or what stands instead when no ruling has come in time. Anyone.
    function settle(uint256 disputeId) external;

    // ------------------------------------------------------------------ what follows

    /// @notice Refunds a pending entry that only the ledger knows which a dispute has set aside, less what its account has had of it by
    /// payouts. For entries whose account never had a payout there is `refundPending`. Anyone.
    /// @param leaf The account's, in the ledger that counts.
    function refundEntry(address asset, uint256 entry, uint32 index, Leaf calldata leaf, bytes calldata proof) external;

    /// @notice The same for an account that is not in the ledger that counts: all that it was ever paid out is taken off. The account; from 30
    /// days after the time of rounds (`roundsFrom`) on, anyone: who has had his deposit by payouts makes no call, and the rest is others'.
    function refundEntryWithoutLeaf(address asset, uint256 entry) external;

    /// @notice Fetches the caller's bonds and what he has sent too much of.
    function withdrawCredit(address to) external;

    // ------------------------------------------------------------------ views

    function vault() external view returns (address);
    function disputeOf(uint256 disputeId) external view returns (Case memory);
    function ledgerDispute(address asset) external view returns (bool disputed, uint256 disputeId);
    function requestDispute(address asset, address account) external view returns (bool disputed, uint256 disputeId);
    /// @notice Wei that an account can fetch.
    function creditOf(address account) external view returns (uint256);
}
