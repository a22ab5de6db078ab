// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title PyusdTwin
/// @notice PYUSD, USDP, PAXG: a move is refused while paused, or if payer, payee or caller is frozen; what a frozen address has can be
/// wiped.
contract PyusdTwin {
    string public constant name = "PayPal USD";
    string public constant symbol = "PYUSD";
    uint8 public constant decimals = 6;

    /// Owner, asset protection and supply control in one.
    address public immutable ISSUER = msg.sender;
    bool public paused;
    uint256 public totalSupply;
    mapping(address account => bool) public isFrozen;
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    error OnlyIssuer();
    error ContractPaused();
    error AddressFrozen();
    error AddressNotFrozen();
    error InsufficientFunds();
    error InsufficientAllowance();
    error ZeroAddress();

    event Transfer(address indexed from, address indexed to, uint256 amount);
    event Approval(address indexed owner, address indexed spender, uint256 amount);
    event FrozenAddressWiped(address indexed account);

    modifier onlyIssuer() {
        if (msg.sender != ISSUER) revert OnlyIssuer();
        _;
    }

    modifier whenNotPaused() {
        if (paused) revert ContractPaused();
        _;
    }

    function mint(address to, uint256 amount) external onlyIssuer {
        balanceOf[to] += amount;
        totalSupply += amount;
        emit Transfer(address(0), to, amount);
    }

    function pause() external onlyIssuer {
        paused = true;
    }

    function unpause() external onlyIssuer {
        paused = false;
    }

    function freeze(address account) external onlyIssuer {
        isFrozen[account] = true;
    }

    function unfreeze(address account) external onlyIssuer {
        isFrozen[account] = false;
    }

    function wipeFrozenAddress(address account) external onlyIssuer {
        if (!isFrozen[account]) revert AddressNotFrozen();
        uint256 amount = balanceOf[account];
        balanceOf[account] = 0;
        totalSupply -= amount;
        emit FrozenAddressWiped(account);
        emit Transfer(account, address(0), amount);
    }

    function approve(address spender, uint256 amount) external whenNotPaused returns (bool) {
        if (isFrozen[spender] || isFrozen[msg.sender]) revert AddressFrozen();
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function transfer(address to, uint256 amount) external whenNotPaused returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external whenNotPaused returns (bool) {
        if (isFrozen[msg.sender]) revert AddressFrozen();
        if (allowance[from][msg.sender] < amount) revert InsufficientAllowance();
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        if (to == address(0) || from == address(0)) revert ZeroAddress();
        if (isFrozen[to] || isFrozen[from]) revert AddressFrozen();
        if (amount > balanceOf[from]) revert InsufficientFunds();
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }
}
