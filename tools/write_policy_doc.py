"""Writes docs/policy.md, the matrix a lawyer reads, from the shipped rules. Run after every change of a rule."""

from pathlib import Path

from compliance.policy.loader import load_policy
from compliance.policy.matrix import render_matrix
from compliance.resources import read_tree

TARGET = Path(__file__).resolve().parent.parent / "docs" / "policy.md"


def main() -> None:
    policy = load_policy(read_tree() | read_tree(suffix=".csv"))
    text = render_matrix(policy, "zh") + "\n---\n\n" + render_matrix(policy, "en")
    TARGET.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
