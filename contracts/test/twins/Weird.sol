// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {NoReturnToken, OddToken, TrueToken} from "./Tokens.sol";

/// @notice Amounts and balances fit 96 bits, more is refused (UNI, COMP).
contract SmallToken is TrueToken {
    error TooLarge();

    function _move(address from, address to, uint256 amount) internal override {
        if (amount > type(uint96).max) revert TooLarge();
        super._move(from, to, amount);
    }
}

/// @notice The greatest number means all that the sender has (cUSDCv3).
contract MaxMeansAllToken is TrueToken {
    function _move(address from, address to, uint256 amount) internal override {
        super._move(from, to, amount == type(uint256).max ? balanceOf[from] : amount);
    }
}

/// @notice Refuses moves of nothing (LEND) and to nobody, approvals of nothing (BNB) and of nobody.
contract PickyToken is TrueToken {
    error Picky();

    function approve(address spender, uint256 amount) external override returns (bool) {
        if (amount == 0 || spender == address(0)) revert Picky();
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function _move(address from, address to, uint256 amount) internal override {
        if (amount == 0 || to == address(0)) revert Picky();
        super._move(from, to, amount);
    }
}

/// @notice Says no although it has moved the money (Tether Gold).
contract DenyingToken is OddToken {
    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return false;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        _spend(from, amount);
        _move(from, to, amount);
        return false;
    }
}

/// @notice Takes its fee from the sender, on top of what arrives.
contract OnTopFeeToken is TrueToken {
    uint256 public feeBps;

    function setFee(uint256 bps) external {
        feeBps = bps;
    }

    function _move(address from, address to, uint256 amount) internal override {
        super._move(from, to, amount);
        super._move(from, address(this), amount * feeBps / 10_000);
    }
}

/// @notice Any amount for the length of a call (DAI by its flash module, and others).
contract FlashToken is TrueToken {
    error NotRepaid();

    function flashMint(uint256 amount, bytes calldata data) external {
        balanceOf[msg.sender] += amount;
        (bool ok, bytes memory why) = msg.sender.call(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(why, 0x20), mload(why))
            }
        }
        if (balanceOf[msg.sender] < amount) revert NotRepaid();
        balanceOf[msg.sender] -= amount;
    }
}

/// @notice Needs more gas for a move than a push gives: an accountant who writes a journal.
contract HeavyToken is TrueToken {
    uint256[6] private _journal;

    function _move(address from, address to, uint256 amount) internal override {
        super._move(from, to, amount);
        for (uint256 i = 0; i < 6; ++i) {
            _journal[i] += amount + 1;
        }
    }
}

/// @notice A name that is a word and not a string (MKR), a symbol that is a program, and decimals that are none.
contract OddNameToken is NoReturnToken {
    bytes32 public constant name = "Maker";
    string public constant symbol = "<script>steal(document.cookie)</script>';DROP TABLE leaves;--\u202e\u0000";

    function decimals() external pure returns (bytes32) {
        return bytes32(type(uint256).max);
    }
}

interface IHooked {
    function tokensToSend(address to, uint256 amount) external;
    function tokensReceived(address from, uint256 amount) external;
}

/// @notice Asks the sender before the balance moves, and tells the recipient after it: those who want to know (ERC-777).
contract HookedToken is TrueToken {
    mapping(address account => bool) private _hooked;

    function register() external {
        _hooked[msg.sender] = true;
    }

    function _move(address from, address to, uint256 amount) internal virtual override {
        if (_hooked[from]) IHooked(from).tokensToSend(to, amount);
        super._move(from, to, amount);
        if (_hooked[to]) IHooked(to).tokensReceived(from, amount);
    }
}

/// @notice Hooks, and a tenth of what arrives is taken.
contract HookedFeeToken is HookedToken {
    function _move(address from, address to, uint256 amount) internal override {
        super._move(from, to, amount);
        balanceOf[to] -= amount / 10;
    }
}

/// @notice A holder of `HookedToken` that answers the hooks as it was told to.
contract HookedHolder is IHooked {
    address private _target;
    bytes private _data;
    bool private _refusing;
    uint256 public calls;
    bool public succeeded;

    error Refused();

    function refuse(bool yes) external {
        _refusing = yes;
    }

    function arm(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    /// @notice Sends a call of its own, as the account that it is.
    function send(address target, bytes calldata data) external returns (bool ok) {
        (ok,) = target.call(data);
    }

    function tokensToSend(address, uint256) external {
        _act();
    }

    function tokensReceived(address, uint256) external {
        if (_refusing) revert Refused();
        _act();
    }

    /// @dev Once: what it does may move tokens, too.
    function _act() private {
        if (_target == address(0)) return;
        address target = _target;
        _target = address(0);
        ++calls;
        (succeeded,) = target.call(_data);
    }
}
