"""Acts that close a consent item, noted outside the folder, so that no restore of an older backup revives it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from compliance.clock import stamp
from compliance.model.consent import ConsentEvent
from compliance.vault import protective
from compliance.vault.keyring import RoleKey

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


def _event_out(event: ConsentEvent) -> dict[str, Any]:
    data = {name: getattr(event, name) for name in ConsentEvent.__slots__}
    return {k: stamp(v) if isinstance(v, datetime) else v for k, v in data.items()}
