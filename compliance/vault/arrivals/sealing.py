"""Sealing people of an import without a database: fresh keys, wrapped; sections sealed; rows counted for the set hash.

Rules: (1) :class:`SealingKeys` is all a sealing process is given: it can wrap subject keys and make blind tags, and
opens no file; (2) numbers come from a :class:`Grant` the writing process reserved, so nothing here clashes with other
seats; (3) keys are drawn for many at once; (4) the text a row is counted by is
put together by hand and is, byte for byte, what ledger.py makes of the row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from os import urandom
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from compliance.model.access import Section
from compliance.model.consent import ConsentEvent, LineStatus
from compliance.model.ids import ids_of
from compliance.model.profile import Provenance
from compliance.vault.arrivals.portions import BORDER, STATUS, Portion, SealedColumns, event_shape, state_shape
from compliance.vault.consent.consent_rows import CONSENT_EVENT, CONSENT_STATE, event_row, state_row
from compliance.vault.engine.columns import NOTHING
from compliance.vault.engine.fast_json import compact
from compliance.vault.engine.ledger import row_text, texts_number
from compliance.vault.keys.crypto import KEY_BYTES
from compliance.vault.lists.index_rows import Tagger
from compliance.vault.people.people import PEOPLE
from compliance.vault.people.provenances import PROVENANCE, provenance_row
from compliance.vault.people.section_columns import SectionColumns
from compliance.vault.people.sections import DIGEST_BYTES, FORMAT, HERE, SECTIONS, seal_all
from compliance.vault.people.subject_keys import ORDINARY, Wraps, kind_of

#: Texts of events and of states that are kept.
_MOST_SAID = 20_000
_MOST_SECTIONS = len(Section)
_json = compact(ascii_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingKeys:
    """What sealing needs: the keys that wrap subject keys, by kind, and the key of blind tags. Never in ``repr``."""

    vault_id: str
    epoch: int
    branches: Mapping[int, bytes]
    blind: bytes

    def __repr__(self) -> str:
        return "SealingKeys(…)"

    def as_json(self) -> dict[str, Any]:
        """For the pipe to the sealing process, and nowhere else."""
        branches = {str(kind): key.hex() for kind, key in self.branches.items()}
        said = {"vault_id": self.vault_id, "epoch": self.epoch}
        return {**said, "branches": branches, "blind": self.blind.hex()}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "SealingKeys":
        """Inverse of :meth:`as_json`."""
        branches = {int(kind): bytes.fromhex(key) for kind, key in body["branches"].items()}
        return cls(
            vault_id=body["vault_id"],
            epoch=int(body["epoch"]),
            branches=branches,
            blind=bytes.fromhex(body["blind"]),
        )


@dataclass(slots=True)
class Grant:
    """Numbers reserved for one sealer: from ``hcp``, ``sequence`` and ``provenance`` on, so many of each; numbers of
    consent items by name; ``seed`` gives an id nobody has to each person, in few bytes: a pipe that fills while both
    sides write to each other stops both."""

    batch: int = 0
    hcp: int = 0
    people: int = 0
    sequence: int = 0
    sequences: int = 0
    provenance: int = 0
    items: dict[str, int] = field(default_factory=dict)
    seed: str = ""


_AADS = {section: f"|{section.value}|{FORMAT}|1".encode() for section in Section}
_PEOPLE_HEAD, _EVENT_HEAD, _STATE_HEAD = (f'["{table.name}",' for table in (PEOPLE, CONSENT_EVENT, CONSENT_STATE))


#: What an event says: shape, when it was done, when it came in.
Act = tuple[int, int | None, int | None]
#: How an item stands: shape, since when, from when on it may be asked again.
Stand = tuple[int, int | None, int | None]


@dataclass(slots=True)
class _Waiting:
    """People who have their numbers and are not sealed yet, column by column."""

    hcp: list[int] = field(default_factory=list)
    hcp_id: list[str] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    values: list[Mapping[str, str]] = field(default_factory=list)
    provenance: list[int] = field(default_factory=list)
    event_of: list[int] = field(default_factory=list)
    event_id: list[str] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    state_of: list[int] = field(default_factory=list)
    state_event: list[str] = field(default_factory=list)
    stands: list[Stand] = field(default_factory=list)


class Sealer:
    """Makes portions of ``sections``' values. One person after the other; :meth:`cut` hands over what is ready."""

    def __init__(self, keys: SealingKeys, created: int, sections: SectionColumns) -> None:
        self._keys = keys
        self._created = created
        self._columns = sections
        self._wraps = Wraps(keys.branches, keys.vault_id, keys.epoch)
        self.tagger = Tagger(keys.blind)
        self._grant = Grant()
        self._ids: list[str] = []
        self._event_kinds: list[tuple[Sequence[Any], str, str]] = []
        self._state_kinds: list[tuple[Sequence[Any], str, str]] = []
        self._acted: dict[Act, str] = {}
        self._stood: dict[Stand, tuple[str, str, str]] = {}
        self._begin()

    @property
    def people_left(self) -> int:
        """People the grant still has numbers for."""
        return self._grant.people

    def take_id(self) -> str:
        """An id nobody has. IndexError when no person is granted."""
        return self._ids.pop()

    def has_numbers(self, events: int) -> bool:
        """Whether one more person with so many events can be added."""
        grant, waits = self._grant, self._waits
        if grant.people <= 0:
            return False
        wanted = _MOST_SECTIONS + events
        if grant.sequences < wanted + len(waits.acts) + _MOST_SECTIONS * len(waits.hcp):
            self._seal()  # what it takes is less than it might
        return self._grant.sequences >= wanted

    def use(self, grant: Grant) -> None:
        """Go on with other numbers; what is left of the old ones is not used. The portion in hand must be empty when
        the import changes. VaultError as :meth:`cut`."""
        self._seal()
        self._grant = grant
        self._ids = ids_of(bytes.fromhex(grant.seed), "HCP", grant.people) if grant.seed else []
        self.portion.batch = grant.batch

    def provenance(self, record: Provenance) -> int:
        """Number of a record nobody has numbered yet. At most one for each person of a grant."""
        number = self._grant.provenance
        self._grant.provenance += 1
        row = (number, *provenance_row(record))
        self.portion.provenances.append(row)
        self._count(PROVENANCE.name, [row_text(PROVENANCE.name, row)])
        return number

    def event_shape(self, event: ConsentEvent, item: int) -> int:
        """A kind of event, by number; its days do not matter."""
        shape = event_shape(event_row(event, hcp=0, no=0, item=item))
        self._event_kinds.append((shape, _json(shape[:5])[1:-1], _json(shape[5:])[1:-1]))
        return len(self._event_kinds) - 1

    def state_shape(self, line: LineStatus, item: int) -> int:
        """A kind of state, by number; its instants do not matter."""
        shape = state_shape(state_row(line, hcp=0, item=item))
        self._state_kinds.append((shape, _json(shape[1:4])[1:-1], _json(shape[4:6])[1:-1]))
        return len(self._state_kinds) - 1

    def add(
        self,
        hcp_id: str,
        *,
        blocks: int,
        values: Mapping[str, str],
        provenance: int,
        acts: Sequence[Act] = (),
        event_ids: Sequence[str] = (),
        stands: Sequence[tuple[int | None, Stand]] = (),
    ) -> int:
        """A person; the number given. ``values`` are all of one source and read when the portion is cut; ``event_ids``:
        of the acts; ``stands``: (place of the deciding act, how an item stands)."""
        waits, grant = self._waits, self._grant
        hcp = grant.hcp
        grant.hcp, grant.people = hcp + 1, grant.people - 1
        waits.hcp.append(hcp)
        waits.hcp_id.append(hcp_id)
        waits.blocks.append(blocks)
        waits.values.append(values)
        waits.provenance.append(provenance)
        if acts:
            waits.acts += acts
            waits.event_id += event_ids
            waits.event_of += [hcp] * len(acts)
        for place, stand in stands:
            waits.stands.append(stand)
            waits.state_event.append("" if place is None else event_ids[place])
            waits.state_of.append(hcp)
        return hcp

    def cut(self) -> Portion:
        """The portion that is ready; the next person begins another. VaultError ``no_key``, ``bad_text``."""
        self._seal()
        p = self.portion
        p.event_shapes = {number: self._event_kinds[number][0] for number in set(p.event_shape)}
        p.state_shapes = {number: self._state_kinds[number][0] for number in set(p.state_shape)}
        p.holdings = list(self._known)
        self._begin()
        return p

    def _begin(self) -> None:
        self.portion = Portion(self._grant.batch, self._created, self._keys.epoch)
        self._known: dict[str, int] = {}  # holdings of the portion
        self._waits = _Waiting()

    def _seal(self) -> None:
        """Everybody who waits goes into the portion, one pass for each thing there is to do."""
        waits = self._waits
        if not waits.hcp:
            return
        self._waits = _Waiting()
        self._people(waits)
        self._sections(waits)
        self._events(waits)
        self._states(waits)

    def _people(self, waits: _Waiting) -> None:
        p = self.portion
        middle, tail = f'","{STATUS}",', f',{self._created},{p.batch},"{BORDER}",0]'
        self._count(
            PEOPLE.name,
            [
                f'{_PEOPLE_HEAD}{hcp},"{hcp_id}{middle}{blocks}{tail}'
                for hcp, hcp_id, blocks in zip(waits.hcp, waits.hcp_id, waits.blocks, strict=True)
            ],
        )
        p.hcp += waits.hcp
        p.hcp_id += waits.hcp_id
        p.blocks += waits.blocks

    def _sections(self, waits: _Waiting) -> None:
        """Sections in turn: every person has an ordinary key, further ones come with the sections that need them."""
        p, grant, known = self.portion, self._grant, self._known
        bound = [f"{self._keys.vault_id}|{hcp_id}".encode() for hcp_id in waits.hcp_id]
        everybody = range(len(waits.hcp))
        ciphers = {ORDINARY: dict(zip(everybody, self._new_keys(waits, everybody, ORDINARY), strict=True))}
        for inside in self._columns.of(waits.values, waits.provenance):
            kind, of, aad = kind_of(inside.section), inside.of, _AADS[inside.section]
            held = ciphers.setdefault(kind, {})
            if kind != ORDINARY:
                fresh = [place for place in of if place not in held]
                held.update(zip(fresh, self._new_keys(waits, fresh, kind), strict=True))
            sealed = seal_all([held[place] for place in of], inside.plain, [bound[place] + aad for place in of])
            hcps = [waits.hcp[place] for place in of]
            first = self._sequences(len(hcps))
            digests = [sha256(blob).digest()[:DIGEST_BYTES] for blob in sealed]
            head, middle = f'["{SECTIONS[inside.section].name}",', f',1,"{HERE}",'
            self._count(
                SECTIONS[inside.section].name,
                [
                    f'{head}{hcp}{middle}{sequence},"{digest.hex()}"]'
                    for sequence, (hcp, digest) in enumerate(zip(hcps, digests, strict=True), first)
                ],
            )
            columns = p.sections.setdefault(inside.section, SealedColumns())
            columns.hcp += hcps
            columns.sequence += range(first, grant.sequence)
            columns.sealed += sealed
            for body in dict.fromkeys(inside.holdings):
                known.setdefault(body, len(known))
            columns.kept += map(known.__getitem__, inside.holdings)

    def _new_keys(self, waits: _Waiting, places: Sequence[int], kind: int) -> list[AESGCMSIV]:
        """A fresh key of a kind for each of these people, wrapped into the portion."""
        p, drawn = self.portion, urandom(KEY_BYTES * len(places))
        keys = [drawn[at : at + KEY_BYTES] for at in range(0, len(drawn), KEY_BYTES)]
        p.key_of += [waits.hcp[place] for place in places]
        p.key_kind += [kind] * len(keys)
        p.wrapped += self._wraps.wrap_all([waits.hcp_id[place] for place in places], kind, keys)
        return list(map(AESGCMSIV, keys))

    def _events(self, waits: _Waiting) -> None:
        if not waits.acts:
            return
        p, said = self.portion, self._acted
        if len(said) > _MOST_SAID:
            said.clear()
        for act in set(waits.acts).difference(said):
            said[act] = self._act(act)
        first = self._sequences(len(waits.acts))
        self._count(
            CONSENT_EVENT.name,
            [
                f'{_EVENT_HEAD}{no},{hcp},"{event_id}{said[act]}{no}]'
                for no, (hcp, event_id, act) in enumerate(
                    zip(waits.event_of, waits.event_id, waits.acts, strict=True), first
                )
            ],
        )
        numbers, acted, received = zip(*waits.acts, strict=True)
        p.event_no += range(first, self._grant.sequence)
        p.event_of += waits.event_of
        p.event_id += waits.event_id
        p.event_shape += numbers
        p.event_acted += _instants(acted)
        p.event_received += _instants(received)

    def _states(self, waits: _Waiting) -> None:
        if not waits.stands:
            return
        p, said = self.portion, self._stood
        if len(said) > _MOST_SAID:
            said.clear()
        for stand in set(waits.stands).difference(said):
            said[stand] = self._stand(stand)
        texts = []
        for hcp, by, stand in zip(waits.state_of, waits.state_event, waits.stands, strict=True):
            head, middle, tail = said[stand]
            texts.append(f'{head}{hcp}{middle}"{by}"{tail}' if by else f"{head}{hcp}{middle}null{tail}")
        self._count(CONSENT_STATE.name, texts)
        items = [self._state_kinds[number][0][0] for number, _, _ in waits.stands]
        order = sorted(range(len(items)), key=items.__getitem__)  # as the table lies: pages are met in turn
        numbers, since, ask = zip(*[waits.stands[at] for at in order], strict=True)
        p.state_of += [waits.state_of[at] for at in order]
        p.state_event += [waits.state_event[at] for at in order]
        p.state_shape += numbers
        p.state_since += _instants(since)
        p.state_ask += _instants(ask)

    def _act(self, act: Act) -> str:
        """The text of an event between its id and its sequence."""
        number, acted, received = act
        _, head, tail = self._event_kinds[number]
        return f'",{head},{_null(acted)},null,{_null(received)},{tail},'

    def _stand(self, stand: Stand) -> tuple[str, str, str]:
        """The text of a state before the person, between it and the deciding event, and behind that."""
        number, since, ask = stand
        shape, head, tail = self._state_kinds[number]
        return f"{_STATE_HEAD}{shape[0]},", f",{head},{_null(since)},{tail},", f",{_null(ask)},{shape[6]}]"

    def _sequences(self, count: int) -> int:
        """The first of so many numbers in a row."""
        first = self._grant.sequence
        self._grant.sequence += count
        self._grant.sequences -= count
        return first

    def _count(self, table: str, texts: list[str]) -> None:
        """Rows of these texts are in the portion."""
        sums = self.portion.sums
        sums[table] = sums.get(table, 0) + texts_number(texts)


def _instants(column: Sequence[int | None]) -> list[int]:
    return [NOTHING if value is None else value for value in column]


def _null(value: int | None) -> int | str:
    return "null" if value is None else value
