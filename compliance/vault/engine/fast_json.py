"""Compact JSON with sorted keys, made once: the encoder of the standard library without its set-up per call."""

import json
from collections.abc import Callable
from json import encoder
from typing import Any


def compact(*, ascii_only: bool) -> Callable[[Any], str]:
    """Object → compact text with sorted keys; bytes become hex. The same text as ``json.dumps`` would give."""
    make = getattr(encoder, "c_make_encoder", None)
    if make is None:
        return json.JSONEncoder(
            ensure_ascii=ascii_only, check_circular=False, sort_keys=True, separators=(",", ":"), default=bytes.hex
        ).encode
    quote = encoder.encode_basestring_ascii if ascii_only else encoder.encode_basestring
    chunks = make(None, bytes.hex, quote, None, ":", ",", True, False, False)
    return lambda obj: "".join(chunks(obj, 0))
