// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "lifeboat/libraries/Errors.sol";
import {Blueprints, Terms} from "lifeboat/types/Types.sol";

import {VaultTest} from "../base/VaultTest.sol";

/// @notice Who may have which role, which kinds of signers there are, and what must come with the terms.
contract TermsRolesTest is VaultTest {
    uint256 private constant ROLES = 5;

    // ------------------------------------------------------------------ operators

    function test_backupOperator_mayBeMissingButMustHoldAKey() public {
        Terms memory terms = termsFor(token);
        terms.backupOperator = address(0);
        deploy(terms);
        terms.backupOperator = address(0xffff);
        refuseTerms(terms, _reserved("backupOperator", address(0xffff)));
        terms.backupOperator = terms.operator;
        refuseTerms(terms, _overlap(_id(terms.operator)));
    }

    // ------------------------------------------------------------------ signers

    function test_signers_coldThresholdIsAtLeastTheWarmOne() public {
        Terms memory terms = termsFor(token);
        terms.coldThreshold = 2;
        deploy(terms);
        terms.coldThreshold = 1;
        refuseTerms(terms, _threshold("signers", 1, 3));
        terms.coldThreshold = 4;
        refuseTerms(terms, _threshold("signers", 4, 3));
        terms.coldThreshold = 0;
        refuseTerms(terms, _threshold("signers", 0, 3));
    }

    function test_signers_ofUnknownKindsAreRefused() public {
        for (uint256 kind = 3; kind < 256; kind += 84) {
            Terms memory terms = termsFor(token);
            terms.signers[2] = bytes32(kind << 248 | 0x123456);
            refuseTerms(terms, abi.encodeWithSelector(Errors.Terms_UnknownSignerKind.selector, terms.signers[2]));
        }
    }

    function test_signers_thatAreAddressesHoldNothingElse() public {
        for (uint256 kind = 0; kind < 2; ++kind) {
            Terms memory terms = termsFor(token);
            terms.signers[2] = bytes32(kind << 248 | 1 << 160 | uint160(stranger));
            refuseTerms(terms, _reserved("signers", stranger));
            terms.signers[2] = bytes32(kind << 248 | 1 << 247 | uint160(stranger));
            refuseTerms(terms, _reserved("signers", stranger));
            terms.signers[2] = bytes32(kind << 248 | 0xffff);
            refuseTerms(terms, _reserved("signers", address(0xffff)));
        }
    }

    /// @notice Contracts can change their minds: fewer than half of the signers.
    function test_signers_contractsAreAMinority() public {
        Terms memory terms = termsFor(token);
        terms.signers = new bytes32[](4);
        for (uint256 i = 0; i < 4; ++i) {
            terms.signers[i] = _id(address(uint160(0x70000 + i)));
        }
        terms.signers[3] = _contractId(address(0x80000));
        deploy(terms);
        terms.signers[2] = _contractId(address(0x70002));
        refuseTerms(terms, abi.encodeWithSelector(Errors.Terms_TooManyContractSigners.selector, 2, 4));
        terms.signers = new bytes32[](1);
        terms.signers[0] = _contractId(address(0x80000));
        (terms.signerThreshold, terms.coldThreshold) = (1, 1);
        refuseTerms(terms, abi.encodeWithSelector(Errors.Terms_TooManyContractSigners.selector, 1, 1));
    }

    /// @notice Keys that a verifier checks are keys: all signers may be of that kind.
    function test_signers_keysOfVerifiersNeedNoMajorityOfOthers() public {
        Terms memory terms = termsFor(token);
        for (uint256 i = 0; i < 3; ++i) {
            terms.signers[i] = bytes32(uint256(2) << 248 | i + 1);
        }
        deploy(terms);
    }

    // ------------------------------------------------------------------ roles apart

    /// @notice No address in two roles, whatever the two.
    function test_roles_areApart() public {
        for (uint256 first = 0; first < ROLES; ++first) {
            for (uint256 second = first + 1; second < ROLES; ++second) {
                _shareOneKey(first, second);
            }
        }
    }

    /// @dev The shared key is above all others, so that members stay in order.
    function _shareOneKey(uint256 first, uint256 second) private {
        address shared = address(type(uint160).max);
        Terms memory terms = termsFor(token);
        _give(terms, first, shared);
        deploy(terms);
        _give(terms, second, shared);
        refuseTerms(terms, _overlap(_id(shared)));
        if (first == 0) {
            terms = termsFor(token);
            terms.backupOperator = shared;
            _give(terms, second, shared);
            refuseTerms(terms, _overlap(_id(shared)));
        }
    }

    /// @notice A contract and a key of one address are one party.
    function test_roles_areApartWhateverTheKind() public {
        Terms memory terms = termsFor(token);
        terms.signers[2] = _contractId(terms.guardians[0]);
        refuseTerms(terms, _overlap(terms.signers[2]));
        terms = termsFor(token);
        terms.signers[2] = _contractId(terms.operator);
        refuseTerms(terms, _overlap(_id(terms.operator)));
    }

    function _give(Terms memory terms, uint256 role, address member) private pure {
        if (role == 0) terms.operator = member;
        if (role == 1) terms.signers[2] = _id(member);
        if (role == 2) terms.auditors[1] = member;
        if (role == 3) terms.watchers[2] = member;
        if (role == 4) terms.guardians[2] = member;
    }

    // ------------------------------------------------------------------ caps

    function test_caps_hotWithinWarmWithinAll() public {
        Terms memory terms = termsFor(token);
        (terms.hotCapBps, terms.warmCapBps) = (0, 0);
        deploy(terms);
        (terms.hotCapBps, terms.warmCapBps) = (10_000, 10_000);
        deploy(terms);
        (terms.hotCapBps, terms.warmCapBps) = (101, 100);
        refuseTerms(terms, err(Errors.Terms_CapsOutOfRange.selector, 101, 100));
        (terms.hotCapBps, terms.warmCapBps) = (100, 10_001);
        refuseTerms(terms, err(Errors.Terms_CapsOutOfRange.selector, 100, 10_001));
    }

    function test_sla_withinTheWhole() public {
        Terms memory terms = termsFor(token);
        (terms.sla.capBps, terms.sla.minBondBps) = (10_000, 10_000);
        deploy(terms);
        terms.sla.capBps = 10_001;
        refuseTerms(terms, err(Errors.Terms_SlaOutOfRange.selector, 10_001, 10_000));
        (terms.sla.capBps, terms.sla.minBondBps) = (0, 10_001);
        refuseTerms(terms, err(Errors.Terms_SlaOutOfRange.selector, 0, 10_001));
    }

    // ------------------------------------------------------------------ blueprints

    function test_blueprints_whatIsNoneIsRefused() public {
        Terms memory terms = termsFor(token);
        Blueprints memory good = blueprints();
        address[5] memory bad = [stranger, token, address(0), address(0xb10e), address(0xb10f)];
        // ERC-5202 of another version.
        vm.etch(bad[3], bytes.concat(hex"fe7101", vm.getCode("Registry.sol:Registry")));
        // A preamble, and nothing behind it.
        vm.etch(bad[4], hex"fe7100");
        for (uint256 i = 0; i < bad.length; ++i) {
            bytes memory why = err(Errors.Terms_NotABlueprint.selector, bad[i]);
            for (uint256 which = 0; which < 5; ++which) {
                address[5] memory all = [good.registry, good.safeguards, good.views, good.bond, good.disputes];
                all[which] = bad[i];
                refuseCreation(abi.encode(terms, Blueprints(all[0], all[1], all[2], all[3], all[4])), why);
            }
        }
    }

    /// @notice What a satellite's constructor reverts with comes up as it is.
    function test_blueprints_errorsComeUp() public {
        // PUSH4 0xdeadbeef PUSH0 MSTORE, then revert with the last four bytes of that word.
        vm.etch(address(0xb10e), hex"fe710063deadbeef5f526004601cfd");
        Blueprints memory bad = blueprints();
        bad.safeguards = address(0xb10e);
        refuseCreation(abi.encode(termsFor(token), bad), hex"deadbeef");
    }

    // ------------------------------------------------------------------ helpers

    function _id(address account) private pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }

    function _contractId(address account) private pure returns (bytes32) {
        return bytes32(uint256(1) << 248 | uint160(account));
    }

    function _overlap(bytes32 member) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Errors.Terms_RolesOverlap.selector, member);
    }

    function _reserved(string memory role, address member) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Errors.Terms_ReservedAddress.selector, role, member);
    }

    function _threshold(string memory role, uint256 value, uint256 members) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Errors.Terms_ThresholdOutOfRange.selector, role, value, members);
    }
}
