// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "lifeboat/interfaces/IDisputes.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Leaf, Terms} from "lifeboat/types/Types.sol";

import {PliantArbitrator} from "../twins/Arbitrators.sol";
import {SumTree} from "./SumTree.sol";
import {VaultTest} from "./VaultTest.sol";

/// @notice A service whose terms name an arbitrator, with two final ledgers of ETH that differ: `OLDER` and `NEWER`. Between the two Bob
/// has deposited 8 ether, and Alice has sent 30 of her 100 to Dave, who had nothing.
abstract contract DisputesTest is VaultTest {
    using SumTree for SumTree.Tree;

    uint256 internal constant RULING_TIME = 10 days;
    uint256 internal constant COUNTING_TIME = 4 days;
    uint256 internal constant BOND = 0.1 ether;
    uint256 internal constant KEEP_NEWER = 1;
    uint256 internal constant TAKE_OLDER = 2;
    uint32 internal constant OLDER = 1;
    uint32 internal constant NEWER = 2;

    address internal dave = actor("dave");
    address internal disputer = actor("disputer");
    address internal operator;
    IDisputes internal disputes;
    address internal arbitrator;

    function setUp() public virtual override {
        super.setUp();
        operator = vm.addr(operatorKey);
        arbitrator = newArbitrator();
        vault = deploy(disputableTerms());
        openService();
        disputes = createDisputes();
    }

    function newArbitrator() internal virtual returns (address) {
        return address(new PliantArbitrator());
    }

    function disputableTerms() internal view virtual returns (Terms memory terms) {
        terms = termsFor(token);
        terms.arbitrator = arbitrator;
        terms.arbitratorExtraData = hex"c0ffee";
    }

    function createDisputes() internal returns (IDisputes made) {
        createSatellite("Disputes.sol:Disputes");
        made = IDisputes(vault.parameters().disputes);
        assertGt(address(made).code.length, 0, "it stands where the vault says");
    }

    // ------------------------------------------------------------------ two ledgers

    function newerLeaves() internal view returns (Leaf[] memory leaves) {
        leaves = new Leaf[](4);
        uint128 paid = vault.paidOut(ETH, alice);
        leaves[0] = Leaf(alice, 70 ether - paid, paid);
        leaves[1] = Leaf(bob, 58 ether, vault.paidOut(ETH, bob));
        leaves[2] = Leaf(carol, 25 ether, vault.paidOut(ETH, carol));
        leaves[3] = Leaf(dave, 30 ether, vault.paidOut(ETH, dave));
    }

    function queue(address account, uint256 amount) internal returns (uint256) {
        bytes memory data = abi.encodeCall(IVaultCore.depositToLedger, (ETH, account, amount));
        return abi.decode(performWith(stranger, amount, data), (uint256));
    }

    /// @notice Bob's deposit, then the ledger that knows it.
    function postNewer() internal {
        queue(bob, 8 ether);
        postFinal(ETH, newerLeaves());
    }

    function toDisputed() internal returns (uint256 id) {
        toLatched();
        return disputeLedger(ETH);
    }

    // ------------------------------------------------------------------ calls

    function ledgerCost() internal view returns (uint256 cost) {
        (cost,) = disputes.costs();
    }

    function requestCost() internal view returns (uint256 cost) {
        (, cost) = disputes.costs();
    }

    function disputeLedger(address asset) internal returns (uint256 id) {
        uint256 cost = ledgerCost();
        vm.deal(disputer, disputer.balance + cost);
        vm.prank(disputer);
        id = disputes.disputeLedger{value: cost}(asset);
    }

    function disputeRequest(address asset, address account) internal returns (uint256 id) {
        uint256 cost = requestCost();
        vm.deal(operator, operator.balance + cost);
        vm.prank(operator);
        id = disputes.disputeRequest{value: cost}(asset, account);
    }

    function rule(uint256 id, uint256 ruling) internal {
        PliantArbitrator(arbitrator).tell(address(disputes), id, ruling);
    }

    function settle(uint256 id) internal {
        vm.prank(stranger);
        disputes.settle(id);
    }

    function toSettled(uint256 id, uint256 ruling) internal {
        rule(id, ruling);
        settle(id);
    }

    function refuseHere(address from, uint256 value, bytes memory data, bytes memory why) internal {
        vm.deal(from, from.balance + value);
        vm.prank(from);
        (bool ok, bytes memory result) = address(disputes).call{value: value}(data);
        assertFalse(ok, "the call was accepted");
        vm.assertEq(result, why, "refused, but with another error");
    }

    function refundPending(uint256 entry) internal {
        perform(stranger, abi.encodeCall(IVaultCore.refundPending, (ETH, entry)));
    }

    function refundEntry(uint256 entry, uint32 index) internal {
        SumTree.Tree memory tree = finalTree(ETH);
        vm.prank(stranger);
        disputes.refundEntry(ETH, entry, index, tree.leaves[index], tree.proof(index));
    }

    /// @notice Money rule 1.
    function assertBooks(string memory why) internal view {
        uint256 aside = uint256(vault.book(ETH).segregated) + vault.book(ETH).pending;
        assertGe(address(vault).balance, aside, why);
        assertEq(vault.reserve(ETH), address(vault).balance - aside, why);
    }
}
