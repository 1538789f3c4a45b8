#!/usr/bin/env bash
# Makes .venv with the program in it (and its test tools with the word "dev"), and Qt's system libraries.
# With "dev" also a browser for the tests of resources/verifier/verify.html, and other programs that check our PDFs.
# Run again at any time: does only what is missing. Needs Python 3.11 or newer.
set -euo pipefail
cd "$(dirname "$0")/.."
extras=${1:-}

QT_PACKAGES="libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libglib2.0-0
 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0
 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1"

say() { printf '%s\n' "$*" >&2; }
may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }
install() {
  say "installing: $*"
  DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null >&2 || true
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $* </dev/null >&2
}

find_python() {
  for name in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 || continue
    if "$name" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"; return
    fi
  done
  say "Python 3.11 or newer is needed."; exit 1
}

if [ ! -x .venv/bin/python ]; then
  python=$(find_python)
  if ! "$python" -m venv .venv </dev/null 2>/dev/null; then
    rm -rf .venv
    if may_install; then install python3-venv; else say "Missing: the package python3-venv."; exit 1; fi
    "$python" -m venv .venv </dev/null
  fi
fi

stamp=".venv/.prepared-$(cksum < pyproject.toml | tr ' ' '-')"
want="$stamp${extras:+-$extras}"
if [ ! -e "$want" ] && [ ! -e "$stamp-dev" ]; then
  say "installing the program into .venv"
  .venv/bin/python -m pip install -q --no-input --disable-pip-version-check -e ".${extras:+[$extras]}" </dev/null >&2
  touch "$want"
fi

missing_libraries() {
  [ "$(uname -s)" = Linux ] && command -v ldd >/dev/null 2>&1 || return 0
  qt=$(.venv/bin/python -c 'import importlib.util as u; print(u.find_spec("PySide6").submodule_search_locations[0])')
  # LD_LIBRARY_PATH keeps Qt's own libraries out of the answer.
  LD_LIBRARY_PATH="$qt/Qt/lib" ldd "$qt"/Qt/plugins/platforms/libq{offscreen,xcb}.so "$qt"/Qt/lib/libQt6{Gui,Widgets}.so.6 \
    2>/dev/null | awk '/not found/ {print $1}' | sort -u
}

missing=$(missing_libraries)
if [ -n "$missing" ]; then
  if may_install; then
    install "$QT_PACKAGES"
    missing=$(missing_libraries)
  fi
  if [ -n "$missing" ]; then
    say "The desktop program needs these libraries of the system, which are missing:"
    say "$missing"
    say "On Debian or Ubuntu: sudo apt-get install" $QT_PACKAGES
  fi
fi

# The page an outsider checks with is tested in a real browser; pdfsig, qpdf and age look at our files as strangers.
wanted=""
if [ "$extras" = dev ] && [ "$(uname -s)" = Linux ]; then
  if [ -z "${CONSENTKEEP_BROWSER:-}" ]; then
    for name in chromium chromium-browser google-chrome google-chrome-stable microsoft-edge; do
      command -v "$name" >/dev/null 2>&1 && break
      [ "$name" = microsoft-edge ] && wanted="chromium"
    done
  fi
  command -v pdfsig >/dev/null 2>&1 || wanted="$wanted poppler-utils"
  command -v qpdf >/dev/null 2>&1 || wanted="$wanted qpdf"
  command -v age >/dev/null 2>&1 || wanted="$wanted age"
fi
if [ -n "$wanted" ]; then
  if may_install; then
    install "$wanted" || say "Could not install: $wanted. Tests that need them will say so."
  else
    # shellcheck disable=SC2086
    say "Some tests need programs that are missing: sudo apt-get install" $wanted
  fi
fi
