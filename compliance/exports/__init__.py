"""Paper and files: a document model goes in, bytes come out, and bytes reach the disk carefully.

Rules: (1) inputs are already masked views and plain figures, never the vault, so nothing here could show more than
policy allowed; (2) no personal value in metadata, titles, file names or messages; (3) same input, same bytes;
(4) nothing half-written is ever left behind.
"""
