"""Numbers that stand for closed sets in the database. Append only: a number once used keeps its meaning."""

from compliance.model.access import Block

_BLOCK_BITS: dict[Block, int] = {
    Block.FROZEN: 1,
    Block.OBJECTION: 2,
    Block.DO_NOT_CONTACT: 4,
    Block.OPEN_REQUEST: 8,
    Block.DECEASED: 16,
    Block.QUARANTINED: 32,
    Block.ERASURE: 64,
    Block.ERASED: 128,
    Block.HELD: 256,
    Block.DORMANT: 512,
    Block.DEATH_REPORTED: 1024,
}


def block_mask(blocks: frozenset[Block]) -> int:
    """Bit mask of blocks."""
    return sum(_BLOCK_BITS[block] for block in blocks)


def blocks_of(mask: int) -> frozenset[Block]:
    """Inverse of :func:`block_mask`."""
    return _BLOCK_SETS.get(mask) or frozenset(block for block, bit in _BLOCK_BITS.items() if mask & bit)


_BLOCK_SETS: dict[int, frozenset[Block]] = {bit: frozenset({block}) for block, bit in _BLOCK_BITS.items()}
