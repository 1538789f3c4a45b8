"""What every use case stands on: who sits at the vault, what they may do, what is known of a person, and times."""
