// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title TwinToken
/// @notice A token whose manners can be changed at any time, by anyone: one twin for every kind of bad token the vault may meet.
/// @dev Anybody mints, and `transferFrom` needs no allowance: the simulator's actors own what it says they own.
contract TwinToken {
    enum Mode {
        Standard,
        NoReturn,
        ReturnsFalse,
        Paused,
        Fee,
        BurnsGas,
        ReturnBomb,
        Reenters
    }

    error TwinToken_Paused();
    error TwinToken_Blocked(address account);
    error TwinToken_BalanceTooLow();

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Reentered(bool succeeded);

    /// One percent of each transfer is burnt in mode Fee.
    uint256 public constant FEE_DIVISOR = 100;
    /// Above what a push pays for: memory for it costs 95,000 gas.
    uint256 private constant BOMB_BYTES = 200_000;

    Mode public mode;
    address public victim;
    mapping(address account => uint256) public balanceOf;
    mapping(address account => bool) public blocked;

    /// @param victim_ In mode Reenters: the contract whose transfers call it back.
    function setMode(Mode mode_, address victim_) external {
        mode = mode_;
        victim = victim_;
    }

    function setBlocked(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _transfer(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        return _transfer(from, to, amount);
    }

    function _transfer(address from, address to, uint256 amount) private returns (bool) {
        Mode current = mode;
        if (current == Mode.ReturnsFalse) return false;
        if (current == Mode.Paused) revert TwinToken_Paused();
        if (current == Mode.BurnsGas) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        if (blocked[from]) revert TwinToken_Blocked(from);
        if (blocked[to]) revert TwinToken_Blocked(to);
        if (balanceOf[from] < amount) revert TwinToken_BalanceTooLow();

        uint256 received = current == Mode.Fee ? amount - amount / FEE_DIVISOR : amount;
        balanceOf[from] -= amount;
        balanceOf[to] += received;
        emit Transfer(from, to, received);
        if (current == Mode.Reenters && msg.sender == victim) {
            (bool succeeded,) =
                victim.call(abi.encodeWithSignature("withdraw(address,address,uint128)", address(this), from, 1));
            emit Reentered(succeeded);
        }
        if (current == Mode.NoReturn) {
            assembly {
                return(0, 0)
            }
        }
        if (current == Mode.ReturnBomb) {
            assembly {
                mstore(0, 1)
                return(0, BOMB_BYTES)
            }
        }
        return true;
    }
}
