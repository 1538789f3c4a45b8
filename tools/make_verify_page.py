"""Puts ``resources/verifier/verify.html`` together: one file that a browser opens from a USB stick.

Run: .venv/bin/python tools/make_verify_page.py. Sources: ``tools/verify_page/`` (page.html, page.css, numbered
scripts), the bundled Ed25519 in ``vendor/`` (noble-ed25519 from the npm package @noble/ed25519, unchanged but for its
export line, licence kept), and the words of the page from ``resources/locale``. Nothing is minified: whoever checks
can read it. The content policy names the hashes of the one style and the one script, so the page runs nothing else and
asks nobody. A newer Ed25519: ``npm pack @noble/ed25519``, put its index.js and LICENSE into ``vendor/`` under their
present names with the new version, run this, then the tests in tests/unit/verifier.
"""

import base64
import hashlib
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "tools" / "verify_page"
TARGET = ROOT / "resources" / "verifier" / "verify.html"
#: Words the page carries: its own, those of claims and findings, kinds of log entries.
WORDS = ("page.", "verify.claim.", "verify.open.", "verify.state.", "verify.finding.", "kind.")


def page() -> str:
    """The whole page."""
    style = f"\n{_read('page.css')}"
    script = f"\n{_script()}"
    text = _read("page.html")
    for hole, content in {"STYLE": style, "SCRIPT": script, "POLICY": _policy(style, script)}.items():
        text = text.replace(f"@{hole}@", content)
    return text


def _script() -> str:
    noble = next((SOURCES / "vendor").glob("noble-ed25519-*.js"))
    source = noble.read_text(encoding="utf-8")
    exported = re.search(r"^export \{(.+)\};$", source, re.MULTILINE)
    if exported is None:
        raise SystemExit("the bundled Ed25519 exports otherwise than expected")
    licence = (SOURCES / "vendor" / "noble-ed25519-LICENSE").read_text(encoding="utf-8").strip()
    bundled = source.replace(exported[0], f"return {{ {exported[1].strip().rstrip(',')} }};")
    parts = [
        '"use strict";\n(() => {',
        f"const WORDS = {_words()};",
        f"/*! {noble.name}, bundled unchanged.\n\n{licence}\n*/",
        f"const noble = (() => {{\n{bundled}\n}})();",
        *(path.read_text(encoding="utf-8") for path in sorted(SOURCES.glob("[0-9]_*.js"))),
        "})();\n",
    ]
    text = "\n".join(parts)
    if "</script" in text.lower() or "<!--" in text:
        raise SystemExit("the script would end the page")
    return text


def _words() -> str:
    sys.path.insert(0, str(ROOT))
    from compliance.i18n import catalogue

    kept = {key: [entry["zh"], entry["en"]] for key, entry in sorted(catalogue().items()) if key.startswith(WORDS)}
    lines = (f"{json.dumps(key)}: {json.dumps(texts, ensure_ascii=False)}" for key, texts in kept.items())
    return "{\n" + ",\n".join(lines).replace("</", "<\\/") + "\n}"


def _policy(style: str, script: str) -> str:
    def named(content: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; style-src {named(style)}; script-src {named(script)}; base-uri 'none'; form-action 'none'"
    )


def _read(name: str) -> str:
    return (SOURCES / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(page(), encoding="utf-8", newline="\n")
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size:,} bytes")
