"""A text as the modules of a QR code: byte mode, correction level M, mask 0.

The same bits as segno, which does it one module at a time: 4 ms of pure Python against a third of
one here, where what depends only on the version is worked out once (ISO/IEC 18004, 7.4 to 7.7).
A symbol is two long integers, read by rows and by columns (see `stride`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from operator import itemgetter

import segno
from segno import consts

_LEVEL = consts.ERROR_LEVEL_M
_ALPHANUMERIC = frozenset(consts.ALPHANUMERIC_CHARS.decode())
_PADS = bytes((0b11101100, 0b00010001))


@dataclass(frozen=True)
class Modules:
    """The symbol by rows and by columns, its version and modules a side."""

    across: int
    down: int
    version: int
    size: int


def needs_bytes(data: str) -> bool:
    """Not only figures and capitals, nor Kanji, which are shorter in modes of their own."""
    return data[:1].isascii() and not _ALPHANUMERIC.issuperset(data)


def byte_modules(data: bytes) -> Modules | None:
    """The modules of `data`, with the smallest version it fits in; None when it fits in none."""
    for version in range(1, 41):
        count_bits = 8 if version < 10 else 16
        capacity = consts.SYMBOL_CAPACITY[version][_LEVEL]
        if 4 + count_bits + 8 * len(data) <= capacity:
            break
    else:
        return None
    head = (consts.MODE_BYTE << count_bits) | len(data)
    # Mode and count leave half a codeword over: the terminator fills it. segno adds a codeword of
    # zeros before the padding; readers stop at the terminator.
    stream = ((head << 8 * len(data) | int.from_bytes(data)) << 4).to_bytes(
        (8 + count_bits) // 8 + len(data)
    )
    words = (stream + b"\0" + _PADS * (capacity // 16))[: capacity // 8]
    final = _with_correction(words, version)
    shape = _shape(version)
    bits = f"{int.from_bytes(final):0{8 * len(final)}b}{shape.tail}"
    return Modules(
        int("".join(shape.by_rows(bits)), 2) ^ shape.mask_across,
        int("".join(shape.by_columns(bits)), 2) ^ shape.mask_down,
        version,
        shape.size,
    )


def stride(size: int) -> int:
    """Bits of a line in the long integers: zeros before it keep it apart from the last one."""
    return size + 11


# --- error correction (7.5, 7.6) ---------------------------------------------------------


def _with_correction(words: bytes, version: int) -> bytes:
    blocks, corrections, at = [], [], 0
    for kind in consts.ECC[version][_LEVEL]:
        for _ in range(kind.num_blocks):
            block = words[at : at + kind.num_data]
            at += kind.num_data
            blocks.append(block)
            corrections.append(_remainder(block, kind.num_total - kind.num_data))
    return bytes(
        word
        for group in (blocks, corrections)
        for column in zip_longest(*group)
        for word in column
        if word is not None
    )


def _remainder(block: bytes, count: int) -> bytes:
    """Reed-Solomon: the rest of dividing by the generator, all its words in one integer."""
    table = _multiples(count)
    top, low = 8 * (count - 1), (1 << 8 * (count - 1)) - 1
    rest = 0
    for word in block:
        rest = (rest & low) << 8 ^ table[word ^ rest >> top]
    return rest.to_bytes(count)


@functools.cache
def _multiples(count: int) -> list[int]:
    exponents = consts.GEN_POLY[count]
    return [0] + [
        int.from_bytes(
            bytes(consts.GALIOS_EXP[consts.GALIOS_LOG[word] + power] for power in exponents)
        )
        for word in range(1, 256)
    ]


# --- where each bit goes (7.7) -----------------------------------------------------------


@dataclass(frozen=True)
class _Shape:
    """What a version has of its own. The getters pick the bits of a stream in printed order;
    `tail` goes after the stream: the bits it leaves over, a «0» and a «1»."""

    size: int
    by_rows: Callable[[str], tuple[str, ...]]
    by_columns: Callable[[str], tuple[str, ...]]
    mask_across: int
    mask_down: int
    tail: str


@functools.cache
def _shape(version: int) -> _Shape:
    fixed = segno.make("0", version=version, mask=0, error="m", boost_error=False).matrix
    size = len(fixed)
    order = _data_places(version, size)
    words = sum(kind.num_blocks * kind.num_total for kind in consts.ECC[version][_LEVEL])
    places = {place: at for at, place in enumerate(order)}

    def of(y: int, x: int) -> int:
        return places.get((y, x), len(order) + fixed[y][x])

    gap = [len(order)] * (stride(size) - size)
    side = range(size)
    rows = [at for y in side for at in (*gap, *(of(y, x) for x in side))]
    columns = [at for x in side for at in (*gap, *(of(y, x) for y in side))]
    # Mask 0 changes the places whose coordinates add up to an even number; so does the transposed.
    masked = {at for (y, x), at in places.items() if (x + y) % 2 == 0}
    return _Shape(
        size,
        itemgetter(*rows),
        itemgetter(*columns),
        int("".join("01"[at in masked] for at in rows), 2),
        int("".join("01"[at in masked] for at in columns), 2),
        "0" * (len(order) - 8 * words) + "01",
    )


def _data_places(version: int, size: int) -> list[tuple[int, int]]:
    """Rows and columns of the bits of the stream: up and down, two columns at a time."""
    centres = consts.ALIGNMENT_POS[version - 2] if version > 1 else ()
    places = []
    for pair in range(size - 1, 0, -2):
        right = pair - 1 if pair <= 6 else pair
        for step in range(size):
            for x in (right, right - 1):
                upwards = (right & 2 == 0) ^ (x < 6)
                y = size - 1 - step if upwards else step
                if not _is_fixed(y, x, size, centres):
                    places.append((y, x))
    return places


def _is_fixed(y: int, x: int, size: int, centres: tuple[int, ...]) -> bool:
    far = size - 8
    if (y < 9 and (x < 9 or x >= far)) or (y >= far and x < 9) or y == 6 or x == 6:
        return True
    if size >= 45 and ((y < 6 and x >= size - 11) or (x < 6 and y >= size - 11)):
        return True
    near_y = [at for at in centres if abs(at - y) <= 2]
    near_x = [at for at in centres if abs(at - x) <= 2]
    if not near_y or not near_x:
        return False
    last = centres[-1]
    return (near_y[0], near_x[0]) not in {(6, 6), (6, last), (last, 6)}
