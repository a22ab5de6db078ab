// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @title PausableToken
/// @notice A TestToken whose deployer can stop every transfer, as issuers of real tokens can.
contract PausableToken is TestToken {
    address private immutable _ISSUER;
    bool public paused;

    error PausableToken_NotIssuer();
    error PausableToken_Paused();

    constructor(string memory name_, string memory symbol_, uint8 decimals_, uint256 supply)
        TestToken(name_, symbol_, decimals_, supply)
    {
        _ISSUER = msg.sender;
    }

    function setPaused(bool paused_) external {
        if (msg.sender != _ISSUER) revert PausableToken_NotIssuer();
        paused = paused_;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (paused) revert PausableToken_Paused();
        super._update(from, to, value);
    }
}
