"""Identifiers: pseudonymous, unguessable, safe in logs, file names and QR codes."""

import re
import secrets
from base64 import b32encode

HCP_ID = re.compile(r"HCP-[A-Z2-7]{8}")


def new_id(prefix: str, length: int = 8) -> str:
    """``PREFIX-`` and ``length`` random characters A-Z 2-7 (5 bits each), e.g. ``HCP-7QK4M2XA``."""
    random = b32encode(secrets.token_bytes(-(-length * 5 // 8))).decode("ascii")
    return f"{prefix}-{random[:length]}"


def is_hcp_id(text: str) -> bool:
    """Whether ``text`` has the shape of an HCP id."""
    return HCP_ID.fullmatch(text) is not None
