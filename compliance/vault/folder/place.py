"""Where a vault may lie: a local folder that nobody else copies.

SQLite's locks and shared memory do not work over networks, and a synchronising program copies files between two
writes, which tears a vault apart and spreads it. Both are refused, each with its own code and a way out.
"""

import ctypes
import os
import re
import sys
from pathlib import Path, PureWindowsPath

from compliance.errors import VaultError
from compliance.vault.engine.files import as_vault_error

_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|smb3|ncpfs|afs|9p|ceph|glusterfs|lustre|davfs2?|fuse\..*(?:sshfs|davfs|rclone|gvfsd|smb|nfs"
    r"|s3fs|gcsfuse|glusterfs|curlftpfs).*|fuse\.(?:drvfs|vmhgfs-fuse)|virtiofs|vboxsf|prl_fs|afpfs|webdav"
)
#: Folder names of synchronising programs; matched against every part of the path, upper and lower case alike.
_SYNC = re.compile(
    r"onedrive(?: ?-.*)?|dropbox(?: .*)?|icloud ?drive|mobile documents|com~apple~clouddocs|google ?drive"
    r"|googledrive-.*|my drive|我的坚果云|坚果云|nutstore(?: files)?|百度网盘(?:同步空间)?|百度云(?:同步盘)?"
    r"|baidu(?:netdisk|sync|yun)\w*"
    r"|wps ?(?:云盘|云文档|cloud ?files)|wpsdrive|阿里云盘|微云同步盘|box sync|nextcloud|owncloud|syncthing",
    re.IGNORECASE,
)
_REMOTE_DRIVE = 4


def check(path: Path, *, mounts: str | None = None) -> None:
    """VaultError ``network_drive`` or ``sync_folder``. ``mounts`` stands for /proc/mounts (tests give their own)."""
    if code := unfit(path, mounts=mounts):
        raise VaultError(code)


def unfit(path: Path, *, mounts: str | None = None) -> str:
    """``network_drive``, ``sync_folder``, or "" for a plain local folder."""
    real = _real(path)
    if _is_network(real, path, mounts):
        return "network_drive"
    if any(_SYNC.fullmatch(part) for part in (*path.absolute().parts[1:], *real.parts[1:])):
        return "sync_folder"
    # Dropbox keeps a file, Syncthing a folder of this name in what they copy (~/.dropbox is a folder of settings).
    if any((folder / ".dropbox").is_file() or (folder / ".stfolder").exists() for folder in real.parents):
        return "sync_folder"
    return ""


def check_writable(folder: Path) -> None:
    """VaultError ``read_only`` when files cannot be made in ``folder``."""
    probe = folder / f"seats/probe.{os.getpid()}"
    try:
        probe.parent.mkdir(mode=0o700, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as fault:
        error = as_vault_error(fault)
        raise VaultError("read_only") from None if error.code in ("read_only", "no_permission") else error


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except OSError:
        return path.absolute()


def _is_network(real: Path, path: Path, mounts: str | None) -> bool:
    if str(path).startswith(("\\\\", "//")) and not str(path).startswith("\\\\?\\"):
        return True
    if sys.platform == "win32":
        drive = PureWindowsPath(real).drive
        if drive.startswith("\\\\"):
            return True
        return bool(drive) and ctypes.windll.kernel32.GetDriveTypeW(drive + "\\") == _REMOTE_DRIVE
    if mounts is None:
        try:
            mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return False
    kind, longest = "", -1
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda hit: chr(int(hit[1], 8)), fields[1])
        if (real == Path(point) or Path(point) in real.parents) and len(point) >= longest:
            kind, longest = fields[2], len(point)
    return _NETWORK.fullmatch(kind) is not None
