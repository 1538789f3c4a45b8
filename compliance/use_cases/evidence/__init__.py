"""Evidence for outsiders: seals, witnesses, audit reports, findings."""
