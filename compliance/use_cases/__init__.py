"""One function per thing a person can do; each is one transaction. This list is the product.

Only here do policy and vault meet. Every function takes the clock once, decides, and commits the audit entry together
with what it describes; a refusal is a result and leaves its own entry.
"""
