"""Careful writing: private, whole or not at all."""

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from compliance.errors import ExportError
from compliance.exports.files import file_name, write_file, write_private

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions and limits")


def test_writes_whole_private_and_returns_the_digest(tmp_path):
    path = tmp_path / "a" / "b" / "S-7QK4M2XA.pdf"
    written = write_file(path, b"content")
    assert path.read_bytes() == b"content"
    assert written.sha256 == hashlib.sha256(b"content").hexdigest()
    assert written.size == 7
    assert [p.name for p in path.parent.iterdir()] == ["S-7QK4M2XA.pdf"]


@posix
@pytest.mark.req("REQ-052")
def test_only_the_owner_may_read(tmp_path):
    path = tmp_path / "x" / "sheet.pdf"
    write_private(path, b"1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_existing_file_stays_unless_told(tmp_path):
    path = tmp_path / "r.pdf"
    write_file(path, b"old")
    with pytest.raises(ExportError) as caught:
        write_file(path, b"new")
    assert caught.value.code == "exists"
    assert path.read_bytes() == b"old"
    write_file(path, b"new", replace=True)
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["r.pdf"]


def test_a_folder_or_a_file_in_the_way(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ExportError) as caught:
        write_file(tmp_path / "folder", b"1", replace=True)
    assert caught.value.code == "is_a_folder"
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ExportError) as caught:
        write_file(tmp_path / "file" / "x.pdf", b"1")
    assert caught.value.code == "not_a_folder"


@posix
def test_no_room_leaves_nothing_behind(tmp_path):
    # A file-size limit is the kernel's own "no room": the write fails half way through.
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from compliance.exports.files import write_file\n"
        "from compliance.errors import StorageFull\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: write_file(Path(sys.argv[1]) / 'big.pdf', b'x' * 100_000)\n"
        "except StorageFull as error: print(error.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "storage_full"
    assert list(tmp_path.iterdir()) == []


@posix
def test_read_only_folder_is_told_as_such():
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o555)
        code = (
            "import os, sys; from pathlib import Path\n"
            "from compliance.exports.files import write_file\n"
            "from compliance.errors import ExportError\n"
            "os.geteuid() == 0 and os.setuid(65534)\n"
            "try: write_file(Path(sys.argv[1]) / 'x.pdf', b'1')\n"
            "except ExportError as error: print(error.code)\n"
        )
        done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "read_only"
        assert list(folder.iterdir()) == []
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)


@pytest.mark.req("REQ-052")
def test_names_hold_only_serials_and_ids():
    assert file_name("S-7QK4M2XA", "HCP-7QK4M2XA", suffix=".pdf") == "S-7QK4M2XA_HCP-7QK4M2XA.pdf"
    for part in ("王𬭊", "../x", "a b", "", "Wang Li", ".hidden"):
        with pytest.raises(ExportError):
            file_name(part, suffix=".pdf")
    with pytest.raises(ExportError):
        file_name(suffix=".pdf")
