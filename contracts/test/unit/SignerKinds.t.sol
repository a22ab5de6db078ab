// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";

import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {SignerKinds} from "lifeboat/libraries/SignerKinds.sol";
import {Quorum, Terms} from "lifeboat/types/Types.sol";

import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {BombWallet, BurnerWallet, BusyWallet, RevertBombWallet, YesVerifier, YesWallet} from "../twins/Signers.sol";
import {Delegate, Wallet} from "../twins/Wallets.sol";

/// @notice Signers that are no ECDSA keys: a contract wallet, an HSM's P-256 key and a passkey, by OpenZeppelin's own verifiers.
/// @dev Two ECDSA keys, the wallet, the HSM and the passkey, in the order of their ids; two of five, three for cold releases.
contract SignerKindsTest is VaultTest {
    uint256 private constant P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;
    uint256 private constant HSM = uint256(keccak256("hsm")) % (P256_ORDER - 1) + 1;
    uint256 private constant PASSKEY = uint256(keccak256("passkey")) % (P256_ORDER - 1) + 1;

    Wallet private wallet;
    bytes private hsmKey;
    bytes private passkeyKey;
    uint256[] private ecdsa = memberKeys("signer", 2);
    bytes32[] private ids;
    bytes32 private hash;

    function setUp() public override {
        super.setUp();
        wallet = new Wallet();
        hsmKey = _key(vm.deployCode("Verifiers.sol:HsmVerifier", ""), HSM);
        passkeyKey = _key(vm.deployCode("Verifiers.sol:PasskeyVerifier", ""), PASSKEY);
        ids.push(idsOf(ecdsa)[0]);
        ids.push(idsOf(ecdsa)[1]);
        ids.push(_walletId(address(wallet)));
        bytes32 hsm = SignerKinds.idOf(hsmKey);
        bytes32 passkey = SignerKinds.idOf(passkeyKey);
        ids.push(hsm < passkey ? hsm : passkey);
        ids.push(hsm < passkey ? passkey : hsm);
        _deploy();
    }

    function _deploy() private {
        Terms memory terms = termsFor(token);
        terms.signers = ids;
        (terms.signerThreshold, terms.coldThreshold) = (2, 3);
        vault = deploy(terms);
        openService();
        fund(ETH, 10 ether);
        hash = Typed.release(ETH, hotWallet, 1 ether, 1, soon());
    }

    function _key(address verifier, uint256 key) private pure returns (bytes memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(key);
        return abi.encodePacked(verifier, x, y);
    }

    function _walletId(address account) private pure returns (bytes32) {
        return bytes32(SignerKinds.ERC1271 << 248 | uint160(account));
    }

    // ------------------------------------------------------------------ signatures of each kind

    /// @dev With s in the lower half, as OpenZeppelin wants it.
    function _p256(uint256 key, bytes32 digest) private pure returns (bytes32 r, bytes32 s) {
        (r, s) = vm.signP256(key, digest);
        if (uint256(s) > P256_ORDER / 2) s = bytes32(P256_ORDER - uint256(s));
    }

    function _byHsm(bytes32 digest) private pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = _p256(HSM, digest);
        return abi.encodePacked(r, s);
    }

    /// @dev What a browser and an authenticator make of a challenge: user present and verified.
    function _byPasskey(bytes32 digest) private pure returns (bytes memory) {
        string memory challenge = Base64.encodeURL(abi.encodePacked(digest));
        string memory client = string.concat(
            '{"type":"webauthn.get","challenge":"',
            challenge,
            '","origin":"https://service.example","crossOrigin":false}'
        );
        bytes memory authenticator = abi.encodePacked(sha256("service.example"), uint8(0x05), uint32(7));
        (bytes32 r, bytes32 s) = _p256(PASSKEY, sha256(abi.encodePacked(authenticator, sha256(bytes(client)))));
        return abi.encode(r, s, uint256(23), uint256(1), authenticator, client);
    }

    function _piece(bytes memory data) private pure returns (bytes memory) {
        return abi.encodePacked(uint16(data.length), data);
    }

    function _head(bytes32 id, uint256 place) private pure returns (bytes memory) {
        return abi.encodePacked(id, place, uint8(0));
    }

    /// @dev An ECDSA signature, then a signature of another kind.
    function _withEcdsa(bytes32 id, bytes memory tail) private view returns (Quorum memory q) {
        q.members = ids;
        q.signatures = bytes.concat(sig(ecdsa[0], digestOf(hash)), _head(id, 130), tail);
    }

    function _release(Quorum memory q) private view returns (bytes memory) {
        return abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1 ether, 1, soon(), q));
    }

    function _notAMember(uint256 position) private pure returns (bytes memory) {
        return err(Errors.Signature_NotAMember.selector, position);
    }

    // ------------------------------------------------------------------ what is good

    function test_kinds_walletSigns() public {
        Quorum memory q = _withEcdsa(ids[2], _piece("any signature"));
        refuse(stranger, _release(q), _notAMember(1));
        wallet.approve(digestOf(hash));
        perform(stranger, _release(q));
    }

    /// @notice A piece whose length is cut off is empty, as one that ends too late is.
    function test_kinds_aPieceThatIsCutOffIsEmpty() public {
        wallet.approve(digestOf(hash));
        perform(stranger, _release(_withEcdsa(ids[2], hex"00")));
    }

    function test_kinds_hsmSigns() public {
        perform(stranger, _release(_withEcdsa(SignerKinds.idOf(hsmKey), _hsmTail(digestOf(hash)))));
        assertEq(hotWallet.balance, 1 ether, "released");
    }

    function _hsmTail(bytes32 digest) private view returns (bytes memory) {
        return bytes.concat(_piece(hsmKey), _piece(_byHsm(digest)));
    }

    function _passkeyTail(bytes32 digest) private view returns (bytes memory) {
        return bytes.concat(_piece(passkeyKey), _piece(_byPasskey(digest)));
    }

    function test_kinds_passkeySigns() public {
        perform(stranger, _release(_withEcdsa(SignerKinds.idOf(passkeyKey), _passkeyTail(digestOf(hash)))));
        assertEq(hotWallet.balance, 1 ether, "released");
    }

    /// @notice A verifier that needs no key to be told: the signer is its address alone.
    function test_kinds_verifierWithoutAKeySigns() public {
        bytes memory key = abi.encodePacked(new YesVerifier());
        ids.pop();
        ids[3] = SignerKinds.idOf(key);
        _deploy();
        perform(stranger, _release(_withEcdsa(ids[3], bytes.concat(_piece(key), _piece("")))));
        assertEq(hotWallet.balance, 1 ether, "released");
    }

    /// @notice All kinds together, at the safeguards too: a cold release by wallet, HSM and passkey.
    function test_kinds_allOfThemQueueAColdRelease() public {
        bytes32 digest = digestOf(Typed.coldRelease(ETH, hotWallet, 10 ether, 1));
        wallet.approve(digest);
        bytes memory walletTail = _piece("");
        bytes memory third = ids[3] == SignerKinds.idOf(hsmKey) ? _hsmTail(digest) : _passkeyTail(digest);
        bytes memory fourth = ids[3] == SignerKinds.idOf(hsmKey) ? _passkeyTail(digest) : _hsmTail(digest);
        Quorum memory q;
        q.members = ids;
        uint256 place = 195;
        q.signatures = _head(ids[2], place);
        q.signatures = bytes.concat(q.signatures, _head(ids[3], place + walletTail.length));
        q.signatures = bytes.concat(q.signatures, _head(ids[4], place + walletTail.length + third.length));
        q.signatures = bytes.concat(q.signatures, walletTail, third, fourth);
        perform(stranger, abi.encodeCall(ISafeguards.queueRelease, (ETH, hotWallet, 10 ether, 1, Typed.NO_DEADLINE, q)));
        stayAlive(48 hours);
        perform(stranger, executeCall(ETH, hotWallet, 10 ether, 1));
        assertEq(hotWallet.balance, 10 ether, "released");
    }

    function test_kinds_ecdsaAmongThemStaysEcdsa() public {
        vm.etch(vm.addr(ecdsa[0]), address(new Delegate()).code);
        Quorum memory q;
        q.members = ids;
        q.signatures = bytes.concat(sig(ecdsa[0], digestOf(hash)), sig(ecdsa[1], digestOf(hash)));
        perform(stranger, _release(q));
    }

    // ------------------------------------------------------------------ what is not

    /// @notice Signatures over something else, or of somebody else.
    function test_kinds_wrongSignatures() public {
        bytes32 other = digestOf("something else");
        bytes32 hsm = SignerKinds.idOf(hsmKey);
        bytes32 passkey = SignerKinds.idOf(passkeyKey);
        wallet.approve(other);
        refuse(stranger, _release(_withEcdsa(ids[2], _piece(""))), _notAMember(1));
        refuse(stranger, _release(_withEcdsa(hsm, _hsmTail(other))), _notAMember(1));
        refuse(stranger, _release(_withEcdsa(passkey, _passkeyTail(other))), _notAMember(1));
        bytes memory tail = bytes.concat(_piece(hsmKey), _piece(_byPasskey(digestOf(hash))));
        refuse(stranger, _release(_withEcdsa(hsm, tail)), _notAMember(1));
        // High s: the same signature's twin.
        (bytes32 r, bytes32 s) = _p256(HSM, digestOf(hash));
        tail = bytes.concat(_piece(hsmKey), _piece(abi.encodePacked(r, P256_ORDER - uint256(s))));
        refuse(stranger, _release(_withEcdsa(hsm, tail)), _notAMember(1));
    }

    /// @notice The id names verifier and key: another verifier that agrees to everything is another signer.
    function test_kinds_verifierIsPartOfTheId() public {
        bytes memory forged = _key(address(new YesVerifier()), HSM);
        bytes memory tail = bytes.concat(_piece(forged), _piece(""));
        refuse(stranger, _release(_withEcdsa(SignerKinds.idOf(hsmKey), tail)), _notAMember(1));
        // Under its own id it agrees, and is no member.
        refuse(stranger, _release(_withEcdsa(SignerKinds.idOf(forged), tail)), _notAMember(1));
    }

    /// @notice One wallet or key counts once, and only in order.
    function test_kinds_onceAndInOrder() public {
        wallet.approve(digestOf(hash));
        Quorum memory q;
        q.members = ids;
        q.signatures = bytes.concat(_head(ids[2], 130), _head(ids[2], 130), _piece(""));
        refuse(stranger, _release(q), _notAMember(1));
        bytes memory tail = _hsmTail(digestOf(hash));
        bytes32 hsm = SignerKinds.idOf(hsmKey);
        q.signatures = bytes.concat(_head(hsm, 130), _head(hsm, 130), tail);
        refuse(stranger, _release(q), _notAMember(1));
        q.signatures = bytes.concat(_head(hsm, 132), _head(ids[2], 130), _piece(""), tail);
        refuse(stranger, _release(q), _notAMember(1));
        q.signatures = bytes.concat(_head(ids[2], 130), _head(hsm, 132), _piece(""), tail);
        perform(stranger, _release(q));
    }

    /// @notice An id of one kind is not signed for in the way of another.
    function test_kinds_kindsDoNotMix() public {
        // The key of an ECDSA signer's address, by a contract at that address.
        vm.etch(vm.addr(ecdsa[1]), address(new YesWallet()).code);
        refuse(stranger, _release(_withEcdsa(ids[1], _piece(""))), _notAMember(1));
        refuse(stranger, _release(_withEcdsa(_walletId(vm.addr(ecdsa[1])), _piece(""))), _notAMember(1));
        // Unknown kinds.
        refuse(stranger, _release(_withEcdsa(bytes32(uint256(3) << 248 | 1), _piece(""))), _notAMember(1));
        refuse(stranger, _release(_withEcdsa(0, _piece(""))), _notAMember(1));
        // v says that it is a signature of an ECDSA key.
        wallet.approve(digestOf(hash));
        Quorum memory q = _withEcdsa(ids[2], _piece(""));
        for (uint256 v = 1; v < 256; v += 127) {
            q.signatures[129] = bytes1(uint8(v));
            refuse(stranger, _release(q), _notAMember(1));
        }
    }

    /// @notice Offsets and lengths that lead out of the signatures.
    function testFuzz_kinds_tornTails(uint256 place, uint16 length, uint8 cut) public {
        wallet.approve(digestOf(hash));
        Quorum memory q;
        q.members = ids;
        bytes memory tail = abi.encodePacked(length, hsmKey, _piece(_byHsm(digestOf(hash))));
        if (place % 2 == 0) place = 100 + place % 400;
        uint256 kept = 130 + uint256(cut) % (tail.length + 1);
        q.signatures = bytes.concat(sig(ecdsa[0], digestOf(hash)), _head(SignerKinds.idOf(hsmKey), place), tail);
        bytes memory signatures = q.signatures;
        assembly ("memory-safe") {
            mstore(signatures, kept)
        }
        bool good = place == 130 && length == hsmKey.length && kept == 130 + tail.length;
        if (good) return;
        refuse(stranger, _release(q), _notAMember(1));
    }

    // ------------------------------------------------------------------ hostile wallets

    function test_kinds_walletsThatMisbehave() public {
        wallet.approve(digestOf(hash));
        bytes memory data = _release(_withEcdsa(ids[2], _piece("")));
        for (uint8 i = 1; i < 5; ++i) {
            wallet.misbehave(Wallet.Answer(i));
            refuse(stranger, data, _notAMember(1));
        }
        vm.etch(address(wallet), "");
        refuse(stranger, data, _notAMember(1));
    }

    /// @notice Megabytes of return data and endless loops cost a bounded amount, and stop nobody else.
    function test_kinds_walletsThatBurn() public {
        bytes memory data = _release(_withEcdsa(ids[2], _piece("")));
        address[3] memory hostile =
            [address(new BurnerWallet()), address(new RevertBombWallet()), address(new BusyWallet())];
        for (uint256 i = 0; i < 3; ++i) {
            vm.etch(address(wallet), hostile[i].code);
            uint256 left = gasleft();
            refuse(stranger, data, _notAMember(1));
            assertLe(left - gasleft(), 1_600_000, "bounded gas");
        }
        Quorum memory q;
        q.members = ids;
        q.signatures = bytes.concat(sig(ecdsa[0], digestOf(hash)), sig(ecdsa[1], digestOf(hash)));
        perform(stranger, _release(q));
    }

    /// @notice A bomb that agrees has signed: its data is not read.
    function test_kinds_bombThatAgrees() public {
        vm.etch(address(wallet), address(new BombWallet()).code);
        uint256 left = gasleft();
        perform(stranger, _release(_withEcdsa(ids[2], _piece(""))));
        assertLe(left - gasleft(), 1_000_000, "bounded gas");
    }

    /// @notice A wallet that agreed yesterday: what it signed for today is asked today.
    function test_kinds_walletChangesItsMind() public {
        wallet.approve(digestOf(hash));
        bytes memory data = _release(_withEcdsa(ids[2], _piece("")));
        uint256 world = vm.snapshotState();
        perform(stranger, data);
        vm.revertToState(world);
        wallet.misbehave(Wallet.Answer.Wrong);
        refuse(stranger, data, _notAMember(1));
    }

    /// @notice A caller who leaves too little gas for the wallet gets nothing done.
    function test_kinds_starvedCheckFailsWhole() public {
        wallet.approve(digestOf(hash));
        bytes memory data = _release(_withEcdsa(ids[2], _piece("")));
        for (uint256 gas_ = 20_000; gas_ < 140_000; gas_ += 2000) {
            uint256 world = vm.snapshotState();
            vm.prank(stranger);
            (bool ok,) = address(vault).call{gas: gas_}(data);
            assertEq(hotWallet.balance, ok ? 1 ether : 0, "all or nothing");
            vm.revertToState(world);
        }
    }
}
