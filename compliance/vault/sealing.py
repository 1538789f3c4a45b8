"""Sealing people of an import without a database: fresh keys, wrapped; sections sealed; rows counted for the set hash.

Rules: (1) :class:`SealingKeys` is all a sealing process is given: it can wrap subject keys and make blind tags, and
opens no file; (2) numbers come from a :class:`Grant` the writing process reserved, so nothing here clashes with other
seats; (3) randomness is drawn for many at once, every key and nonce is used once; (4) the text a row is counted by is
put together by hand and is, byte for byte, what ledger.py makes of the row.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from os import urandom
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from compliance.model.access import Section
from compliance.model.consent import ConsentEvent, LineStatus
from compliance.model.ids import ids_of
from compliance.model.profile import Provenance
from compliance.vault.columns import NOTHING
from compliance.vault.consent_rows import CONSENT_EVENT, CONSENT_STATE, event_row, state_row
from compliance.vault.crypto import KEY_BYTES, NONCE_BYTES
from compliance.vault.fast_json import compact
from compliance.vault.holdings import holding_body
from compliance.vault.index_rows import Tagger
from compliance.vault.ledger import row_text, texts_number
from compliance.vault.people import PEOPLE
from compliance.vault.portions import BORDER, STATUS, Portion, SealedColumns, event_shape, state_shape
from compliance.vault.provenances import PROVENANCE, provenance_row
from compliance.vault.section_text import number_bytes, packed, tag
from compliance.vault.sections import DIGEST_BYTES, FORMAT, HERE, SECTIONS, seal_bound
from compliance.vault.subject_keys import ORDINARY, Wraps, kind_of

_POOL = 1 << 16
#: Sets of fields whose layout is kept.
_MOST_LAYOUTS = 10_000
#: Packed texts of one field that are kept.
_MOST_TEXTS = 20_000
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


#: Section → its place among all; hashing an enum costs more than all else that is done with it.
PLACES = {section: place for place, section in enumerate(Section)}
_KINDS = [kind_of(section) for section in Section]
_AADS = [f"|{section.value}|{FORMAT}|1".encode() for section in Section]
_SECTION_HEADS = [f'["{SECTIONS[section].name}",' for section in Section]
_PEOPLE_HEAD, _EVENT_HEAD, _STATE_HEAD = (f'["{table.name}",' for table in (PEOPLE, CONSENT_EVENT, CONSENT_STATE))


#: What an event says: shape, when it was done, when it came in.
Act = tuple[int, int | None, int | None]
#: How an item stands: shape, since when, from when on it may be asked again.
Stand = tuple[int, int | None, int | None]


class Sealer:
    """Makes portions. One person after the other; :meth:`cut` hands over what is ready."""

    def __init__(self, keys: SealingKeys, created: int) -> None:
        self._keys = keys
        self._created = created
        self._wraps = Wraps(keys.branches, keys.vault_id, keys.epoch)
        self.tagger = Tagger(keys.blind)
        self._grant = Grant()
        self._ids: list[str] = []
        self._pool, self._at = b"", 0
        self._event_kinds: list[tuple[Sequence[Any], str, str]] = []
        self._state_kinds: list[tuple[Sequence[Any], str, str]] = []
        self._stood: dict[Stand, tuple[str, str, str]] = {}
        self._begin()

    @property
    def people_left(self) -> int:
        """People the grant still has numbers for."""
        return self._grant.people

    def take_id(self) -> str:
        """An id nobody has. IndexError when no person is granted."""
        return self._ids.pop()

    def has_numbers(self, sequences: int) -> bool:
        """Whether one more person with so many sections and events can be added."""
        return self._grant.people > 0 and self._grant.sequences >= sequences

    def use(self, grant: Grant) -> None:
        """Go on with other numbers; what is left of the old ones is not used. The portion in hand must be empty when
        the import changes."""
        self._grant = grant
        self._ids = ids_of(bytes.fromhex(grant.seed), "HCP", grant.people) if grant.seed else []
        self.portion.batch = grant.batch

    def provenance(self, record: Provenance) -> int:
        """Number of a record nobody has numbered yet. At most one for each person of a grant."""
        number = self._grant.provenance
        self._grant.provenance += 1
        row = (number, *provenance_row(record))
        self.portion.provenances.append(row)
        self._records.append(row_text(PROVENANCE.name, row))
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
        sections: Iterable[tuple[int, bytes, str]],
        events: Iterable[tuple[str, Act]],
        states: Iterable[tuple[str | None, Stand]],
    ) -> int:
        """Seal a person; the number given. ``sections``: (place, packed text, holding); ``events``: (id, what);
        ``states``: (id of the deciding event, how it stands). VaultError ``no_key``."""
        p, grant = self.portion, self._grant
        hcp, sequence = grant.hcp, grant.sequence
        self._people.append(
            f'{_PEOPLE_HEAD}{hcp},"{hcp_id}","{STATUS}",{blocks},{self._created},{p.batch},"{BORDER}",0]'
        )
        p.hcp.append(hcp)
        p.hcp_id.append(hcp_id)
        p.blocks.append(blocks)
        ciphers = {ORDINARY: self._new_key(hcp, hcp_id, ORDINARY)}
        bound = f"{self._keys.vault_id}|{hcp_id}".encode()
        known = self._known
        for place, plain, body in sections:
            kind = _KINDS[place]
            cipher = ciphers.get(kind)
            if cipher is None:
                cipher = ciphers[kind] = self._new_key(hcp, hcp_id, kind)
            sealed = seal_bound(cipher, self._random(NONCE_BYTES), plain, bound + _AADS[place])
            digest = sha256(sealed).digest()[:DIGEST_BYTES]
            rows, texts = self._sections[place]
            kept = known.get(body)
            if kept is None:
                kept = known[body] = len(known)
            rows.append((hcp, sequence, digest, sealed, kept))
            texts.append(f'{_SECTION_HEADS[place]}{hcp},1,"{HERE}",{sequence},"{digest.hex()}"]')
            sequence += 1
        for event_id, (number, acted, received) in events:
            _, head, tail = self._event_kinds[number]
            self._events.append((sequence, hcp, event_id, number, acted, received))
            days = f"{'null' if acted is None else acted},null,{'null' if received is None else received}"
            self._event_texts.append(f'{_EVENT_HEAD}{sequence},{hcp},"{event_id}",{head},{days},{tail},{sequence}]')
            sequence += 1
        for decided_by, stand in states:
            head, middle, tail = self._stood.get(stand) or self._stand(stand)
            self._states.append((hcp, decided_by or "", *stand))
            by = f'"{decided_by}"' if decided_by else "null"
            self._state_texts.append(f"{head}{hcp}{middle}{by}{tail}")
        grant.hcp, grant.people = hcp + 1, grant.people - 1
        grant.sequences -= sequence - grant.sequence
        grant.sequence = sequence
        return hcp

    def _stand(self, stand: Stand) -> tuple[str, str, str]:
        """The text of a state before the person, between it and the deciding event, and behind that."""
        number, since, ask = stand
        shape, head, tail = self._state_kinds[number]
        found = self._stood[stand] = (
            f"{_STATE_HEAD}{shape[0]},", f",{head},{_null(since)},{tail},", f",{_null(ask)},{shape[6]}]"
        )  # fmt: skip
        return found

    def cut(self) -> Portion:
        """The portion that is ready; the next person begins another."""
        p, sections = self.portion, self._sections
        counted = [
            (PROVENANCE, self._records),
            (PEOPLE, self._people),
            (CONSENT_EVENT, self._event_texts),
            (CONSENT_STATE, self._state_texts),
        ]
        for section, (rows, texts) in zip(Section, sections, strict=True):
            if rows:
                p.sections[section] = SealedColumns(*map(list, zip(*rows, strict=True)))
                counted.append((SECTIONS[section], texts))
        if self._events:
            columns = map(list, zip(*self._events, strict=True))
            p.event_no, p.event_of, p.event_id, p.event_shape, acted, received = columns
            p.event_acted, p.event_received = _instants(acted), _instants(received)
            p.event_shapes = {number: self._event_kinds[number][0] for number in set(p.event_shape)}
        if self._states:
            columns = map(list, zip(*self._states, strict=True))
            p.state_of, p.state_event, p.state_shape, since, ask = columns
            p.state_since, p.state_ask = _instants(since), _instants(ask)
            p.state_shapes = {number: self._state_kinds[number][0] for number in set(p.state_shape)}
        p.holdings = list(self._known)
        p.sums = {table.name: texts_number(texts) for table, texts in counted if texts}
        self._begin()
        return p

    def _begin(self) -> None:
        self.portion = Portion(self._grant.batch, self._created, self._keys.epoch)
        self._sections: list[tuple[list[tuple[Any, ...]], list[str]]] = [([], []) for _ in PLACES]
        self._known: dict[str, int] = {}  # holdings of the portion
        self._events: list[tuple[Any, ...]] = []
        self._states: list[tuple[Any, ...]] = []
        self._people: list[str] = []
        self._records: list[str] = []
        self._event_texts: list[str] = []
        self._state_texts: list[str] = []

    def _new_key(self, hcp: int, hcp_id: str, kind: int) -> AESGCM:
        key = self._random(KEY_BYTES)
        p = self.portion
        p.key_of.append(hcp)
        p.key_kind.append(kind)
        p.wrapped.append(self._wraps.wrap(hcp_id, kind, key))
        return AESGCM(key)

    def _random(self, size: int) -> bytes:
        at = self._at
        if at + size > len(self._pool):
            self._pool, at = urandom(_POOL), 0
        self._at = at + size
        return self._pool[at : at + size]


class SectionTexts:
    """Insides of sections, for many people with the same fields. ``sections``: field → where it stands; ``apart``: in
    which hardly any text comes twice: what others say is packed once. How fields lie in sections is worked out once
    for all rows with the same ones."""

    def __init__(self, sections: Mapping[str, Section], apart: Container[str]) -> None:
        self._places = {key: PLACES[section] for key, section in sections.items()}
        self._packers = {key: _packer(key) if key in apart else _Repeating(key).__getitem__ for key in sections}
        self._layouts: dict[tuple[str, ...], _Layout] = {}

    def of(self, values: Mapping[str, str], provenance: int) -> list[tuple[int, bytes, str]]:
        """(place of the section, text, holding) of each section with a value; what stands nowhere is left out.
        VaultError ``bad_text``."""
        fields = tuple(values)
        layout = self._layouts.get(fields) or self._laid(fields)
        head = number_bytes(provenance)
        return [
            (place, head + b"".join([packer(values[key]) for key, packer in packers]), f"{provenance}={keys}")
            for place, keys, packers in layout
        ]

    def _laid(self, fields: tuple[str, ...]) -> "_Layout":
        groups: dict[int, list[str]] = {}
        for key in sorted((key for key in fields if key in self._places), key=tag):
            groups.setdefault(self._places[key], []).append(key)
        if len(self._layouts) > _MOST_LAYOUTS:
            self._layouts.clear()
        found = self._layouts[fields] = [
            (place, holding_body({0: keys}).removeprefix("0="), [(key, self._packers[key]) for key in keys])
            for place, keys in groups.items()
        ]
        return found


#: Place of a section, its fields as a holding writes them, and how each is packed, in order.
_Layout = list[tuple[int, str, list[tuple[str, Callable[[str], bytes]]]]]


def _packer(key: str) -> Callable[[str], bytes]:
    lead = tag(key)
    return lambda text: lead + packed(text)


class _Repeating(dict[str, bytes]):
    """A field whose texts come again and again."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self._tag = tag(key)

    def __missing__(self, text: str) -> bytes:
        if len(self) >= _MOST_TEXTS:
            self.clear()
        found = self[text] = self._tag + packed(text)
        return found


def _instants(column: list[int | None]) -> list[int]:
    return [NOTHING if value is None else value for value in column]


def _null(value: int | None) -> int | str:
    return "null" if value is None else value
