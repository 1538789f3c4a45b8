"""What reps take along and bring back: sheets, day plans, packs, returns, and the register of papers."""
