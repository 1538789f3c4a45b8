"""People without a page on paper: each reason once, what would lift it, and for whom it holds."""

from collections.abc import Iterator, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from compliance.i18n import Lang, t
from desktop_app.widgets.basic import label
from desktop_app.words import reason_label

_MOST = 20


def refused_rows(refused: Sequence[Any], lang: Lang) -> Iterator[QWidget]:
    """Two or three lines for each reason."""
    for number, (reason, lifted) in enumerate(dict.fromkeys((one.reason, one.lifted_by) for one in refused)):
        ids = [one.hcp_id for one in refused if one.reason == reason]
        yield label(t("refused.why", lang, reason=reason_label(reason, lang)), name=f"refusedWhy{number}")
        if lifted:
            yield label(t("refused.lift", lang, lift=lifted), kind="muted", name=f"refusedLift{number}")
        more = t("refused.more", lang, count=len(ids) - _MOST) if len(ids) > _MOST else ""
        yield label(t("desk.list_sep", lang).join(ids[:_MOST]) + more, kind="small", name=f"refusedPeople{number}")
