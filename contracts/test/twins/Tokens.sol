// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice A plain ERC-20 ledger for the odd ones below. Anyone may mint.
abstract contract OddToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    error TooLow();

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external virtual returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function _move(address from, address to, uint256 amount) internal virtual {
        if (balanceOf[from] < amount) revert TooLow();
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }

    function _spend(address from, uint256 amount) internal {
        if (allowance[from][msg.sender] < amount) revert TooLow();
        allowance[from][msg.sender] -= amount;
    }
}

/// @notice Returns true, as the standard says.
abstract contract TrueToken is OddToken {
    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        _spend(from, amount);
        _move(from, to, amount);
        return true;
    }
}

/// @notice Returns nothing (USDT, BNB).
contract NoReturnToken is OddToken {
    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        _spend(from, amount);
        _move(from, to, amount);
    }
}

/// @notice Returns false instead of reverting, when told to.
contract FalseToken is OddToken {
    bool public refusing;

    function refuse(bool yes) external {
        refusing = yes;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        if (refusing) return false;
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        if (refusing) return false;
        _spend(from, amount);
        _move(from, to, amount);
        return true;
    }
}

/// @notice Keeps a fee of every transfer, once switched on (USDT could).
contract FeeToken is TrueToken {
    uint256 public feeBps;

    function setFee(uint256 bps) external {
        feeBps = bps;
    }

    function _move(address from, address to, uint256 amount) internal override {
        super._move(from, to, amount);
        uint256 fee = amount * feeBps / 10_000;
        balanceOf[to] -= fee;
        balanceOf[address(this)] += fee;
    }
}

/// @notice Can be paused, and refuses listed senders, recipients and callers (USDC).
contract FrozenToken is TrueToken {
    mapping(address => bool) public blocked;
    bool public paused;

    error Blocked();

    function setBlocked(address account, bool yes) external {
        blocked[account] = yes;
    }

    function pause(bool yes) external {
        paused = yes;
    }

    /// @notice Takes tokens away, as an issuer or a rebase can.
    function seize(address account, uint256 amount) external {
        balanceOf[account] -= amount;
    }

    function _move(address from, address to, uint256 amount) internal override {
        if (paused || blocked[from] || blocked[to] || blocked[msg.sender]) revert Blocked();
        super._move(from, to, amount);
    }
}

/// @notice Tells the recipient before it moves the balance (ERC-777), within the gas of the transfer.
contract HookToken is TrueToken {
    address private _target;
    bytes private _data;
    bool public called;
    bool public succeeded;
    bytes public result;

    function arm(address target, bytes calldata data) external {
        (_target, _data, called, succeeded) = (target, data, false, false);
    }

    function _move(address from, address to, uint256 amount) internal override {
        if (_target != address(0)) {
            called = true;
            (succeeded, result) = _target.call(_data);
        }
        super._move(from, to, amount);
    }
}

/// @notice Says true with a dirty word, or with too little data.
contract OddBoolToken is OddToken {
    enum Says {
        True,
        Two,
        OneByte
    }

    Says public says;

    function say(Says what) external {
        says = what;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        if (says == Says.True) return true;
        uint256 length = says == Says.Two ? 32 : 1;
        assembly ("memory-safe") {
            mstore(0, 2)
            return(0, length)
        }
    }
}
