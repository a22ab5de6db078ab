// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, SumNode} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {TestBase} from "../base/TestBase.sol";
import {LedgerTreeHarness} from "../harness/LedgerTreeHarness.sol";

/// @notice The vault's tree in assembly against the plain one, on random ledgers of the sizes where padding and words change.
/// forge-config: default.fuzz.runs = 100
/// forge-config: deep.fuzz.runs = 2000
contract LedgerTreeFuzzTest is TestBase {
    using SumTree for SumTree.Tree;

    address private constant ASSET = address(0xa55e7);
    LedgerTreeHarness private lib;

    function setUp() public {
        lib = LedgerTreeHarness(vm.deployCode("LedgerTreeHarness.sol:LedgerTreeHarness", ""));
    }

    // ------------------------------------------------------------------ same tree

    function testFuzz_everyWordAndLeafProvesTheRoot(uint256 seed, uint256 size, uint256 extra, uint256 pick)
        public
        view
    {
        SumTree.Tree memory tree = _tree(seed, _size(size), bound(extra, 0, 20));
        bytes32 root = tree.root().hash;
        bytes32 domain = lib.domain(ASSET);
        assertEq(domain, SumTree.domain(address(lib), ASSET), "domain");

        uint256 total = 0;
        for (uint256 w = 0; w * 256 < tree.leaves.length; ++w) {
            (bytes32 hash, uint256 sum) = lib.wordNode(domain, w, tree.word(w));
            assertEq(hash, tree.node(8, w).hash, "word's hash");
            assertEq(sum, tree.node(8, w).sum, "word's sum");
            assertEq(lib.rootOf(hash, sum, w, tree.siblings(w)), root, "word's proof");
            total += sum;
        }
        assertEq(total, tree.root().sum, "the words add up");

        uint256 index = pick % tree.leaves.length;
        Leaf memory leaf = tree.leaves[index];
        bytes32 leafHash = lib.leafHash(domain, index, leaf);
        assertEq(leafHash, SumTree.leafNode(domain, index, leaf).hash, "leaf's hash");
        assertEq(lib.rootOf(leafHash, leaf.balance, index, tree.proof(index)), root, "leaf's proof");

        (SumNode memory left, SumNode memory right) = tree.halves();
        (bytes32 above, uint128 sumAbove) = lib.parent(left, right);
        assertEq(above, root, "the halves make the root");
        assertEq(sumAbove, tree.root().sum, "and the total");
    }

    function testFuzz_trailingEmptyLeavesMayBeLeftOutOrGiven(uint256 seed, uint256 size, uint256 padding) public view {
        SumTree.Tree memory tree = _tree(seed, bound(size, 1, 256), 0);
        bytes memory leaves = tree.word(0);
        uint256 free = 256 - tree.leaves.length;
        bytes memory padded = bytes.concat(leaves, new bytes(bound(padding, 0, free) * 52));
        bytes32 domain = lib.domain(ASSET);
        (bytes32 a, uint256 sumA) = lib.wordNode(domain, 0, leaves);
        (bytes32 b, uint256 sumB) = lib.wordNode(domain, 0, padded);
        assertEq(a, b, "the same word");
        assertEq(sumA, sumB, "the same sum");
    }

    // ------------------------------------------------------------------ the packed form

    function testFuzz_packedWordIsTheWord(uint256 seed, uint256 size, uint256 paidOf) public view {
        SumTree.Tree memory tree = _sparse(seed, _size(size), bound(paidOf, 0, 255));
        bytes32 domain = lib.domain(ASSET);
        for (uint256 w = 0; w * 256 < tree.leaves.length; ++w) {
            (bytes memory leaves, bytes memory paid) = tree.packed(w);
            assertEq(keccak256(lib.unpacked(leaves, paid)), keccak256(tree.word(w)), "the same leaves");
            (bytes32 hash, uint256 sum) = lib.packedWordNode(domain, w, leaves, paid);
            assertEq(hash, tree.node(8, w).hash, "word's hash");
            assertEq(sum, tree.node(8, w).sum, "word's sum");
        }
    }

    /// @notice Any bytes: unpacked or refused as the plain version says.
    function testFuzz_unpackedAsThePlainVersion(uint256 seed, uint256 count, uint256 counters, uint256 damage)
        public
        view
    {
        // Mostly ascending places; then damaged.
        bytes memory leaves = _noise(seed, bound(count, 0, 257) * 36);
        bytes memory paid = "";
        counters = bound(counters, 0, 8);
        for (uint256 i = 0; i < counters; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint8 place = damage % 8 == 0 ? uint8(random) : uint8(i * 31 + (random % 31));
            paid = abi.encodePacked(paid, place, damage % 8 == 1 ? uint128(random >> 128) % 2 : uint128(random >> 128));
        }
        if (damage % 8 == 2) leaves = bytes.concat(leaves, _noise(seed, 1 + (damage >> 8) % 35));
        if (damage % 8 == 3) paid = bytes.concat(paid, _noise(seed, 1 + (damage >> 8) % 16));
        (bool well, bytes memory plain) = _plainly(leaves, paid);
        bytes memory data = abi.encodeCall(LedgerTreeHarness.unpacked, (leaves, paid));
        (bool ok, bytes memory result) = address(lib).staticcall(data);
        assertTrue(ok == well, "refused or not");
        if (ok) assertEq(keccak256(abi.decode(result, (bytes))), keccak256(plain), "the same leaves");
        else assertEq(bytes32(result), bytes32(Errors.Ledger_ProofMalformed.selector), "by its name");
    }

    function test_unpacked_refusesEveryOtherForm() public view {
        bytes memory leaves = _noise(1, 256 * 36);
        assertTrue(_unpacks(leaves, ""), "256 leaves");
        assertTrue(_unpacks("", ""), "none");
        assertFalse(_unpacks(_noise(1, 257 * 36), ""), "a leaf too many");
        assertFalse(_unpacks(_noise(1, 256 * 36 - 1), ""), "a byte too few");
        bytes memory first = abi.encodePacked(uint8(0), uint128(1));
        bytes memory last = abi.encodePacked(uint8(255), type(uint128).max);
        assertTrue(_unpacks(leaves, bytes.concat(first, last)), "ascending");
        assertFalse(_unpacks(leaves, bytes.concat(last, first)), "descending");
        assertFalse(_unpacks(leaves, bytes.concat(first, first)), "a place twice");
        assertFalse(_unpacks(leaves, abi.encodePacked(uint8(7), uint128(0))), "a counter of zero");
        assertFalse(_unpacks(leaves, bytes.concat(first, hex"01")), "a torn counter");
        assertFalse(_unpacks("", first), "a place where no leaf is");
        assertTrue(_unpacks(_noise(1, 8 * 36), abi.encodePacked(uint8(7), uint128(1))), "the last leaf");
        assertFalse(_unpacks(_noise(1, 8 * 36), abi.encodePacked(uint8(8), uint128(1))), "the one behind it");
    }

    function testFuzz_leafAtReadsWhatWasPacked(uint256 seed, uint256 size, uint256 pick) public view {
        SumTree.Tree memory tree = _tree(seed, bound(size, 1, 256), 0);
        uint256 i = pick % tree.leaves.length;
        (address account, uint128 balance, uint128 paid) = lib.leafAt(tree.word(0), i);
        assertEq(account, tree.leaves[i].account, "account");
        assertEq(balance, tree.leaves[i].balance, "balance");
        assertEq(paid, tree.leaves[i].paid, "paid");
    }

    function test_emptyLeafHashesToZero() public view {
        Leaf memory none;
        assertEq(lib.leafHash(lib.domain(ASSET), 7, none), bytes32(0), "empty");
        none.paid = 1;
        assertFalse(lib.leafHash(lib.domain(ASSET), 7, none) == 0, "a leaf with any field set is none of those");
    }

    // ------------------------------------------------------------------ nothing else passes

    function testFuzz_tamperedProofNeverReachesTheRoot(
        uint256 seed,
        uint256 size,
        uint256 pick,
        uint256 place,
        uint8 flip
    ) public view {
        SumTree.Tree memory tree = _tree(seed, _size(size), 0);
        uint256 index = pick % tree.leaves.length;
        bytes memory proof = tree.proof(index);
        if (flip == 0) flip = 1;
        place %= proof.length;
        proof[place] = bytes1(uint8(proof[place]) ^ flip);
        bytes32 hash = lib.leafHash(lib.domain(ASSET), index, tree.leaves[index]);
        assertFalse(_reaches(tree, hash, tree.leaves[index].balance, index, proof), "tampered proof");
    }

    function testFuzz_otherLeafNeverReachesTheRoot(
        uint256 seed,
        uint256 size,
        uint256 pick,
        uint256 field,
        uint256 value
    ) public view {
        SumTree.Tree memory tree = _tree(seed, _size(size), 0);
        uint256 index = pick % tree.leaves.length;
        Leaf memory real = tree.leaves[index];
        vm.assume(real.account != address(0));
        Leaf memory leaf = Leaf(real.account, real.balance, real.paid);
        uint256 position = index;
        if (field % 4 == 0) leaf.account = address(uint160(value));
        if (field % 4 == 1) leaf.balance = uint128(value);
        if (field % 4 == 2) leaf.paid = uint128(value);
        if (field % 4 == 3) position = uint32(value);
        vm.assume(keccak256(abi.encode(leaf, position)) != keccak256(abi.encode(real, index)));
        bytes32 hash = lib.leafHash(lib.domain(ASSET), position, leaf);
        assertFalse(_reaches(tree, hash, leaf.balance, position, tree.proof(index)), "another leaf");
        assertFalse(_reaches(tree, hash, real.balance, index, tree.proof(index)), "or at the real place");
    }

    function testFuzz_otherSumNeverReachesTheRoot(uint256 seed, uint256 size, uint256 pick, uint128 sum) public view {
        SumTree.Tree memory tree = _tree(seed, _size(size), 0);
        uint256 index = pick % tree.leaves.length;
        vm.assume(sum != tree.leaves[index].balance);
        bytes32 hash = lib.leafHash(lib.domain(ASSET), index, tree.leaves[index]);
        assertFalse(_reaches(tree, hash, sum, index, tree.proof(index)), "a hash with another sum");
    }

    function testFuzz_proofOfAnotherLengthNeverReachesTheRoot(uint256 seed, uint256 size, uint256 pick, uint256 levels)
        public
        view
    {
        SumTree.Tree memory tree = _tree(seed, _size(size), 0);
        uint256 index = pick % tree.leaves.length;
        bytes memory proof = tree.proof(index);
        levels = bound(levels, 0, 31);
        vm.assume(levels != proof.length / 48);
        bytes memory other = new bytes(levels * 48);
        for (uint256 i = 0; i < other.length && i < proof.length; ++i) {
            other[i] = proof[i];
        }
        bytes32 hash = lib.leafHash(lib.domain(ASSET), index, tree.leaves[index]);
        assertFalse(_reaches(tree, hash, tree.leaves[index].balance, index, other), "shorter or longer");
    }

    function testFuzz_otherChainVaultOrAssetHasAnotherTree(uint256 seed, address vault, address asset) public view {
        vm.assume(vault != address(lib) || asset != ASSET);
        Leaf[] memory leaves = _leaves(seed, 3);
        bytes32 here = SumTree.build(address(lib), ASSET, leaves).root().hash;
        assertFalse(SumTree.build(vault, asset, leaves).root().hash == here, "bound to both");
    }

    function testFuzz_otherChainHasAnotherDomain(uint64 chain) public {
        vm.assume(chain != block.chainid && chain != 0);
        bytes32 here = lib.domain(ASSET);
        vm.chainId(chain);
        assertFalse(lib.domain(ASSET) == here, "bound to the chain");
    }

    // ------------------------------------------------------------------ helpers

    /// @dev The specification's packed form, byte by byte.
    function _plainly(bytes memory leaves, bytes memory paid) private pure returns (bool well, bytes memory plain) {
        uint256 count = leaves.length / 36;
        if (leaves.length != count * 36 || count > 256 || paid.length % 17 != 0) return (false, "");
        plain = new bytes(count * 52);
        for (uint256 i = 0; i < leaves.length; ++i) {
            plain[i / 36 * 52 + i % 36] = leaves[i];
        }
        for (uint256 i = 0; i < paid.length; i += 17) {
            uint256 place = uint8(paid[i]);
            if (place >= count || (i > 0 && place <= uint8(paid[i - 17]))) return (false, "");
            bool zero = true;
            for (uint256 k = 0; k < 16; ++k) {
                if (paid[i + 1 + k] != 0) zero = false;
                plain[place * 52 + 36 + k] = paid[i + 1 + k];
            }
            if (zero) return (false, "");
        }
        return (true, plain);
    }

    function _unpacks(bytes memory leaves, bytes memory paid) private view returns (bool ok) {
        (ok,) = address(lib).staticcall(abi.encodeCall(LedgerTreeHarness.unpacked, (leaves, paid)));
    }

    function _noise(uint256 seed, uint256 length) private pure returns (bytes memory noise) {
        noise = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            noise[i] = bytes1(uint8(uint256(keccak256(abi.encode(seed, i / 32))) >> (i % 32 * 8)));
        }
    }

    /// @dev Most counters are zero; the leaf `paidOf`'s is not, where there is one.
    function _sparse(uint256 seed, uint256 size, uint256 paidOf) private view returns (SumTree.Tree memory) {
        Leaf[] memory leaves = _leaves(seed, size);
        for (uint256 i = 0; i < size; ++i) {
            if (uint256(keccak256(abi.encode(seed, "paid", i))) % 16 != 0) leaves[i].paid = 0;
        }
        if (paidOf < size) leaves[paidOf].paid = type(uint128).max;
        return SumTree.buildDeep(address(lib), ASSET, leaves, SumTree.depthFor(size));
    }

    function _reaches(SumTree.Tree memory tree, bytes32 hash, uint256 sum, uint256 index, bytes memory proof)
        private
        view
        returns (bool)
    {
        // A tampered sum may leave 128 bits, which is refused by name: as good as another root.
        (bool ok, bytes memory result) =
            address(lib).staticcall(abi.encodeCall(LedgerTreeHarness.rootOf, (hash, sum, index, proof)));
        return ok && abi.decode(result, (bytes32)) == tree.root().hash;
    }

    /// @dev One of the sizes around words and powers of two, or any up to 600.
    function _size(uint256 seed) private pure returns (uint256) {
        uint16[12] memory edges = [1, 2, 3, 127, 128, 129, 255, 256, 257, 511, 512, 513];
        return seed % 2 == 0 ? edges[(seed >> 1) % 12] : bound(seed >> 1, 1, 600);
    }

    function _tree(uint256 seed, uint256 size, uint256 extra) private view returns (SumTree.Tree memory) {
        return SumTree.buildDeep(address(lib), ASSET, _leaves(seed, size), SumTree.depthFor(size) + extra);
    }

    /// @dev About one leaf in eight is empty; the first never is.
    function _leaves(uint256 seed, uint256 size) private pure returns (Leaf[] memory leaves) {
        leaves = new Leaf[](size);
        for (uint256 i = 0; i < size; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            if (random % 8 == 0 && i > 0) continue;
            leaves[i] = Leaf(address(uint160(random >> 96)), uint112(random), uint64(random >> 32));
        }
    }
}
