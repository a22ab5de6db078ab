// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "../test/base/Vm.sol";

/// @notice Halmos' own cheatcodes.
interface Svm {
    function createUint(uint256 bits, string calldata name) external returns (uint256);
    function createBytes(uint256 size, string calldata name) external returns (bytes memory);
    function enableSymbolicStorage(address account) external;
}

/// @notice What every proof starts from.
abstract contract Symbolic {
    Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    Svm internal constant svm = Svm(0xF3993A62377BCd56AE39D773740A5390411E8BC9);
}
