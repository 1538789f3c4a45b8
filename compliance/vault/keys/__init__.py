"""Who may open what: primitives, the header with its slots, role keys, and the secrets people and machines hold."""
