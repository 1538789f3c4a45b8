"""Acts that close a consent item, a person's data or a value, noted outside the folder, so that no restore of an older
backup revives it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from compliance.clock import stamp
from compliance.model.consent import ConsentEvent
from compliance.vault.folder import protective
from compliance.vault.keys.keyring import RoleKey

if TYPE_CHECKING:
    from compliance.vault.session import Vault


def keep_closing(vault: "Vault", *events: ConsentEvent) -> None:
    """Note a withdrawal, refusal, revocation or invalidation outside, so that a restore does not revive the consent."""
    protective.append_all(
        (vault.outside, vault.inside),
        vault.keyring.get(RoleKey.MAIN),
        vault.vault_id,
        [{"act": "closed", "event": _event_out(event)} for event in events],
    )


def keep_taken_back(vault: "Vault", event_ids: Iterable[str]) -> None:
    """Note that acts of an import were taken back: a restore brings none of them again. Written once it is committed: a
    crash before leaves the no, which a restore then keeps."""
    act = {"act": "taken_back", "events": sorted(event_ids)}
    protective.append((vault.outside, vault.inside), vault.keyring.get(RoleKey.MAIN), vault.vault_id, act)


def keep_standing(vault: "Vault", hcp_id: str, what: str, on: bool, at: datetime) -> None:
    """Note a person's objection, freeze or refusal of automated decisions outside, or that it ended."""
    act = {"act": "standing", "what": what, "hcp_id": hcp_id, "on": on, "at": stamp(at)}
    protective.append((vault.outside, vault.inside), vault.keyring.get(RoleKey.MAIN), vault.vault_id, act)


def keep_let_go(vault: "Vault", hcp_id: str, fields: tuple[str, ...], at: datetime) -> None:
    """Note outside which values of a person were let go at the end of their retention (REQ-094): field keys only."""
    act = {"act": "let_go", "hcp_id": hcp_id, "fields": list(fields), "at": stamp(at)}
    protective.append((vault.outside, vault.inside), vault.keyring.get(RoleKey.MAIN), vault.vault_id, act)


def _event_out(event: ConsentEvent) -> dict[str, Any]:
    data = {name: getattr(event, name) for name in ConsentEvent.__slots__}
    return {k: stamp(v) if isinstance(v, datetime) else v for k, v in data.items()}
