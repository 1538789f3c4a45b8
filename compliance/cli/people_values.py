"""``people …`` about one value: what it was before, that it is wrong, and the second look that settles it."""

from typing import TYPE_CHECKING, Any

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, local_time, plain
from compliance.cli.params import Code
from compliance.cli.people_views import field_words
from compliance.cli.words import Command
from compliance.i18n import Lang, t
from compliance.model.access import FieldState, Purpose
from compliance.model.profile import ShownField
from compliance.use_cases.seeing.value_words import value_words

if TYPE_CHECKING:
    from compliance.use_cases.seeing.value_history import Change, FieldHistory
    from compliance.vault import Dispute

HCP = click.argument("hcp", metavar="HCP")
KEY = click.argument("key")
PURPOSE = click.option("--purpose", type=Code(Purpose, "unknown_purpose"), default=Purpose.MDM)
CASE = click.option("--case", "case_id", metavar="ID")


@click.command("history", cls=Command)
@HCP
@KEY
@PURPOSE
@CASE
@click.pass_obj
def history(env: Env, *, hcp: str, key: str, purpose: Purpose, case_id: str | None) -> Outcome:
    """What a value was before, who changed it, when and why."""
    from compliance.use_cases.seeing.value_history import field_history

    answer = field_history(env.session(), hcp_id=hcp, key=key, purpose=purpose, case_id=case_id)
    return answered(answer, lambda found: Outcome(_history(found), lines=lambda lang: _lines(found, lang)))


@click.command("dispute", cls=Command)
@HCP
@KEY
@click.option("--reason", required=True, metavar="CODE")
@PURPOSE
@CASE
@click.pass_obj
def dispute(env: Env, *, hcp: str, key: str, reason: str, purpose: Purpose, case_id: str | None) -> Outcome:
    """Say that a value is wrong: it is used for nothing until a second person settles it."""
    from compliance.use_cases.people.disputes import dispute_value

    answer = dispute_value(env.session(), hcp_id=hcp, key=key, reason=reason, purpose=purpose, case_id=case_id)
    return answered(answer, _dispute)


@click.command("settle", cls=Command)
@HCP
@KEY
@click.option("--outcome", required=True, metavar="CODE")
@PURPOSE
@CASE
@click.pass_obj
def settle(env: Env, *, hcp: str, key: str, outcome: str, purpose: Purpose, case_id: str | None) -> Outcome:
    """The second look at a disputed value: it stands, or it is removed."""
    from compliance.use_cases.people.disputes import settle_dispute

    answer = settle_dispute(env.session(), hcp_id=hcp, key=key, outcome=outcome, purpose=purpose, case_id=case_id)
    return answered(answer, _dispute)


VALUES: tuple[click.Command, ...] = (history, dispute, settle)


def _history(found: "FieldHistory") -> Payload:
    return {
        "hcp_id": found.hcp_id,
        "key": found.key,
        "purpose": str(found.purpose),
        "field": found.now.as_json(),
        "value_status": plain(found.now.status),
        "changes": [
            {
                "at": plain(change.at),
                "by": change.by,
                "why": change.why,
                "batch": change.batch or None,
                "was": _past(change.was),
                "became": _past(change.became),
            }
            for change in found.changes
        ],
        "disputes": [_dispute(one) for one in found.disputes],
        "audit_index": found.audit_index,
    }


def _past(shown: ShownField | None) -> dict[str, Any] | None:
    if shown is None:
        return None
    return {**shown.as_json(), "source": shown.source, "source_date": plain(shown.source_date)}


def _dispute(one: "Dispute") -> Payload:
    return {
        "hcp_id": one.hcp_id,
        "key": one.key,
        "reason": one.reason,
        "said_at": plain(one.said_at),
        "said_by": one.said_by,
        "outcome": one.outcome or None,
        "settled_at": plain(one.settled_at),
        "settled_by": one.settled_by or None,
    }


def _lines(found: "FieldHistory", lang: Lang) -> list[str]:
    status = t(f"value.status.{found.now.status}", lang) if found.now.status else ""
    now = " · ".join(part for part in (_text(found.now, lang), status) if part)
    lines = [f"{found.hcp_id}  {field_words(found.key, lang)}: {now}", ""]
    lines += [_line(change, lang) for change in found.changes] or [t("value.history.none", lang)]
    for one in found.disputes:
        lines.append(
            t("value.dispute.line", lang, at=local_time(one.said_at), by=one.said_by,
              reason=t(f"value.dispute.reason.{one.reason}", lang))
        )  # fmt: skip
        if one.settled_at is not None:
            lines.append(
                t("value.dispute.settled", lang, at=local_time(one.settled_at), by=one.settled_by,
                  outcome=t(f"value.dispute.outcome.{one.outcome}", lang))
            )  # fmt: skip
    return lines


def _line(change: "Change", lang: Lang) -> str:
    why = t(f"value.why.{change.why}", lang)
    head = f"{local_time(change.at)}  {change.by} · {why}" + (f" {change.batch}" if change.batch else "")
    return f"{head}: {_text(change.was, lang)} → {_text(change.became, lang)}"


def _text(shown: ShownField | None, lang: Lang) -> str:
    if shown is None or shown.value is None:
        hidden = shown is not None and shown.state is FieldState.WITHHELD
        return t("desk.withheld", lang) if hidden else "—"
    return value_words(shown.key, shown.value, lang)
