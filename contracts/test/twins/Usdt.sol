// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title UsdtTwin
/// @notice USDT as deployed in 2017: moves and approvals return nothing; a fee can be switched on, below 20 basis points and 50 whole
/// units; only the sender is looked up on the blacklist; what a listed account has can be destroyed; an allowance changes by way of
/// zero; everything can be forwarded to a newer contract.
contract UsdtTwin {
    string public constant name = "Tether USD";
    string public constant symbol = "USDT";
    uint256 public constant decimals = 6;

    address public immutable OWNER = msg.sender;
    bool public paused;
    bool public deprecated;
    address public upgradedAddress;
    uint256 public basisPointsRate;
    uint256 public maximumFee;
    uint256 private _supply;
    mapping(address account => bool) public isBlackListed;
    mapping(address account => uint256) private _balances;
    mapping(address owner => mapping(address spender => uint256)) private _allowances;

    event Transfer(address indexed from, address indexed to, uint256 amount);
    event Approval(address indexed owner, address indexed spender, uint256 amount);
    event DestroyedBlackFunds(address account, uint256 amount);

    modifier onlyOwner() {
        require(msg.sender == OWNER);
        _;
    }

    modifier whenNotPaused() {
        require(!paused);
        _;
    }

    function issue(uint256 amount) external onlyOwner {
        _balances[OWNER] += amount;
        _supply += amount;
    }

    function setParams(uint256 basisPoints, uint256 maxFee) external onlyOwner {
        require(basisPoints < 20 && maxFee < 50);
        (basisPointsRate, maximumFee) = (basisPoints, maxFee * 10 ** decimals);
    }

    function pause() external onlyOwner {
        paused = true;
    }

    function unpause() external onlyOwner {
        paused = false;
    }

    function addBlackList(address account) external onlyOwner {
        isBlackListed[account] = true;
    }

    function removeBlackList(address account) external onlyOwner {
        isBlackListed[account] = false;
    }

    function destroyBlackFunds(address account) external onlyOwner {
        require(isBlackListed[account]);
        uint256 amount = balanceOf(account);
        _balances[account] = 0;
        _supply -= amount;
        emit DestroyedBlackFunds(account, amount);
    }

    function deprecate(address upgraded) external onlyOwner {
        (deprecated, upgradedAddress) = (true, upgraded);
    }

    function totalSupply() external view returns (uint256) {
        return deprecated ? UsdtSuccessor(upgradedAddress).totalSupply() : _supply;
    }

    function balanceOf(address account) public view returns (uint256) {
        return deprecated ? UsdtSuccessor(upgradedAddress).balanceOf(account) : _balances[account];
    }

    function allowance(address owner, address spender) external view returns (uint256) {
        return _allowances[owner][spender];
    }

    function approve(address spender, uint256 amount) external {
        require(!(amount != 0 && _allowances[msg.sender][spender] != 0));
        _allowances[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
    }

    function transfer(address to, uint256 amount) external whenNotPaused {
        require(!isBlackListed[msg.sender]);
        if (deprecated) return UsdtSuccessor(upgradedAddress).transferByLegacy(msg.sender, to, amount);
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external whenNotPaused {
        require(!isBlackListed[from]);
        if (deprecated) {
            return UsdtSuccessor(upgradedAddress).transferFromByLegacy(msg.sender, from, to, amount);
        }
        uint256 allowed = _allowances[from][msg.sender];
        if (allowed < type(uint256).max) _allowances[from][msg.sender] = allowed - amount;
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        uint256 fee = amount * basisPointsRate / 10_000;
        if (fee > maximumFee) fee = maximumFee;
        _balances[from] -= amount;
        _balances[to] += amount - fee;
        if (fee > 0) {
            _balances[OWNER] += fee;
            emit Transfer(from, OWNER, fee);
        }
        emit Transfer(from, to, amount - fee);
    }
}

/// @title UsdtSuccessor
/// @notice Where a deprecated `UsdtTwin` sends its calls: it keeps the balances from then on, and trusts the old contract.
contract UsdtSuccessor {
    address public immutable LEGACY;
    address public immutable OWNER = msg.sender;
    mapping(address account => uint256) public balanceOf;
    uint256 public totalSupply;

    constructor(address legacy) {
        LEGACY = legacy;
    }

    /// @notice Takes balances over.
    function credit(address account, uint256 amount) external {
        require(msg.sender == OWNER);
        balanceOf[account] += amount;
        totalSupply += amount;
    }

    function transferByLegacy(address from, address to, uint256 amount) external {
        _move(from, to, amount);
    }

    function transferFromByLegacy(address, address from, address to, uint256 amount) external {
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        require(msg.sender == LEGACY);
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
