"""Invented figures of an audit period."""

import random
from datetime import UTC, date, datetime, timedelta

from sheet_samples import AT, ROOT

from compliance.exports.audit_data import (
    AuditReportData,
    BeforeProofLine,
    EntryLine,
    Finding,
    ImportLine,
    ItemLine,
    PurposeCount,
    RegisterLine,
    RightsLine,
    SentLine,
    ThresholdLine,
    ViewCount,
)
from compliance.model.access import Purpose, Role
from compliance.model.audit import Kind

KINDS = (Kind.PROFILE_OPENED, Kind.ACCESS_REFUSED, Kind.CONSENT_RECORDED, Kind.LIST_SHOWN, Kind.SHEET_ISSUED)


def pseudonym(rng):
    return "HCP-" + "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(8))


def entries(count, seed=1):
    rng = random.Random(seed)
    return tuple(
        EntryLine(
            index=i,
            at=AT + timedelta(seconds=i),
            kind=rng.choice(KINDS),
            actor="chen",
            role=Role.COMPLIANCE,
            purpose=Purpose.VISIT,
            hcps=tuple(pseudonym(rng) for _ in range(rng.choice((0, 1, 1, 1, 5)))),
            decision="granted",
        )
        for i in range(count)
    )


def report(count=120, **changes):
    data = {
        "report_id": "AR-7QK4M2XA",
        "handler": "华辰示例医药（上海）有限公司",
        "credit_code": "91310000MA1FL0000X",
        "vault_id": "V-ABCDEFGH",
        "scope": "整个档案库",
        "period_from": datetime(2025, 12, 31, 16, 0, tzinfo=UTC),
        "period_to": AT,
        "made_at": AT,
        "made_by": "liu",
        "made_by_role": Role.DPO,
        "system_version": "0.1.0",
        "rule_set_version": "CN-2026-01",
        "rule_set_digest": "ab" * 32,
        "people": 2000,
        "people_by_state": (("active", 1950), ("restricted", 30), ("erased", 20)),
        "purposes": (
            PurposeCount(purpose=Purpose.VISIT, proven=812, sampled=172, pending=41, unproven=350, withdrawn=12,
                         refused=30, expired=5),
            PurposeCount(purpose=Purpose.DIGITAL, proven=403, sampled=193, pending=22, unproven=501, withdrawn=9,
                         refused=61, expired=2),
            PurposeCount(purpose=Purpose.EVENT, proven=120, pending=4, unproven=60, refused=3),
            PurposeCount(purpose=Purpose.MEDICAL, proven=88, unproven=20),
            PurposeCount(purpose=Purpose.SPEAKER, proven=31),
        ),
        "withdrawals": 21,
        "slowest_withdrawal_seconds": 5400,
        "slowest_withdrawal_event": "E-AAAABBBB",
        "before_proof": (BeforeProofLine("card", 214),),
        "views": (
            ViewCount(Role.COMPLIANCE, Purpose.RIGHTS, 340, 12),
            ViewCount(Role.REP, Purpose.VISIT, 1204, 388),
        ),
        "refusals_by_reason": (("no_valid_consent", 380), ("role_not_entitled", 20)),
        "exports": 3,
        "sheets": 412,
        "packs": 18,
        "imports": (
            ImportLine(batch="B-AAAABBBB", source="CRM", at=AT, file_sha256="c" * 64, read=2214, accepted=2000,
                       quarantined=120, rejected=14, duplicates=80),
        ),
        "systems_outside": ("会议平台", "费用系统"),
        "thresholds": (ThresholdLine("标准合同", 1200, 100_000),),
        "rights": (RightsLine(kind="查阅", count=4, median_days=3, longest_days=9),),
        "recipients": (RegisterLine(key="R-1", title="Hua Global GmbH", since=date(2026, 1, 5)),),
        "findings": (Finding(finding="F-01", what="3 名代表培训日期缺失", owner="合规部", due=date(2026, 12, 20)),),
        "log_from": 0,
        "log_to": max(count - 1, 0),
        "log_size": count,
        "root": ROOT,
        "checkpoint_note": "consentkeep/V-ABCDEFGH\n120\nnzrCG31eT2Chs8PU5fBxgpOkWmx9fo+QobLD1OX2Bxg=\n\n— chen +abc==",
        "key_fingerprint": "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "entries": entries(count),
        "sandbox": True,
    }  # fmt: skip
    return AuditReportData(**(data | changes))


def busy(kind):
    """Page 1 at its fullest: every purpose, long words, many items and transfers."""
    purposes = tuple(
        PurposeCount(purpose=p, proven=9000, sampled=400, pending=40, unproven=350, withdrawn=12, refused=30)
        for p in Purpose
    )
    items = tuple(
        ItemLine(label=f"数字沟通·企业微信 {n}", status="given", since=AT, until=AT, grade="E1", event=f"EV-{n:08}",
                 evidence_sha256="d" * 64, notice="CK-VISIT@1.0")
        for n in range(30)
    )  # fmt: skip
    sent = tuple(SentLine(index=n, at=AT, recipient="EXAMPLE-AG", people=40, serial=f"L-{n:08}") for n in range(30))
    lines = 8 if kind == "transfer" else 3
    subject = tuple((f"标签 {n}", "境外接收方的处理目的与方式说明") for n in range(lines))
    waiting = tuple(
        Finding(finding=f"TK-{n:08}", what="删除不再有依据的资料，或写明保留依据", due=date(2026, 12, 20))
        for n in range(9)
    )
    several = tuple(
        Finding(finding=f"FD-{n:08}", what="三名代表的个人信息保护培训已过期，且未登记备案编号",
                owner="compliance.officer", due=date(2026, 9, 20), risk="高风险", state="待整改", proof="–")
        for n in range(9)
    )  # fmt: skip
    return report(
        60, kind=kind, purposes=purposes, items=items, sent=sent, subject=subject, findings=several, waiting=waiting,
        handler="中国医药健康产业（上海）自由贸易试验区临港新片区创新药物研究开发与市场推广股份有限公司第二分公司",
        systems_outside=tuple(f"系统{n}" for n in range(12)), log_problem="", clock_anomalies=2, aside=3,
        acts=tuple((k, 10) for k in KINDS), scope="2026" if kind == "year" else "HCP-AAAABBBB",
    )  # fmt: skip
