"""The work of a passphrase is done once per test process.

A hash costs 0.2 to 0.6 s on purpose, and one vault with seven users takes fifteen of them. Here new vaults take the
least cost that the code allows, every salt is the same and a result is remembered, so that each passphrase is hashed
for real once; what is written to disk is what the product writes, and a program started by a test opens it by its own
hash. Tests of the hash itself ask for ``real_hashing``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from compliance.vault.keys import crypto

_REAL = (crypto.calibrate, crypto.new_salt, crypto._argon2)
_SALT = b"one salt of tests"[: crypto.SALT_BYTES]


def hash_once() -> None:
    """From now on in this process."""
    crypto.calibrate = lambda: crypto.HashParams(memory_kib=crypto.FLOOR_KIB)
    crypto.new_salt = lambda: _SALT
    crypto._argon2 = cache(_REAL[2])


@contextmanager
def hash_for_real() -> Iterator[None]:
    """As users have it: random salts, every hash computed."""
    kept = (crypto.calibrate, crypto.new_salt, crypto._argon2)
    crypto.calibrate, crypto.new_salt, crypto._argon2 = _REAL
    try:
        yield
    finally:
        crypto.calibrate, crypto.new_salt, crypto._argon2 = kept
