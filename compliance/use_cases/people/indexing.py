"""What the search index holds of a person, and how it follows their values.

Rules: (1) a row is made of the values of two sections, and of nothing else; (2) whoever changes one of them writes the
row in the same transaction, so that what is gone is found by nobody.
"""

from collections.abc import Mapping

from compliance.importing.fields import aliases_of
from compliance.importing.readings import parts_of
from compliance.model.access import Section
from compliance.model.profile import FieldValue
from compliance.vault import COLUMNS, IndexRow, Maintenance, UnitOfWork

#: Sections whose values are searched.
SECTIONS = (Section.DIRECTORY, Section.CONTACT)
#: Field → kind of identifier it is found by.
_IDENTIFIERS = {"practice_licence_no": "licence", "mobile_phone": "phone"}
_SOURCE_IDS = "source_system_ids"
#: Fields whose change makes another row.
SEARCHED = frozenset({*COLUMNS, *_IDENTIFIERS, _SOURCE_IDS})


def reindex(uow: UnitOfWork, hcp_id: str) -> dict[str, FieldValue]:
    """Write the row anew from the values held now, which it returns."""
    held = by_key(uow.sections.read_for(Maintenance.INDEX, hcp_id, SECTIONS))
    uow.index.put(index_row(hcp_id, held))
    return held


def by_key(sections: Mapping[Section, Mapping[str, FieldValue]]) -> dict[str, FieldValue]:
    """The values of all sections together."""
    return {key: value for values in sections.values() for key, value in values.items()}


def index_row(hcp_id: str, values: Mapping[str, FieldValue]) -> IndexRow:
    """What the search index holds of these values."""
    texts = {key: value.value for key, value in values.items()}
    name = texts.get("full_name", "")
    origins = {COLUMNS[key]: value.provenance for key, value in values.items() if key in COLUMNS}
    identifiers = [(kind, texts[key]) for key, kind in _IDENTIFIERS.items() if key in texts]
    for part in texts.get(_SOURCE_IDS, "").split("; "):
        system, _, number = part.partition(":")
        if number:
            identifiers.append((f"source_id:{system}", number))
    return IndexRow(
        hcp_id=hcp_id,
        name=name,
        hospital=texts.get("institution_name", ""),
        department=texts.get("department", ""),
        title=texts.get("professional_title", ""),
        region=texts.get("region", ""),
        origins=origins,
        parts=parts_of(name),
        aliases=aliases_of(texts.get("institution_name", "")),
        identifiers=tuple(identifiers),
    )
