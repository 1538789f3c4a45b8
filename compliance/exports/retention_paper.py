"""The certificate that values were let go 到期删除证明: a page for people, JSON for machines (REQ-093).

Rules: (1) pseudonyms, field keys and roles only; (2) first what is gone and on which day, asked by whom and signed by
whom; then rule by rule how many values, with the article; then who, how to check it, and what it does not prove; (3)
what was passed over is said as plainly as what went; (4) a person's line names the log entry that proves it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from compliance.clock import stamp
from compliance.exports import document as d
from compliance.exports.pdf import render
from compliance.exports.stamps import local, seal_words
from compliance.i18n import Lang, t

SCHEMA = "consentkeep-let-go/1"
#: People named on the page; the JSON inside names all.
_ON_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """What went by one rule."""

    rule: str
    label: str
    values: int
    action: str
    references: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """What went of one person, and the entry that says so. ``whole``: the record itself."""

    hcp_id: str
    fields: tuple[str, ...]
    whole: bool
    entry: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPaper:
    """The facts of one run; staff by role."""

    run_id: str
    handler: str
    asked_at: datetime
    asked_by: str
    reason: str
    signed_at: datetime
    signed_by: str
    done_at: datetime
    values: int
    people: int
    passed_over: int
    rules: Sequence[RuleLine]
    persons: Sequence[PersonLine]
    request: str
    scope_sha256: str
    keys_die_on: date | None
    root: str
    entry: int
    policy: str
    made_at: datetime
    sandbox: bool


def certificate_json(paper: RetentionPaper) -> bytes:
    """The record, canonical JSON."""
    body = {
        "schema_version": SCHEMA,
        "receipt_id": paper.run_id,
        "handler": paper.handler,
        "asked": {"at": stamp(paper.asked_at), "by": paper.asked_by, "reason": paper.reason},
        "signed": {"at": stamp(paper.signed_at), "by": paper.signed_by, "request": paper.request},
        "scope_sha256": paper.scope_sha256,
        "done_at": stamp(paper.done_at),
        "values": paper.values,
        "people": paper.people,
        "passed_over": paper.passed_over,
        "rules": [
            {"rule": r.rule, "values": r.values, "action": r.action, "references": r.references} for r in paper.rules
        ],
        "let_go": [
            {"person": p.hcp_id, "fields": list(p.fields), "whole": p.whole, "entry": p.entry, "at": stamp(p.at)}
            for p in paper.persons
        ],
        "policy": paper.policy,
        "log_seal": {"root": paper.root, "entry": paper.entry},
        "last_backup_key_dies_on": paper.keys_die_on.isoformat() if paper.keys_die_on else None,
    }
    if paper.sandbox:
        body["sandbox"] = True
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def certificate(paper: RetentionPaper, lang: Lang) -> bytes:
    """The page, not signed yet."""

    def say(key: str, **params: object) -> str:
        return t(f"paper.retention.{key}", lang, **params)

    shown = paper.persons[:_ON_PAGE]
    more = len(paper.persons) - len(shown)
    document = d.Document(
        metadata_title=say("title"),
        title=say("title"),
        subtitle=paper.handler,
        running=f"{say('title')} · {paper.run_id}",
        seal=t("paper.seal", lang, seal=seal_words(paper.root, paper.entry)),
        stamp=t("paper.sandbox", lang) if paper.sandbox else "",
        blocks=(
            d.Callout(say("what"), (say("what.text", values=paper.values, people=paper.people),), d.Tone.PLAIN),
            d.KeyValues(tuple(_facts(paper, lang))),
            d.Heading(say("rules"), level=2),
            d.Table(
                heads=tuple(say(f"head.{key}") for key in ("rule", "values", "action", "articles")),
                rows=[
                    (r.label, str(r.values), t(f"retention.action.{r.action}", lang), r.references) for r in paper.rules
                ],
                widths=(3.0, 1.0, 1.6, 2.4),
                size=8,
                empty=say("none"),
            ),
            d.Heading(say("persons"), level=2),
            d.Table(
                heads=tuple(say(f"head.{key}") for key in ("person", "fields", "entry", "at")),
                rows=[(p.hcp_id, _what(p, lang), f"#{p.entry}", local(p.at)) for p in shown],
                widths=(1.7, 4.0, 0.9, 1.6),
                size=8,
                empty=say("none"),
            ),
            *([d.Paragraph(say("more", count=more), small=True)] if more else []),
            d.Heading(say("check"), level=2),
            d.Steps((say("check.1"), say("check.2"), say("check.3"))),
            d.Callout(say("not_proven"), (say("not_proven.text", backups=_backups(paper, lang)),), d.Tone.PLAIN),
        ),
    )
    return render(document, lang=lang).pdf


def _facts(paper: RetentionPaper, lang: Lang) -> list[tuple[str, str]]:
    def say(key: str) -> str:
        return t(f"paper.retention.fact.{key}", lang)

    return [
        (say("run"), paper.run_id),
        (say("done"), f"{local(paper.done_at)} (UTC+8)"),
        (say("asked"), f"{paper.asked_by}, {local(paper.asked_at)}"),
        (say("signed"), f"{paper.signed_by}, {local(paper.signed_at)}"),
        (say("reason"), paper.reason),
        (say("passed_over"), str(paper.passed_over)),
        (say("request"), paper.request),
        (say("scope"), paper.scope_sha256[:32]),
        (say("entry"), f"#{paper.entry}"),
    ]


def _what(line: PersonLine, lang: Lang) -> str:
    if line.whole:
        return t("paper.retention.whole", lang)
    return (
        "、".join(t(f"field.{key}", lang) for key in line.fields)
        if lang is Lang.ZH
        else ", ".join(t(f"field.{key}", lang) for key in line.fields)
    )


def _backups(paper: RetentionPaper, lang: Lang) -> str:
    if paper.keys_die_on is None:
        return t("paper.retention.backups.none", lang)
    return t("paper.retention.backups.day", lang, day=paper.keys_die_on.isoformat())
