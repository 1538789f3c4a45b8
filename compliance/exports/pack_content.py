"""Bytes of a pack's members. Rule: reading is strict, what writing would not have written is refused."""

from collections.abc import Iterable

from compliance.audit.entry import canonical, decode
from compliance.model.pack import PackNotice, PackPerson, person_from_json, person_to_json
from compliance.model.returned import PackOffice, SpokenItem

#: Names of the members.
PEOPLE, NOTICES, OFFICE = "people.json", "notices.json", "office.json"


def write_people(people: Iterable[PackPerson]) -> bytes:
    """Canonical JSON. ValueError when a field that is not shown carries a value."""
    return canonical({"people": [person_to_json(person) for person in people]})


def read_people(data: bytes) -> tuple[PackPerson, ...]:
    """Inverse of :func:`write_people`. ValueError or KeyError or TypeError for anything else."""
    people = tuple(person_from_json(item) for item in decode(data)["people"])
    if len({person.hcp_id for person in people}) != len(people) or write_people(people) != data:
        raise ValueError("not a list of people")
    return people


def write_notices(notices: Iterable[PackNotice]) -> bytes:
    """Canonical JSON."""
    return canonical({"notices": [{"notice": n.notice, "lang": n.lang, "text": n.text} for n in notices]})


def read_notices(data: bytes) -> tuple[PackNotice, ...]:
    """Inverse of :func:`write_notices`."""
    return tuple(PackNotice(notice=n["notice"], lang=n["lang"], text=n["text"]) for n in decode(data)["notices"])


def write_office(office: PackOffice) -> bytes:
    """Canonical JSON."""
    return canonical(
        {
            "returns_to": office.returns_to,
            "secret": office.secret,
            "recalls": list(office.recalls),
            "confirmed": [list(pair) for pair in office.confirmed],
            "spoken": [
                [notice, lang, title, [[i.item, i.separate, i.text, i.benefit, i.if_refused] for i in items]]
                for notice, lang, title, items in office.spoken
            ],
        }
    )


def read_office(data: bytes) -> PackOffice:
    """Inverse of :func:`write_office`. ValueError or KeyError or TypeError for anything else."""
    found = decode(data)
    office = PackOffice(
        returns_to=found["returns_to"],
        secret=found["secret"],
        recalls=tuple(found["recalls"]),
        confirmed=tuple((note, outcome) for note, outcome in found["confirmed"]),
        spoken=tuple(
            (
                notice,
                lang,
                title,
                tuple(
                    SpokenItem(item=item, separate=separate, text=text, benefit=benefit, if_refused=if_refused)
                    for item, separate, text, benefit, if_refused in items
                ),
            )
            for notice, lang, title, items in found["spoken"]
        ),
    )
    if write_office(office) != data:
        raise ValueError("not what an office writes")
    return office
