"""Carrying notices to people: printed forms, campaigns, and what became of each person in them."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from compliance.model.form_layout import fields_of_json, fields_to_json
from compliance.model.notice import Campaign, Delivery, PrintedForm
from compliance.vault.consent.consent_rows import HIDDEN
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, instant_or_none, micros, micros_or_none
from compliance.vault.registers.register import Register

FORM = Table.of(
    "printed_form",
    "serial TEXT NOT NULL",
    "hcp_id TEXT NOT NULL",
    "notice TEXT NOT NULL",
    "lang TEXT NOT NULL",
    "items TEXT NOT NULL",
    "rep TEXT NOT NULL",
    "printed_at INTEGER NOT NULL",
    "pages INTEGER NOT NULL",
    "boxes TEXT NOT NULL",
    index=("hcp_id",),
)
CAMPAIGN = Table.of(
    "campaign",
    "campaign_id TEXT NOT NULL",
    "notice TEXT NOT NULL",
    "predecessor TEXT NOT NULL",
    "change TEXT NOT NULL",
    "started_at INTEGER NOT NULL",
    "started_by TEXT NOT NULL",
    "due INTEGER",
    "old_scope_ends INTEGER",
    "closed_at INTEGER",
)
DELIVERY = Table.of(
    "campaign_person",
    "campaign_id TEXT NOT NULL",
    "hcp_id TEXT NOT NULL",
    "action TEXT NOT NULL",
    "items TEXT NOT NULL",
    "rep TEXT NOT NULL",
    "task_id TEXT NOT NULL",
    "delivered_at INTEGER",
    "channel TEXT NOT NULL",
    "result TEXT NOT NULL",
    keys=2,
    index=("hcp_id", "task_id"),
)
TABLES: tuple[Table, ...] = (FORM, CAMPAIGN, DELIVERY)


class Forms(Register):
    """Printed forms."""

    def add(self, form: PrintedForm) -> None:
        """Record one."""
        self._tx.insert(
            FORM,
            (
                form.serial,
                form.hcp_id,
                form.notice,
                form.lang,
                json.dumps(list(form.items)),
                form.rep,
                micros(form.printed_at),
                form.pages,
                json.dumps(fields_to_json(form.layout, form.fields)),
            ),
        )

    def get(self, serial: str) -> PrintedForm | None:
        """One form."""
        row = self._tx.get(FORM, serial)
        return _form(row) if row else None

    def of(self, hcp_id: str) -> list[PrintedForm]:
        """Forms of a person, newest first."""
        return [_form(row) for row in self._tx.select(FORM, "WHERE hcp_id = ? ORDER BY printed_at DESC", (hcp_id,))]


class Campaigns(Register):
    """Campaigns and their people."""

    def put(self, campaign: Campaign) -> None:
        """Record or replace."""
        self._tx.put(
            CAMPAIGN,
            (
                campaign.campaign_id,
                campaign.notice,
                campaign.predecessor,
                campaign.change,
                micros(campaign.started_at),
                campaign.started_by,
                micros_or_none(campaign.due),
                micros_or_none(campaign.old_scope_ends),
                micros_or_none(campaign.closed_at),
            ),
        )

    def get(self, campaign_id: str) -> Campaign | None:
        """One campaign."""
        row = self._tx.get(CAMPAIGN, campaign_id)
        return _campaign(row) if row else None

    def all(self) -> list[Campaign]:
        """All campaigns, newest first."""
        return [_campaign(row) for row in self._tx.select(CAMPAIGN, "ORDER BY started_at DESC, campaign_id")]

    def old_scope_ends(self, known_at: datetime | None = None) -> dict[str, datetime]:
        """ref of a version → when the scope of its predecessors is no longer offered."""
        rows = self._tx.kept("campaigns that end a scope", (CAMPAIGN,), self._ending)
        known = None if known_at is None else micros(known_at)
        return {row[1]: from_micros(row[7]) for row in rows if known is None or row[4] <= known}

    def _ending(self) -> list[tuple[Any, ...]]:
        return self._tx.select(CAMPAIGN, "WHERE old_scope_ends IS NOT NULL ORDER BY started_at, campaign_id")

    def put_delivery(self, delivery: Delivery) -> None:
        """Record or replace what one person is to be asked or told."""
        self._tx.put(DELIVERY, _delivery_row(delivery))

    def add_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        """Many that are not there yet."""
        self._tx.insert_all(DELIVERY, [_delivery_row(delivery) for delivery in deliveries])

    def people(self, campaign_id: str, *, among: Sequence[str] | None = None) -> set[str]:
        """Ids of the people of a campaign, or of those of them who are ``among`` some."""
        rows = self._tx.db.execute(
            "SELECT hcp_id FROM campaign_person WHERE campaign_id = ?1"
            " AND (?2 IS NULL OR hcp_id IN (SELECT value FROM json_each(?2)))",
            (campaign_id, None if among is None else json.dumps(list(among))),
        )
        return {row[0] for row in rows}

    def deliveries(self, campaign_id: str) -> list[Delivery]:
        """The people of a campaign."""
        return [
            _delivery(r) for r in self._tx.select(DELIVERY, "WHERE campaign_id = ? ORDER BY hcp_id", (campaign_id,))
        ]

    def counts(self, campaign_id: str) -> list[tuple[str, str, bool, int]]:
        """(action, rep, whether reached, how many people)."""
        rows = self._tx.db.execute(
            "SELECT action, rep, delivered_at IS NOT NULL, count(*) FROM campaign_person WHERE campaign_id = ?"
            " GROUP BY 1, 2, 3 ORDER BY 2",
            (campaign_id,),
        )
        return [(action, rep, bool(reached), count) for action, rep, reached, count in rows]

    def answers(self, campaign: Campaign, *, at: datetime) -> tuple[dict[str, int], int]:
        """Of those asked: how many answered what, and of how many the old scope would lapse today.

        *given*: each item that has a state is in force under the new version; else *withdrawn* where one is withdrawn,
        *to_check* where a yes was entered, the word entered, or *none*. What they are asked about is the same for
        nearly all, so each such set is one walk over the deliveries, brought into the order in which states lie, with
        one look per item.
        """
        found: Counter[str] = Counter()
        lapse = 0
        sets = self._tx.db.execute(
            "SELECT DISTINCT items FROM campaign_person WHERE campaign_id = ? AND action = 'ask'",
            (campaign.campaign_id,),
        )
        for (items,) in sets:
            numbers = [self._item(name) for name in json.loads(items)]
            known = [no for no in numbers if no is not None]
            values = self._answer_values(campaign, items, known, at)
            for result, *marks, count in self._tx.db.execute(_answers_of(len(known)), values):
                held = marks.count(_HELD) + marks.count(_FRESH)
                found[_word(str(result), marks)] += count
                lapse += count if held > marks.count(_FRESH) else 0
        return dict(sorted(found.items())), lapse

    def _answer_values(self, campaign: Campaign, items: str, numbers: Sequence[int], at: datetime) -> dict[str, Any]:
        values: dict[str, Any] = {
            "campaign": campaign.campaign_id,
            "items": items,
            "notice": campaign.notice,
            "at": micros(at),
        }
        return values | {f"item{place}": no for place, no in enumerate(numbers)}

    def _item(self, name: str) -> int | None:
        row = self._tx.db.one("SELECT no FROM consent_item WHERE item = ?", (name,))
        return int(row[0]) if row else None

    def deliveries_to(self, hcp_id: str) -> list[Delivery]:
        """What one person was or still has to be asked or told."""
        rows = self._tx.select(DELIVERY, "WHERE hcp_id = ? ORDER BY campaign_id", (hcp_id,))
        return [_delivery(row) for row in rows]


#: How an item of one person reads for a campaign: nothing known, closed or over, in force under an older version, in
#: force under the new one, withdrawn.
_NOTHING, _CLOSED, _HELD, _FRESH, _WITHDRAWN = range(5)


def _word(result: str, marks: Sequence[int]) -> str:
    """What somebody answered, by the marks of the items they were asked about."""
    states = len(marks) - marks.count(_NOTHING)
    if states and marks.count(_FRESH) == states:
        return "given"
    if _WITHDRAWN in marks:
        return "withdrawn"
    if result == "given":
        return "to_check"
    return result if result in ("refused", "deferred", "no_answer") else "none"


def _answers_of(items: int) -> str:
    """(result, mark of each item, people) of those asked about so many items."""
    marks = "".join(f", {_mark(n)}" for n in range(items))
    looks = " ".join(f"LEFT JOIN consent_state c{n} ON c{n}.item = :item{n} AND c{n}.hcp = d.hcp" for n in range(items))
    groups = ", ".join(str(n + 1) for n in range(items + 1))
    return (
        "WITH d AS MATERIALIZED (SELECT CASE WHEN p.hcp IN"  # noqa: S608 - constants
        f" ({HIDDEN}) THEN NULL ELSE p.hcp END AS hcp, d.result AS result"
        " FROM campaign_person d JOIN people p INDEXED BY people_hcp_id ON p.hcp_id = d.hcp_id"
        " WHERE d.campaign_id = :campaign AND d.action = 'ask' AND d.items = :items ORDER BY 1)"
        f" SELECT d.result{marks}, count(*) FROM d {looks} GROUP BY {groups}"
    )


def _mark(place: int) -> str:
    c = f"c{place}"
    return (
        f"CASE WHEN {c}.hcp IS NULL THEN {_NOTHING} WHEN {c}.status IN ('given', 'renewed', 'change_pending') THEN"
        f" CASE WHEN {c}.valid_until <= :at THEN {_CLOSED} WHEN {c}.notice = :notice THEN {_FRESH} ELSE {_HELD} END"
        f" WHEN {c}.status = 'withdrawn' THEN {_WITHDRAWN} ELSE {_CLOSED} END"
    )


def _form(row: tuple[Any, ...]) -> PrintedForm:
    layout, fields = fields_of_json(json.loads(row[8]))
    return PrintedForm(
        serial=row[0],
        hcp_id=row[1],
        notice=row[2],
        lang=row[3],
        items=tuple(json.loads(row[4])),
        rep=row[5],
        printed_at=from_micros(row[6]),
        pages=row[7],
        layout=layout,
        fields=fields,
    )


def _campaign(row: tuple[Any, ...]) -> Campaign:
    return Campaign(
        campaign_id=row[0],
        notice=row[1],
        predecessor=row[2],
        change=row[3],
        started_at=from_micros(row[4]),
        started_by=row[5],
        due=instant_or_none(row[6]),
        old_scope_ends=instant_or_none(row[7]),
        closed_at=instant_or_none(row[8]),
    )


def _delivery_row(delivery: Delivery) -> tuple[Any, ...]:
    return (
        delivery.campaign_id,
        delivery.hcp_id,
        delivery.action,
        json.dumps(list(delivery.items)),
        delivery.rep,
        delivery.task_id,
        micros_or_none(delivery.delivered_at),
        delivery.channel,
        delivery.result,
    )


def _delivery(row: tuple[Any, ...]) -> Delivery:
    return Delivery(
        campaign_id=row[0],
        hcp_id=row[1],
        action=row[2],
        items=tuple(json.loads(row[3])),
        rep=row[4],
        task_id=row[5],
        delivered_at=instant_or_none(row[6]),
        channel=row[7],
        result=row[8],
    )
