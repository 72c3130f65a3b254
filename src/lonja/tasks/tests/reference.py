"""«¿Cumple SLA?» computed the slow way, second by second in words of the rules, from the stays of a
task alone. It shares no code with the program: hours, holidays and pauses are counted here by
walking the minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Madrid")
MINUTE = timedelta(minutes=1)
OPENING = [(9 * 60, 14 * 60), (16 * 60, 19 * 60)]
# Holidays of Valencia and of Spain between the dates of the tests.
CLOSED = {(10, 9), (10, 12), (11, 2), (12, 7), (12, 8), (12, 25)}


def is_working(at: datetime) -> bool:
    """Whether that minute is worked: Monday to Friday, 9-14 and 16-19, holidays apart."""
    local = at.astimezone(ZONE)
    if local.weekday() > 4 or (local.month, local.day) in CLOSED:
        return False
    minute = local.hour * 60 + local.minute
    return any(first <= minute < last for first, last in OPENING)


# Each minute from here on: 1 if it is worked. Written once, then only read.
FIRST = datetime(2026, 11, 1, tzinfo=ZONE)
WORKED = bytearray(is_working(FIRST + n * MINUTE) for n in range(60 * 24 * 60))
ALL = bytearray([1]) * len(WORKED)


def minutes_of(since: datetime, until: datetime, working: bool) -> bytearray:
    """The minutes between both instants (whole ones), one by one."""
    first, last = ((at - FIRST) // MINUTE for at in (since, until))
    if not 0 <= first <= last <= len(WORKED):
        raise ValueError("outside the dates of the tests")
    return (WORKED if working else ALL)[first:last]


def used(stays: list[tuple[datetime, datetime, bool]], working: bool) -> int:
    """Minutes of those stays that count: not the paused ones, and only the worked ones."""
    return sum(
        minutes_of(since, until, working).count(1) for since, until, paused in stays if not paused
    )


def verdict(stays: list[dict], at: datetime) -> str:
    """From the stays of a task, in order: state, since, until (None: there still), kind («open»,
    «waiting», «done») and the SLA of its cell in minutes (None: none), working, from creation."""
    created = stays[0]["since"]
    answer = "No tiene"
    clock: dict | None = None
    for n, stay in enumerate(stays):
        until = stay["until"] or at
        if stay["kind"] != "open":
            continue
        if answer == "No cumple":
            break
        before = [s for s in stays[:n] if s["kind"] == "open"]
        back = n > 0 and stays[n - 1]["kind"] == "waiting"
        same = bool(before) and before[-1]["state"] == stay["state"]
        if back and same:
            pass  # goes on with the clock it had, if it had one
        elif stay["sla"] is not None:
            began = created if stay["creation"] else stay["since"]
            clock = {"began": began, "sla": stay["sla"], "working": stay["working"]}
        else:
            continue
        if clock is None:
            continue
        counted = [
            (max(s["since"], clock["began"]), s["until"] or at, s["kind"] != "open")
            for s in stays[: n + 1]
            if (s["until"] or at) > clock["began"]
        ]
        answer = "Si cumple" if used(counted, clock["working"]) <= clock["sla"] else "No cumple"
        if answer == "Si cumple" and _late(counted, clock, until):
            answer = "No cumple"
    return answer


def _late(counted: list[tuple[datetime, datetime, bool]], clock: dict, until: datetime) -> bool:
    """The last minute was used up and time went on, even if nothing more was worked."""
    if used(counted, clock["working"]) < clock["sla"]:
        return False
    minutes, reached = 0, None
    for since, end, paused in counted:
        if paused:
            continue
        for n, worked in enumerate(minutes_of(since, end, clock["working"]), start=1):
            minutes += worked
            if worked and minutes == clock["sla"]:
                reached = since + n * MINUTE
    return reached is not None and until > reached
