"""What stands in ``header.json``: slots, wrapped role keys, Argon2 numbers; and its JSON form.

Rules: (1) the file names the lowest format whose programs read it: 1; 2 once keys were rotated; 3 when a slot needs a
device secret; (2) what is missing or of another type raises, the reader turns it into ``header_unreadable``.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.clock import from_stamp, stamp
from compliance.model.access import Role
from compliance.vault.keys import crypto
from compliance.vault.keys.keyring import RoleKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One user's place: public keys, and private keys under the passphrase."""

    name: str
    role: Role
    version: int
    added_at: datetime
    salt: bytes
    x25519: bytes
    ed25519: bytes
    wrapped_x25519: bytes
    wrapped_ed25519: bytes
    keys: Mapping[RoleKey, bytes]
    device: str = ""  # id of the device secret in the keystore of the user's machine, "" for none


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Everything in the header. ``mac`` is empty until sealed."""

    kind: str
    vault_id: str
    handler: str
    credit_code: str
    sandbox: bool
    solo: bool
    created_at: datetime
    version: int
    params: crypto.HashParams
    slots: tuple[Slot, ...]
    recovery_public: bytes
    recovery_keys: Mapping[RoleKey, bytes]
    pdf_certificate: str
    publisher_public: bytes
    mac: bytes = b""
    epoch: int = 1  # raised by each rotation of keys

    @property
    def users(self) -> tuple[str, ...]:
        """Names with a slot."""
        return tuple(slot.name for slot in self.slots)

    def slot(self, name: str) -> Slot | None:
        """The slot of a name, upper and lower case alike."""
        wanted = fold(name)
        return next((s for s in self.slots if fold(s.name) == wanted), None)


def fold(name: str) -> str:
    """Names that differ only in case, width or surrounding blanks are one name."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def to_json(header: Header) -> dict[str, Any]:
    """The content of the file."""
    return {
        "format": _format(header),
        **({} if header.epoch == 1 else {"epoch": header.epoch}),
        "kind": header.kind,
        "vault_id": header.vault_id,
        "handler": header.handler,
        "credit_code": header.credit_code,
        "sandbox": header.sandbox,
        "solo": header.solo,
        "created_at": stamp(header.created_at),
        "version": header.version,
        "argon2id": {
            "memory_kib": header.params.memory_kib,
            "passes": header.params.passes,
            "lanes": header.params.lanes,
        },
        "slots": [
            {
                "name": s.name,
                "role": str(s.role),
                "version": s.version,
                "added_at": stamp(s.added_at),
                "salt": s.salt.hex(),
                "x25519": s.x25519.hex(),
                "ed25519": s.ed25519.hex(),
                "wrapped_x25519": s.wrapped_x25519.hex(),
                "wrapped_ed25519": s.wrapped_ed25519.hex(),
                "keys": _keys_out(s.keys),
                **({"device": s.device} if s.device else {}),
            }
            for s in header.slots
        ],
        "recovery": {"x25519": header.recovery_public.hex(), "keys": _keys_out(header.recovery_keys)},
        "pdf_certificate": header.pdf_certificate,
        "publisher": header.publisher_public.hex(),
        "mac": header.mac.hex(),
    }


def from_json(data: dict[str, Any]) -> Header:
    """Inverse of :func:`to_json`. KeyError, TypeError or ValueError for anything else."""
    return Header(
        kind=_text(data["kind"]),
        vault_id=_text(data["vault_id"]),
        handler=_text(data["handler"]),
        credit_code=_text(data["credit_code"]),
        sandbox=_flag(data["sandbox"]),
        solo=_flag(data["solo"]),
        created_at=from_stamp(data["created_at"]),
        version=int(data["version"]),
        params=crypto.HashParams(
            memory_kib=int(data["argon2id"]["memory_kib"]),
            passes=int(data["argon2id"]["passes"]),
            lanes=int(data["argon2id"]["lanes"]),
        ),
        slots=tuple(
            Slot(
                name=_text(s["name"]),
                role=Role(s["role"]),
                version=int(s["version"]),
                added_at=from_stamp(s["added_at"]),
                salt=bytes.fromhex(s["salt"]),
                x25519=bytes.fromhex(s["x25519"]),
                ed25519=bytes.fromhex(s["ed25519"]),
                wrapped_x25519=bytes.fromhex(s["wrapped_x25519"]),
                wrapped_ed25519=bytes.fromhex(s["wrapped_ed25519"]),
                keys=_keys_in(s["keys"]),
                device=_text(s.get("device", "")),
            )
            for s in data["slots"]
        ),
        recovery_public=bytes.fromhex(data["recovery"]["x25519"]),
        recovery_keys=_keys_in(data["recovery"]["keys"]),
        pdf_certificate=_text(data["pdf_certificate"]),
        publisher_public=bytes.fromhex(data["publisher"]),
        mac=bytes.fromhex(data["mac"]),
        epoch=int(data.get("epoch", 1)),
    )


def _format(header: Header) -> int:
    """The lowest format whose programs read this header."""
    if any(slot.device for slot in header.slots):
        return 3
    return 1 if header.epoch == 1 else 2


def _keys_out(keys: Mapping[RoleKey, bytes]) -> dict[str, str]:
    return {str(key): value.hex() for key, value in keys.items()}


def _keys_in(data: dict[str, str]) -> dict[RoleKey, bytes]:
    return {RoleKey(key): bytes.fromhex(value) for key, value in data.items()}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value
