"""``people duplicates|distinct``: records that may be one person, and the word that two are two."""

from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, plain, table
from compliance.cli.people_views import field_words
from compliance.cli.words import Command
from compliance.errors import bad_input
from compliance.i18n import Lang, t
from compliance.use_cases.seeing.value_words import value_words

if TYPE_CHECKING:
    from compliance.use_cases.people.duplicates import Duplicates, LikelyPair


@click.command("duplicates", cls=Command)
@click.option("--because", metavar="licence|phone|name_and_hospital")
@click.option("--limit", type=click.IntRange(1, 200), default=50, metavar="N")
@click.option("--offset", type=click.IntRange(min=0), default=0, metavar="N")
@click.pass_obj
def duplicates(env: Env, *, because: str | None, limit: int, offset: int) -> Outcome:
    """Records that may be one person: ``{"pairs": [{"because", "same", "sides"}], "total", "counts"}``."""
    from compliance.use_cases.people.duplicates import find_duplicates

    return answered(find_duplicates(env.session(), because=because, limit=limit, offset=offset), _found)


@click.command("distinct", cls=Command)
@click.argument("one", metavar="HCP")
@click.argument("other", metavar="HCP")
@click.option("--reason", metavar="namesake|shared_phone|wrong_key|known_apart")
@click.option("--undo", is_flag=True)
@click.pass_obj
def distinct(env: Env, *, one: str, other: str, reason: str | None, undo: bool) -> Outcome:
    """Two records are two people, or may be one again: ``{"one", "other", "distinct"}``."""
    from compliance.use_cases.people.duplicates import REASONS, say_distinct, take_back_distinct

    said: Payload = {"one": one, "other": other, "distinct": not undo}
    if undo:
        return answered(take_back_distinct(env.session(), one=one, other=other), lambda _: said)
    if not reason:
        raise bad_input("unknown_reason", "--reason", "", REASONS[0])
    answer = say_distinct(env.session(), one=one, other=other, reason=reason)
    return answered(answer, lambda _: {**said, "reason": reason})


def _found(found: "Duplicates") -> Outcome:
    payload: Payload = {
        "pairs": [_pair(pair) for pair in found.pairs],
        "total": found.total,
        "counts": dict(found.counts),
    }
    return Outcome(payload, lines=lambda lang: _lines(found, lang))


def _pair(pair: "LikelyPair") -> Payload:
    sides = [
        {"hcp_id": side.hcp_id, "since": plain(side.created_at), "fields": {f.key: f.as_json() for f in side.fields}}
        for side in (pair.one, pair.other)
    ]
    return {"because": list(pair.because), "same": list(pair.same), "sides": sides}


def _lines(found: "Duplicates", lang: Lang) -> list[str]:
    lines = [t("cli.duplicates.total", lang, total=f"{found.total:,}")]
    for why, number in found.counts.items():
        lines.append(f"  {t(f'duplicates.because.{why}', lang)}: {number:,}")
    for pair in found.pairs:
        because = t("desk.list_sep", lang).join(t(f"duplicates.because.{why}", lang) for why in pair.because)
        lines += ["", f"{pair.one.hcp_id}  {pair.other.hcp_id}  {because}"]
        sides = [{f.key: f for f in side.fields} for side in (pair.one, pair.other)]
        keys = dict.fromkeys(key for side in sides for key in side)
        rows = [
            [
                "=" if key in pair.same else "",
                field_words(key, lang),
                *[value_words(key, side[key].value or "", lang) if key in side else "" for side in sides],
            ]
            for key in keys
        ]
        lines += table(["", "", pair.one.hcp_id, pair.other.hcp_id], rows)
    return lines


DUPLICATES: tuple[click.Command, ...] = (duplicates, distinct)
