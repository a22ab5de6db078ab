// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title RebasingTwin
/// @notice A staked coin: accounts hold shares of a pool, balances follow what is in the pool, and every move rounds down to whole shares, so
/// that a unit or two less arrives than was said.
contract RebasingTwin {
    uint256 public pool;
    uint256 public totalShares;
    mapping(address account => uint256) public sharesOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 amount);

    constructor(uint256 pool_, uint256 shares) {
        (pool, totalShares) = (pool_, shares);
        sharesOf[msg.sender] = shares;
    }

    /// @notice Rewards or a slashing.
    function rebase(uint256 pool_) external {
        pool = pool_;
    }

    function totalSupply() external view returns (uint256) {
        return pool;
    }

    function balanceOf(address account) public view returns (uint256) {
        return sharesOf[account] * pool / totalShares;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        uint256 shares = amount * totalShares / pool;
        sharesOf[from] -= shares;
        sharesOf[to] += shares;
        emit Transfer(from, to, amount);
    }
}
