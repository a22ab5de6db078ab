// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "lifeboat/libraries/Errors.sol";

import {DaiTwin} from "../twins/Dai.sol";
import {TokenTest} from "./TokenTest.sol";

/// @notice DAI: deposits after its own kind of permit, and an allowance without end that is not the vault's to use.
contract DaiTest is TokenTest {
    DaiTwin private dai = new DaiTwin();

    function mint(address to, uint256 amount) internal override {
        dai.mint(to, amount);
    }

    function setUp() public override {
        super.setUp();
        serveWith(address(dai), 1 ether);
    }

    function test_dai_wholeWay() public {
        walkThrough();
    }

    /// @dev Signed by the holder, brought by anybody.
    function permit(uint256 nonce, uint256 expiry, bool allowed) private {
        bytes32 structHash = keccak256(abi.encode(dai.PERMIT_TYPEHASH(), dave, address(vault), nonce, expiry, allowed));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", dai.DOMAIN_SEPARATOR(), structHash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(daveKey, digest);
        vm.prank(stranger);
        dai.permit(dave, address(vault), nonce, expiry, allowed, v, r, s);
    }

    function test_dai_depositAfterItsPermit() public {
        dai.mint(dave, 10 ether);
        permit(0, soon(), true);
        perform(dave, depositCall(token, dave, 4 ether));
        assertEq(vault.segregatedOf(token, dave), 4 ether, "deposited");
        assertEq(dai.allowance(dave, address(vault)), type(uint256).max, "the allowance never shrinks");
        permit(1, 0, false);
        vm.prank(dave);
        (bool ok,) = address(vault).call(depositCall(token, dave, 1 ether));
        assertFalse(ok, "taken back");
    }

    /// @notice An allowance without end lies with the vault: nobody but its owner can make the vault use it.
    function test_dai_anAllowanceWithoutEndIsItsOwnersAlone() public {
        dai.mint(dave, 10 ether);
        permit(0, soon(), true);
        bytes memory why = abi.encodeWithSignature("Error(string)", "Dai/insufficient-balance");
        refuse(stranger, depositCall(token, stranger, 10 ether), why);
        refuse(stranger, releaseCall(dave, stranger, 1), err(Errors.Books_AssetNotListed.selector, dave));
        assertEq(dai.balanceOf(dave), 10 ether, "all there");
    }
}
