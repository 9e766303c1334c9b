"""The labels of the delivery periods, and what is taken for granted about them on days of clock change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ingest.epex.errors import RowCountError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

PARIS = ZoneInfo("Europe/Paris")
HOURS_PER_DAY = 24
MINUTES_PER_HOUR = 60
CHANGE_LABEL_MINUTES = (60, 240)
"""On days of clock change, labels that start in this span of the wall clock (01:00 to 04:00) are not held to a form."""
LABEL = re.compile(r"(\d{1,2})([ABab]?)(?::(\d{2}))?([ABab]?)(?: - (\d{1,2})([ABab]?)(?::(\d{2}))?([ABab]?))?")


def check_labels(labels: Sequence[str], starts: Sequence[datetime], product_minutes: int, source_ref: str) -> None:
    """Make sure that the rows stand in the order of the day's delivery periods.

    On an ordinary day each label must be the wall clock of its period: ``00 - 01`` for hours, ``00:00 - 00:15`` for
    quarters, the last one ending at 24. On a day of clock change the site itself warns of display faults, and no saved
    page of such a day is known. Older pages of the exchange numbered the doubled hour ``02a - 02b`` and ``02b - 03``,
    others in use are ``3A``/``3B`` (the third hour of the day, twice) and a plain ``02 - 03`` twice; so there the
    labels around the change only have to be labels of those hours, all others are as strict as ever, and the number
    of rows must be that of the civil day.

    Raises:
        RowCountError: a label is not that of its row's period.
    """
    changes = {start.astimezone(PARIS).utcoffset() for start in starts}
    for number, (label, start) in enumerate(zip(labels, starts, strict=True), 1):
        minute = _minute(start)
        shown = LABEL.fullmatch(" ".join(label.split()))
        if shown and len(changes) > 1 and CHANGE_LABEL_MINUTES[0] <= minute < CHANGE_LABEL_MINUTES[1]:
            low, high = CHANGE_LABEL_MINUTES
            right = low <= int(shown[1]) * MINUTES_PER_HOUR <= high
        else:
            right = shown is not None and _span(shown) == (minute, minute + product_minutes)
        if not right:
            raise RowCountError(
                f"{source_ref}: row {number} is labelled {label!r}, expected the period that starts at "
                f"{start.astimezone(PARIS):%H:%M} Paris time.",
                "The table is not in the order of the day; fetch it again.",
            )


def _minute(start: datetime) -> int:
    local = start.astimezone(PARIS)
    return local.hour * MINUTES_PER_HOUR + local.minute


def _span(shown: re.Match[str]) -> tuple[int, int] | None:
    """First minute and last minute (exclusive) of the wall clock that a plain label names."""
    if shown[5] is None or any(shown[i] for i in (2, 4, 6, 8)):
        return None
    first = int(shown[1]) * MINUTES_PER_HOUR + int(shown[3] or 0)
    last = int(shown[5]) * MINUTES_PER_HOUR + int(shown[7] or 0)
    return first, last if last > first else last + HOURS_PER_DAY * MINUTES_PER_HOUR
