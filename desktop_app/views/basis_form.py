"""The window for a legal basis other than consent: each kind asks for what it must rest on (REQ-010 to REQ-013).

A contract asks for number, parties and a reason for each field; a statutory duty for an entry of Legal's list; public
information for source, day, why it was published, our purpose, fields and a capture. What is missing the core names.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QComboBox, QWidget

from compliance.model.access import Purpose
from compliance.model.basis import BasisSupport
from compliance.model.limits import day_end
from compliance.use_cases.bases.bases import BasisRequest
from compliance.use_cases.seat.session import shipped_policy
from compliance.use_cases.seat.statutory import statutory_duties
from desktop_app.operations import registers as ops
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import choice, fill_choice
from desktop_app.widgets.field_reasons import FieldReasons
from desktop_app.widgets.form import PathField, day_box, day_in, line
from desktop_app.words import article_label, policy_label, purpose_label

_CONTRACT, _DUTY, _PUBLIC = "contract", "statutory_duty", "public_information"
_WIDE = 860
#: How a role speaks of the bases: the three that rest on more than a reference come first.
_FIRST = (_CONTRACT, _DUTY, _PUBLIC)


def ask_basis(desk: Desk, page: Page, *, hcp_id: str, done: Callable[[Any], object]) -> ActDialog:
    """Register a basis for one person."""
    lang = page.lang
    dialog = ActDialog(
        desk,
        page,
        name="basisDialog",
        title=page.t("person.basis.title"),
        effect=page.t("person.basis.effect"),
        act=page.t("person.basis.go"),
    )
    kind, purpose = choice(name="basisKind"), choice(name="basisPurpose")
    fill_choice(kind, [(policy_label("basis", k, lang), k) for k in _kinds()])
    fill_choice(purpose, [(purpose_label(p, lang), p) for p in _purposes()])
    dialog.setMinimumWidth(_WIDE)
    until = day_box("basisUntil")
    dialog.pair(("person.basis.kind", kind), ("exports.purpose", purpose), ("person.basis.until", until))
    contract, parties = line("basisContract", lang=lang), line("basisParties", lang=lang)
    parties.setText(f"{hcp_id}; ")
    dialog.pair(("person.basis.contract", contract), ("person.basis.parties", parties))
    duty = dialog.put("person.basis.duty", _duties(page))
    source, captured = line("basisSource", lang=lang), day_box("basisCaptured")
    published, ours = line("basisPublished", lang=lang), line("basisOurs", lang=lang)
    dialog.pair(
        ("person.basis.source", source),
        ("person.basis.captured_on", captured),
        ("person.basis.published_for", published),
    )
    capture = PathField("basisCapture", mode="open", lang=lang)
    dialog.pair(("person.basis.our_purpose", ours), ("person.basis.capture", capture))
    keys = [k for k, f in shipped_policy().fields.items() if f.section is not None]
    fields = dialog.put("person.basis.fields", FieldReasons(keys, lang, name="basisFields"))
    reference = dialog.put("person.basis.reference", line("basisReference", lang=lang))
    others = tuple(k for k in _kinds() if k not in _FIRST)
    shown: dict[QWidget, tuple[str, ...]] = {
        **dict.fromkeys((contract, parties), (_CONTRACT,)),
        duty: (_DUTY,),
        **dict.fromkeys((source, captured, published, ours, capture), (_PUBLIC,)),
        fields: _FIRST,
        reference: others,
    }
    dialog.only_where(kind, shown)
    dialog.gaps(
        {
            "contract": contract,
            "party": parties,
            "field": fields,
            "duty": duty,
            "source": source,
            "captured_on": captured,
            "published_for": published,
            "our_purpose": ours,
            "reference": reference,
            "valid_until": until,
        }
    )

    def make() -> Any:
        basis, last = str(kind.currentData()), day_in(until)
        asked = {inner: basis in kinds for inner, kinds in shown.items()}
        support = BasisSupport(
            contract=contract.text().strip() if asked[contract] else "",
            parties=_split(parties.text()) if asked[parties] else (),
            reasons=fields.reasons() if asked[fields] else (),
            duty=str(duty.currentData() or "") if asked[duty] else "",
            source=source.text().strip() if asked[source] else "",
            captured_on=day_in(captured) if asked[captured] else None,
            published_for=published.text().strip() if asked[published] else "",
            our_purpose=ours.text().strip() if asked[ours] else "",
        )
        request = BasisRequest(
            hcp_id=hcp_id,
            purpose=Purpose(purpose.currentData()),
            basis=basis,
            reference=reference.text().strip() if asked[reference] else "",
            valid_until=day_end(last) if last else None,
            support=support,
            capture=capture.path if asked[capture] else None,
        )
        return ops.add_basis(request=request)

    return dialog.ask(make, done)


def _kinds() -> tuple[str, ...]:
    rules = shipped_policy().bases
    known = [k for k, rule in rules.items() if rule.enabled and k != "consent"]
    return (*(k for k in _FIRST if k in known), *(k for k in known if k not in _FIRST))


def _purposes() -> list[Purpose]:
    """Purposes that may stand on a registered basis first, then the others: the refusal names the article."""
    rules = shipped_policy().purposes
    return sorted(Purpose, key=lambda p: not rules[p].bases)


def _duties(page: Page) -> QComboBox:
    box = choice(name="basisDuty")
    zh = str(page.lang) == "zh"
    none: list[tuple[str, object]] = [("—", "")]
    for key, duty in statutory_duties().items():
        text = f"{duty.label_zh if zh else duty.label_en} · {article_label(duty.reference, page.lang)}"
        none.append((text, key))
    fill_choice(box, none)
    return box


def _split(text: str) -> tuple[str, ...]:
    parts = text.replace("；", ";").replace("\n", ";").split(";")
    return tuple(part.strip() for part in parts if part.strip())
