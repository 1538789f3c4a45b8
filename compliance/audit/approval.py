"""A request that leaves the vault, and the signature that comes back: what stands in the two files.

Rules: (1) the signature is over the whole statement a person reads, not over a digest of something they cannot see;
(2) the vault makes the statement anew from the request it holds and compares, so a changed file is worth nothing;
(3) ids, codes, counts and digests only, never a personal value and never a key; (4) what does not have exactly this
shape is not read. The format is written down in docs/signed-requests.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.audit.entry import canonical
from compliance.clock import from_stamp, stamp

FORMAT = 1
_REQUEST, _APPROVAL = "request", "approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One request as both people see it. ``digest`` is the SHA-256 of its canonical bytes in the vault."""

    request_id: str
    vault_id: str
    sandbox: bool
    action: str
    asked: Mapping[str, Any]
    digest: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A signature file: who signed which statement when, with which of their keys."""

    statement: Statement
    user: str
    signed_at: datetime
    public: bytes
    signature: bytes


def signed_bytes(statement: Statement, user: str, signed_at: datetime) -> bytes:
    """The canonical bytes the second person signs."""
    return canonical(
        {
            "consentkeep": _APPROVAL,
            "format": FORMAT,
            "statement": _out(statement),
            "user": user,
            "signed_at": stamp(signed_at),
        }
    )


def write_request(statement: Statement, *, handler: str, words: Mapping[str, str]) -> bytes:
    """The request file. ``words`` say it in each language for whoever reads it without the program."""
    return _text(
        {
            "consentkeep": _REQUEST,
            "format": FORMAT,
            "handler": handler,
            "words": dict(words),
            "statement": _out(statement),
        }
    )


def read_request(data: bytes) -> Statement:
    """The statement of a request file. ValueError when it is none."""
    return _in(_opened(data, _REQUEST)["statement"])


def write_approval(approval: Approval) -> bytes:
    """The signature file."""
    return _text(
        {
            "consentkeep": _APPROVAL,
            "format": FORMAT,
            "statement": _out(approval.statement),
            "user": approval.user,
            "signed_at": stamp(approval.signed_at),
            "public": approval.public.hex(),
            "signature": approval.signature.hex(),
        }
    )


def read_approval(data: bytes) -> Approval:
    """The content of a signature file. ValueError when it is none."""
    found = _opened(data, _APPROVAL)
    try:
        return Approval(
            statement=_in(found["statement"]),
            user=_str(found["user"]),
            signed_at=from_stamp(_str(found["signed_at"])),
            public=bytes.fromhex(_str(found["public"])),
            signature=bytes.fromhex(_str(found["signature"])),
        )
    except (KeyError, TypeError) as fault:
        raise ValueError("not_an_approval") from fault


def _out(statement: Statement) -> dict[str, Any]:
    return {
        "request": statement.request_id,
        "vault": statement.vault_id,
        "sandbox": statement.sandbox,
        "action": statement.action,
        "asked": dict(statement.asked),
        "digest": statement.digest,
        "requested_by": statement.requested_by,
        "requested_at": stamp(statement.requested_at),
        "expires_at": stamp(statement.expires_at),
        "policy": statement.policy,
    }


def _in(found: Any) -> Statement:
    try:
        if not isinstance(found["sandbox"], bool) or not isinstance(found["asked"], dict):
            raise TypeError
        made = Statement(
            request_id=_str(found["request"]),
            vault_id=_str(found["vault"]),
            sandbox=found["sandbox"],
            action=_str(found["action"]),
            asked=found["asked"],
            digest=_str(found["digest"]),
            requested_by=_str(found["requested_by"]),
            requested_at=from_stamp(_str(found["requested_at"])),
            expires_at=from_stamp(_str(found["expires_at"])),
            policy=_str(found["policy"]),
        )
    except (KeyError, TypeError) as fault:
        raise ValueError("not_a_statement") from fault
    canonical(_out(made))  # floats, depth, keys
    return made


def _opened(data: bytes, kind: str) -> dict[str, Any]:
    try:
        found = json.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, RecursionError, json.JSONDecodeError) as fault:
        raise ValueError("not_json") from fault
    if not isinstance(found, dict) or found.get("consentkeep") != kind or found.get("format") != FORMAT:
        raise ValueError("not_this_kind")
    if "statement" not in found:
        raise ValueError("not_this_kind")
    return found


def _text(body: Mapping[str, Any]) -> bytes:
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
