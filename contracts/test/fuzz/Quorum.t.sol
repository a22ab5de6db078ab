// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Quorum} from "lifeboat/types/Types.sol";

import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Random heaps of signatures against the plain rule: only members' signatures, strictly ascending, at least the threshold.
contract QuorumFuzzTest is VaultTest {
    bytes32 private hash;

    function setUp() public override {
        super.setUp();
        openService();
        fund(ETH, 10 ether);
        hash = Typed.release(ETH, hotWallet, 1, 1, soon());
    }

    function testFuzz_passesExactlyWhenTheRuleSays(uint256 seed, uint256 count) public {
        count = bound(count, 0, 5);
        Quorum memory q = Quorum(idsOf(signerKeys), "");
        bool valid = count >= 2;
        uint256 previous = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 member = random % 16 < 15 ? random % 3 : 3;
            // Mostly members, so that good heaps are not rare.
            (bytes memory signature, bool good) = _signature(member, (random >> 8) % 12);
            q.signatures = bytes.concat(q.signatures, signature);
            // Only the first two count.
            if (i < 2 && (!good || member + 1 <= previous)) valid = false;
            previous = member + 1;
        }
        bytes memory data = abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1, 1, soon(), q));
        vm.prank(stranger);
        (bool ok,) = address(vault).call(data);
        assertTrue(ok == valid, valid ? "a good quorum was refused" : "a bad quorum was accepted");
        assertEq(hotWallet.balance, valid ? 1 : 0, "money follows the quorum");
    }

    /// @dev Members are 0 to 2; the defect is one of the ways in which a signature can be wrong.
    function _signature(uint256 member, uint256 defect) private view returns (bytes memory, bool) {
        uint256 key = member < 3 ? signerKeys[member] : keyOf("outsider");
        bytes32 digest = digestOf(defect == 0 ? keccak256("another message") : hash);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        if (defect == 1) (v, s) = (v == 27 ? 28 : 27, bytes32(CURVE_ORDER - uint256(s)));
        if (defect == 2) v -= 27;
        if (defect == 3) (r, s, v) = (0, 0, 0);
        return (abi.encodePacked(r, s, v), member < 3 && defect > 3);
    }

    function testFuzz_nonceCountsOnce(uint256 nonce, uint256 other) public {
        nonce = bound(nonce, 0, 64);
        other = bound(other, 0, 256);
        vm.assume(other != nonce);
        bytes memory data = releaseCall(ETH, hotWallet, 1, nonce, soon());
        perform(stranger, data);
        assertTrue(gateUsed(ETH, nonce), "used");
        refuse(stranger, data, nonceError(ETH, nonce));
        bytes memory next = releaseCall(ETH, hotWallet, 1, other, soon());
        // Within 64 of the highest, no other is used up.
        bool tellable = other + 64 > nonce && other <= nonce + 64;
        if (tellable) perform(stranger, next);
        else refuse(stranger, next, nonceError(ETH, other));
    }

    function testFuzz_deadlineIsInclusive(uint256 deadline, uint32 later) public {
        uint256 time = uint256(now_()) + bound(later, 0, 10 hours);
        deadline = bound(deadline, time - 5, time + 5);
        bytes memory data = releaseCall(ETH, hotWallet, 1, 1, deadline);
        vm.warp(time);
        vm.prank(stranger);
        (bool ok,) = address(vault).call(data);
        assertTrue(ok == (time <= deadline), "valid to the last second");
    }
}
