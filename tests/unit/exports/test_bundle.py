"""Fault tests F11, F12 and F14 on packs: every flip, cut, splice, replay and stranger is refused."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pack_samples as sample
import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.audit.entry import canonical
from compliance.errors import ExportError
from compliance.exports import bundle
from compliance.exports.bundle import PackFault, PackRefused, open_pack
from compliance.exports.pack_content import read_people, write_people
from compliance.model.access import FieldState, Purpose
from compliance.model.pack import OpenedPack
from compliance.model.profile import ShownField

AT = sample.AT
SECRET = str(sample.IDENTITY)


def opened(data: bytes, **options: Any) -> OpenedPack | PackRefused:
    values: dict[str, Any] = {"now": AT + timedelta(hours=1), "vault_id": sample.VAULT, **options}
    return open_pack(data, values.pop("identity", SECRET), values.pop("publisher_key", sample.PUBLISHER_KEY), **values)


def refusal(data: bytes, **options: Any) -> PackFault | None:
    answer = opened(data, **options)
    return answer.code if isinstance(answer, PackRefused) else None


def frame(data: bytes) -> bytes:
    return bytes(pyrage.decrypt(data, [sample.IDENTITY]))


def sealed(framed: bytes) -> bytes:
    return bytes(pyrage.encrypt(framed, [sample.IDENTITY.to_public()]))


def reframed(change: Callable[[dict[str, Any]], None], data: bytes | None = None, sign: bool = True) -> bytes:
    """A pack whose manifest was changed, by the publisher (``sign``) or by somebody else."""
    framed = frame(data or sample.pack())
    size = int.from_bytes(framed[19:23], "big")
    manifest = json.loads(framed[23 : 23 + size])
    change(manifest)
    text = canonical(manifest)
    signature = framed[23 + size : 87 + size]
    if sign:
        signature = sample.PUBLISHER.sign(b"consentkeep-pack/1\n" + text)
    return sealed(framed[:19] + len(text).to_bytes(4, "big") + text + signature + framed[87 + size :])


@pytest.mark.req("REQ-050")
def test_what_goes_in_comes_out() -> None:
    data = sample.pack(sequence=4, previous_sha256="cd" * 32)
    found = opened(data)
    assert isinstance(found, OpenedPack)
    assert found.people == sample.PEOPLE and found.notices == sample.NOTICES
    assert (found.manifest.sequence, found.manifest.rep, found.manifest.policy) == (4, "zhang", "ab" * 32)
    assert found.manifest.recipient == sample.RECIPIENT and found.manifest.checkpoint == sample.NOTE
    assert found.sha256 == sha256(data).hexdigest() and found.floor == AT + timedelta(hours=1)
    view = found.people[0].view(Purpose.VISIT)
    assert view is not None and found.people[0].view(Purpose.MEDICAL) is None
    assert "林若溪" not in repr(found.people[0]) and "138" not in repr(view)


def test_the_first_pack_needs_no_pin_and_says_who_published_it() -> None:
    found = opened(sample.pack(), publisher_key=None, vault_id=None)
    assert isinstance(found, OpenedPack) and found.manifest.publisher == sample.PUBLISHER_KEY


@pytest.mark.req("REQ-049")
def test_a_value_that_is_not_shown_cannot_be_packed() -> None:
    leaking = ShownField(key="mobile", state=FieldState.WITHHELD, value="13812345678")
    with pytest.raises(ValueError) as caught:
        sample.pack(people=[sample.person(head=(leaking,))])
    assert "138" not in str(caught.value)


@pytest.mark.req("REQ-049")
@pytest.mark.skipif(shutil.which("age") is None, reason="the program age is not installed")
def test_a_stranger_with_the_identity_finds_only_what_was_put_in(tmp_path: Path) -> None:
    (tmp_path / "pack").write_bytes(sample.pack())
    (tmp_path / "identity").write_text(SECRET + "\n", encoding="ascii")
    command = ["age", "-d", "-i", str(tmp_path / "identity"), str(tmp_path / "pack")]
    plain = subprocess.run(command, capture_output=True, check=True).stdout
    assert plain == frame((tmp_path / "pack").read_bytes())
    size = int.from_bytes(plain[19:23], "big")
    people, notices, office = json.loads(plain[23 : 23 + size])["members"]
    rest = plain[87 + size :]
    assert len(rest) == people["size"] + notices["size"] + office["size"]
    assert json.loads(rest[: people["size"]])["people"][0] == {
        "hcp": "HCP-AAAAAAAA",
        "view_until": "2026-12-01T02:00:00.000000Z",
        "action": "open",
        "cross_border": "never_left",
        "head": (
            head := [
                {"key": "full_name", "state": "disclosed", "value": "林若溪", "freshness": "fresh"},
                {
                    "key": "institution_name",
                    "state": "disclosed",
                    "value": "示例市第一人民医院",
                    "class": "public",
                    "source": "hospital_site",
                    "dated": "2026-05-04",
                },
            ]
        ),
        "views": [
            {
                "purpose": "visit",
                "basis": "visit",
                "fields": [
                    *head,
                    {"key": "mobile", "state": "masked", "value": "138****5678"},
                    {
                        "key": "licence",
                        "state": "withheld",
                        "reason": "not_for_purpose",
                        "references": [["PIPL", "6"]],
                    },
                ],
            }
        ],
    }


@pytest.mark.req("REQ-050")
def test_nothing_of_it_can_be_read_without_the_identity() -> None:
    data = sample.pack()
    for text in ("林若溪", "138****5678", "HCP-AAAAAAAA", "zhang", sample.VAULT, "people.json"):
        assert text.encode() not in data
    other = str(pyrage.x25519.Identity.generate())
    assert refusal(data, identity=other) is PackFault.WRONG_RECIPIENT


def test_every_flipped_byte_of_the_file_is_refused() -> None:
    data = sample.pack()
    for position in range(len(data)):
        flipped = bytearray(data)
        flipped[position] ^= 1
        assert refusal(bytes(flipped)) is not None, position


def test_every_flipped_byte_inside_is_refused() -> None:
    framed = frame(sample.pack())
    for position in range(len(framed)):
        flipped = bytearray(framed)
        flipped[position] ^= 1
        assert refusal(sealed(bytes(flipped)), publisher_key=None, vault_id=None) is not None, position


def test_every_cut_and_addition_is_refused() -> None:
    data = sample.pack()
    framed = frame(data)
    for length in range(0, len(data), 7):
        assert refusal(data[:length]) is not None
    for length in range(0, len(framed), 7):
        assert refusal(sealed(framed[:length])) is not None
    assert refusal(data + b"x") is PackFault.DAMAGED
    assert refusal(data + data) is PackFault.DAMAGED
    assert refusal(sealed(framed + b"x")) is PackFault.TRAILING_BYTES


def test_a_pack_by_a_stranger_is_refused() -> None:
    forged = sample.pack(publisher=sample.STRANGER)
    assert refusal(forged) is PackFault.PUBLISHER_CHANGED
    assert refusal(reframed(lambda m: m.update(rep="eve"), sign=False)) is PackFault.SIGNATURE
    # the publisher's name on a stranger's signature
    framed = frame(forged)
    size = int.from_bytes(framed[19:23], "big")
    signature = framed[23 + size : 87 + size]
    honest = frame(sample.pack())
    assert refusal(sealed(honest[: 23 + size] + signature + honest[87 + size :])) is PackFault.SIGNATURE


def test_a_pack_encrypted_again_to_somebody_else_is_refused() -> None:
    other = pyrage.x25519.Identity.generate()
    passed_on = bytes(pyrage.encrypt(frame(sample.pack()), [other.to_public()]))
    assert refusal(passed_on, identity=str(other)) is PackFault.WRONG_RECIPIENT


def test_a_pack_of_another_vault_is_refused() -> None:
    assert refusal(sample.pack(), vault_id="V-OTHER") is PackFault.WRONG_VAULT
    assert refusal(reframed(lambda m: m.update(vault="V-OTHER")), vault_id="V-OTHER") is PackFault.NOT_A_PACK


@pytest.mark.parametrize("last", [2, 3, 99])
def test_replay_and_rollback_are_refused(last: int) -> None:
    assert refusal(sample.pack(sequence=2), last_sequence=last) is PackFault.OLDER_SEQUENCE


def test_a_successor_names_its_predecessor() -> None:
    first = sha256(sample.pack()).hexdigest()
    second = sample.pack(sequence=2, previous_sha256=first)
    assert refusal(second, last_sequence=1, last_sha256=first) is None
    assert refusal(second, last_sequence=1, last_sha256="00" * 32) is PackFault.PREVIOUS_DIFFERS
    assert refusal(sample.pack(sequence=3, previous_sha256="ee" * 32), last_sequence=1, last_sha256=first) is None


def test_an_expired_pack_is_refused_and_the_clock_cannot_revive_it() -> None:
    end = AT + timedelta(days=14)
    assert refusal(sample.pack(), now=end - timedelta(microseconds=1)) is None
    assert refusal(sample.pack(), now=end) is PackFault.EXPIRED
    assert refusal(sample.pack(), now=AT, floor=end) is PackFault.EXPIRED


def test_the_time_floor_only_rises() -> None:
    early = opened(sample.pack(), now=AT - timedelta(days=400))
    assert isinstance(early, OpenedPack) and early.floor == AT
    seen = opened(sample.pack(), now=AT, floor=AT + timedelta(days=3))
    assert isinstance(seen, OpenedPack) and seen.floor == AT + timedelta(days=3)


def test_size_is_refused_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_PACK_BYTES", 1000)
    assert refusal(b"age-encryption.org/v1\n" + b"x" * 1000) is PackFault.TOO_LARGE
    with pytest.raises(ExportError) as caught:
        sample.pack()
    assert caught.value.code == "pack_too_large"


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"age-encryption.org/v1\n", b"age-encryption.org/v1\n-> X25519 a\n"]
)
def test_other_files_are_refused(data: bytes) -> None:
    assert refusal(data) is (PackFault.DAMAGED if data.startswith(b"age-") else PackFault.NOT_A_PACK)


HOSTILE: dict[str, tuple[Callable[[dict[str, Any]], None], PackFault]] = {
    "a hash": (lambda m: m["members"][0].update(sha256="00" * 32), PackFault.MEMBER_HASH),
    "a size": (lambda m: m["members"][0].update(size=10), PackFault.MEMBER_HASH),
    "an endless size": (lambda m: m["members"][0].update(size=2**50), PackFault.MEMBER_HASH),
    "a negative size": (lambda m: m["members"][0].update(size=-1), PackFault.NOT_A_PACK),
    "a size that is a text": (lambda m: m["members"][0].update(size="10"), PackFault.NOT_A_PACK),
    "a path as name": (lambda m: m["members"][0].update(name="../people.json"), PackFault.NOT_A_PACK),
    "a name twice": (lambda m: m["members"][1].update(name="people.json"), PackFault.NOT_A_PACK),
    "members swapped": (lambda m: m["members"].reverse(), PackFault.MEMBER_HASH),
    "no members": (lambda m: m.update(members=[]), PackFault.NOT_A_PACK),
    "members that are a number": (lambda m: m.update(members=3), PackFault.NOT_A_PACK),
    "another format": (lambda m: m.update(format="consentkeep-pack/2"), PackFault.NOT_A_PACK),
    "a further key": (lambda m: m.update(further=1), PackFault.NOT_A_PACK),
    "no expiry": (lambda m: m.pop("expires"), PackFault.NOT_A_PACK),
    "an instant without offset": (lambda m: m.update(expires="2026-12-30T00:00:00"), PackFault.NOT_A_PACK),
    "a sandbox that is a number": (lambda m: m.update(sandbox=1), PackFault.NOT_A_PACK),
    "a sequence that is true": (lambda m: m.update(sequence=True), PackFault.NOT_A_PACK),
    "a broken head": (lambda m: m.update(checkpoint="x"), PackFault.NOT_A_PACK),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_publisher_is_refused(name: str) -> None:
    change, fault = HOSTILE[name]
    assert refusal(reframed(change), publisher_key=None, vault_id=None) is fault


@pytest.mark.parametrize(
    "people",
    [
        b"{}",
        b'{"people":[1]}',
        b'{"people":[{}]}',
        b"not json",
        write_people([sample.person()]).replace(b"HCP-AAAAAAAA", b"../../secret"),
        write_people([sample.person()]).replace(b'"masked"', b'"naked"'),
        write_people([sample.person(), sample.person()]),
    ],
)
def test_people_that_are_not_people_are_refused(people: bytes) -> None:
    framed = frame(sample.pack())
    size = int.from_bytes(framed[19:23], "big")
    old = json.loads(framed[23 : 23 + size])["members"][0]["size"]
    swapped = sealed(framed[: 87 + size] + people + framed[87 + size + old :])
    fits = {"size": len(people), "sha256": sha256(people).hexdigest()}
    assert refusal(reframed(lambda m: m["members"][0].update(fits), swapped)) is PackFault.NOT_A_PACK


@pytest.mark.parametrize(
    "changes",
    [
        {"sequence": 0},
        {"expires": AT},
        {"people": [sample.person(view_until=AT + timedelta(days=15))]},
        {"people": [replace(sample.person(), hcp_id="Lin")]},
    ],
)
def test_senseless_packs_are_not_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        sample.pack(**changes)


def test_a_recipient_that_is_none_is_an_export_error() -> None:
    with pytest.raises(ExportError) as caught:
        sample.pack(recipient="age1nobody")
    assert caught.value.code == "pack_recipient"


@settings(max_examples=50)
@given(st.text(st.characters(codec="utf-8"), max_size=30), st.sampled_from([None, *FieldState]))
def test_any_text_survives(text: str, state: FieldState | None) -> None:
    shown = ShownField(
        key="k", state=state or FieldState.DISCLOSED, value=None if state is FieldState.WITHHELD else text
    )
    people = (sample.person(head=(shown,), action=text),)
    assert read_people(write_people(people)) == people
