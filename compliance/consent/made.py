"""What the program adds to a notice file, and how an edit by hand is found (NDSR 21(2), REQ-002).

The collection and sharing lists come from the purpose-field matrix and the register of recipients, never from a
keyboard. Rules: (1) they stand in one table ``[made]`` at the end of the file, with the digest of the matrix they were
made from and the version before; (2) ``sha256`` covers the rest of the table, so a changed list fails
(``list_edited``); (3) lists made from an older matrix are outdated, not edited: drafting again renews them; (4) a field
stands in the list of an item when the matrix grants it for the item's purpose and the item's scope names its key or
kind: just what the consent will carry; (5) an item whose kinds say ``matrix`` names what the matrix grants on the day
it is drafted, and carries just that list from then on; (6) :func:`owed` is what an item must name to carry all that
the matrix grants: where one item stands for a field (sensitive data, a channel's address, suggestions) no other item
owes it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from compliance.audit.entry import canonical
from compliance.consent.reading import Reader
from compliance.model.consent import NoticeLine, NoticeLists, NoticeVersion

#: Among the kinds of an item: whatever the matrix grants for it when the version is drafted, written out in its lists.
MATRIX = "matrix"
_MARK = "# Made by the program from the matrix of purposes and fields; an edit by hand is found and refused."
_TABLE = re.compile(r"^(#[^\n]*\n)?\[made\]", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixField:
    """One field as the matrix knows it. ``purposes``: those that grant it. ``carriers``: purpose → the items of which
    one must stand for the field, where not any item does: a separate consent, a channel, personal suggestions."""

    key: str
    dimension: str
    zh: str
    en: str
    data_class: str
    purposes: frozenset[str]
    stored: bool = True
    carriers: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)


def make_lists(
    notice: NoticeVersion,
    *,
    fields: Iterable[MatrixField],
    matrix: str,
    recipients: Mapping[str, Mapping[str, str]],
) -> NoticeLists:
    """The lists of ``notice`` from the matrix with digest ``matrix`` and the registered ``recipients`` by id."""
    table = [f for f in fields if f.stored]
    collection = tuple((line.item, tuple(f.key for f in table if _within(f, line))) for line in notice.lines)
    listed = {key for _, keys in collection for key in keys}
    made = NoticeLists(
        matrix=matrix,
        collection=collection,
        words=tuple((f.key, f.zh, f.en, f.data_class) for f in table if f.key in listed),
        sharing=tuple(_sharing(line, recipients) for line in notice.lines if recipient_of(line)),
        sha256="",
    )
    return replace(made, sha256=lists_hash(made))


def outside(notice: NoticeVersion, fields: Iterable[MatrixField]) -> tuple[tuple[str, str], ...]:
    """(item, field) the matrix grants for the item's purpose and the notice does not name: it stays closed."""
    table = [f for f in fields if f.stored]
    return tuple((line.item, f.key) for line in notice.lines for f in _owed(line, table) if not _within(f, line))


def owed(line: NoticeLine, fields: Iterable[MatrixField]) -> tuple[str, ...]:
    """Keys an item must name to carry what the matrix grants for it, in the order of the matrix (rule 6)."""
    return tuple(f.key for f in _owed(line, [f for f in fields if f.stored]))


def resolved(line: NoticeLine, lists: NoticeLists | None) -> NoticeLine:
    """The item with the kinds its version was drafted with in place of :data:`MATRIX`."""
    if lists is None or MATRIX not in line.kinds:
        return line
    listed = dict(lists.collection).get(line.item, ())
    return replace(line, kinds=tuple(dict.fromkeys([*listed, *(kind for kind in line.kinds if kind != MATRIX)])))


def lists_hash(lists: NoticeLists) -> str:
    """SHA-256 over matrix digest and lists."""
    return sha256(canonical(_plain(lists))).hexdigest()


def section(lists: NoticeLists, predecessor: str | None) -> str:
    """The TOML table to append to the source of a version."""
    lines = ["", "", _MARK, "[made]", f"matrix = {_quoted(lists.matrix)}", f"sha256 = {_quoted(lists.sha256)}"]
    if predecessor:
        lines.append(f"predecessor = {_quoted(predecessor)}")
    for item, keys in lists.collection:
        lines += ["", "[[made.collection]]", f"item = {_quoted(item)}", f"fields = {_listed(keys)}"]
    for key, zh, en, data_class in lists.words:
        lines += ["", "[[made.field]]", f"key = {_quoted(key)}", f"zh = {_quoted(zh)}", f"en = {_quoted(en)}"]
        lines.append(f"class = {_quoted(data_class)}")
    for entry in lists.sharing:
        lines += ["", "[[made.sharing]]", *(f"{key} = {_quoted(value)}" for key, value in entry)]
    return "\n".join(lines) + "\n"


def without_section(text: str) -> str:
    """The source as its author wrote it; the table stands at the end of a file."""
    found = _TABLE.search(text)
    return text[: found.start()].rstrip() + "\n" if found else text


def read_lists(source: Mapping[str, Any], read: Reader) -> tuple[NoticeLists | None, str]:
    """Lists and predecessor of a file's ``[made]`` table; (None, "") without one. An edit leaves a fault."""
    table = source.get("made")
    if table is None:
        return None, ""
    if not isinstance(table, Mapping):
        read.fault("made", "not_a_table", type(table).__name__)
        return None, ""
    read.known(table, "made", "matrix", "sha256", "predecessor", "collection", "field", "sharing")
    lists = NoticeLists(
        matrix=read.text(table, "matrix", "made"),
        collection=tuple(
            (read.text(entry, "item", where), read.names(entry, "fields", where))
            for where, entry in read.tables(table, "collection", "made")
        ),
        words=tuple(
            (
                read.text(entry, "key", where),
                read.text(entry, "zh", where),
                read.text(entry, "en", where),
                read.text(entry, "class", where),
            )
            for where, entry in read.tables(table, "field", "made")
        ),
        sharing=tuple(
            tuple((key, str(value)) for key, value in entry.items())
            for _, entry in read.tables(table, "sharing", "made")
        ),
        sha256=read.text(table, "sha256", "made"),
    )
    if not read.faults and lists_hash(lists) != lists.sha256:
        read.fault("made", "list_edited")
    return lists, read.text(table, "predecessor", "made", optional=True)


def recipient_of(line: NoticeLine) -> str:
    """Id of the recipient an item gives data to, "" for none."""
    detail = line.item.partition("/")[2]
    kind, colon, name = detail.partition(":")
    return name if colon and kind in ("recipient", "overseas") else ""


def _owed(line: NoticeLine, table: Iterable[MatrixField]) -> Iterator[MatrixField]:
    """An item of a purpose owes its fields; one that gives data away (recipient, publication) owes what it chooses."""
    own = "/" not in line.item or line.item.startswith("digital/")
    for f in table:
        if line.purpose in f.purposes:
            carriers = f.carriers.get(line.purpose)
            if line.item in carriers if carriers else own:
                yield f


def _within(f: MatrixField, line: NoticeLine) -> bool:
    if MATRIX in line.kinds and any(_owed(line, (f,))):
        return True
    return line.purpose in f.purposes and bool({f.key, f.dimension} & set(line.kinds))


def _sharing(line: NoticeLine, recipients: Mapping[str, Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    known = recipients.get(recipient_of(line), {})
    return (("item", line.item), ("legal_name", line.recipient), *sorted(known.items()))


def _plain(lists: NoticeLists) -> dict[str, object]:
    return {
        "matrix": lists.matrix,
        "collection": [[item, list(keys)] for item, keys in lists.collection],
        "words": [list(word) for word in lists.words],
        "sharing": [[list(pair) for pair in entry] for entry in lists.sharing],
    }


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False)


def _listed(values: Iterable[str]) -> str:
    return "[" + ", ".join(_quoted(value) for value in values) + "]"
