"""A desk for tests from the specification: one practice vault, a user of every role, invented people in messy files.

Unlocking costs 0.4 s on purpose, so a vault and its sessions are made once per module and shared; clocks stand still
and are moved by hand. Nothing here reaches into the product beyond its use cases.
"""

import csv
import io
import os
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from compliance.clock import Clock, FixedClock
from compliance.model.access import Purpose, Role
from compliance.model.answer import Refusal
from compliance.model.audit import Kind
from compliance.model.consent import Method
from compliance.model.profile import ProfileView, SourceClass
from compliance.model.register import Rep
from compliance.progress import NoProgress
from compliance.use_cases.consent import checking, recording
from compliance.use_cases.imports import imports
from compliance.use_cases.people import reps, sources
from compliance.use_cases.seat import accounts
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing import profiles

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PASS = "correct horse battery"
NOTICE = "CK-VISIT@1.0"
#: name → role; two privacy officers' deputies are two compliance officers here.
STAFF = {
    "zhao": Role.DPO,
    "chen": Role.COMPLIANCE,
    "sun": Role.COMPLIANCE,
    "wu": Role.CLERK,
    "qian": Role.FINANCE,
    "zhou": Role.AUDITOR,
    "zheng": Role.SECURITY_ADMIN,
}
HEAD = (
    "客户编号", "姓名", "性别", "医院", "科室", "职称", "省份", "城市", "手机", "邮箱", "微信号", "执业证书编码",
    "身份证号", "银行卡号", "是否同意推广", "同意日期", "同意方式", "月处方量(盒)", "潜力", "备注", "最近更新",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """One invented person as a CRM has them."""

    number: str
    name: str
    hospital: str = "示例第一医院"
    department: str = "心内科"
    phone: str = ""
    email: str = ""
    licence: str = ""
    consent: str = ""
    note: str = ""
    updated: str = "2026/10/24"
    title: str = "主任医师"
    gender: str = "女"
    wechat: str = ""
    identity: str = ""
    bank: str = ""
    scripts: str = ""

    def row(self) -> list[str]:
        """The line of the export."""
        return [
            self.number, self.name, self.gender, self.hospital, self.department, self.title, "北京市", "北京市",
            self.phone, self.email, self.wechat, self.licence, self.identity, self.bank, self.consent,
            "2025-05-01" if self.consent else "", "面对面" if self.consent else "", self.scripts, "", self.note,
            self.updated,
        ]  # fmt: skip


def invent(count: int, *, seed: int = 20261124, first: int = 1) -> list[Doctor]:
    """``count`` distinct people; the same for the same seed."""
    dice = random.Random(seed)
    surnames, given = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "若溪明远思齐文博雅琴子墨书怡景行"
    return [
        Doctor(
            number=f"K{first + n:06}",
            name=dice.choice(surnames) + "".join(dice.sample(given, 2)),
            hospital=f"示例第{1 + n % 40}医院",
            department=dice.choice(("心内科", "肿瘤科", "儿科", "眼科")),
            phone=f"139{first + n:08}",
            licence=f"{113572468913572 + first + n}",
        )
        for n in range(count)
    ]


def write_csv(path: Path, people: list[Doctor], *, encoding: str = "gb18030") -> Path:
    """The people as a CRM export."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(HEAD)
    out.writerows(p.row() for p in people)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


@dataclass(frozen=True)
class Still:
    """A clock for real vaults in tests."""

    instant: datetime

    def now(self) -> datetime:
        """The instant."""
        return self.instant


@dataclass
class Desk:
    """A vault, its people and whoever sits at it."""

    folder: Path
    vault: Path = field(init=False)
    at: datetime = NOW
    sandbox: bool = True
    _open: dict[str, Session] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.vault = self.folder / "desk.ckvault"

    @classmethod
    def create(
        cls, folder: Path, *, at: datetime = NOW, staff: dict[str, Role] = STAFF, sandbox: bool = True
    ) -> "Desk":
        """A new vault with ``staff``, a first-party source CRM and a rep."""
        folder.mkdir(parents=True, exist_ok=True)
        desk = cls(folder, at=at, sandbox=sandbox)
        sessions.create_vault(
            desk.vault,
            owner="zhao",
            handler="示例药业（上海）有限公司",
            passphrase=PASS,
            clock=FixedClock(at),
            sandbox=sandbox,
            recovery_sheet=folder / "recovery.pdf",
        )
        for name, role in staff.items():
            if name != "zhao":
                done(accounts.add_user(desk.sit("zhao"), name=name, role=role, passphrase=f"{PASS} {name}"))
        done(sources.add_source(desk.sit("zhao"), code="CRM", name="CRM 导出", provenance=SourceClass.FIRST))
        desk.rep("liming", "E001")
        desk.rep("hanmei", "E002")
        return desk

    def sit(self, name: str) -> Session:
        """The open session of ``name`` at the desk's time."""
        if name not in self._open:
            self._open[name] = self.fresh(name)
        session = self._open[name]
        session.clock = self.clock()
        return session

    def fresh(self, name: str, passphrase: str | None = None) -> Session:
        """A further session, the caller's to close."""
        secret = passphrase or (PASS if name == "zhao" else f"{PASS} {name}")
        found = sessions.open_session(self.vault, user=name, passphrase=secret, clock=self.clock())
        assert isinstance(found, Session)
        return found

    def clock(self) -> Clock:
        """The desk's time; a real vault takes no ``--at`` clock."""
        return FixedClock(self.at) if self.sandbox else Still(self.at)

    def rise(self) -> None:
        """Everybody leaves."""
        for session in self._open.values():
            sessions.close_session(session)
        self._open.clear()

    def wait(self, **span: float) -> datetime:
        """Move the clock on."""
        self.at += timedelta(**span)
        return self.at

    def clock_set_back(self) -> None:
        """The log says that the clock was found set back, as at an unlock."""
        session = self.sit("zhao")
        with session.vault.unit_of_work() as uow:
            uow.commit(session.event(Kind.CLOCK_ANOMALY, at=self.at, detail={"seconds_behind": 86_400}))

    def rep(self, name: str, number: str, recipient: str = "") -> None:
        """Register a rep."""
        done(reps.add_rep(self.sit("zhao"), rep=Rep(name=name, role=Role.REP, employee_no=number, recipient=recipient)))

    def bring(self, people: list[Doctor], *, name: str = "crm.csv", source: str = "CRM") -> imports.ImportReport:
        """Import people as the clerk does, without keeping the file."""
        path = write_csv(self.folder / name, people)
        try:
            return done(
                imports.import_people(
                    self.sit("wu"), request=imports.ImportRequest(path=path, source=source), progress=NoProgress()
                )
            )
        finally:
            path.unlink()

    def id_of(self, name: str, hospital: str = "") -> str:
        """The pseudonym of a person found by name."""
        page = done(
            profiles.find_people(self.sit("chen"), text=f"{name} {hospital}".strip(), purpose=Purpose.MDM, limit=5)
        )
        assert page.total == 1, page.total
        return page.rows[0].hcp_id

    def paper(self, text: str = "signed") -> Path:
        """A scan."""
        path = self.folder / f"scan{len(list(self.folder.glob('scan*.pdf')))}.pdf"
        path.write_bytes(b"%PDF-1.4\n% " + text.encode() + b"\n%%EOF\n")
        return path

    def act(self, hcp_id: str, item: str = "visit", **more: object) -> recording.RecordConsent:
        """A paper consent of yesterday, notice an hour before the act."""
        day = self.at - timedelta(days=1)
        facts: dict[str, object] = {
            "hcp_id": hcp_id,
            "item": item,
            "answer": "given",
            "method": Method.PAPER,
            "notice": NOTICE,
            "presented_at": (day - timedelta(hours=1)).isoformat(),
            "acted_at": day.isoformat(),
            "evidence": self.paper(),
            "identity_check": "in_person",
            "place_of_original": "柜 3-1",
            "page_count": 1,
        }
        return recording.RecordConsent(**{**facts, **more})  # type: ignore[arg-type]

    def consent(self, hcp_id: str, item: str = "visit", **more: object) -> str:
        """Recorded by the clerk, accepted by compliance: the item is open."""
        made = done(recording.record_consent(self.sit("wu"), request=self.act(hcp_id, item, **more)))
        checked = done(checking.check_evidence(self.sit("chen"), event_id=made.event_id, accept=True))
        assert checked.status == "given", checked
        return made.event_id

    def assign(self, *hcp_ids: str, rep: str = "liming") -> None:
        """The rep is responsible for them."""
        done(reps.assign(self.sit("chen"), hcp_ids=hcp_ids, rep=rep))


def done(answer):  # type: ignore[no-untyped-def]
    """The value of an answer that must not be a refusal."""
    assert not isinstance(answer.value, Refusal), answer.value
    return answer.value


def no(answer) -> Refusal:  # type: ignore[no-untyped-def]
    """The refusal of an answer that must be one."""
    assert isinstance(answer.value, Refusal), answer.value
    return answer.value


def shown(view: ProfileView) -> dict[str, str]:
    """Field → value, of what shows."""
    return {f.key: f.value for f in view.fields if f.value is not None}


def forms(mark: str) -> set[bytes]:
    """A value as it may lie in a file."""
    found = set()
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
        found.add(mark.encode(encoding))
    return found


def files_with(marks: list[str], *folders: Path) -> list[tuple[str, str]]:
    """(file, mark) of every file under ``folders`` that holds a mark in any encoding, or bears it in its name."""
    hits = []
    sought = {mark: forms(mark) for mark in marks}
    for folder in folders:
        for root, _, names in os.walk(folder):
            for name in names:
                path = Path(root) / name
                data = path.read_bytes()
                for mark, shapes in sought.items():
                    if mark in name or any(shape in data for shape in shapes):
                        hits.append((str(path), mark))
    return hits
