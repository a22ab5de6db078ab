// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Terms} from "lifeboat/types/Types.sol";

import {VaultTest} from "../base/VaultTest.sol";

/// @notice A token that a second address moves too: several real tokens had one, and on some chains the native coin has an ERC-20 address.
contract TwoDoors is ERC20 {
    address public immutable SECOND = address(new SecondDoor());

    constructor() ERC20("Two Doors", "TWO") {
        _mint(msg.sender, 1e30);
    }

    function move(address from, address to, uint256 amount) external {
        require(msg.sender == SECOND, "not the second door");
        _transfer(from, to, amount);
    }
}

contract SecondDoor {
    TwoDoors public immutable FRONT = TwoDoors(msg.sender);

    function balanceOf(address account) external view returns (uint256) {
        return FRONT.balanceOf(account);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        FRONT.move(msg.sender, to, amount);
        return true;
    }
}

/// @notice Signers who try to carry out more than the two doors allow.
contract DoorsTest is VaultTest {
    /// @notice An asset that is not listed owes nothing, so its whole balance would be theirs: also when it is a listed asset's other name.
    function test_doors_releaseOfAnotherNameOfAListedAsset() public {
        TwoDoors two = new TwoDoors();
        vault = deploy(termsFor(address(two)));
        two.approve(address(vault), 150);
        perform(address(this), depositCall(address(two), alice, 100));
        perform(address(this), abi.encodeCall(IVaultCore.depositToLedger, (address(two), bob, 50)));
        address second = two.SECOND();
        refuse(stranger, releaseCall(second, hotWallet, 150), err(Errors.Books_AssetNotListed.selector, second));
        assertBacked(address(two));
    }

    /// @notice The same where the coin itself is not listed, but one of the tokens is the coin's other name.
    function test_doors_coinsAreRefusedWhereTheyAreNotListed() public {
        Terms memory terms = termsFor(token);
        terms.assets = new address[](1);
        terms.assets[0] = token;
        vault = deploy(terms);
        (bool ok,) = address(vault).call{value: 1}("");
        assertFalse(ok, "they could never leave");
        vm.deal(address(vault), 1);
        refuse(stranger, releaseCall(ETH, hotWallet, 1), err(Errors.Books_AssetNotListed.selector, ETH));
    }

    /// @notice A leaf that tells of payouts that never were is owed its balance again after each payout: one ether of it would empty the
    /// reserve, and neither the sums nor anybody's own proof would show it.
    function test_doors_aLeafWithInventedPayoutsIsNotPaidOut() public {
        Leaf[] memory leaves = new Leaf[](4);
        leaves[0] = threeUsers(1 ether)[0];
        leaves[3] = Leaf(stranger, 1 ether, type(uint128).max);
        fund(ETH, 101 ether);
        fund(token, 175e6);
        post(token, threeUsers(1e6));
        postFinal(ETH, leaves);
        refuse(
            stranger, payOutCall(finalTree(ETH), ETH, 3, 1 ether), err(Errors.Gate_AmountAboveOwed.selector, 1 ether, 0)
        );
    }
}
