// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {IVault} from "lifeboat/interfaces/IVault.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Blueprints, Book, Leaf, Phase, Profile, Round, Sla, Terms, Timers} from "lifeboat/types/Types.sol";

import {SumTree} from "./SumTree.sol";
import {VaultCalls} from "./VaultCalls.sol";

/// @notice A service with its vault: ETH and one token, three users, 2-of-3 signers (3 above the warm cap), 1-of-2 auditors,
/// 2-of-3 watchers, 2-of-3 guardians.
/// @dev The vault is deployed from its artifact, so that a change of a test does not compile the vault again.
abstract contract VaultTest is VaultCalls {
    using SumTree for SumTree.Tree;

    address internal constant ETH = address(0);
    uint256 internal constant START = 1_800_000_000;
    bytes internal constant DEPLOYER_CODE =
        hex"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";

    uint256 internal aliceKey = keyOf("alice");
    uint256 internal bobKey = keyOf("bob");
    uint256 internal carolKey = keyOf("carol");
    address internal alice = actor("alice");
    address internal bob = actor("bob");
    address internal carol = actor("carol");
    address internal stranger = actor("stranger");
    address internal hotWallet = actor("hot wallet");

    address internal token;
    /// The leaves of each commitment posted through `post`.
    Blueprints private _blueprints;
    mapping(IVault vault => mapping(address asset => mapping(uint256 epoch => Leaf[]))) private _ledgers;

    function setUp() public virtual {
        vm.warp(START);
        vm.roll(1_000_000);
        token = newToken("TestToken.sol:TestToken");
        vault = deploy(termsFor(token));
        vm.deal(address(this), 1e30);
    }

    receive() external payable {}

    // ------------------------------------------------------------------ the service

    /// @notice Creates a satellite of the vault as anyone would: through the canonical deployer, to where the vault expects it.
    function createSatellite(string memory artifact) internal {
        bytes memory code = bytes.concat(vm.getCode(artifact), abi.encode(address(vault)));
        vm.etch(CREATE2_DEPLOYER, DEPLOYER_CODE);
        vm.prank(stranger);
        (bool ok,) = CREATE2_DEPLOYER.call(bytes.concat(bytes32(0), code));
        assertTrue(ok, "created");
    }

    /// @notice The vault creates its tank first, then its registry, its safeguards and its views.
    function registry() internal view returns (address) {
        return vm.computeCreateAddress(address(vault), 2);
    }

    function safeguards() internal view returns (ISafeguards) {
        return ISafeguards(vm.computeCreateAddress(address(vault), 3));
    }

    function newToken(string memory artifact) internal returns (address) {
        return vm.deployCode(artifact, abi.encode("Test Dollar", "TUSD", uint8(6), uint256(1e30)));
    }

    function deploy(Terms memory terms) internal returns (IVault) {
        return IVault(vm.deployCode("Vault.sol:Vault", abi.encode(terms, blueprints())));
    }

    /// @notice The constructor must refuse these terms with exactly this error.
    function refuseTerms(Terms memory terms, bytes memory why) internal {
        refuseCreation(abi.encode(terms, blueprints()), why);
    }

    /// @dev From the creation code, so that the constructor's own error comes back.
    function refuseCreation(bytes memory arguments, bytes memory why) internal {
        bytes memory code = bytes.concat(vm.getCode("Vault.sol:Vault"), arguments);
        address made;
        bytes memory result;
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
            result := mload(0x40)
            mstore(result, returndatasize())
            returndatacopy(add(result, 0x20), 0, returndatasize())
            mstore(0x40, add(add(result, 0x20), and(add(returndatasize(), 0x1f), not(0x1f))))
        }
        assertEq(made, address(0), "deployed");
        vm.assertEq(result, why, "refused, but with another error");
    }

    /// @notice The satellites' creation code, put on chain on first use.
    function blueprints() internal returns (Blueprints memory) {
        if (_blueprints.registry == address(0)) {
            _blueprints.registry = _blueprint("Registry.sol:Registry");
            _blueprints.safeguards = _blueprint("Safeguards.sol:Safeguards");
            _blueprints.views = _blueprint("Views.sol:Views");
            _blueprints.bond = _blueprint("Bond.sol:Bond");
        }
        return _blueprints;
    }

    /// @dev As ERC-5202 says: a small constructor that returns the preamble and the creation code.
    function _blueprint(string memory artifact) private returns (address at_) {
        bytes memory stored = bytes.concat(hex"fe7100", vm.getCode(artifact));
        bytes memory code = bytes.concat(hex"61", bytes2(uint16(stored.length)), hex"3d81600a3d39f3", stored);
        assembly ("memory-safe") {
            at_ := create(0, add(code, 0x20), mload(code))
        }
        assertTrue(at_ != address(0), "blueprint not deployed");
    }

    function termsFor(address token_) internal view returns (Terms memory terms) {
        address[] memory assets = new address[](2);
        assets[1] = token_;
        return Terms({
            agreementHash: keccak256("agreement"),
            operator: vm.addr(operatorKey),
            backupOperator: vm.addr(backupKey),
            signers: idsOf(signerKeys),
            signerThreshold: 2,
            coldThreshold: 3,
            auditors: addressesOf(auditorKeys),
            auditorThreshold: 1,
            watchers: addressesOf(watcherKeys),
            watcherThreshold: 2,
            guardians: addressesOf(guardianKeys),
            guardianThreshold: 2,
            assets: assets,
            coverageFloorBps: 10_000,
            hotCapBps: 100,
            warmCapBps: 10_000,
            maxTankGasPrice: 100 gwei,
            exitDeposit: 0,
            challengeBond: 0.1 ether,
            sla: Sla({minBondBps: 0, dailyBps: 100, capBps: 1000, allowance: 4 hours}),
            profile: Profile.Production,
            timers: Timers({
                grace: 24 hours,
                serveDeadline: 7 days,
                challengeWindow: 48 hours,
                returnDelay: 72 hours,
                rootMaxAge: 48 hours,
                attestedFinality: 1 hours,
                unattestedFinality: 48 hours,
                headStart: 3 days,
                windDownNotice: 30 days,
                silenceCap: 21 days,
                releaseWindow: 1 days,
                coldDelay: 48 hours,
                freezeMax: 72 hours,
                rotationNotice: 7 days,
                answerWindow: 24 hours,
                unbonding: 45 days
            })
        });
    }

    /// @notice Alice is owed 100, Bob 50, Carol 25 of a unit.
    function threeUsers(uint128 unit) internal view returns (Leaf[] memory leaves) {
        leaves = new Leaf[](3);
        leaves[0] = Leaf(alice, 100 * unit, 0);
        leaves[1] = Leaf(bob, 50 * unit, 0);
        leaves[2] = Leaf(carol, 25 * unit, 0);
    }

    /// @notice Puts money into the reserve.
    function fund(address asset, uint256 amount) internal {
        give(asset, address(vault), amount);
    }

    function give(address asset, address to, uint256 amount) internal {
        if (asset == ETH) {
            (bool ok,) = to.call{value: amount}("");
            assertTrue(ok, "ETH not accepted");
        } else {
            assertTrue(IERC20(asset).transfer(to, amount), "token not accepted");
        }
    }

    function balanceOf(address asset, address account) internal view returns (uint256) {
        return asset == ETH ? account.balance : IERC20(asset).balanceOf(account);
    }

    /// @notice Posts the next commitment of an asset.
    function post(address asset, Leaf[] memory leaves) internal returns (uint32 epoch) {
        perform(address(this), commitCall(inputFor(asset, leaves)));
        epoch = vault.book(asset).epoch;
        for (uint256 i = 0; i < leaves.length; ++i) {
            _ledgers[vault][asset][epoch].push(leaves[i]);
        }
    }

    function attest(address asset) internal {
        perform(address(this), attestCall(asset, vault.book(asset).epoch));
    }

    /// @notice Posts, attests and waits until the commitment is final.
    function postFinal(address asset, Leaf[] memory leaves) internal returns (uint32 epoch) {
        epoch = post(asset, leaves);
        attest(asset);
        warpBy(1 hours);
        perform(address(this), abi.encodeCall(IRegistry.sync, (asset)));
    }

    function leavesAt(address asset, uint32 epoch) internal view returns (Leaf[] memory) {
        return _ledgers[vault][asset][epoch];
    }

    function treeOf(address asset, uint32 epoch) internal view returns (SumTree.Tree memory) {
        return SumTree.build(address(vault), asset, leavesAt(asset, epoch));
    }

    /// @notice The tree of the commitment that counts.
    function finalTree(address asset) internal view returns (SumTree.Tree memory) {
        return treeOf(asset, vault.finalEpoch(asset));
    }

    /// @notice A service in operation: both assets fully backed, both ledgers final, one hour old.
    function openService() internal {
        fund(ETH, 175 ether);
        fund(token, 175e6);
        post(ETH, threeUsers(1 ether));
        attest(ETH);
        postFinal(token, threeUsers(1e6));
        perform(address(this), abi.encodeCall(IRegistry.sync, (ETH)));
        beat();
    }

    function beat() internal {
        vm.roll(block_() + 1);
        perform(address(this), beatCall());
    }

    /// @notice Lets time pass while the service beats and posts the same ledgers again.
    function stayAlive(uint256 secs) internal {
        while (secs > 0) {
            uint256 step = secs < 20 hours ? secs : 20 hours;
            warpBy(step);
            secs -= step;
            beat();
            post(ETH, _ledgers[vault][ETH][vault.book(ETH).epoch]);
            attest(ETH);
            post(token, _ledgers[vault][token][vault.book(token).epoch]);
            attest(token);
        }
    }

    /// @notice Terms under which a service beats and posts seldom, so that a test can live through months.
    function patientTerms() internal view returns (Terms memory terms) {
        terms = termsFor(token);
        terms.timers.grace = 7 days;
        terms.timers.rootMaxAge = 7 days;
    }

    /// @notice Lets time pass under `patientTerms`, without watchers.
    function stayPatiently(uint256 secs) internal {
        while (secs > 0) {
            uint256 step = secs < 6 days ? secs : 6 days;
            warpBy(step);
            secs -= step;
            beat();
            post(ETH, _ledgers[vault][ETH][vault.book(ETH).epoch]);
            post(token, _ledgers[vault][token][vault.book(token).epoch]);
        }
    }

    function toSuspected() internal {
        vm.warp(vault.timeline().suspectedAt);
    }

    function toLatched() internal {
        vm.warp(vault.timeline().latchedAt);
    }

    function toReturning() internal {
        vm.warp(vault.timeline().returnAt);
    }

    function toPushes() internal {
        vm.warp(vault.timeline().pushAt);
    }

    /// @notice Opens the next round of an asset, by a stranger.
    function openRound(address asset) internal returns (Round memory) {
        uint256 held = vault.recovery(asset).allotted;
        bytes memory result = perform(stranger, abi.encodeCall(IVaultCore.openRound, (asset)));
        uint128 numerator = uint128(vault.recovery(asset).allotted - held);
        return Round(abi.decode(result, (uint32)), numerator, vault.recovery(asset).owed);
    }

    function claim(address asset, Round memory round, uint32 index) internal {
        perform(stranger, claimCall(finalTree(asset), asset, round, index));
    }

    function push(address asset, Round memory round, uint32 word) internal {
        perform(stranger, pushCall(finalTree(asset), asset, round, word));
    }

    function payOut(address asset, uint32 index, uint128 amount) internal {
        perform(stranger, payOutCall(finalTree(asset), asset, index, amount));
    }

    // ------------------------------------------------------------------ calls and what must come of them

    /// @notice The safeguards' own functions are called there, all others at the vault.
    function targetOf(bytes memory data) internal view returns (address) {
        bytes4 selector = selectorOf(data);
        bool guarded = selector == ISafeguards.announce.selector || selector == ISafeguards.announceMaintenance.selector
            || selector == ISafeguards.declareForceMajeure.selector || selector == ISafeguards.announceWindDown.selector
            || selector == ISafeguards.raiseAlarm.selector || selector == ISafeguards.freeze.selector
            || selector == ISafeguards.queueRelease.selector || selector == ISafeguards.vetoRelease.selector
            || selector == ISafeguards.announceRotation.selector || selector == ISafeguards.activateRotation.selector;
        return guarded ? address(safeguards()) : address(vault);
    }

    /// @notice Sends a call that must succeed; a revert comes up as it is.
    function perform(address from, bytes memory data) internal returns (bytes memory) {
        return performWith(from, 0, data);
    }

    function performWith(address from, uint256 value, bytes memory data) internal returns (bytes memory result) {
        if (value > 0) vm.deal(from, from.balance + value);
        bool ok;
        address target = targetOf(data);
        vm.prank(from);
        (ok, result) = target.call{value: value}(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    /// @notice Sends a call that must be refused with exactly this error.
    function refuse(address from, bytes memory data, bytes memory why) internal {
        refuseWith(from, 0, data, why);
    }

    function refuseWith(address from, uint256 value, bytes memory data, bytes memory why) internal {
        if (value > 0) vm.deal(from, from.balance + value);
        address target = targetOf(data);
        vm.prank(from);
        (bool ok, bytes memory result) = target.call{value: value}(data);
        assertFalse(ok, "the call was accepted");
        vm.assertEq(result, why, "refused, but with another error");
    }

    function err(bytes4 selector) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector);
    }

    function err(bytes4 selector, uint256 a) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a);
    }

    function err(bytes4 selector, address a) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a);
    }

    function err(bytes4 selector, uint256 a, uint256 b) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a, b);
    }

    function err(bytes4 selector, address a, address b) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a, b);
    }

    function err(bytes4 selector, uint256 a, uint256 b, uint256 c) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a, b, c);
    }

    function assertPhase(Phase expected, string memory why) internal view {
        assertEq(uint256(vault.phase()), uint256(expected), why);
    }

    /// @notice Money rule 1: what the books say is there.
    function assertBacked(address asset) internal view {
        Book memory held = vault.book(asset);
        uint256 balance = balanceOf(asset, address(vault));
        assertGe(balance, uint256(held.segregated) + held.pending, "books above the balance");
        assertEq(vault.reserve(asset), balance - held.segregated - held.pending, "reserve is not the rest");
    }
}
