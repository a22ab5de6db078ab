// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Blueprints, Terms} from "lifeboat/types/Types.sol";

import {Coin} from "./Coin.sol";
import {Symbolic} from "./Symbolic.sol";
import {VaultProbe} from "./VaultProbe.sol";

/// @notice In the place of the satellites, none of which takes part in what is proven.
contract Nobody {}

/// @notice A vault and a token.
abstract contract ProofBase is Symbolic {
    VaultProbe internal probe;
    Coin internal coin;

    function setUp() public {
        coin = new Coin();
        Terms memory terms;
        terms.assets = new address[](1);
        terms.assets[0] = address(coin);
        terms.timers.grace = 24 hours;
        terms.timers.rootMaxAge = 48 hours;
        terms.timers.challengeWindow = 48 hours;
        terms.timers.returnDelay = 72 hours;
        terms.timers.silenceCap = 21 days;
        address nobody = _blueprint(type(Nobody).creationCode);
        probe = new VaultProbe(terms, Blueprints(nobody, nobody, nobody, nobody, nobody));
    }

    function _blueprint(bytes memory creation) private returns (address made) {
        bytes memory stored = bytes.concat(hex"fe7100", creation);
        bytes memory code = bytes.concat(hex"61", bytes2(uint16(stored.length)), hex"3d81600a3d39f3", stored);
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
    }
}
