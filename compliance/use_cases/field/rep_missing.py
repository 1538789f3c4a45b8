"""What a rep may do with a person of the pack, and which fields their work may show that the pack does not hold.

Rules: (1) the action comes first: may ask, do not ask before a day, do not contact, or open; who is in no pack is not
to be contacted, like everybody who is closed; (2) the missing fields are those the rules grant to the role for this
purpose less those in view: rule and view are known to the reader, so their difference tells nothing new; why one of
them is missing is asked with :func:`bundles.rep_why`, which answers alike for every cause.
"""

from dataclasses import dataclass

from compliance.model.access import Role
from compliance.model.answer import Answer
from compliance.model.profile import ProfileView
from compliance.policy.access import TOLD
from compliance.policy.catalogue import FieldGrant, Treatment
from compliance.use_cases.seat.rep_session import RepSession
from compliance.use_cases.seat.session import shipped_policy

#: The one reason a rep hears.
ONE_REASON = TOLD


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a page: the action, a code with a day behind a colon, and the keys that are not in view."""

    action: str
    missing: tuple[str, ...]


def around(session: RepSession, *, hcp_id: str, view: ProfileView | None) -> Answer[Around]:
    """For one person; ``view`` is what is shown of them, None where nothing is. Logs nothing: it shows no value."""
    now = session.clock.now()
    action = session.vault.action(hcp_id, now) or "do_not_contact"
    return Answer(Around(action, _missing(view) if view is not None else ()))


def _missing(view: ProfileView) -> tuple[str, ...]:
    policy = shipped_policy()
    grant = policy.grants[view.purpose].at(view.at)
    if grant is None:
        return ()
    seen = {shown.key for shown in view.fields}
    return tuple(key for key in policy.fields if key not in seen and _granted(grant.fields.get(key), view.role))


def _granted(field: FieldGrant | None, role: Role) -> bool:
    handling = field.treatments.get(role) if field is not None else None
    return handling is not None and handling.treatment is not Treatment.WITHHOLD
