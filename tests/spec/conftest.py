"""Tests written from the specification: the helpers of the other suites are within reach."""

import sys
from pathlib import Path

for beside in ("cli", "use_cases"):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / beside))
