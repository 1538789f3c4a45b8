"""Packs for tests: two invented people, one rep."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.audit import checkpoint
from compliance.exports.bundle import make_pack
from compliance.model.access import FieldState, Purpose, Reference
from compliance.model.pack import PackNotice, PackPerson, PackView
from compliance.model.profile import CrossBorder, ShownField, SourceClass

AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
VAULT = "V-7QK4M2XA"
PUBLISHER = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
PUBLISHER_KEY = PUBLISHER.public_key().public_bytes_raw()
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())
NOTE = checkpoint.sign(
    checkpoint.Checkpoint(origin=checkpoint.origin(VAULT), size=3, root=b"\x01" * 32),
    name=checkpoint.key_name(VAULT, "li"),
    key=PUBLISHER,
)
NAME = ShownField(key="full_name", state=FieldState.DISCLOSED, value="林若溪", freshness="fresh")
HOSPITAL = ShownField(
    key="institution_name",
    state=FieldState.DISCLOSED,
    value="示例市第一人民医院",
    source_class=SourceClass.PUBLIC,
    source="hospital_site",
    source_date=date(2026, 5, 4),
)
MOBILE = ShownField(key="mobile", state=FieldState.MASKED, value="138****5678")
HIDDEN = ShownField(
    key="licence",
    state=FieldState.WITHHELD,
    value=None,
    reason="not_for_purpose",
    references=(Reference("PIPL", "6"),),
)


def person(hcp_id: str = "HCP-AAAAAAAA", **changes: Any) -> PackPerson:
    values: dict[str, Any] = {
        "hcp_id": hcp_id,
        "view_until": AT + timedelta(days=7),
        "head": (NAME, HOSPITAL),
        "action": "open",
        "cross_border": CrossBorder.NEVER_LEFT,
        "views": (PackView(purpose=Purpose.VISIT, basis="visit", fields=(NAME, HOSPITAL, MOBILE, HIDDEN)),),
    }
    return PackPerson(**{**values, **changes})


PEOPLE = (person(), person("HCP-BBBBBBBB", view_until=AT + timedelta(days=2), action="may_ask"))
NOTICES = (PackNotice(notice="hcp-general@1", lang="zh", text="告知内容……"),)


def pack(**changes: Any) -> bytes:
    values: dict[str, Any] = {
        "vault_id": VAULT,
        "handler": "信守医药（上海）有限公司",
        "rep": "zhang",
        "role": "rep",
        "recipient": RECIPIENT,
        "sequence": 1,
        "previous_sha256": "",
        "issued": AT,
        "expires": AT + timedelta(days=14),
        "policy_digest": "ab" * 32,
        "note": NOTE,
        "people": PEOPLE,
        "notices": NOTICES,
        "publisher": PUBLISHER,
    }
    return make_pack(**{**values, **changes})
