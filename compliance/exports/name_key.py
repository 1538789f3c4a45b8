"""The key of names 姓名对照 beside an audit report: pseudonym → name, sealed under a passphrase, apart from the report.

Format: age (age-encryption.org/v1) with a passphrase, so that whoever holds both can open it with any age program and
without ours; inside, canonical JSON. Rules: (1) it never rides in the report or its folder; (2) the passphrase goes
another way than the file; (3) a wrong passphrase and a damaged file answer alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyrage import DecryptError
from pyrage import passphrase as age

from compliance.audit.entry import canonical, decode
from compliance.clock import stamp
from compliance.errors import bad_input

FORMAT = "consentkeep-names/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameLine:
    """One person: the name where this purpose shows it, else a code that says why not."""

    hcp_id: str
    name: str
    hospital: str = ""
    code: str = ""

    def __repr__(self) -> str:
        return f"NameLine({self.hcp_id})"


def seal_names(
    lines: Sequence[NameLine], *, report_id: str, vault_id: str, made_at: datetime, passphrase: str
) -> bytes:
    """The sealed file."""
    body = {
        "format": FORMAT,
        "report": report_id,
        "vault": vault_id,
        "made_at": stamp(made_at),
        "people": [{"hcp": x.hcp_id, "name": x.name, "hospital": x.hospital, "code": x.code} for x in lines],
    }
    return bytes(age.encrypt(canonical(body), passphrase))


def open_names(data: bytes, passphrase: str) -> tuple[str, tuple[NameLine, ...]]:
    """(report, lines) of a sealed file. InputErrors ``name_key_closed``."""
    try:
        body: Any = decode(bytes(age.decrypt(data, passphrase)))
        if body["format"] != FORMAT:
            raise ValueError
        lines = tuple(
            NameLine(hcp_id=x["hcp"], name=x["name"], hospital=x["hospital"], code=x["code"]) for x in body["people"]
        )
        return str(body["report"]), lines
    except (DecryptError, ValueError, KeyError, TypeError):
        raise bad_input("name_key_closed", "file") from None
