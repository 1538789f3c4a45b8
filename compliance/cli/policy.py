"""``policy …``: check rules, see what a company's own would change, put them in force, replay what was decided.

``check``, ``diff`` and ``matrix`` need no vault; ``diff`` takes one where it is named.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from compliance.cli.coded import words
from compliance.cli.env import Env
from compliance.cli.failures import fault_words
from compliance.cli.output import (
    BAD_INPUT,
    DONE,
    INTEGRITY,
    REFUSED,
    Outcome,
    Payload,
    answered,
    label,
    layout,
    pairs,
    plain,
    table,
)
from compliance.cli.params import InDir, Instant, OutPath
from compliance.cli.words import Command, group
from compliance.errors import bad_input
from compliance.i18n import Lang

policy = group("policy")
COMMANDS: dict[str, click.Command] = {"policy": policy}
#: Values, then people.
_END_WAYS = ("ended", "freed", "people_ended", "people_freed")
_END_WORDS = {"ended": "past_end"}


@policy.command("check", cls=Command)
@click.argument("folder", type=InDir(), metavar="[DIR]", required=False)
@click.option("--from", "begins", type=Instant())
@click.pass_obj
def check(env: Env, *, folder: Path | None, begins: datetime | None) -> Outcome:
    """Whether the rules load, leave no gap, do not overlap and cite what exists; a company's own also stay within the
    shipped ones: ``{"ok", "faults"}``."""
    from compliance.use_cases.rules.rules import check_folder, check_policy, count_faults

    faults = check_folder(folder, at=begins or env.at) if folder else check_policy()
    said: Payload = {"ok": not faults, "faults": [plain(fault) for fault in faults]}

    def lines(lang: Lang) -> list[str]:
        head = layout({"ok": said["ok"]}, lang)
        told = [f"  {fault_words(fault, lang, rules=True)}" for fault in faults]
        return [*head, "", f"{label('faults', lang)} ({count_faults(faults)})", *told] if faults else head

    return Outcome(said, BAD_INPUT if faults else DONE, lines)


@policy.command("diff", cls=Command)
@click.argument("folder", type=InDir(), metavar="DIR")
@click.option("--from", "begins", type=Instant())
@click.pass_obj
def diff(env: Env, *, folder: Path, begins: datetime | None) -> Outcome:
    """What a company's own rules change, place by place: ``{"changes": [{"where", "before", "after", "looser"}]}``."""
    from compliance.use_cases.rules.rules import compare_folder

    session = env.session() if env.vault is not None else None
    changes = compare_folder(folder, session=session, at=begins or (None if session else env.at))
    against = "in_force" if session else "shipped"
    return Outcome({"against": against, "looser": sum(c.looser for c in changes), "changes": _changes(changes)})


@policy.command("dry-run", cls=Command)
@click.argument("folder", type=InDir(), metavar="DIR")
@click.option("--from", "begins", type=Instant())
@click.pass_obj
def dry_run(env: Env, *, folder: Path, begins: datetime | None) -> Outcome:
    """What a company's own rules would hide and reveal, for how many people and readers, and what to recall."""
    from compliance.use_cases.rules.company_rules import preview_rules

    return answered(preview_rules(env.session(), folder=folder, begins=begins), _preview)


@policy.command("activate", cls=Command)
@click.argument("folder", type=InDir(), metavar="DIR")
@click.option("--from", "begins", type=Instant(), required=True)
@click.pass_obj
def activate(env: Env, *, folder: Path, begins: datetime) -> Outcome:
    """Put a company's own rules in force from an instant; what loosens waits for a second person and a day."""
    from compliance.use_cases.rules.company_rules import activate_rules

    session = env.session()
    return answered(activate_rules(session, folder=folder, begins=begins), lambda found: _activated(found, session))


@policy.command("call-off", cls=Command)
@click.argument("key", metavar="SET")
@click.pass_obj
def call_off(env: Env, *, key: str) -> Outcome:
    """Take a set back before it begins: ``{"called_off", "from"}``."""
    from compliance.use_cases.rules.company_rules import call_off_rules

    return answered(call_off_rules(env.session(), key=key), lambda found: dict(plain(found)))


@policy.command("sets", cls=Command)
@click.pass_obj
def sets(env: Env) -> Outcome:
    """The shipped rules and the company's own, with when they begin and who signed."""
    from compliance.use_cases.rules.rule_sets import list_rules

    return answered(list_rules(env.session()), lambda found: {"sets": [_set(row) for row in found]})


@policy.command("text", cls=Command)
@click.argument("key", metavar="SET")
@click.option("--out", type=OutPath("DIR"), required=True)
@click.pass_obj
def text(env: Env, *, key: str, out: Path) -> Outcome:
    """The files of a set as they were handed in: ``{"dir", "files"}``."""
    from compliance.use_cases.rules.rule_sets import save_rules

    return answered(save_rules(env.session(), key=key, folder=out), lambda names: {"dir": str(out), "files": names})


@policy.command("replay", cls=Command)
@click.argument("index", metavar="[AUDIT_INDEX]", required=False)
@click.option("--from", "since", type=Instant())
@click.option("--to", "until", type=Instant(end=True))
@click.option("--hcp", metavar="HCP")
@click.pass_obj
def replay(env: Env, *, index: str | None, since: datetime | None, until: datetime | None, hcp: str | None) -> Outcome:
    """A logged decision once more, or all of a period: ``{"outcome", "logged", "replayed"}``; --hcp: whether a person
    would have stood in a list. Exit 3 on a difference, 1 where it cannot be made again."""
    from compliance.use_cases.rules.replay import replay_decision, replay_period

    if index is None:
        if (since is None and until is None) or hcp:
            raise bad_input("entry_or_period", "AUDIT_INDEX")
        progress = env.progress()
        try:
            return answered(replay_period(env.session(), since=since, until=until, progress=progress), _period)
        finally:
            progress.close()
    if since is not None or until is not None:
        raise bad_input("entry_or_period", "AUDIT_INDEX")
    number = index.removeprefix("A")
    if not number.isdecimal():
        raise bad_input("unknown_entry", "AUDIT_INDEX", number[:12])
    codes = {"same": DONE, "different": INTEGRITY, "cannot": REFUSED}
    if hcp is not None:
        from compliance.use_cases.rules.replay_list import replay_listed

        listed = replay_listed(env.session(), index=int(number), hcp_id=hcp)

        def told(one: Any) -> Outcome:
            return Outcome(dict(plain(one)), codes[one.outcome], lambda lang: _listed_lines(one, lang))

        return answered(listed, told)
    made = replay_decision(env.session(), index=int(number))
    return answered(made, lambda one: Outcome(dict(plain(one)), codes[one.outcome]))


@policy.command("matrix", cls=Command)
@click.option("--out", type=OutPath("FILE"))
@click.option("--in-force", is_flag=True)
@click.option("--as-of", type=Instant())
@click.pass_obj
def matrix(env: Env, *, out: Path | None, in_force: bool, as_of: datetime | None) -> Outcome:
    """Which role sees which field for which purpose, as Markdown: shipped, or as the vault follows it."""
    from compliance.use_cases.rules.rules import policy_matrix

    session = env.session() if in_force or as_of else None
    text = policy_matrix(env.lang, session=session, at=as_of)
    if out is None:
        return Outcome({"matrix": text}, lines=lambda _: text.splitlines())
    out.write_text(text, encoding="utf-8", newline="\n")
    return Outcome({"file": str(out), "lines": len(text.splitlines())})


def _set(row: Any) -> Payload:
    said = dict(plain(row))
    return {"version": said.pop("version"), "set": said.pop("key"), **said}


def _preview(found: Any) -> Outcome:
    said = _previewed(found)
    return Outcome(said, lines=lambda lang: _preview_lines(said, lang))


def _preview_lines(said: Payload, lang: Lang) -> list[str]:
    """The same for a person: fields, roles and purposes by their names."""
    head = {key: value for key, value in said.items() if not isinstance(value, list | dict) and key != "sandbox"}
    lines = layout(head, lang)
    names = {"by_field": "fields", "by_role": "role", "by_purpose": "purpose", "by_rep": ""}
    for key, kind in names.items():
        counts = [label("hidden", lang), label("revealed", lang)]
        rows = [[words(kind, one, lang), f"{n['hidden']:,}", f"{n['revealed']:,}"] for one, n in said[key].items()]
        lines += ["", *table([label(key, lang), *counts], rows)] if rows else []
    shown = [
        [
            x["hcp_id"],
            words("fields", x["key"], lang),
            words("role", x["role"], lang),
            words("purpose", x["purpose"], lang),
        ]
        + [words("states", x[side], lang) for side in ("before", "after")]
        for x in said["samples"]
    ]
    heads = ("hcp_id", "field", "role", "purpose", "before", "after")
    lines += ["", label("samples", lang), *table([label(key, lang) for key in heads], shown)] if shown else []
    lines += _end_lines(said["moved_ends"], lang)
    rest = {key: said[key] for key in ("recall", "changes")}
    return [*lines, "", *layout(rest, lang)]


def _end_lines(ends: Payload, lang: Lang) -> list[str]:
    """What changed periods end and free, by rule, field and rep; nothing where they move nothing."""
    head = {_END_WORDS.get(key, key): value for key, value in ends.items() if isinstance(value, int)}
    if not any(head.values()):
        return []
    named = {way: label(_END_WORDS.get(way, way), lang) for way in _END_WAYS}
    lines = ["", label("moved_ends", lang), *layout(head, lang)]
    for key, kind in {"by_rule": "counts", "by_field": "fields", "by_rep": ""}.items():
        ways = _end_ways(key)
        rows = [[words(kind, one, lang), *(f"{n[way]:,}" for way in ways)] for one, n in ends[key].items()]
        lines += ["", *table([label(key, lang), *(named[way] for way in ways)], rows)] if rows else []
    shown = [
        [x["hcp_id"], words("counts", x["rule"], lang), words("fields", x["key"], lang), named[x["way"]]]
        for x in ends["samples"]
    ]
    heads = [label(key, lang) for key in ("hcp_id", "rule", "field", "state")]
    return [*lines, "", label("samples", lang), *table(heads, shown)] if shown else lines


def _moved_ends(ends: Any) -> Payload:
    tables = {key: getattr(ends, key) for key in ("by_rule", "by_field", "by_rep")}
    return {
        **{way: ends.total[way] for way in _END_WAYS},
        "unknown": ends.unknown,
        **{
            key: {one: {way: counts[way] for way in _end_ways(key)} for one, counts in sorted(counted.items())}
            for key, counted in tables.items()
        },
        "samples": plain(ends.samples),
    }


def _end_ways(key: str) -> tuple[str, ...]:
    """Of a field each person has one value at most."""
    return _END_WAYS[:2] if key == "by_field" else _END_WAYS


def _previewed(found: Any) -> Payload:
    effects = found.effects
    return {
        "version": found.version,
        "set": found.key,
        "from": plain(found.begins),
        "hidden": effects.hidden,
        "revealed": effects.revealed,
        "looser": found.looser,
        "people": effects.people,
        "alike": effects.kinds,
        "exports": effects.exports,
        "by_field": _counts(effects.by_field),
        "by_role": _counts(effects.by_role),
        "by_purpose": _counts(effects.by_purpose),
        "by_rep": _counts(effects.by_rep),
        "samples": plain(effects.samples),
        "moved_ends": _moved_ends(effects.ends),
        "recall": plain(effects.recall),
        "changes": _changes(found.changes),
    }


def _activated(found: Any, session: Any) -> Payload:
    return {
        "version": found.version,
        "set": found.key,
        "digest": found.digest,
        "from": plain(found.begins),
        "looser": found.looser,
        "recall": plain(found.recall),
        "tasks": list(found.tasks),
        **({"sandbox": True} if session.sandbox else {}),
    }


def _listed_lines(one: Any, lang: Lang) -> list[str]:
    """Head as a list of pairs, then the fields of the list with what each would have been."""
    said = dict(plain(one))
    shown = said.pop("fields")
    rows = [(words("fields", key, lang), words("states", state, lang)) for key, state in shown.items()]
    return [*layout(said, lang), *(["", label("fields", lang), *pairs(rows, "  ")] if rows else [])]


def _period(found: Any) -> Outcome:
    said = {
        "decisions": found.decisions,
        "same": found.same,
        "different": found.differs,
        "cannot": sum(found.why.values()),
        "why": dict(found.why),
        "differences": plain(found.different),
        "not_replayed": plain(found.cannot),
    }
    return Outcome(said, INTEGRITY if found.differs else DONE)


def _counts(table: Any) -> dict[str, dict[str, int]]:
    return {key: {"hidden": found["hidden"], "revealed": found["revealed"]} for key, found in sorted(table.items())}


def _changes(changes: Any) -> list[dict[str, Any]]:
    return [{"where": c.where, "before": c.before, "after": c.after, "looser": c.looser} for c in changes]
