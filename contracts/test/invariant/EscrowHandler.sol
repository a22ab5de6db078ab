// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {EscrowOrder, Outcome} from "lifeboat/interfaces/IEscrow.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Leaf, Phase} from "lifeboat/types/Types.sol";

import {EscrowTest} from "../base/EscrowTest.sol";
import {Typed} from "../base/Typed.sol";
import {Reverter} from "../twins/Recipients.sol";
import {FrozenToken} from "../twins/Tokens.sol";

/// @notice Five users who trade through one vault's escrow, a bookkeeper who never asks it, and thieves.
/// @dev Users' own wallets start empty and get money from purses only: their balances are all that escrowed orders ever paid them.
contract EscrowHandler is EscrowTest {
    uint256 private constant USERS = 5;
    uint256 private constant KEYED = 4;
    uint256 private constant REFUSER = 4;

    address[USERS] private users;
    uint256[KEYED] private keys;
    address[2] private assets;
    EscrowOrder[] private orders;
    /// What was ever paid into an order's purse.
    mapping(uint256 order => uint256) private paidIn;
    mapping(uint256 order => Outcome) private outcomes;
    /// What settled orders have paid.
    mapping(address asset => uint256[USERS]) private due;
    mapping(address asset => uint256[USERS]) private segregated;
    mapping(bytes32 action => uint256) private _hits;

    function setUp() public override {
        super.setUp();
        token = address(new FrozenToken());
        vault = deploy(termsFor(token));
        escrow = deployEscrow(address(vault));
        assets = [ETH, token];
        keys = [aliceKey, bobKey, carolKey, keyOf("dave")];
        for (uint256 i = 0; i < KEYED; ++i) {
            users[i] = vm.addr(keys[i]);
        }
        users[REFUSER] = address(new Reverter());
        vm.deal(address(this), 1e40);
        FrozenToken(token).mint(address(this), 1e40);
        FrozenToken(token).approve(address(escrow), type(uint256).max);
        post(ETH, new Leaf[](0));
        post(token, new Leaf[](0));
    }

    function actions() external pure returns (bytes4[] memory list) {
        list = new bytes4[](10);
        list[0] = this.pass.selector;
        list[1] = this.order.selector;
        list[2] = this.order.selector;
        list[3] = this.pay.selector;
        list[4] = this.pay.selector;
        list[5] = this.decide.selector;
        list[6] = this.decide.selector;
        list[7] = this.giveBack.selector;
        list[8] = this.takeOut.selector;
        list[9] = this.steal.selector;
    }

    function names() external pure returns (string[12] memory) {
        return [
            "open",
            "relayed past",
            "openDirect",
            "plain",
            "release",
            "cancel",
            "arbitrate",
            "refund at the expiry",
            "refund at the latch",
            "collect",
            "withdraw",
            "theft refused"
        ];
    }

    function hits(string calldata action) external view returns (uint256) {
        return _hits[keccak256(bytes(action))];
    }

    function _hit(string memory action) private {
        ++_hits[keccak256(bytes(action))];
    }

    // ------------------------------------------------------------------ actions

    /// @notice Time passes; the service lives, but for one time in 24. The token's issuer pauses it now and then.
    function pass(uint256 seed) external {
        warpBy(bound(seed, 1 minutes, 12 hours));
        FrozenToken(token).pause(seed % 5 == 0);
        if (vault.phase() >= Phase.Latched) return;
        if (seed % 24 == 23) return vm.warp(vault.timeline().latchedAt);
        beat();
        if (now_() < vault.liveness().rootsAt + 12 hours) return;
        post(ETH, new Leaf[](0));
        post(token, new Leaf[](0));
    }

    /// @notice Two users agree on an order; its payer has the money in the vault.
    function order(uint256 seed, uint128 amount) external {
        if (orders.length > 60) return;
        uint256 payer = seed % KEYED;
        uint256 payee = (payer + 1 + seed / 8 % (USERS - 1)) % USERS;
        uint256 arbiter = seed / 64 % (USERS + 1);
        address third = arbiter == USERS || arbiter == payer || arbiter == payee ? address(0) : users[arbiter];
        EscrowOrder memory fresh = orderOf(assets[seed / 512 % 2], uint128(bound(amount, 1, 1e24)));
        (fresh.payer, fresh.payee, fresh.arbiter) = (users[payer], users[payee], third);
        fresh.expiry = uint40(now_() + bound(seed, 1 hours, 5 days));
        orders.push(fresh);
        FrozenToken(token).pause(false);
        deposited(fresh.asset, fresh.payer, fresh.amount);
        segregated[fresh.asset][payer] += fresh.amount;
    }

    /// @notice An order is paid: from the vault, past the escrow, directly, or by a plain transfer.
    function pay(uint256 seed, uint256 way) external {
        (uint256 i, EscrowOrder memory chosen) = _pick(seed);
        FrozenToken(token).pause(false);
        way %= 4;
        bool running = now_() < chosen.expiry && vault.phase() < Phase.Latched;
        bool spendable = !vault.nonceUsed(chosen.payer, uint256(idOf(chosen)));
        // A settled order takes no ETH, from nobody.
        if (outcomes[i] != Outcome.Open && (way != 1 || chosen.asset == ETH)) return;
        if (way == 0 && running && spendable) {
            on(stranger, _openCall(chosen));
            _hit("open");
        } else if (way == 1 && spendable) {
            perform(stranger, _spendCall(chosen));
            _hit("relayed past");
        } else if (way == 2 && running && paidIn[i] < chosen.amount) {
            escrow.openDirect{value: chosen.asset == ETH ? chosen.amount : 0}(chosen);
            _hit("openDirect");
        } else if (way == 3) {
            give(chosen.asset, purseOf(chosen), seed % 1000 + 1);
            paidIn[i] += seed % 1000 + 1;
            _hit("plain");
            return;
        } else {
            return;
        }
        paidIn[i] += chosen.amount;
        if (way < 2) segregated[chosen.asset][_user(chosen.payer)] -= chosen.amount;
    }

    /// @notice One of the four ways to agree, by call or by signature.
    function decide(uint256 seed, uint256 way) external {
        (uint256 i, EscrowOrder memory chosen) = _pick(seed);
        if (now_() >= chosen.expiry || vault.phase() >= Phase.Latched || outcomes[i] != Outcome.Open) return;
        if (paidIn[i] == 0) return;
        way %= 4;
        bool toPayee = way % 2 == 0;
        if (way < 2) {
            address party = toPayee ? chosen.payer : chosen.payee;
            bytes memory consent = _consent(party, toPayee, chosen);
            address sender = consent.length == 0 || seed % 2 == 0 ? party : stranger;
            on(sender, toPayee ? releaseCall(chosen, consent) : cancelCall(chosen, consent));
            _hit(toPayee ? "release" : "cancel");
        } else {
            address party = toPayee ? chosen.payee : chosen.payer;
            bytes memory his = _consent(party, toPayee, chosen);
            bytes memory arbiters = _consent(chosen.arbiter, toPayee, chosen);
            if (chosen.arbiter == address(0) || his.length + arbiters.length == 0) return;
            address sender = his.length == 0 ? party : arbiters.length == 0 ? chosen.arbiter : stranger;
            on(sender, arbitrateCall(chosen, toPayee, his, arbiters));
            _hit("arbitrate");
        }
        _settled(i, toPayee ? Outcome.Released : Outcome.Refunded);
    }

    /// @notice Anybody brings back what is due back.
    function giveBack(uint256 seed) external {
        for (uint256 i = 0; i < orders.length; ++i) {
            if (seed >> i & 1 == 0) _refund(i);
        }
    }

    /// @notice What waits in a settled order's purse is pushed by anybody, or taken by its owner to a place of his own.
    function takeOut(uint256 seed) external {
        for (uint256 i = 0; i < orders.length; ++i) {
            if (seed >> i & 1 == 0) _takeOut(i, seed);
        }
    }

    /// @notice Everybody who must not, tries everything.
    function steal(uint256 seed, address to) external {
        (uint256 i, EscrowOrder memory chosen) = _pick(seed);
        address thief = seed % 3 == 0 ? chosen.arbiter : seed % 3 == 1 ? stranger : chosen.payee;
        bytes memory signature = _sign(i % KEYED, seed % 2 == 0, chosen);
        // What these two sign may well help somebody.
        if (chosen.payer == users[i % KEYED] || chosen.arbiter == users[i % KEYED]) signature = "";
        _refused(thief, releaseCall(chosen, signature));
        if (thief != chosen.payee) {
            _refused(thief, cancelCall(chosen, ""));
            _refused(thief, withdrawCall(chosen, to));
        }
        if (thief != chosen.arbiter) _refused(thief, arbitrateCall(chosen, true, "", signature));
        if (now_() < chosen.expiry && vault.phase() < Phase.Latched) _refused(thief, refundCall(chosen));
        if (outcomes[i] != Outcome.Open) _refused(chosen.payer, releaseCall(chosen, ""));
        _hit("theft refused");
    }

    function _refused(address from, bytes memory data) private {
        vm.prank(from);
        (bool ok,) = address(escrow).call(data);
        assertFalse(ok, "a theft was not refused");
    }

    // ------------------------------------------------------------------ the rules

    function checkRules() external view {
        uint256[USERS][2] memory paid;
        for (uint256 i = 0; i < orders.length; ++i) {
            EscrowOrder memory chosen = orders[i];
            uint256 kept = held(chosen);
            assertEq(uint256(escrow.outcomeOf(idOf(chosen))), uint256(outcomes[i]), "another outcome than was agreed");
            if (outcomes[i] == Outcome.Open) {
                assertEq(kept, paidIn[i], "an open order holds all that was paid in");
                continue;
            }
            address beneficiary = outcomes[i] == Outcome.Released ? chosen.payee : chosen.payer;
            paid[chosen.asset == ETH ? 0 : 1][_user(beneficiary)] += paidIn[i] - kept;
        }
        for (uint256 a = 0; a < 2; ++a) {
            assertEq(balanceOf(assets[a], address(escrow)), 0, "the escrow itself holds nothing");
            for (uint256 u = 0; u < USERS; ++u) {
                uint256 got = balanceOf(assets[a], users[u]) + balanceOf(assets[a], _second(u));
                assertEq(got, paid[a][u], "a user got what his settled orders paid, and nothing else");
                assertEq(vault.segregatedOf(assets[a], users[u]), segregated[assets[a]][u], "the vault's books");
            }
            assertBacked(assets[a]);
        }
    }

    /// @notice The service ends: a stranger unwinds everything, and no purse keeps anything.
    function drain() external {
        if (vault.phase() < Phase.Latched) toLatched();
        FrozenToken(token).pause(false);
        for (uint256 i = 0; i < orders.length; ++i) {
            _refund(i);
            _takeOut(i, 0);
            assertEq(held(orders[i]), 0, "stuck");
        }
    }

    // ------------------------------------------------------------------ parts

    function _pick(uint256 seed) private view returns (uint256 i, EscrowOrder memory) {
        vm.assume(orders.length > 0);
        i = seed / 16 % orders.length;
        return (i, orders[i]);
    }

    function _refund(uint256 i) private {
        EscrowOrder memory chosen = orders[i];
        bool expired = now_() >= chosen.expiry;
        if (!expired && vault.phase() < Phase.Latched) return;
        if (outcomes[i] != Outcome.Open || paidIn[i] == 0) return;
        on(stranger, refundCall(chosen));
        _settled(i, Outcome.Refunded);
        _hit(expired ? "refund at the expiry" : "refund at the latch");
    }

    function _settled(uint256 i, Outcome outcome) private {
        outcomes[i] = outcome;
        EscrowOrder memory chosen = orders[i];
        address beneficiary = outcome == Outcome.Released ? chosen.payee : chosen.payer;
        bool takes = chosen.asset == ETH ? beneficiary != users[REFUSER] : !FrozenToken(token).paused();
        assertEq(held(chosen), takes ? 0 : paidIn[i], "paid at once, or waits");
    }

    function _takeOut(uint256 i, uint256 seed) private {
        EscrowOrder memory chosen = orders[i];
        if (outcomes[i] == Outcome.Open || held(chosen) == 0) return;
        FrozenToken(token).pause(false);
        address beneficiary = outcomes[i] == Outcome.Released ? chosen.payee : chosen.payer;
        if (seed / 2 % 2 == 1 || (chosen.asset == ETH && beneficiary == users[REFUSER])) {
            on(beneficiary, withdrawCall(chosen, _second(_user(beneficiary))));
            _hit("withdraw");
        } else {
            on(stranger, collectCall(chosen));
            _hit("collect");
        }
        assertEq(held(chosen), 0, "taken");
    }

    function _second(uint256 user) private pure returns (address) {
        return address(uint160(0x5ec0000 + user));
    }

    function _user(address account) private view returns (uint256 i) {
        while (users[i] != account) ++i;
    }

    function _consent(address party, bool toPayee, EscrowOrder memory chosen) private view returns (bytes memory) {
        for (uint256 i = 0; i < KEYED; ++i) {
            if (users[i] == party) return _sign(i, toPayee, chosen);
        }
        return "";
    }

    function _sign(uint256 user, bool toPayee, EscrowOrder memory chosen) private view returns (bytes memory) {
        return toPayee ? toRelease(keys[user], chosen) : toCancel(keys[user], chosen);
    }

    function _signPayment(EscrowOrder memory chosen) private view returns (bytes memory) {
        return sig(
            keys[_user(chosen.payer)],
            digestOf(
                Typed.order(
                    chosen.asset, chosen.payer, purseOf(chosen), chosen.amount, uint256(idOf(chosen)), type(uint256).max
                )
            )
        );
    }

    function _openCall(EscrowOrder memory chosen) private view returns (bytes memory) {
        return abi.encodeCall(escrow.open, (chosen, type(uint256).max, _signPayment(chosen)));
    }

    function _spendCall(EscrowOrder memory chosen) private view returns (bytes memory) {
        return abi.encodeCall(
            IVaultCore.spend,
            (
                chosen.asset,
                chosen.payer,
                purseOf(chosen),
                chosen.amount,
                uint256(idOf(chosen)),
                type(uint256).max,
                _signPayment(chosen)
            )
        );
    }
}
