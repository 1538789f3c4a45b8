"""Pure audit core 操作日志: canonical entry, RFC 9162 tree, proofs, signed checkpoints, evidence. No files."""
