"""A real browser without a driver: Chromium over its DevTools pipe (one JSON message after another, ended by NUL).

``Browser.start(profile)`` opens a headless one, ``open(path)`` a page from disk, as an outsider would from a stick.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")


def found() -> str | None:
    """The first browser of this machine that speaks the protocol; ``CONSENTKEEP_BROWSER`` names another."""
    return os.environ.get("CONSENTKEEP_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


class PageError(AssertionError):
    """A script of the page failed, or the browser refused a command."""


class Browser:
    """One headless browser with one page."""

    def __init__(self, process: "subprocess.Popen[bytes]", to: int, back: int) -> None:
        self.process = process
        self._to, self._back = to, back
        self._rest = b""
        self._number = 0
        self._session = ""
        self.events: list[dict[str, Any]] = []

    def open(self, page: Path) -> None:
        """Load a page from disk and wait until it stands."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self._call(f"{domain}.enable")
        self.events.clear()
        self._call("Page.navigate", url=page.resolve().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._read()

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression, promises awaited."""
        answer = self._call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise PageError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def give(self, selector: str, *paths: Path) -> None:
        """Choose files in an input, as a person does in the file dialog."""
        node = self._call("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)})")
        files = [str(path.resolve()) for path in paths]
        self._call("DOM.setFileInputFiles", files=files, objectId=node["result"]["objectId"])

    def drop(self, *paths: Path) -> None:
        """Drag files or folders from the desktop onto the page and let go."""
        data = {"items": [], "files": [str(path.resolve()) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self._call("Input.dispatchDragEvent", type=kind, x=300, y=300, data=data)

    def lang(self, code: str) -> None:
        """Language of the browser from the next page on."""
        self._call("Emulation.setLocaleOverride", locale=code)

    def picture(self, width: int = 900, height: int = 1200) -> bytes:
        """The page as PNG, in full length."""
        import base64

        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **size)
        return base64.b64decode(self._call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"])

    def printed(self) -> bytes:
        """The page as it prints."""
        import base64

        return base64.b64decode(self._call("Page.printToPDF", preferCSSPageSize=True)["data"])

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        message = json.dumps({"id": self._number, "method": method, "params": params, **session})
        os.write(self._to, message.encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise PageError(f"{method}: {answer['error']}")
                return dict(answer["result"])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            some = os.read(self._back, 1 << 16)
            if not some:
                raise PageError("the browser ended")
            self._rest += some
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if "method" in message:
            self.events.append(message)
        return message


#: Becomes the browser, with our ends of the pipes at the numbers it expects.
_AS_3_AND_4 = """
import fcntl, os, sys
high = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 100) for number in sys.argv[1:3]]
for number, wanted in zip(high, (3, 4)):
    os.dup2(number, wanted, inheritable=True)
os.execv(sys.argv[3], sys.argv[3:])
"""


@contextmanager
def started(profile: Path) -> Iterator[Browser]:
    """A headless browser with a profile of its own, ended again whatever happens."""
    program = found()
    assert program is not None
    out_read, out_write = os.pipe()  # ours to the browser's 3
    in_read, in_write = os.pipe()  # the browser's 4 to us
    flags = (
        "--headless=new --remote-debugging-pipe --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run"
        " --disable-background-networking --disable-component-update --disable-sync --disable-extensions --mute-audio"
        " --lang=zh-CN"
    )
    start = [sys.executable, "-c", _AS_3_AND_4, str(out_read), str(in_write)]
    process = subprocess.Popen(
        [*start, program, *flags.split(), f"--user-data-dir={profile}", "about:blank"],
        pass_fds=(out_read, in_write),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(out_read)
    os.close(in_write)
    browser = Browser(process, out_write, in_read)
    try:
        yield browser
    finally:
        with suppress(PageError, OSError):
            browser._session = ""
            browser._call("Browser.close")
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
        os.close(out_write)
        os.close(in_read)
