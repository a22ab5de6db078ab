// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title UsdcProxy
/// @notice The legacy proxy in front of USDC: the implementation lies in a slot of its own (not EIP-1967's), and the admin alone
/// exchanges it, at any time and without notice.
contract UsdcProxy {
    bytes32 private constant IMPLEMENTATION_SLOT = keccak256("org.zeppelinos.proxy.implementation");

    address public immutable ADMIN = msg.sender;

    event Upgraded(address implementation);

    constructor(address implementation_) {
        _set(implementation_);
    }

    function upgradeTo(address implementation_) external {
        require(msg.sender == ADMIN);
        _set(implementation_);
    }

    fallback() external {
        bytes32 slot = IMPLEMENTATION_SLOT;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), sload(slot), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }

    function _set(address implementation_) private {
        bytes32 slot = IMPLEMENTATION_SLOT;
        assembly {
            sstore(slot, implementation_)
        }
        emit Upgraded(implementation_);
    }
}

/// @title UsdcTwin
/// @notice USDC behind its proxy: a move is refused if the token is paused, or if sender, recipient or caller is on the blacklist; the
/// token's own address always is.
contract UsdcTwin {
    string public constant name = "USD Coin";
    string public constant symbol = "USDC";
    uint8 public constant decimals = 6;

    /// The three roles and the minter are one here.
    address public issuer;
    bool public paused;
    mapping(address account => bool) internal blacklisted;
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    uint256 public totalSupply;

    event Approval(address indexed owner, address indexed spender, uint256 amount);
    event Transfer(address indexed from, address indexed to, uint256 amount);

    modifier onlyIssuer() {
        require(msg.sender == issuer, "Ownable: caller is not the owner");
        _;
    }

    modifier whenNotPaused() {
        require(!paused, "Pausable: paused");
        _;
    }

    modifier notBlacklisted(address account) {
        require(!isBlacklisted(account), "Blacklistable: account is blacklisted");
        _;
    }

    /// @notice Once, through the proxy.
    function initialize() external {
        require(issuer == address(0), "FiatToken: contract is already initialized");
        issuer = msg.sender;
        blacklisted[address(this)] = true;
    }

    function isBlacklisted(address account) public view returns (bool) {
        return blacklisted[account];
    }

    function blacklist(address account) external onlyIssuer {
        blacklisted[account] = true;
    }

    function unBlacklist(address account) external onlyIssuer {
        blacklisted[account] = false;
    }

    function pause() external onlyIssuer {
        paused = true;
    }

    function unpause() external onlyIssuer {
        paused = false;
    }

    function mint(address to, uint256 amount)
        external
        whenNotPaused
        onlyIssuer
        notBlacklisted(msg.sender)
        notBlacklisted(to)
        returns (bool)
    {
        require(to != address(0) && amount > 0, "FiatToken: mint to the zero address, or nothing");
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
        return true;
    }

    function approve(address spender, uint256 amount)
        external
        whenNotPaused
        notBlacklisted(msg.sender)
        notBlacklisted(spender)
        returns (bool)
    {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function transfer(address to, uint256 amount)
        external
        whenNotPaused
        notBlacklisted(msg.sender)
        notBlacklisted(to)
        returns (bool)
    {
        _transfer(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount)
        external
        whenNotPaused
        notBlacklisted(msg.sender)
        notBlacklisted(from)
        notBlacklisted(to)
        returns (bool)
    {
        require(allowance[from][msg.sender] >= amount, "ERC20: transfer amount exceeds allowance");
        allowance[from][msg.sender] -= amount;
        _transfer(from, to, amount);
        return true;
    }

    function _transfer(address from, address to, uint256 amount) internal virtual {
        require(from != address(0) && to != address(0), "ERC20: transfer from or to the zero address");
        require(balanceOf[from] >= amount, "ERC20: transfer amount exceeds balance");
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }
}

/// @notice What an upgrade could make of it: a tenth of every move goes to the issuer.
contract UsdcWithToll is UsdcTwin {
    function _transfer(address from, address to, uint256 amount) internal override {
        uint256 toll = amount / 10;
        super._transfer(from, to, amount - toll);
        super._transfer(from, issuer, toll);
    }
}

/// @notice What an upgrade could make of it: nothing answers any more, not even `balanceOf`.
contract UsdcInRuins {
    fallback() external {
        revert("gone");
    }
}
