"""Saved import templates: which column of a file becomes which field. Names of columns only, never a value.

Rules: (1) a column may become a field or role the importer knows, or stay out (``ignore``); (2) what is never collected
stays out whatever a template says (importing/mapping.py); (3) saving replaces the template of that name and is logged.
"""

import json
from collections.abc import Mapping

from compliance.errors import bad_input
from compliance.importing.mapping import IGNORE
from compliance.importing.mapping import Mapping as ColumnMapping
from compliance.importing.words import finance_targets, people_targets
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session

_MOST_NAME = 60


def list_templates(session: Session) -> Answer[tuple[str, ...]]:
    """Names of saved templates."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.mappings.names()))


def template_targets() -> tuple[str, ...]:
    """What a column may become, ``ignore`` first."""
    return (IGNORE, *sorted(people_targets() - finance_targets()))


def save_template(session: Session, *, name: str, columns: Mapping[str, str]) -> Answer[str | Refusal]:
    """Save or replace a template. InputErrors ``template_name``, ``mapping_target`` with every faulty column."""
    now = session.now()
    if no := barred(session, "import_people", at=now):
        return no
    clean = " ".join(name.split())
    if not clean or len(clean) > _MOST_NAME:
        raise bad_input("template_name", "name")
    body = {"format": "consentkeep-mapping-1", "name": clean, "columns": dict(columns)}
    template = ColumnMapping.from_json(json.dumps(body, ensure_ascii=False))
    with session.vault.unit_of_work() as uow:
        uow.mappings.put(clean, template.as_json())
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail={"setting": "import_mapping", "value": clean}))
    return Answer(clean, Changes(settings=True, audit=True))
