"""Staging: portions of an import written unseen, in transactions as long as nobody waits for them.

Rules: (1) what is staged is seen by no reader until the import is published; (2) alone at the vault a transaction takes
thousands of people, because a page of an index is then written once and not for every hundred; it ends after
``_LONGEST_SECONDS`` all the same, and at once when another seat sits down; (3) with other seats it takes one portion,
with a pause after it, and lets everybody who waits go before the next (turns.py); (4) every transaction has its audit
entry and is as durable as any other; keys are durable before it; (5) leaving early rolls back the transaction under
way.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from compliance.model.audit import AuditEvent
from compliance.vault.arrivals.portions import Portion
from compliance.vault.arrivals.sealing import Grant, SealingKeys
from compliance.vault.folder import turns
from compliance.vault.people.subject_keys import WrappedKey, branches_of
from compliance.vault.unit_of_work import Snapshot, UnitOfWork

if TYPE_CHECKING:
    from compliance.vault.session import Vault

_YIELD_SECONDS = 0.005
_MOST_PEOPLE = 30_000
#: With nobody waiting this is only how long a slow file or machine may keep the lock.
_LONGEST_SECONDS = 8.0
#: Sections and events a person may need; one who needs more just gets a new grant sooner.
_SEQUENCES = 16


class Staging:
    """The writing side of one import. ``entry`` makes the audit entry of a transaction from its number of people."""

    def __init__(self, vault: "Vault", batch: str, entry: Callable[[int], AuditEvent]) -> None:
        self._vault, self._batch, self._entry = vault, batch, entry
        self._open = ExitStack()
        self._uow: UnitOfWork | None = None
        self._since = 0.0
        self._people = 0
        self._written = False
        self._keys: list[WrappedKey] = []
        self._promised: set[str] = set()  # ids granted to rows that are on their way
        self.committed = 0

    def grant(self, *, people: int, items: Iterable[str] = ()) -> Grant:
        """Reserve numbers. InputErrors ``batch_state`` when the import is not staging."""
        uow = self._begin()
        grant = Grant(
            batch=uow.batches.staging_no(self._batch),
            hcp=uow.take_numbers("next_hcp", people) if people else 0,
            people=people,
            sequence=uow.take_numbers("sequence", people * _SEQUENCES) if people else 0,
            sequences=people * _SEQUENCES,
            provenance=uow.provenances.reserve(people) if people else 0,
            items={item: uow.consents.item_no(item, item.partition("/")[0]) for item in items},
        )
        if people:
            fresh = uow.people.fresh_ids(people, but=self._promised)
            self._promised.update(fresh.ids)
            grant.seed = fresh.seed.hex()
        if self._vault.has_company():
            self.commit()  # nobody waits at the store for a sealer that is at work
        return grant

    def reader(self) -> UnitOfWork:
        """The transaction under way, to look at what is visible."""
        return self._begin()

    def add(self, portion: Portion) -> None:
        """Write a portion. VaultError ``no_key``, InputErrors ``person_exists``."""
        uow = self._begin()
        uow.batches.write(self._batch, portion)
        self._promised.difference_update(portion.hcp_id)
        self._keys += portion.keys()
        self._people += len(portion.hcp)
        self._written = True
        if self._vault.has_company():
            self.commit()
            time.sleep(_YIELD_SECONDS)
        elif self._people >= _MOST_PEOPLE or time.monotonic() - self._since > _LONGEST_SECONDS:
            self.commit()

    def waiting(self) -> None:
        """Nothing is ready to be written: do not sit on the vault."""
        if self._uow is not None and (self._vault.has_company() or time.monotonic() - self._since > _LONGEST_SECONDS):
            self.commit()

    def commit(self) -> None:
        """Make what was written so far durable."""
        uow = self._uow
        if uow is None:
            return
        keys, people = self._keys, self._people
        if keys:
            uow.before_commit(lambda: self._vault.store_keys(uow, keys))
        uow.commit(self._entry(people))
        self.committed += people
        self._end()

    def finish(self) -> None:
        """The last commit; numbers nobody used are given back."""
        if self._written:
            self.commit()
        else:
            self.abandon()

    def abandon(self) -> None:
        """Roll back what is not committed."""
        self._end()

    def _begin(self) -> UnitOfWork:
        if self._uow is None:
            if self._vault.has_company():
                turns.give_way(self._vault.path, self._vault.seat)
            self._uow = self._open.enter_context(self._vault.unit_of_work())
            self._since = time.monotonic()
        return self._uow

    def _end(self) -> None:
        self._uow, self._keys, self._people, self._written = None, [], 0, False
        self._open.close()


def sealing_keys(vault: "Vault") -> SealingKeys:
    """What a sealer of this user needs. VaultError ``no_key`` for roles that hold no subject keys or no index."""
    vault.keys.may(0)
    return SealingKeys(
        vault_id=vault.vault_id,
        epoch=vault.header.epoch,
        branches=branches_of(vault.keyring, vault.header.epoch),
        blind=vault.require_blind_key(),
    )


def held(reader: UnitOfWork | Snapshot, portion: Portion) -> dict[int, list[tuple[str, str]]]:
    """Person by number → (kind, id of a person who has it) of identifiers visible people have."""
    if reader.people.nobody():
        return {}  # the first import of a store, and the largest
    index = portion.index
    holders = reader.index.find_tags(dict.fromkeys(index.tag))
    found: dict[int, list[tuple[str, str]]] = {}
    for wanted in dict.fromkeys(index.kind) if holders else ():
        for kind, tag, hcp in zip(index.kind, index.tag, index.tag_of, strict=True):
            if kind == wanted and tag in holders:
                found.setdefault(hcp, []).extend((kind, holder) for holder in holders[tag])
    return found
