// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "lifeboat/interfaces/IVault.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Quorum, Round, Terms} from "lifeboat/types/Types.sol";

import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {Delegate} from "../twins/Wallets.sol";

/// @notice Signatures carried to where they were not meant for, and keys that changed their nature.
contract SignatureThreatsTest is VaultTest {
    function setUp() public override {
        super.setUp();
        openService();
        fund(ETH, 10 ether);
        performWith(alice, 5 ether, depositCall(ETH, alice, 5 ether));
    }

    /// @notice Everything signed, replayed after a fork with another chain id: all void.
    function test_T43_nothingSignedSurvivesAFork() public {
        toSuspected();
        warpBy(1);
        vm.roll(block_() + 1);
        bytes memory beatOfHere = beatCall();
        bytes memory ledger = commitCall(inputFor(ETH, threeUsers(1 ether)));
        bytes memory order = spendCall(aliceKey, ETH, alice, hotWallet, 1, 1, soon());
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        address operator = vm.addr(operatorKey);
        refuse(stranger, beatOfHere, err(Errors.Signature_Invalid.selector, operator));
        refuse(stranger, ledger, err(Errors.Signature_Invalid.selector, operator));
        refuse(stranger, order, err(Errors.Signature_Invalid.selector, alice));
        vm.chainId(chain);
        perform(stranger, beatOfHere);
        perform(stranger, ledger);
        perform(stranger, order);
    }

    /// @notice A claim ticket for one round is worthless in the next, as is one for another vault.
    function test_T43_ticketIsForOneRoundOfOneVault() public {
        vm.deal(address(vault), 75 ether);
        toReturning();
        Round memory first = openRound(ETH);
        bytes memory signature = sig(bobKey, digestOf(Typed.claim(ETH, 0, 1, hotWallet, 0, soon())));
        perform(stranger, claimToCall(finalTree(ETH), ETH, first, 1, hotWallet, 0, soon(), signature));
        fund(ETH, 105 ether);
        Round memory second = openRound(ETH);
        refuse(
            stranger,
            claimToCall(finalTree(ETH), ETH, second, 1, hotWallet, 0, soon(), signature),
            err(Errors.Signature_Invalid.selector, bob)
        );
    }

    /// @notice Terms in the creation code: other terms make another address, on every chain.
    function test_T44_addressCommitsToTheTerms() public {
        vm.etch(CREATE2_DEPLOYER, DEPLOYER_CODE);
        Terms memory terms = termsFor(token);
        address honest = _create2(terms);
        terms.operator = stranger;
        address captured = _create2(terms);
        assertFalse(honest == captured, "another operator, another address");
        assertEq(IVault(honest).termsHash(), keccak256(abi.encode(termsFor(token))), "the terms that it was made of");
    }

    function _create2(Terms memory terms) private returns (address made) {
        bytes memory code = bytes.concat(vm.getCode("Vault.sol:Vault"), abi.encode(terms, blueprints()));
        (bool ok, bytes memory result) = CREATE2_DEPLOYER.call(bytes.concat(bytes32(0), code));
        assertTrue(ok && result.length == 20, "deployed");
        made = address(bytes20(result));
        bytes32 hash = keccak256(abi.encodePacked(hex"ff", CREATE2_DEPLOYER, bytes32(0), keccak256(code)));
        assertEq(made, address(uint160(uint256(hash))), "predicted from code and terms alone");
    }

    /// @notice The same signature twice, its malleable twin, or zeros: none makes a quorum of two out of one signer.
    function test_T47_oneSignerIsNeverTwo() public {
        bytes32 hash = Typed.release(ETH, hotWallet, 1, 1, soon());
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signerKeys[1], digestOf(hash));
        bytes memory one = abi.encodePacked(r, s, v);
        bytes memory twin = abi.encodePacked(r, bytes32(CURVE_ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        bytes[3] memory others = [one, twin, new bytes(65)];
        Quorum memory q = quorum(signerKeys, 0, hash);
        for (uint256 i = 0; i < 3; ++i) {
            q.signatures = bytes.concat(one, others[i]);
            bytes memory data = abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1, 1, soon(), q));
            refuse(stranger, data, err(Errors.Signature_NotAMember.selector, 1));
            q.signatures = bytes.concat(others[i], one);
            data = abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1, 1, soon(), q));
            refuse(stranger, data, err(Errors.Signature_NotAMember.selector, i == 0 ? 1 : 0));
        }
    }

    /// @notice Signers, operator and claimants whose accounts have grown code (EIP-7702) still sign by ECDSA.
    function test_T49_accountsWithCodeStillSign() public {
        bytes memory code = address(new Delegate()).code;
        vm.etch(vm.addr(operatorKey), code);
        vm.etch(vm.addr(auditorKeys[0]), code);
        for (uint256 i = 0; i < 3; ++i) {
            vm.etch(vm.addr(signerKeys[i]), code);
            vm.etch(vm.addr(watcherKeys[i]), code);
        }
        vm.etch(alice, code);
        vm.roll(block_() + 1);
        perform(stranger, beatCall());
        postFinal(ETH, threeUsers(1 ether));
        perform(stranger, releaseCall(ETH, hotWallet, 1 ether));
        perform(stranger, spendCall(aliceKey, ETH, alice, hotWallet, 1 ether, 1, soon()));
        toReturning();
        Round memory round = openRound(ETH);
        perform(stranger, claimToCall(aliceKey, finalTree(ETH), ETH, round, 0, hotWallet, 0));
        assertEq(hotWallet.balance, 102 ether, "all of them");
    }
}
