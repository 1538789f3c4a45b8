"""What repositories stand on: one encrypted connection, tables with their sums, transactions, the form of values."""
