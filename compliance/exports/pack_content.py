"""Bytes of a pack's members. Rule: reading is strict, what writing would not have written is refused."""

from collections.abc import Iterable

from compliance.audit.entry import canonical, decode
from compliance.model.pack import PackNotice, PackPerson, person_from_json, person_to_json

#: Names of the members.
PEOPLE, NOTICES = "people.json", "notices.json"


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
