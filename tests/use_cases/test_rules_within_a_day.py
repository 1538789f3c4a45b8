"""A rule that begins within a day: refusals of that day are under different rules, and a rebuild tells them apart."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rule_folders import NUMBERS, rule_folder
from support import Desk, done, invent

from compliance.model.access import Purpose
from compliance.model.audit import Kind
from compliance.progress import NoProgress
from compliance.use_cases.consent import rebuilding, recording
from compliance.use_cases.rules import company_rules
from compliance.use_cases.seeing import people_list
from compliance.use_cases.signing import two_person
from compliance.vault.consent import histories

LOCK = 'references = [{ statute = "NDSR", article = "22(5)" }]\nmark = "policy"\n'
LATER = """
[[ask_lock_days.version]]
from = {}
value = {}
references = [{{ statute = "NDSR", article = "22(5)" }}]
mark = "policy"
"""


def differing(desk: Desk) -> int:
    return done(rebuilding.rebuild_states(desk.sit("chen"), mend=False, progress=NoProgress())).differing


def test_each_act_stands_under_the_rules_of_its_own_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, "_PEOPLE", 1)  # each is asked about after the one before was learned
    desk = Desk.create(tmp_path / "store")
    desk.bring(invent(6))
    people = [row.hcp_id for row in done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM)).rows]
    longer = rule_folder(tmp_path / "set", (NUMBERS, LOCK, f"{LOCK}{LATER.format(desk.at.date(), 400)}"))
    begins = desk.at + timedelta(minutes=30)
    answer = done(company_rules.activate_rules(desk.sit("zhao"), folder=longer, begins=begins))
    if hasattr(answer, "request_id"):
        done(two_person.approve(desk.sit("chen"), request_id=answer.request_id))
    said: dict[str, str] = {}
    for word, wait, pair in (("before", 10, people[:2]), ("after", 30, people[2:4])):
        desk.wait(minutes=wait)
        for hcp in pair:
            done(recording.record_consent(desk.sit("wu"), request=desk.act(hcp, answer="refused")))
            said[hcp] = word
    assert desk.at > begins
    with desk.sit("chen").vault.snapshot() as snap:
        lines = {hcp: snap.consents.states(hcp)["visit"] for hcp in said}
    asked = {hcp: line.ask_again_from for hcp, line in lines.items()}
    first, second, third, fourth = said
    assert asked[first] == asked[second] and asked[third] == asked[fourth] != asked[first]
    assert differing(desk) == 0
    session = desk.sit("chen")
    with session.vault.unit_of_work() as uow:  # as if the other rules had held
        uow.consents.set_state(second, replace(lines[second], ask_again_from=asked[third]))
        uow.consents.set_state(fourth, replace(lines[fourth], ask_again_from=asked[first]))
        uow.commit(session.event(Kind.STATES_REBUILT, at=desk.at))
    assert differing(desk) == 2
    assert done(rebuilding.rebuild_states(session, mend=True, progress=NoProgress())).differing == 2
    assert differing(desk) == 0
    desk.rise()
