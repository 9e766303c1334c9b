"""Day-ahead prices of France in CSV files that others collected, in Paris wall clock.

Two forms: ``date,start_hour,end_hour,price_euros_mwh,volume_mwh`` and ``date,mtu,price_eur_mwh,seen_at``, the latter
with the time at which the collector saw it. Pages of EPEX SPOT itself are read by ``ingest.epex``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest import duck
from ingest.batch import REASON_UNREADABLE, Batch, sift
from ingest.contracts import DAY_AHEAD_PRICE
from ingest.received import ROW_NUMBER, require_columns

if TYPE_CHECKING:
    from ingest.received import Received

START_END_FORM = ("date", "start_hour", "end_hour", "price_euros_mwh", "volume_mwh")
MTU_FORM = ("date", "mtu", "price_eur_mwh", "seen_at")
REASON_AMBIGUOUS = "ambiguous_hour"
REASON_NONEXISTENT = "nonexistent_hour"
REASON_REPEAT = "same_prices_on_two_days"
DISTINCT_PRICES_OF_A_DAY = 12
"""Two days in a row with so many different prices, all equal to the cent: one was collected from the other's page."""


def is_start_end(columns: frozenset[str]) -> bool:
    """Whether the columns are ``date,start_hour,end_hour,price_euros_mwh,volume_mwh``."""
    return "price_euros_mwh" in columns


def is_mtu(columns: frozenset[str]) -> bool:
    """Whether the columns are ``date,mtu,price_eur_mwh,seen_at``."""
    return "price_eur_mwh" in columns


def parse_start_end(received: Received) -> Batch:
    """Hourly prices and volumes, see `_prices`.

    Raises:
        SourceError: a column is missing.
    """
    require_columns(received, {name: (name,) for name in START_END_FORM})
    return _prices(
        received, start="start_hour", end="end_hour", price="price_euros_mwh", volume="volume_mwh", seen="null"
    )


def parse_mtu(received: Received) -> Batch:
    """Prices with the time at which they were seen, see `_prices`.

    Raises:
        SourceError: a column is missing.
    """
    require_columns(received, {name: (name,) for name in MTU_FORM})
    start, end = (f"trim(split_part(mtu, '-', {part}))" for part in (1, 2))
    return _prices(received, start=start, end=end, price="price_eur_mwh", volume="null", seen="seen_at")


def _prices(received: Received, *, start: str, end: str, price: str, volume: str, seen: str) -> Batch:
    """Prices, EUR/MWh, and volumes, MWh, by delivery start.

    On the day of 25 hours a repeated label means the summer hour first. Where it stands there once, nobody can tell
    which hour it is, and it is refused, as is an hour that the spring change skips. Two days in
    a row with the same prices throughout are refused both: the collector was shown one page for two days, and nobody
    can tell which day's it was.
    """
    sql = f"""
      with labelled as (
        select {ROW_NUMBER}, try_cast("date" as date) as day, try_strptime({start}, '%H:%M')::time as start_label,
          try_strptime({end}, '%H:%M')::time as end_label, "date" || ' ' || {start} || ' - ' || {end} as given,
          {price} as price, {volume}::varchar as volume, instant({seen}::varchar) as seen_at_utc
        from received
      ),
      days as (
        select day, list(number(price) order by start_label, {ROW_NUMBER}) as prices, count(distinct price) as kinds
        from labelled group by day
      ),
      repeats as (
        select unnest([day_before, day]) as day from (
          select *, lag(day) over (order by day) as day_before, lag(prices) over (order by day) as prices_before
          from days
        )
        where day_before = day - 1 and prices = prices_before and kinds >= {DISTINCT_PRICES_OF_A_DAY}
      ),
      timed as (
        select *, paris_instant(day, start_label) as later,
          (date_diff('minute', start_label, end_label) % 60 + 60) % 60 as remainder,
          row_number() over (partition by day, start_label order by {ROW_NUMBER}) as nth,
          count(*) over (partition by day, start_label) as occurrences
        from labelled
      ),
      placed as (
        select *, timezone('{duck.PARIS}', later - interval 1 hour) = timezone('{duck.PARIS}', later) as is_repeated,
          timezone('{duck.PARIS}', later) <> day + start_label as is_skipped,
          case remainder when 0 then 60 when 15 then 15 end::integer as product_minutes
        from timed
      )
      select product_minutes, case when is_repeated and nth = 1 then later - interval 1 hour else later end
          as delivery_start_utc,
        number(price) as price_eur_per_mwh, number(volume) as volume_mwh,
        null::double as buy_volume_mwh, null::double as sell_volume_mwh,
        known_day_before(later, interval 13 hour) as known_at_utc, seen_at_utc, {ROW_NUMBER},
        case when later is null or product_minutes is null or not is_number(price) or not is_number(volume)
             then '{REASON_UNREADABLE}'
             when is_skipped then '{REASON_NONEXISTENT}'
             when is_repeated and occurrences < 2 then '{REASON_AMBIGUOUS}'
             when day in (from repeats) then '{REASON_REPEAT}' end as reason,
        case when later is null or product_minutes is null
             then 'a date and a step of 60 or 15 minutes in Paris wall clock, not ' || given
             when is_skipped then 'an hour that exists: clocks went forward over it'
             when is_repeated and occurrences < 2 then 'both hours of this label: clocks went back over it'
             when day in (from repeats) then 'prices of its own: two days in a row have the same, to the cent'
             else 'numbers' end as expected
      from placed
    """  # noqa: S608 - own identifiers
    return sift(DAY_AHEAD_PRICE, sql, received)
