"""Rules as data and the one decision function. Pure: texts and instants in, frozen objects out (architecture 5, 6)."""
