// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISafe} from "../peers/IPeers.sol";
import {GasBase} from "./GasBase.sol";

/// @notice Moving money out by two of three signatures, beside a Safe with the same owners.
/// forge-config: default.isolate = true
contract ReleaseGasTest is GasBase {
    /// 53,080 of it are the protocol's: calldata, two recoveries, three slots, the lock, the event, the call with value.
    uint256 private constant BUDGET = 56_000;
    uint256 private constant AMOUNT = 1.234_567_89 ether;

    /// @dev A service in operation: an asset that owes nothing yet costs one slot more.
    function setUp() public override {
        super.setUp();
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1000e6));
    }

    function test_gas_release_ETH() public {
        use(hotWallet);
        perform(stranger, releaseCall(ETH, hotWallet, AMOUNT));
        record("vault", "release ETH 2-of-3, fresh nonce word");
        perform(stranger, releaseCall(ETH, hotWallet, AMOUNT));
        uint256 ours = record("vault", "release ETH 2-of-3");
        uint256 peer = _safe();
        assertLe(ours, BUDGET, "budget");
        assertLe(ours, peer, "beside the Safe");
    }

    function test_gas_release_ERC20() public {
        use(hotWallet);
        perform(stranger, releaseCall(token, hotWallet, 1234e6));
        perform(stranger, releaseCall(token, hotWallet, 1234e6));
        record("vault", "release ERC-20 2-of-3");
    }

    /// @dev The bytecode of the npm package, which is what stands on the public chains.
    function _safe() private returns (uint256 gasUsed) {
        string memory artifacts = "node_modules/@safe-global/safe-contracts/build/artifacts/contracts/";
        address singleton = vm.deployCode(string.concat(artifacts, "Safe.sol/Safe.json"), "");
        string memory proxy = string.concat(artifacts, "proxies/SafeProxy.sol/SafeProxy.json");
        ISafe safe = ISafe(vm.deployCode(proxy, abi.encode(singleton)));
        safe.setup(addressesOf(signerKeys), 2, address(0), "", address(0), address(0), 0, address(0));
        vm.deal(address(safe), 10 ether);
        _execute(safe);
        _execute(safe);
        gasUsed = record("peers", "Safe 2-of-3 ETH");
        assertEq(address(safe).balance, 10 ether - 2 * AMOUNT, "the Safe paid");
    }

    function _execute(ISafe safe) private {
        bytes32 hash = safe.getTransactionHash(hotWallet, AMOUNT, "", 0, 0, 0, 0, address(0), address(0), safe.nonce());
        bytes memory signatures = bytes.concat(sig(signerKeys[0], hash), sig(signerKeys[1], hash));
        vm.prank(stranger);
        safe.execTransaction(hotWallet, AMOUNT, "", 0, 0, 0, 0, address(0), address(0), signatures);
    }
}
