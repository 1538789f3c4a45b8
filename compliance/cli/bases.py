"""``basis …``, ``memo …``, ``activity …``: bases other than consent, memos of necessity, processing activities.

JSON: a basis is ``{"basis_id", "hcp_id", "purpose", "basis", "reference", "valid_until", "recorded_at", "recorded_by",
"support": {…}, "ended_at", "ended_by", "end_reason"}``; ``basis import`` answers ``{"read", "accepted", "rejected",
"rows": [{"row", "column", "code"}]}``; a memo is ``{"memo_id", "line", "hcp_id", "necessity", …}``; an activity is
``{"activity", "version", "name", "purpose", "basis", "reference", …}``.
"""

from datetime import date, datetime
from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, plain
from compliance.cli.params import Code, Day, InFile, Instant
from compliance.cli.words import Command, group
from compliance.errors import bad_input
from compliance.model.access import Purpose
from compliance.model.basis import Activity, BasisRecord, BasisSupport, Memo

basis = group("basis")
memo = group("memo")
activity = group("activity")
COMMANDS: dict[str, click.Command] = {"basis": basis, "memo": memo, "activity": activity}
PURPOSE = Code(Purpose, "unknown_purpose")


@basis.command("add", cls=Command)
@click.argument("hcp", metavar="HCP")
@click.option("--purpose", type=PURPOSE, required=True)
@click.option("--basis", "kind", required=True, metavar="CODE")
@click.option("--reference", default="", metavar="TEXT")
@click.option("--valid-until", type=Instant(end=True))
@click.option("--contract", default="", metavar="NO")
@click.option("--party", "parties", multiple=True, metavar="HCP|NAME")
@click.option("--field", "fields", multiple=True, metavar="KEY[,KEY]=WHY")
@click.option("--duty", default="", metavar="CODE")
@click.option("--source", default="", metavar="TEXT")
@click.option("--captured-on", type=Day())
@click.option("--published-for", default="", metavar="TEXT")
@click.option("--our-purpose", default="", metavar="TEXT")
@click.option("--capture", type=InFile())
@click.pass_obj
def basis_add(
    env: Env,
    *,
    hcp: str,
    purpose: Purpose,
    kind: str,
    reference: str,
    valid_until: datetime | None,
    contract: str,
    parties: tuple[str, ...],
    fields: tuple[str, ...],
    duty: str,
    source: str,
    captured_on: date | None,
    published_for: str,
    our_purpose: str,
    capture: Path | None,
) -> Outcome:
    """A legal basis other than consent for one person and purpose (PIPL 13)."""
    from compliance.use_cases.bases.bases import BasisRequest, record_basis

    request = BasisRequest(
        hcp_id=hcp,
        purpose=purpose,
        basis=kind,
        reference=reference,
        valid_until=valid_until,
        support=BasisSupport(
            contract=contract,
            parties=parties,
            reasons=tuple(pair for text in fields for pair in _reasons(text)),
            duty=duty,
            source=source,
            captured_on=captured_on,
            published_for=published_for,
            our_purpose=our_purpose,
        ),
        capture=capture,
    )
    return answered(record_basis(env.session(), request=request), _basis)


@basis.command("list", cls=Command)
@click.argument("hcp", metavar="HCP")
@click.pass_obj
def basis_list(env: Env, *, hcp: str) -> Outcome:
    """All bases of a person, ended ones too."""
    from compliance.use_cases.bases.bases import list_bases

    return answered(
        list_bases(env.session(), hcp_id=hcp), lambda rows: {"hcp_id": hcp, "bases": [_basis(r) for r in rows]}
    )


@basis.command("end", cls=Command)
@click.argument("basis_id", metavar="BASIS")
@click.option("--reason", required=True, metavar="TEXT")
@click.pass_obj
def basis_end(env: Env, *, basis_id: str, reason: str) -> Outcome:
    """End a basis; the next read no longer rests on it."""
    from compliance.use_cases.bases.bases import end_basis

    return answered(end_basis(env.session(), basis_id=basis_id, reason=reason), _basis)


@basis.command("import", cls=Command)
@click.argument("file", type=InFile())
@click.option("--dry-run", is_flag=True)
@click.pass_obj
def basis_import(env: Env, *, file: Path, dry_run: bool) -> Outcome:
    """A table of bases; bad lines are named by row, column and code."""
    from compliance.use_cases.bases.bases import import_bases

    return answered(import_bases(env.session(), path=file, dry_run=dry_run), lambda made: dict(plain(made)))


@memo.command("add", cls=Command)
@click.option("--line", required=True, metavar="ITEM")
@click.option("--necessity", required=True, metavar="TEXT")
@click.option("--hcp", default="", metavar="HCP")
@click.option("--valid-until", type=Instant(end=True))
@click.pass_obj
def memo_add(env: Env, *, line: str, necessity: str, hcp: str, valid_until: datetime | None) -> Outcome:
    """Waive one separate consent where another basis carries; the privacy officer's word."""
    from compliance.use_cases.bases.memos import add_memo

    return answered(add_memo(env.session(), item=line, necessity=necessity, hcp_id=hcp, valid_until=valid_until), _memo)


@memo.command("list", cls=Command)
@click.pass_obj
def memo_list(env: Env) -> Outcome:
    """All memos, ended ones too."""
    from compliance.use_cases.bases.memos import list_memos

    return answered(list_memos(env.session()), lambda rows: {"memos": [_memo(row) for row in rows]})


@memo.command("end", cls=Command)
@click.argument("memo_id", metavar="MEMO")
@click.pass_obj
def memo_end(env: Env, *, memo_id: str) -> Outcome:
    """End a memo; the separate consent is asked for again."""
    from compliance.use_cases.bases.memos import end_memo

    return answered(end_memo(env.session(), memo_id=memo_id), _memo)


@activity.command("save", cls=Command)
@click.option("--purpose", type=PURPOSE, required=True)
@click.option("--basis", "kind", default="", metavar="CODE")
@click.option("--reference", default="", metavar="TEXT")
@click.option("--name", default="", metavar="TEXT")
@click.option("--activity", "activity_id", default="", metavar="ACTIVITY")
@click.pass_obj
def activity_save(env: Env, *, purpose: Purpose, kind: str, reference: str, name: str, activity_id: str) -> Outcome:
    """A processing activity, or with --activity its next version."""
    from compliance.use_cases.bases.activities import save_activity

    answer = save_activity(
        env.session(), name=name, purpose=purpose, basis=kind, reference=reference, activity_id=activity_id
    )
    return answered(answer, _activity)


@activity.command("list", cls=Command)
@click.pass_obj
def activity_list(env: Env) -> Outcome:
    """Processing activities with the history of their basis."""
    from compliance.use_cases.bases.activities import list_activities

    return answered(list_activities(env.session()), lambda rows: {"activities": [_activity(row) for row in rows]})


def _reasons(text: str) -> list[tuple[str, str]]:
    keys, sign, why = text.partition("=")
    if not sign:
        raise bad_input("reason_missing", "field", text)
    return [(key.strip(), why.strip()) for key in keys.split(",") if key.strip()]


def _basis(row: BasisRecord) -> Payload:
    payload = dict(plain(row))
    payload["support"] = {key: value for key, value in payload["support"].items() if value}
    return payload


def _memo(row: Memo) -> Payload:
    payload = dict(plain(row))
    return {"memo_id": payload.pop("memo_id"), "line": payload.pop("item"), **payload}


def _activity(row: Activity) -> Payload:
    payload = dict(plain(row))
    return {"activity": payload.pop("activity_id"), **payload}
