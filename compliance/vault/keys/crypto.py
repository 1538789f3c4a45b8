"""Primitives of the vault, each used one way only (anchors.md section 14).

Rules: (1) passphrases are NFKC, UTF-8, Argon2id within a floor and a ceiling that are checked before hashing, so a
hostile header can neither weaken the hash nor demand a terabyte; (2) keys wrap keys with AES-256-GCM-SIV, which
survives a repeated nonce, and always with AAD that names what is wrapped; (3) keys go to people by HPKE (RFC 9180,
X25519, HKDF-SHA256, AES-256-GCM) with the same kind of AAD as ``info``; (4) one HKDF ``info`` per use.
"""

import os
import time
import unicodedata
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from compliance.errors import VaultCorrupt, VaultError, bad_input

KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16
#: RFC 9106 4: its second recommended setting is 64 MiB, t=3, p=4; nothing below is accepted.
FLOOR_KIB, FLOOR_PASSES, FLOOR_LANES = 64 * 1024, 3, 4
#: A header asking for more is hostile or from a machine this one cannot follow.
CEILING_KIB, CEILING_PASSES, CEILING_LANES = 4 * 1024 * 1024, 16, 16
_START_KIB = 256 * 1024
#: Unlock takes 0.4 to 1.0 s; calibration aims at the middle.
_AIM_SECONDS = 0.65
_SHORTEST_PASSPHRASE = 8
_LONGEST_PASSPHRASE = 1024

_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True, kw_only=True)
class HashParams:
    """Argon2id cost: memory in KiB, passes, lanes."""

    memory_kib: int = _START_KIB
    passes: int = FLOOR_PASSES
    lanes: int = FLOOR_LANES

    def checked(self) -> "HashParams":
        """Self within floor and ceiling. Raises VaultCorrupt ``hash_params`` otherwise."""
        inside = (
            FLOOR_KIB <= self.memory_kib <= CEILING_KIB
            and FLOOR_PASSES <= self.passes <= CEILING_PASSES
            and FLOOR_LANES <= self.lanes <= CEILING_LANES
        )
        if not inside:
            raise VaultCorrupt("hash_params", memory_kib=self.memory_kib, passes=self.passes, lanes=self.lanes)
        return self


def calibrate() -> HashParams:
    """Cost at which this machine needs 0.4 to 1.0 s: one measured run at 256 MiB, then :func:`cost_for`."""
    trial = HashParams()
    begun = time.perf_counter()
    _argon2(b"calibration", new_salt(), trial)
    return cost_for(time.perf_counter() - begun)


def cost_for(spent: float) -> HashParams:
    """The cost for a machine on which 256 MiB and the fewest passes took so many seconds. A slower one takes less
    memory, a faster one more passes, not more memory: the process that unlocks has no room for a gigabyte."""
    if spent > 0.9:
        scaled = int(_START_KIB * _AIM_SECONDS / spent) // 4096 * 4096
        return HashParams(memory_kib=max(scaled, FLOOR_KIB))
    if spent < 0.45:
        return HashParams(passes=min(round(FLOOR_PASSES * _AIM_SECONDS / max(spent, 0.001)), CEILING_PASSES))
    return HashParams()


def check_passphrase(passphrase: str) -> None:
    """InputErrors ``passphrase_short`` or ``passphrase_long``. Length is the only rule (NIST SP 800-63B 3.1.1.2)."""
    length = len(unicodedata.normalize("NFKC", passphrase))
    if length < _SHORTEST_PASSPHRASE:
        raise bad_input("passphrase_short", "passphrase")
    if length > _LONGEST_PASSPHRASE:
        raise bad_input("passphrase_long", "passphrase")


def new_salt() -> bytes:
    """Random salt for a passphrase."""
    return os.urandom(SALT_BYTES)


def passphrase_key(passphrase: str, salt: bytes, params: HashParams) -> bytes:
    """32 bytes from a passphrase. Raises VaultCorrupt when ``params`` lie outside the limits."""
    text = unicodedata.normalize("NFKC", passphrase)[: _LONGEST_PASSPHRASE + 1]
    return _argon2(text.encode("utf-8", "surrogatepass"), salt, params.checked())


def derive(key: bytes, info: str, *, salt: bytes = b"", length: int = KEY_BYTES) -> bytes:
    """HKDF-SHA256; ``info`` names the use."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt or None, info=info.encode()).derive(key)


def wrap(key: bytes, secret: bytes, aad: str) -> bytes:
    """Nonce and AES-256-GCM-SIV ciphertext of ``secret``."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, secret, aad.encode())


def unwrap(key: bytes, wrapped: bytes, aad: str) -> bytes:
    """Inverse of :func:`wrap`. InvalidTag when key, bytes or ``aad`` are not those of wrapping."""
    if len(wrapped) < NONCE_BYTES + 16:
        raise InvalidTag
    return _cipher(key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], aad.encode())


def send(secret: bytes, to: bytes, info: str) -> bytes:
    """``secret`` for the holder of the X25519 key ``to``."""
    return _HPKE.encrypt(secret, X25519PublicKey.from_public_bytes(to), info=info.encode())


def receive(sealed: bytes, key: X25519PrivateKey, info: str) -> bytes:
    """Inverse of :func:`send`. InvalidTag when it does not open."""
    try:
        return _HPKE.decrypt(sealed, key, info=info.encode())
    except ValueError:
        raise InvalidTag from None


def _cipher(key: bytes) -> AESGCMSIV:
    """VaultError ``cipher_missing`` where the cryptography package stands on an OpenSSL before 3.2."""
    try:
        return AESGCMSIV(key)
    except UnsupportedAlgorithm:
        raise VaultError("cipher_missing") from None


def _argon2(secret: bytes, salt: bytes, params: HashParams) -> bytes:
    return Argon2id(
        salt=salt, length=KEY_BYTES, iterations=params.passes, lanes=params.lanes, memory_cost=params.memory_kib
    ).derive(secret)
