// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "lifeboat/interfaces/IDisputes.sol";
import {IBond} from "lifeboat/interfaces/IBond.sol";
import {IVault} from "lifeboat/interfaces/IVault.sol";
import {Leaf, Phase, Profile, Round, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {PliantArbitrator} from "../twins/Arbitrators.sol";
import {HeavyWallet, Reentrant, Reverter} from "../twins/Recipients.sol";
import {FrozenToken} from "../twins/Tokens.sol";
import {Transitions} from "./Transitions.sol";

/// @notice A service with seven users and what an honest bookkeeper knows about it, kept apart from the vault's own books.
/// @dev Users start with nothing and are paid to three addresses of their own each, so that their balances are all they ever got.
abstract contract World is Transitions {
    using SumTree for SumTree.Tree;

    uint256 internal constant USERS = 7;
    uint256 internal constant KEYED = 4;
    uint256 internal constant REVERTER = 4;
    uint256 internal constant HEAVY = 5;
    uint256 internal constant REENTRANT = 6;

    uint256 internal constant WINDOW = 6 hours;
    uint256 internal constant COLD_DELAY = 1 hours;
    uint256 internal constant FREEZE_MAX = 2 hours;
    uint256 internal constant ROTATION_NOTICE = 1 hours;
    uint256 internal constant UNBONDING = 150 hours;
    uint256 internal constant EXIT_DEPOSIT = 0.01 ether;
    uint256 internal constant CHALLENGE_BOND = 0.1 ether;
    uint256 internal constant ANSWER_WINDOW = 3 hours;
    /// Users, then the one who asks for a ledger's leaves and the one who has them.
    uint256 internal constant DEPOSITORS = USERS + 2;
    uint256 internal constant WHOLE = 1 << 40;
    uint256 internal constant HOT_CAP = WHOLE * 300 / 10_000;
    uint256 internal constant WARM_CAP = WHOLE * 3000 / 10_000;

    /// @dev A movement of the reserve that a cap counts.
    struct Outflow {
        uint256 time;
        uint256 share;
    }

    struct Entry {
        uint256 user;
        uint128 amount;
        bool refunded;
    }

    address[2] public assets;
    address[USERS] public users;
    uint256[KEYED] internal keys;
    PliantArbitrator internal arbitrator;
    IDisputes internal disputes;
    IBond internal bond;
    address internal challenger = actor("challenger");
    address internal archivist = actor("archivist");
    /// A vault of the same terms next door: nothing signed for the first may move anything here.
    IVault public sibling;

    /// What the service owes its users, off chain.
    mapping(address asset => uint128[USERS]) internal ledger;
    /// Entries that the ledger has credited.
    mapping(address asset => uint256) internal creditedEntries;
    mapping(address asset => Entry[]) internal entries;
    mapping(address asset => uint256[USERS]) internal deposited;
    mapping(address asset => uint256[USERS]) internal spent;
    mapping(address asset => uint256[USERS]) internal refunded;
    /// What of reopened deposits was not refunded, because it had been paid out.
    mapping(address asset => uint256[USERS]) internal withheld;
    mapping(address asset => uint256[USERS]) internal claimed;
    /// What the bond has paid, the credits that were not fetched yet among it.
    mapping(address asset => uint256[USERS]) internal compensated;
    mapping(address asset => uint256[USERS]) internal credits;
    /// Users who want their shares at an address of theirs that is not the leaf's.
    mapping(address asset => bool[USERS]) internal redirected;
    mapping(address asset => Round[]) internal opened;
    mapping(address asset => mapping(uint256 round => uint256)) internal paidInRound;
    /// Levels on which the first nodes are anchored.
    mapping(address asset => mapping(uint256 round => uint256[])) internal anchored;
    mapping(address asset => mapping(uint256 round => bool[USERS])) internal settled;
    mapping(address asset => uint256) internal moneyIn;
    mapping(address asset => uint256) internal moneyLost;
    /// What the tank for pushers was ever given.
    uint256 internal fuelled;

    mapping(address asset => Outflow[]) internal outflows;
    /// End of the last freeze.
    uint256 internal frozenTo;

    /// Signed calls that the vault has accepted.
    bytes[] internal accepted;
    /// The first thing that went wrong inside an action; empty: nothing did.
    string public violation;
    mapping(bytes32 action => uint256) private _hits;

    function setUp() public override {
        vm.warp(START);
        vm.roll(1_000_000);
        token = address(new FrozenToken());
        arbitrator = new PliantArbitrator();
        assets = [ETH, token];
        keys = [aliceKey, bobKey, carolKey, keyOf("dave")];
        for (uint256 i = 0; i < KEYED; ++i) {
            users[i] = vm.addr(keys[i]);
        }
        users[REVERTER] = address(new Reverter());
        users[HEAVY] = address(new HeavyWallet());
        users[REENTRANT] = address(new Reentrant());
        vm.deal(address(this), 1e40);
        FrozenToken(token).mint(address(this), 1e40);
        sibling = deploy(_terms());
        vault = sibling;
        give(ETH, address(sibling), 1 ether);
        vault = deploy(_terms());
        FrozenToken(token).approve(address(vault), type(uint256).max);
        createSatellite("Bond.sol:Bond");
        bond = IBond(vault.parameters().bond);
        FrozenToken(token).approve(address(bond), type(uint256).max);
        for (uint256 a = 0; a < 2; ++a) {
            _openLedger(assets[a]);
        }
        warpBy(1 hours);
        createSatellite("Disputes.sol:Disputes");
        disputes = IDisputes(vault.parameters().disputes);
    }

    function _openLedger(address asset) private {
        for (uint256 i = 0; i < USERS; ++i) {
            ledger[asset][i] = uint128((i + 1) * 1e18 + i);
        }
        donateTo(asset, 28e18 + 21);
        postLedger(asset);
    }

    function _terms() private view returns (Terms memory terms) {
        terms = termsFor(token);
        terms.profile = Profile.Testnet;
        terms.arbitrator = address(arbitrator);
        terms.coverageFloorBps = 8000;
        terms.timers.serveDeadline = 6 hours;
        terms.timers.freezeMax = uint40(FREEZE_MAX);
        terms.timers.releaseWindow = uint40(WINDOW);
        terms.timers.coldDelay = uint40(COLD_DELAY);
        terms.timers.rotationNotice = uint40(ROTATION_NOTICE);
        (terms.hotCapBps, terms.warmCapBps) = (300, 3000);
        terms.timers.unattestedFinality = 5 hours;
        terms.timers.answerWindow = uint40(ANSWER_WINDOW);
        terms.timers.unbonding = uint40(UNBONDING);
        terms.exitDeposit = uint96(EXIT_DEPOSIT);
    }

    // ------------------------------------------------------------------ what the bookkeeper computes

    function second(uint256 user) internal pure returns (address) {
        return address(uint160(0x5ec0000 + user));
    }

    function relayer(uint256 user) internal pure returns (address) {
        return address(uint160(0x4e1a000 + user));
    }

    function third(uint256 user) internal pure returns (address) {
        return address(uint160(0x3bd0000 + user));
    }

    /// @notice Where a depositor fetches deposits to: no part of what the vault owes.
    function purse(uint256 i) internal pure returns (address) {
        return address(uint160(0x9c5e0000 + i));
    }

    /// @notice All that a user was ever paid, over all routes.
    function received(address asset, uint256 user) internal view returns (uint256) {
        return balanceOf(asset, users[user]) + balanceOf(asset, second(user)) + balanceOf(asset, relayer(user))
            + balanceOf(asset, third(user)) + spent[asset][user];
    }

    function leavesOf(address asset) internal view returns (Leaf[] memory leaves) {
        leaves = new Leaf[](USERS);
        for (uint256 i = 0; i < USERS; ++i) {
            leaves[i] = Leaf(users[i], ledger[asset][i], vault.paidOut(asset, users[i]));
        }
    }

    /// @notice What a leaf is still owed: its balance less the payouts since its snapshot.
    function netOf(address asset, Leaf memory leaf) internal view returns (uint128) {
        uint128 counter = vault.paidOut(asset, leaf.account);
        uint128 since = counter > leaf.paid ? counter - leaf.paid : 0;
        return since < leaf.balance ? leaf.balance - since : 0;
    }

    function shareOf(address asset, Round memory round, Leaf memory leaf) internal view returns (uint256) {
        return uint256(netOf(asset, leaf)) * round.numerator / round.denominator;
    }

    function totalOwed(address asset) internal view returns (uint256 total) {
        for (uint256 i = 0; i < USERS; ++i) {
            total += ledger[asset][i];
        }
    }

    function roundsOf(address asset) public view returns (uint256) {
        return opened[asset].length;
    }

    function isBefore(Phase phase) internal view returns (bool) {
        return vault.phase() < phase;
    }

    function isFrozen() internal view returns (bool) {
        return now_() < frozenTo;
    }

    /// @notice What of the reserve is above the floor.
    function aboveFloor(address asset) internal view returns (uint256) {
        uint256 floor = (uint256(vault.book(asset).owed) * 8000 + 9999) / 10_000;
        uint256 held = vault.reserve(asset);
        return held > floor ? held - floor : 0;
    }

    /// @notice What a cap still lets through: everything of this window and of the one before counts.
    function room(address asset, uint256 cap) internal view returns (uint256) {
        uint256 sum = 0;
        for (uint256 i = 0; i < outflows[asset].length; ++i) {
            if (outflows[asset][i].time / WINDOW + 1 >= now_() / WINDOW) sum += outflows[asset][i].share;
        }
        return sum < cap ? uint256(vault.book(asset).owed) * (cap - sum) >> 40 : 0;
    }

    /// @notice What may be released within a cap.
    function releasable(address asset, uint256 cap) internal view returns (uint256 most) {
        most = room(asset, cap);
        if (aboveFloor(asset) < most) most = aboveFloor(asset);
    }

    // ------------------------------------------------------------------ what several actions do

    /// @notice Books a movement that a cap counts, and looks back over the time of a window.
    /// @param alone The operator signed alone.
    function record(address asset, uint256 amount, bool alone) internal {
        if (isFrozen()) violate("outflow while frozen");
        uint256 owed = vault.book(asset).owed;
        outflows[asset].push(Outflow(now_(), (amount * WHOLE + owed - 1) / owed));
        uint256 sum = 0;
        for (uint256 i = 0; i < outflows[asset].length; ++i) {
            if (outflows[asset][i].time + WINDOW > now_()) sum += outflows[asset][i].share;
        }
        if (sum > (alone ? HOT_CAP : WARM_CAP)) violate("more than the cap within a window");
    }

    function donateTo(address asset, uint256 amount) internal {
        give(asset, address(vault), amount);
        moneyIn[asset] += amount;
    }

    function postLedger(address asset) internal returns (bool) {
        return postLedger(asset, true);
    }

    /// @notice Posts the service's ledger with everything queued in it; false if the vault would not take it.
    function postLedger(address asset, bool attested) internal returns (bool) {
        uint256 queued = entries[asset].length;
        uint256 credit = creditedEntries[asset];
        uint256 fresh = 0;
        for (; credit < queued; ++credit) {
            ledger[asset][entries[asset][credit].user] += entries[asset][credit].amount;
        }
        creditedEntries[asset] = queued;
        for (uint256 e = vault.book(asset).absorbed; e < queued; ++e) {
            fresh += entries[asset][e].amount;
        }
        uint32 newest = vault.book(asset).epoch;
        if (newest >= 8 && vault.finalEpoch(asset) <= newest - 7) return false;
        if (vault.reserve(asset) + fresh < (totalOwed(asset) * 8000 + 9999) / 10_000) return false;
        bytes memory data = commitCall(inputFor(asset, leavesOf(asset)));
        accepted.push(data);
        post(asset, leavesOf(asset));
        if (!attested) return true;
        data = attestCall(asset, newest + 1);
        accepted.push(data);
        perform(stranger, data);
        return true;
    }

    function remember(bytes memory data) internal returns (bytes memory) {
        accepted.push(data);
        return data;
    }

    /// @dev The first word with a byte of it changed, or a counter.
    function _falsified(SumTree.Tree memory tree, uint256 seed)
        internal
        pure
        returns (bytes memory leaves, bytes memory paid)
    {
        (leaves, paid) = tree.packed(0);
        bytes1 change = bytes1(uint8(1 + (seed >> 40) % 255));
        if (seed % 2 == 0) leaves[(seed >> 1) % leaves.length] ^= change;
        else if (paid.length > 0) paid[(seed >> 1) % paid.length] ^= change;
        else paid = abi.encodePacked(uint8(0), uint128(1));
    }

    function violate(string memory what) internal override {
        if (bytes(violation).length == 0) violation = what;
    }

    function hit(string memory action) internal {
        ++_hits[keccak256(bytes(action))];
        if (isFrozen()) ++_hits[keccak256(bytes(string.concat("frozen ", action)))];
    }

    function hits(string calldata action) external view returns (uint256) {
        return _hits[keccak256(bytes(action))];
    }
}
