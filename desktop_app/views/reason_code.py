"""An officer types the code somebody reads out: asks for the full reason and shows it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from compliance.model.answer import Answer, Refusal
from desktop_app.errors import problem
from desktop_app.operations import people
from desktop_app.widgets.reason_opened import ReasonDialog
from desktop_app.words import reason_label

if TYPE_CHECKING:
    from desktop_app.views.people import PeoplePage


def open_code(page: "PeoplePage") -> None:
    """The dialog over the people page; from its answer one can go on to the person."""

    def ask(code: str, show: Callable[[Any], None], fail: Callable[[str], None]) -> None:
        def receive(answer: Answer[Any]) -> None:
            if isinstance(answer.value, Refusal):
                fail(reason_label(answer.value.reason, page.lang))
            else:
                show(answer.value)

        page.run(people.open_reason(code=code), receive, lambda error: fail(problem(error, page.lang).text))

    ReasonDialog(page, page.lang, ask=ask, visit=page.show_person).open()
