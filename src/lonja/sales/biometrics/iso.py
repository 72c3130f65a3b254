"""Strokes as a record of ISO/IEC 19794-7 (edition of 2007, full format), to give to an expert.

Header «SDI», version « 10», which channels there are, each with its scaling value, and the body:
the samples, big-endian. X and Y in tenths of a CSS pixel told as millimetres (96 px to the inch:
the real size of a screen is not known to a browser), T in seconds, F as a share of the most
the device feels, TX and TY in degrees, S the tip switch: 0 where the pen was lifted.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

FORMAT, VERSION = b"SDI\0", b" 10\0"
# Bit of each channel in the inclusion field, most significant first, and its least value: signed
# channels are stored from −32768 up.
CHANNELS = {
    "X": (15, -32768),
    "Y": (14, -32768),
    "T": (8, 0),
    "F": (6, 0),
    "S": (5, 0),
    "TX": (4, -32768),
    "TY": (3, -32768),
}
PX_PER_MM = 96 / 25.4
PRESSURE_STEPS = 65535


class NotIso(ValueError):
    """Not a record of this format."""


@dataclass(frozen=True)
class Record:
    """A record read back: scaling value of each channel, and the samples by channel."""

    scaling: dict[str, float]
    samples: list[dict[str, int]]


def to_iso(strokes: dict[str, Any]) -> bytes:
    """The record of strokes already checked (`biometrics.strokes`)."""
    points = [point for stroke in strokes["strokes"] for point in stroke]
    last = max(point[2] for point in points)
    per_second = 1000 if last <= 65_000 else 1000 * 65_000 / last
    scaling: dict[str, float] = {"X": 10 * PX_PER_MM, "Y": 10 * PX_PER_MM, "T": per_second}
    if any(point[3] is not None for point in points):
        scaling["F"] = PRESSURE_STEPS
    scaling["S"] = 1
    if any(point[4] is not None or point[5] is not None for point in points):
        scaling["TX"] = scaling["TY"] = 1
    names = [name for name in CHANNELS if name in scaling]
    body = bytearray()
    count = 0
    for stroke in strokes["strokes"]:
        for point, tip in [*((one, 1) for one in stroke), (stroke[-1], 0)]:
            body += b"".join(_stored(name, _value(name, point, tip, per_second)) for name in names)
            count += 1
    inclusion = sum(1 << CHANNELS[name][0] for name in names)
    described = b"".join(_described(name, scaling[name]) for name in names)
    head = FORMAT + VERSION + struct.pack(">H", inclusion) + described + b"\0"
    return head + b"\0" + count.to_bytes(3, "big") + bytes(body)


def from_iso(record: bytes) -> Record:
    """Read a record back. Raises NotIso."""
    if record[:8] != FORMAT + VERSION:
        raise NotIso("cabecera")
    try:
        return _read(record)
    except (IndexError, struct.error) as error:
        raise NotIso("cortado") from error


def _read(record: bytes) -> Record:
    (inclusion,) = struct.unpack_from(">H", record, 8)
    names = [name for name, (bit, _least) in CHANNELS.items() if inclusion >> bit & 1]
    if inclusion != sum(1 << CHANNELS[name][0] for name in names):
        raise NotIso("canales")
    at = 10
    scaling = {}
    for name in names:
        preamble = record[at]
        at += 1
        scaling[name] = 1.0
        if preamble & 0x80:
            (packed,) = struct.unpack_from(">H", record, at)
            scaling[name] = (1 + (packed & 0x7FF) / 2048) * 2.0 ** ((packed >> 11) - 16)
            at += 2
    at += 1  # reserved
    count = int.from_bytes(record[at + 1 : at + 4], "big")
    at += 4
    samples = []
    for _n in range(count):
        sample = {}
        for name in names:
            if name == "S":
                sample[name], at = record[at], at + 1
                continue
            (raw,) = struct.unpack_from(">H", record, at)
            sample[name], at = raw + CHANNELS[name][1], at + 2
        samples.append(sample)
    if at != len(record):
        raise NotIso("sobra")
    return Record(scaling, samples)


def _value(name: str, point: list[Any], tip: int, per_second: float) -> int:
    x, y, moment, pressure, tilt_x, tilt_y = point
    told = {
        "X": 10 * x,
        "Y": 10 * y,
        "T": moment * per_second / 1000,
        "F": (pressure or 0) * PRESSURE_STEPS * tip,
        "S": tip,
        "TX": tilt_x or 0,
        "TY": tilt_y or 0,
    }[name]
    return round(told)


def _stored(name: str, value: int) -> bytes:
    if name == "S":
        return bytes([value])
    least = CHANNELS[name][1]
    return struct.pack(">H", min(max(value - least, 0), 65535))


def _described(name: str, scaling: float) -> bytes:
    """Preamble with its scaling value: 5 bits of exponent + 16, 11 of fraction."""
    exponent = math.floor(math.log2(scaling))
    fraction = int((scaling / 2.0**exponent - 1) * 2048)
    return b"\x80" + struct.pack(">H", (exponent + 16) << 11 | fraction)
