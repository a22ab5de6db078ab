// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {IVaultHooks} from "lifeboat/interfaces/ISatellites.sol";
import {Excuses, Phase, SignerSet} from "lifeboat/types/Types.sol";

import {ProofBase} from "./ProofBase.sol";

/// @notice From the latch on nothing moves the clock again: over any storage and any second.
contract LatchProof is ProofBase {
    function check_noBeatAfterTheLatch(uint40 t, uint256 number, bytes32 hash) public {
        bytes memory signature = svm.createBytes(65, "signature");
        _checkFixed(t, address(this), abi.encodeCall(IVaultCore.beat, (number, hash, signature)));
    }

    function check_noLedgerAfterTheLatch(uint40 t, uint128 owed, uint40 cursor, uint40 rootsAt) public {
        (address registry,) = probe.satellites();
        _checkFixed(t, registry, abi.encodeCall(IVaultHooks.ledgerChanged, (address(coin), owed, cursor, rootsAt)));
    }

    function check_noRequestAfterTheLatch(uint40 t, uint8 count, uint40 since) public {
        (address registry,) = probe.satellites();
        _checkFixed(t, registry, abi.encodeCall(IVaultHooks.overdueChanged, (count, since)));
    }

    function check_noExcuseAfterTheLatch(uint40 t, Excuses memory excuses) public {
        _checkFixed(t, _safeguards(), abi.encodeCall(IVaultHooks.excusesChanged, (excuses)));
    }

    function check_noFreezeAfterTheLatch(uint40 t, uint40 until) public {
        _checkFixed(t, _safeguards(), abi.encodeCall(IVaultHooks.outflowFrozen, (until)));
    }

    function check_noWindDownAfterTheLatch(uint40 t, uint40 latchAt) public {
        _checkFixed(t, _safeguards(), abi.encodeCall(IVaultHooks.windDownAnnounced, (latchAt)));
    }

    function check_noRotationAfterTheLatch(uint40 t, SignerSet memory signers) public {
        _checkFixed(t, _safeguards(), abi.encodeCall(IVaultHooks.signersChanged, (signers)));
    }

    /// @notice The short cut that every release takes is the phase's answer.
    function check_shortCutIsThePhase(uint40 t) public {
        _anyState(t);
        (bool live,) = address(probe).call(abi.encodeCall(probe.requireLive, ()));
        assert(live == (probe.phase() == Phase.Live));
    }

    function _safeguards() private view returns (address safeguards) {
        (, safeguards) = probe.satellites();
    }

    /// @dev Called by whom the vault listens to.
    function _checkFixed(uint40 t, address caller, bytes memory data) private {
        (bytes32 liveness, bytes32 excuses, bytes32 more) = _anyState(t);
        vm.assume(probe.latchAt() <= t);
        vm.prank(caller);
        (bool ok,) = address(probe).call(data);
        assert(!ok);
        (bytes32 livenessAfter, bytes32 excusesAfter, bytes32 moreAfter) = probe.clockSlots();
        assert(livenessAfter == liveness && excusesAfter == excuses && moreAfter == more);
    }

    /// @dev Any second, and any storage but for announced windows, which move the same deadlines for all that ask.
    function _anyState(uint40 t) private returns (bytes32 liveness, bytes32 excuses, bytes32 more) {
        svm.enableSymbolicStorage(address(probe));
        vm.warp(t);
        liveness = bytes32(svm.createUint(256, "liveness"));
        excuses = bytes32(svm.createUint(96, "alarm and flicker") << 160);
        more = bytes32(0);
        // The constructor has written these three.
        probe.setClock(liveness, excuses, more);
    }
}
