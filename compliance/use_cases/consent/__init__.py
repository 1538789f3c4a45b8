"""Consent: acts recorded, checked and withdrawn, where each stands, and its proof."""
