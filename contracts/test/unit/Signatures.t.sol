// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Quorum} from "lifeboat/types/Types.sol";

import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {Delegate} from "../twins/Wallets.sol";

/// @notice Quorums and EIP-712 digests, through the release of reserve.
contract SignaturesTest is VaultTest {
    uint256 private constant AMOUNT = 1e6;
    bytes32 private _hash;

    function setUp() public override {
        super.setUp();
        openService();
        fund(ETH, 10 ether);
        _hash = Typed.release(ETH, hotWallet, AMOUNT, 1, soon());
    }

    function callWith(Quorum memory signers) internal view returns (bytes memory) {
        return abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, AMOUNT, 1, soon(), signers));
    }

    function signed(uint256 first, uint256 second) internal view returns (Quorum memory q) {
        q.members = idsOf(signerKeys);
        q.signatures = bytes.concat(sig(signerKeys[first], digestOf(_hash)), sig(signerKeys[second], digestOf(_hash)));
    }

    function notAMember(uint256 position) internal pure returns (bytes memory) {
        return err(Errors.Signature_NotAMember.selector, position);
    }

    function test_quorum_anyTwoOfThreeInOrder() public {
        uint256 world = vm.snapshotState();
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = 0; j < 3; ++j) {
                vm.revertToState(world);
                if (i < j) perform(stranger, callWith(signed(i, j)));
                else refuse(stranger, callWith(signed(i, j)), notAMember(1));
            }
        }
    }

    function test_quorum_allThree() public {
        perform(stranger, callWith(quorum(signerKeys, 3, _hash)));
    }

    function test_quorum_tooFew() public {
        bytes memory why = err(Errors.Signature_QuorumNotMet.selector, 1, 2);
        refuse(stranger, callWith(quorum(signerKeys, 1, _hash)), why);
        Quorum memory torn = quorum(signerKeys, 2, _hash);
        torn.signatures = _cut(torn.signatures, 129);
        refuse(stranger, callWith(torn), why);
        torn.signatures = "";
        refuse(stranger, callWith(torn), err(Errors.Signature_QuorumNotMet.selector, 0, 2));
    }

    function test_quorum_oneBadSignatureSpoilsIt() public {
        Quorum memory q = signed(0, 1);
        bytes memory good = sig(signerKeys[0], digestOf(_hash));
        bytes memory bad = sig(aliceKey, digestOf(_hash));
        q.signatures = bytes.concat(good, bad, sig(signerKeys[2], digestOf(_hash)));
        refuse(stranger, callWith(q), notAMember(1));
        q.signatures = bytes.concat(bad, good, sig(signerKeys[2], digestOf(_hash)));
        refuse(stranger, callWith(q), notAMember(0));
    }

    /// @dev A quorum is its first heads, as many as the threshold says: the room behind them is for what other kinds sign with.
    function test_quorum_whatFollowsCountsForNobody() public {
        Quorum memory q = signed(0, 1);
        q.signatures = bytes.concat(q.signatures, sig(aliceKey, digestOf(_hash)), hex"00112233");
        perform(stranger, callWith(q));
    }

    function test_quorum_membersAreThoseOfTheTerms() public {
        Quorum memory q = signed(0, 1);
        q.members[2] = bytes32(uint256(uint160(alice)));
        bytes memory why = err(Errors.Signature_UnknownMembers.selector);
        refuse(stranger, callWith(q), why);
        q.members = new bytes32[](2);
        (q.members[0], q.members[1]) = (idsOf(signerKeys)[0], idsOf(signerKeys)[1]);
        refuse(stranger, callWith(q), why);
        q.members = new bytes32[](4);
        for (uint256 i = 0; i < 3; ++i) {
            q.members[i] = idsOf(signerKeys)[i];
        }
        refuse(stranger, callWith(q), why);
    }

    /// @notice Call data may say that the members stand last, with more words behind them: who is named there is no member.
    function test_quorum_whoStandsBehindTheMembersIsNone() public {
        bytes32[] memory ids = idsOf(signerKeys);
        bytes memory signatures = bytes.concat(sig(signerKeys[0], digestOf(_hash)), sig(aliceKey, digestOf(_hash)));
        bytes memory data = bytes.concat(
            abi.encodePacked(IVaultCore.releaseFreeReserveTo.selector),
            abi.encode(ETH, hotWallet, AMOUNT, 1, soon(), uint256(0xc0)),
            // Where the two parts begin, then the signatures, then the members.
            abi.encode(uint256(0x100), uint256(0x40), signatures.length),
            signatures,
            new bytes(30),
            abi.encode(uint256(3), ids[0], ids[1], ids[2], bytes32(uint256(uint160(alice))))
        );
        refuse(stranger, data, notAMember(1));
    }

    function test_quorum_malleableSignature() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signerKeys[0], digestOf(_hash));
        bytes memory high = abi.encodePacked(r, bytes32(CURVE_ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        Quorum memory q = signed(0, 1);
        q.signatures = bytes.concat(high, sig(signerKeys[1], digestOf(_hash)));
        refuse(stranger, callWith(q), notAMember(0));
    }

    function test_quorum_oddRecoveryIds() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signerKeys[0], digestOf(_hash));
        Quorum memory q = signed(0, 1);
        uint8[4] memory odd = [v - 27, v == 27 ? 28 : 27, 29, 255];
        for (uint256 i = 0; i < odd.length; ++i) {
            q.signatures = bytes.concat(abi.encodePacked(r, s, odd[i]), sig(signerKeys[1], digestOf(_hash)));
            refuse(stranger, callWith(q), notAMember(0));
        }
    }

    function test_quorum_zeroSignatureIsNobody() public {
        Quorum memory q = signed(0, 1);
        q.signatures = new bytes(130);
        refuse(stranger, callWith(q), notAMember(0));
    }

    function test_quorum_signerWithCodeStillSignsByEcdsa() public {
        vm.etch(vm.addr(signerKeys[0]), address(new Delegate()).code);
        perform(stranger, callWith(signed(0, 1)));
    }

    // ------------------------------------------------------------------ domain

    function test_domain_otherChain() public {
        Quorum memory q = quorum(signerKeys, 2, _hash);
        bytes memory data = callWith(q);
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        refuse(stranger, data, notAMember(0));
        vm.chainId(chain);
        perform(stranger, data);
    }

    function test_domain_otherVault() public {
        bytes memory data = callWith(quorum(signerKeys, 2, _hash));
        vault = deploy(termsFor(token));
        openService();
        fund(ETH, 10 ether);
        refuse(stranger, data, notAMember(0));
    }

    function test_release_everyFieldIsSigned() public {
        Quorum memory q = quorum(signerKeys, 2, _hash);
        fund(token, 10e6);
        bytes memory why = notAMember(0);
        refuse(stranger, abi.encodeCall(IVaultCore.releaseFreeReserveTo, (token, hotWallet, AMOUNT, 1, soon(), q)), why);
        refuse(stranger, abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, stranger, AMOUNT, 1, soon(), q)), why);
        refuse(
            stranger, abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, AMOUNT + 1, 1, soon(), q)), why
        );
        refuse(stranger, abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, AMOUNT, 2, soon(), q)), why);
        refuse(
            stranger, abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, AMOUNT, 1, soon() + 1, q)), why
        );
        perform(stranger, callWith(q));
        assertEq(hotWallet.balance, AMOUNT, "as signed");
    }

    // ------------------------------------------------------------------ nonces

    function test_nonces_areUnordered() public {
        uint256[6] memory nonces = [uint256(5), 0, 64, 1, 128, 65];
        for (uint256 i = 0; i < nonces.length; ++i) {
            assertFalse(gateUsed(ETH, nonces[i]), "free");
            bytes memory data = releaseCall(ETH, hotWallet, 1, nonces[i], soon());
            perform(stranger, data);
            assertTrue(gateUsed(ETH, nonces[i]), "used");
            refuse(stranger, data, nonceError(ETH, nonces[i]));
        }
        assertEq(hotWallet.balance, nonces.length, "each once");
    }

    function test_nonces_ofTheSignersAreNobodyElses() public {
        perform(stranger, abi.encodeCall(IVaultCore.cancelNonce, (1)));
        assertFalse(gateUsed(ETH, 1), "a stranger cancels his own only");
        perform(stranger, callWith(quorum(signerKeys, 2, _hash)));
    }

    function _cut(bytes memory data, uint256 length) private pure returns (bytes memory) {
        assembly ("memory-safe") {
            mstore(data, length)
        }
        return data;
    }
}
