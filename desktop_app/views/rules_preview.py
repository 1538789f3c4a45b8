"""What rules would hide and show before they hold: figures, then where, then single people, then what to recall."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from PySide6.QtWidgets import QHBoxLayout, QWidget

from compliance.i18n import Lang, t
from compliance.use_cases.rules.company_rules import Preview
from compliance.use_cases.rules.policy_counts import Ends, EndSample, Sample
from desktop_app.models.rows import Column
from desktop_app.views.retention_columns import rule_name
from desktop_app.views.rules_words import turn_words
from desktop_app.widgets.basic import card, column, label, row
from desktop_app.widgets.table import Table
from desktop_app.words import field_label, purpose_label, role_label

Counted = tuple[str, Counter[str]]
_WAYS = ("ended", "people_ended", "freed", "people_freed")


def preview_parts(found: Preview, lang: Lang) -> Iterator[QWidget]:
    """The boxes of a preview, one below the other."""
    effects = found.effects
    recalled = Counter(one.kind for one in effects.recall)
    frame, inside = card(margin=22, spacing=16)
    figures = (
        ("hidden", effects.hidden),
        ("revealed", effects.revealed),
        ("people", effects.people),
        ("sheets", recalled["recall_sheet"]),
        ("packs", recalled["refresh_pack"]),
        ("exports", effects.exports),
    )
    inside.addWidget(label(t("rules.effect", lang), kind="heading"))
    inside.addLayout(_figures("effect", figures, lang))
    inside.addWidget(label(t("rules.effect.means", lang), kind="small"))
    yield frame
    if effects.by_field:
        frame, inside = card(margin=22, spacing=12)
        inside.addWidget(_counts("rules.by_field", effects.by_field, lang, name="effectFields"))
        if effects.by_rep:
            inside.addWidget(_counts("rules.by_rep", effects.by_rep, lang, name="effectReps", plain=True))
        yield frame
    yield from _ends(effects.ends, lang)
    if effects.samples:
        frame, inside = card(margin=22, spacing=12)
        inside.addWidget(label(t("rules.samples", lang), kind="heading"))
        inside.addWidget(label(t("rules.samples.sub", lang), kind="small"))
        inside.addWidget(_samples(effects.samples, lang))
        yield frame
    if effects.recall:
        frame, inside = card(margin=22, spacing=8)
        inside.addWidget(label(t("rules.recall", lang), kind="heading"))
        inside.addWidget(label(t("rules.recall.sub", lang), kind="small"))
        for one in effects.recall[:12]:
            words = t(f"rules.recall.{one.kind}", lang, subject=one.subject, rep=one.rep, people=one.people)
            inside.addWidget(label(words, name=f"recall_{one.subject}"))
        if len(effects.recall) > 12:
            inside.addWidget(label(t("rules.recall.more", lang, count=len(effects.recall) - 12), kind="small"))
        yield frame


def _figures(prefix: str, figures: Iterable[tuple[str, int]], lang: Lang) -> QHBoxLayout:
    """Numbers beside each other, each over its words."""
    return row(
        *(
            column(
                label(f"{number:,}", kind="number", name=f"{prefix}_{name}"),
                label(t(f"rules.{prefix}.{name}", lang), kind="small"),
                spacing=0,
            )
            for name, number in figures
        ),
        1,
        spacing=30,
    )


def _ends(ends: Ends, lang: Lang) -> Iterator[QWidget]:
    """What changed periods end and free; nothing where they move nothing."""
    if not ends.total and not ends.unknown:
        return
    frame, inside = card(margin=22, spacing=12)
    inside.addWidget(label(t("rules.ends", lang), kind="heading"))
    inside.addLayout(_figures("ends", ((way, ends.total[way]) for way in _WAYS), lang))
    inside.addWidget(label(t("rules.ends.means", lang), kind="small"))
    if ends.unknown:
        words = t("rules.ends.unknown", lang, count=f"{ends.unknown:,}")
        inside.addWidget(label(words, kind="small", name="ends_unknown"))
    if ends.total:
        inside.addWidget(_moved("rules.ends.by_rule", ends.by_rule, lang, name="endRules", said=rule_name))
        inside.addWidget(_moved("rules.by_field", ends.by_field, lang, name="endFields", said=field_label))
        if ends.by_rep:
            inside.addWidget(_moved("rules.by_rep", ends.by_rep, lang, name="endReps", said=lambda rep, _: rep))
        inside.addWidget(label(t("rules.samples", lang), kind="heading"))
        inside.addWidget(_end_samples(ends.samples, lang))
    yield frame


def _moved(
    title: str, table: Mapping[str, Counter[str]], lang: Lang, *, name: str, said: Callable[[str, Lang], str]
) -> QWidget:
    made: Table[Counted] = Table(
        [
            Column(title, lambda x, lang: said(x[0], lang)),
            Column("rules.ends.ended", lambda x, _: f"{x[1]['ended']:,}", 150),
            Column("rules.ends.freed", lambda x, _: f"{x[1]['freed']:,}", 150),
        ],
        lang,
        name=name,
    )
    made.put(sorted(table.items(), key=lambda pair: -(pair[1]["ended"] + pair[1]["freed"])))
    made.fit(8)
    return made


def _end_samples(samples: tuple[EndSample, ...], lang: Lang) -> QWidget:
    made: Table[EndSample] = Table(
        [
            Column("col.person", lambda x, _: x.hcp_id, 140),
            Column("rules.by_field", lambda x, said: field_label(x.key, said), 160),
            Column("rules.ends.by_rule", lambda x, said: rule_name(x.rule, said)),
            Column("rules.ends.way", lambda x, said: t(f"rules.ends.way.{x.way}", said), 150),
        ],
        lang,
        name="endSamples",
    )
    made.put(samples)
    made.fit(12)
    return made


def _counts(title: str, table: Mapping[str, Counter[str]], lang: Lang, *, name: str, plain: bool = False) -> QWidget:
    rows = sorted(table.items(), key=lambda pair: -(pair[1]["hidden"] + pair[1]["revealed"]))
    made: Table[Counted] = Table(
        [
            Column(title, lambda x, said: x[0] if plain else field_label(x[0], said)),
            Column("rules.effect.hidden", lambda x, _: f"{x[1]['hidden']:,}", 150),
            Column("rules.effect.revealed", lambda x, _: f"{x[1]['revealed']:,}", 150),
        ],
        lang,
        name=name,
    )
    made.put(rows)
    made.fit(8)
    return made


def _samples(samples: tuple[Sample, ...], lang: Lang) -> QWidget:
    made: Table[Sample] = Table(
        [
            Column("col.person", lambda x, _: x.hcp_id, 140),
            Column("rules.by_field", lambda x, said: field_label(x.key, said), 160),
            Column("rules.col.reader", lambda x, said: role_label(x.role, said), 180),
            Column("rules.col.turns", lambda x, said: turn_words(x.before, x.after, said), 190),
            Column("col.purpose", lambda x, said: purpose_label(x.purpose, said)),
        ],
        lang,
        name="effectSamples",
    )
    made.put(samples)
    made.fit(12)
    return made
