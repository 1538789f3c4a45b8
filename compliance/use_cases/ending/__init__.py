"""How data ends: retention, holds, letting go, erasure."""
