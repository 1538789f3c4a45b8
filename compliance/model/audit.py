"""What a use case says happened. The vault adds number, state digest and place in the tree."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """The closed set of audit entry kinds 操作日志."""

    VAULT_CREATED = "vault_created"
    VAULT_OPENED = "vault_opened"
    VAULT_CLOSED = "vault_closed"
    UNLOCK_FAILED = "unlock_failed"
    VAULT_MOVED = "vault_moved"
    SCHEMA_UPGRADED = "schema_upgraded"
    CLOCK_ANOMALY = "clock_anomaly"
    CLOCK_ACKNOWLEDGED = "clock_acknowledged"
    USER_ADDED = "user_added"
    USER_REMOVED = "user_removed"
    USER_RESET = "user_reset"
    KEY_CARRIED = "key_carried"  # a key to sign requests with elsewhere was made or called back
    PASSPHRASE_CHANGED = "passphrase_changed"  # noqa: S105 - a kind, not a secret
    DEVICE_SECRET_CHANGED = "device_secret_changed"  # noqa: S105 - a kind, not a secret
    RECOVERED = "recovered"
    TRAINING_RECORDED = "training_recorded"  # of somebody with an account
    DRILL_RECORDED = "drill_recorded"  # what the company does at an incident was rehearsed
    REP_REGISTERED = "rep_registered"
    SOURCE_REGISTERED = "source_registered"
    SETTING_CHANGED = "setting_changed"
    POLICY_ACTIVATED = "policy_activated"  # a company's own rules were put in force from an instant
    POLICY_CALLED_OFF = "policy_called_off"  # and taken back before they began
    POLICY_PREVIEWED = "policy_previewed"
    POLICY_REPLAYED = "policy_replayed"  # a logged decision was made again under the rules of its day
    NOTICE_ACTIVATED = "notice_activated"
    NOTICE_DRAFTED = "notice_drafted"
    NOTICE_STAGED = "notice_staged"
    NOTICE_RETIRED = "notice_retired"
    NOTICE_REGISTERED = "notice_registered"  # a notice of the past, as it was found
    NOTICE_EXCEPTION = "notice_exception"
    NOTICE_SAVED = "notice_saved"  # the rules were handed over as a file
    NOTICE_SERVED = "notice_served"  # handed over to a person, whatever they answer
    FORMS_PRINTED = "forms_printed"
    CAMPAIGN_STARTED = "campaign_started"
    CAMPAIGN_DELIVERED = "campaign_delivered"
    CAMPAIGN_CLOSED = "campaign_closed"
    BASIS_RECORDED = "basis_recorded"
    BASIS_ENDED = "basis_ended"
    MEMO_RECORDED = "memo_recorded"  # the privacy officer waives one separate consent, or ends that
    ACTIVITY_RECORDED = "activity_recorded"
    ASSESSMENT_RECORDED = "assessment_recorded"
    PROFILE_OPENED = "profile_opened"
    ACCESS_REFUSED = "access_refused"
    LIST_SHOWN = "list_shown"
    VALUE_REVEALED = "value_revealed"
    WHY_SHOWN = "why_shown"
    COPIED = "copied"
    PERSON_ADDED = "person_added"
    PERSON_AMENDED = "person_amended"
    HISTORY_SHOWN = "history_shown"  # what a field was before
    TAG_VALIDATED = "tag_validated"  # the method of a predictive field was checked against what really was
    VALUE_DISPUTED = "value_disputed"
    DISPUTE_SETTLED = "dispute_settled"
    PERSON_OBJECTED = "person_objected"
    OBJECTION_TAKEN_BACK = "objection_taken_back"
    PERSON_READMITTED = "person_readmitted"  # somebody who was erased may come in again
    PERSON_BLOCKED = "person_blocked"
    ASSIGNED = "assigned"
    CONSENT_RECORDED = "consent_recorded"
    CONSENT_REFUSED_ENTRY = "consent_refused_entry"  # an entry that the rules did not accept
    CONSENT_CHECKED = "consent_checked"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_WOUND_DOWN = "consent_wound_down"  # somebody confirms that what ended by itself has stopped
    CONSENT_SUSPENDED = "consent_suspended"
    CONSENT_INVALIDATED = "consent_invalidated"
    PEOPLE_DISTINCT = "people_distinct"
    PEOPLE_MERGED = "people_merged"
    PEOPLE_UNMERGED = "people_unmerged"
    STATES_REBUILT = "states_rebuilt"  # the narrow state table was made anew from the events
    SCOPE_STOPPED = "scope_stopped"  # a purpose or an item was paused, ended or taken up again for everybody
    CONSENTS_IMPORTED = "consents_imported"  # a list or a log of consents was published, or a part of its people
    STACK_FILLED = "stack_filled"  # scans were split into forms
    STACK_CHANGED = "stack_changed"  # sampled, returned as a whole, closed, taken back
    FORM_ASSIGNED = "form_assigned"
    FORM_RETURNED = "form_returned"
    SIGNATURE_CHECKED = "signature_checked"
    EVIDENCE_SEALED = "evidence_sealed"
    EVIDENCE_OPENED = "evidence_opened"
    EXCEPTIONAL_GRANTED = "exceptional_granted"  # minutes of access a role does not have, approved by another
    EXCEPTIONAL_ENDED = "exceptional_ended"
    AUTOMATION_CHOICE = "automation_choice"  # the person refuses automated decisions, or takes that back
    RULE_RUN = "rule_run"  # a registered rule gave results, each with its inputs
    CASE_OPENED = "case_opened"
    CASE_CLOSED = "case_closed"
    TASK_DONE = "task_done"
    IMPORT_STARTED = "import_started"
    IMPORT_STAGED = "import_staged"
    IMPORT_COMPARED = "import_compared"  # rows of a later file were held against what is held
    IMPORT_PUBLISHED = "import_published"
    PEOPLE_UPDATED = "people_updated"  # a later file changed values of people who are held
    IMPORT_DROPPED = "import_dropped"
    IMPORT_UNDONE = "import_undone"
    IMPORT_REFUSED = "import_refused"
    EXPORT_APPROVED = "export_approved"
    EXPORT_WRITTEN = "export_written"
    EXPORT_FAILED = "export_failed"
    SHEET_ISSUED = "sheet_issued"
    SHEET_RECALLED = "sheet_recalled"  # papers were asked back
    SHEET_ENDED = "sheet_ended"  # papers were reported returned, destroyed or lost
    BUNDLE_ISSUED = "bundle_issued"
    BUNDLE_OPENED = "bundle_opened"
    BUNDLE_REFUSED = "bundle_refused"
    BUNDLE_DROPPED = "bundle_dropped"  # a rep deleted the people of a pack from their computer
    ACT_CAPTURED = "act_captured"  # in a rep's own store: somebody answered in front of the rep
    RETURN_MADE = "return_made"
    RETURN_RECEIVED = "return_received"
    RETURN_REFUSED = "return_refused"
    TRANSFER_ASSESSED = "transfer_assessed"
    TRANSFER_REFUSED = "transfer_refused"
    TRANSFER_SENT = "transfer_sent"
    RECIPIENT_REGISTERED = "recipient_registered"
    REQUESTED = "requested"  # a two-person request waits
    APPROVED = "approved"
    CARRIED_OUT = "carried_out"  # what two have signed is done
    CARRY_FAILED = "carry_failed"  # it could not be done; the request stays open
    REJECTED = "rejected"
    ERASURE_BEGUN = "erasure_begun"
    ERASED = "erased"
    BACKED_UP = "backed_up"
    REHEARSED = "rehearsed"
    RESTORED = "restored"
    REKEY_BEGUN = "rekey_begun"
    REKEYED = "rekeyed"
    CHECKPOINT = "checkpoint"
    FINDING_CHANGED = "finding_changed"  # a finding of an audit was opened, assigned, answered or closed
    HOLD_SET = "hold_set"  # nothing in its scope is deleted while it stands
    HOLD_LIFTED = "hold_lifted"
    RETENTION_EXTENDED = "retention_extended"  # an end was put off, with a reason
    RETENTION_RELEASED = "retention_released"  # two have signed that a run may let go
    LET_GO = "let_go"  # values past their end were removed for real, or passed over
    RETENTION_DONE = "retention_done"
    WITNESSED = "witnessed"  # a seal was cosigned here, or a cosigned one was taken back
    AUDIT_REPORT = "audit_report"
    VERIFIED = "verified"
    SEAT_SWEPT = "seat_swept"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One thing that happened. Never a value: ids, field keys, codes, counts, digests.

    ``detail`` holds JSON scalars or lists of them under ASCII keys.
    """

    kind: Kind
    at: datetime
    actor: str
    role: str
    hcps: tuple[str, ...] = ()
    purpose: str = ""
    fields: tuple[str, ...] = ()
    decision: str = ""
    policy: str = ""
    detail: Mapping[str, "Scalar | list[Scalar]"] = field(default_factory=dict)


Scalar = str | int | bool | None
