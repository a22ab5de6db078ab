// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "lifeboat/libraries/Errors.sol";

import {WethTwin} from "../twins/Weth.sol";
import {TokenTest} from "./TokenTest.sol";

/// @notice Wrapped ETH beside ETH itself: two assets, and none of the wrapper's tricks is one of the vault's.
contract WethTest is TokenTest {
    WethTwin private weth = new WethTwin();

    function mint(address to, uint256 amount) internal override {
        weth.deposit{value: amount}();
        weth.transfer(to, amount);
    }

    function setUp() public override {
        super.setUp();
        serveWith(address(weth), 1 ether);
    }

    function test_weth_wholeWay() public {
        walkThrough();
    }

    /// @notice Unwrapping sends ETH; that the vault takes plain ETH must not count for the wrapped asset, nor the other way round.
    function test_weth_isAnotherAssetThanEth() public {
        uint256 wrapped = vault.reserve(token);
        fund(ETH, 3 ether);
        assertEq(vault.reserve(token), wrapped, "ETH is no wrapped ETH");
        uint256 ethers = vault.reserve(ETH);
        mint(address(vault), 2 ether);
        assertEq(vault.reserve(ETH), ethers, "nor the other way round");
        assertEq(vault.reserve(token), wrapped + 2 ether, "each in its own books");
    }

    /// @notice The wrapper answers any call it does not know, a permit too, without doing it. A deposit needs a real allowance.
    function test_weth_aPermitThatDoesNothingDepositsNothing() public {
        mint(dave, 1 ether);
        (bool ok,) = token.call(
            abi.encodeWithSignature(
                "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
                dave,
                address(vault),
                1 ether,
                soon(),
                27,
                bytes32(uint256(1)),
                bytes32(uint256(1))
            )
        );
        assertTrue(ok, "it says yes");
        vm.prank(dave);
        (ok,) = address(vault).call(depositCall(token, dave, 1 ether));
        assertFalse(ok, "there is no allowance");
        assertEq(vault.segregatedOf(token, dave), 0, "nothing credited");
    }

    /// @notice An ETH deposit by way of the token's door is refused: value and asset must agree.
    function test_weth_ethSentWithATokenDepositIsRefused() public {
        depositNew(dave, 1 ether);
        refuseWith(
            dave,
            1 ether,
            depositCall(token, dave, 1 ether),
            err(Errors.Books_WrongValue.selector, uint256(1 ether), uint256(0))
        );
    }
}
