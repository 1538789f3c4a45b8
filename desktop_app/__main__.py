"""``consentkeep-desktop``: start, or drive every window once and write its picture (``--screenshots``)."""

import argparse
import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 when closed normally, 4 when a vault could not be shown for pictures."""
    multiprocessing.freeze_support()  # the reading child of a frozen program starts here
    from compliance import crashes

    crashes.leave_no_image()
    options = _options(argv)
    if options.screenshots and not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

    from compliance import log
    from compliance.i18n import Lang
    from desktop_app.app import application, build, own_words, run

    log.set_up()
    app = application()
    lang = Lang(options.lang) if options.lang else None
    if options.screenshots:
        from desktop_app.screenshots import tour

        return tour(
            app,
            vault=options.vault,
            user=options.user,
            passphrase=os.environ.get("CONSENTKEEP_PASSPHRASE", ""),
            lang=lang,
            into=options.screenshots,
            size=options.size,
        )
    window = build(lang=lang)
    own_words(app, window.desk.lang)
    return run(app, window, path=options.vault, user=options.user)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="consentkeep-desktop", description="ConsentKeep 信守")
    parser.add_argument("--vault", type=Path, metavar="DIR")
    parser.add_argument("--user", default="")
    parser.add_argument("--lang", choices=("zh", "en"))
    parser.add_argument("--screenshots", type=Path, metavar="DIR")
    parser.add_argument("--size", type=_size, default=(1360, 860), metavar="WIDTHxHEIGHT")
    return parser.parse_args(argv)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main())
