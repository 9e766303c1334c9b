"""The origins `live` and `demo`: the same requests, to the publishers or to the demo's server."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from conso import database
from conso.errors import SourceError
from ingest import entsoe, http, odre, open_meteo, price_pages, public_holidays, received, school_calendar
from ingest.contracts import (
    DAY_AHEAD_PRICE,
    ENTSOE_TOTAL_LOAD,
    NATIONAL_LOAD,
    PUBLIC_HOLIDAYS,
    PUBLISHED,
    SCHOOL_HOLIDAYS,
    WEATHER,
    Contract,
)
from ingest.origins import (
    ENTSOE_PATH,
    ETALAB_PATH,
    EXPLORE_PATH,
    LIVE,
    ODRE_CONSOLIDATED,
    ODRE_REAL_TIME,
    OPEN_METEO_PATH,
    SCHOOL_CALENDAR,
    Endpoints,
)
from ingest.report import Delivery, Problem
from ingest.step import Opened
from ingest.vintages import Stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from conso.settings import Settings
    from conso.steps import Progress, StepContext
    from ingest.batch import Batch

PARIS = ZoneInfo("Europe/Paris")
LOOK_BACK = timedelta(days=3)
"""Real-time figures, ENTSO-E's actuals and archived weather are still corrected for a few days."""
CONSOLIDATED_LOOK_BACK = timedelta(days=31)
ARCHIVE_CHUNK = timedelta(days=366)
FORECAST_DAYS = 3
PRICE_PUBLICATION = time(13)
FIRST_QUARTER_HOURLY_DAY = date(2025, 10, 1)
"""From this delivery day on the French auction has quarter-hourly products."""
FIRST_ENTSOE_YEAR = 2015


@dataclass(frozen=True)
class Window:
    """How far back an origin goes: the first day of archived weather, and the first delivery day of prices."""

    first_weather_day: date
    first_price_day: date


@dataclass(frozen=True)
class PublishersOrigin:
    """Publishers at ``endpoints``, asked at ``now_utc`` for what the warehouse does not have yet."""

    settings: Settings
    endpoints: Endpoints
    client: http.Client
    now_utc: datetime
    window: Window

    def deliveries(self, progress: Progress) -> Iterator[Delivery]:
        """What each publisher gives; one that fails leaves a problem and what it gave before."""
        fetchers: dict[Contract, Callable[[Delivery, Progress], None]] = {
            NATIONAL_LOAD: self._national_load,
            ENTSOE_TOTAL_LOAD: self._entsoe,
            WEATHER: self._weather,
            PUBLIC_HOLIDAYS: self._public_holidays,
            SCHOOL_HOLIDAYS: self._school_holidays,
            DAY_AHEAD_PRICE: self._prices,
        }
        for contract in PUBLISHED:
            delivery = Delivery(contract)
            try:
                fetchers[contract](delivery, progress)
            except SourceError as error:
                required = contract is NATIONAL_LOAD
                delivery.problems.append(Problem(contract.table, error.cause, error.remedy, required=required))
            yield delivery

    def _add(self, delivery: Delivery, source_ref: str, batch: Batch) -> None:
        delivery.batches.append(batch)
        if source_ref not in delivery.sources:
            delivery.sources.append(source_ref)

    # -- national load -----------------------------------------------------------------------------------------------

    def _national_load(self, delivery: Delivery, progress: Progress) -> None:
        fields = ("perimetre", "nature", "date_heure", *(technical for technical, _ in odre.ECO2MIX_FIELDS.values()))
        for dataset, since in ((ODRE_CONSOLIDATED, self._consolidated_since()), (ODRE_REAL_TIME, self._since_real())):
            progress(f"Fetching {dataset}" + (f" since {since:%Y-%m-%d}" if since else ", all of it"))
            params = {"select": ",".join(fields), "order_by": "date_heure"}
            if since is not None:
                params["where"] = f"date_heure >= date'{since:%Y-%m-%dT%H:%M:%SZ}'"
            answer = http.explore_export(self.client, self.endpoints.odre, dataset, params)
            rows = received.read_csv(answer.body, answer.source_ref)
            self._add(delivery, answer.source_ref, odre.parse_eco2mix(rows))

    def _since_real(self) -> datetime | None:
        last = self._value(
            """select max(interval_start_utc) from raw.odre_national_load
               where dataset = %s and status = 'temps_reel' and load_mw is not null""",
            ODRE_REAL_TIME,
        )
        return last - LOOK_BACK if last else None

    def _consolidated_since(self) -> datetime | None:
        """Where to read on: consolidated months are rewritten for a while, and years become definitive at once."""
        last = self._value(
            "select max(interval_start_utc) from raw.odre_national_load where dataset = %s", ODRE_CONSOLIDATED
        )
        if last is None:
            return None
        due = self._value(
            """select min(c.interval_start_utc) from raw.odre_national_load as c
               where c.dataset = %s and c.status = 'consolidee'
                 and c.interval_start_utc < date_trunc('year', %s at time zone 'Europe/Paris' - interval '5 months')
                   at time zone 'Europe/Paris'
                 and not exists (
                   select from raw.odre_national_load as d
                   where (d.dataset, d.status, d.interval_start_utc)
                     = (c.dataset, 'definitive', c.interval_start_utc))""",
            ODRE_CONSOLIDATED,
            self.now_utc,
        )
        return min(last - CONSOLIDATED_LOOK_BACK, due or last)

    # -- ENTSO-E -----------------------------------------------------------------------------------------------------

    def _entsoe(self, delivery: Delivery, progress: Progress) -> None:
        if self.endpoints.entsoe is None:
            delivery.notes.append(
                "ENTSO-E has no interface without a key: RTE's day-ahead forecast and real-time load come from "
                "éCO2mix instead; files of the Transparency Platform can be loaded from a directory"
            )
            return
        last = self._value("select max(interval_start_utc) from raw.entsoe_total_load where quantity = 'actual'")
        first_year = (last - LOOK_BACK).year if last else FIRST_ENTSOE_YEAR
        # From the newest year back: the first year that the publisher does not have ends the history.
        found: list[http.Answer] = []
        forecast_until = self.now_utc + timedelta(days=2)
        for year in range(forecast_until.year, first_year - 1, -1):
            progress(f"Fetching ENTSO-E total load of {year}")
            answer = self.client.get_if_any(self.endpoints.entsoe + ENTSOE_PATH.format(year=year), expected="CSV")
            if answer is None and found:
                break
            if answer is not None:
                found.append(answer)
        if not found:
            raise SourceError(
                f"{self.endpoints.entsoe}: no file of total load from {first_year} to {forecast_until.year}.",
                "Check the address.",
            )
        for answer in reversed(found):
            rows = received.read_csv(answer.body, answer.source_ref)
            self._add(delivery, answer.source_ref, entsoe.parse_total_load(rows))

    # -- weather -----------------------------------------------------------------------------------------------------

    def _weather(self, delivery: Delivery, progress: Progress) -> None:
        today = self.now_utc.date()
        last = self._value(
            "select min(newest) from (select max(valid_at_utc) as newest from raw.open_meteo_weather "
            "where weather_kind = 'archived_forecast' group by city) as cities"
        )
        first = max(self.window.first_weather_day, (last - LOOK_BACK).date()) if last else self.window.first_weather_day
        # Up to today: the archive has today's forecast too, and on a first run nothing else tells what the forecaster
        # of this morning had; from tomorrow on, only what is fetched from the forecast itself counts.
        while first <= today:
            until = min(first + ARCHIVE_CHUNK - timedelta(days=1), today)
            progress(f"Fetching archived weather forecasts {first} to {until}")
            self._weather_days(delivery, self.endpoints.open_meteo_archive, "archived_forecast", first, until)
            first = until + timedelta(days=1)
        progress("Fetching the weather forecast")
        until = today + timedelta(days=FORECAST_DAYS)
        self._weather_days(delivery, self.endpoints.open_meteo_forecast, "forecast", today, until)

    def _weather_days(
        self, delivery: Delivery, base: str, kind: open_meteo.WeatherKind, first: date, last: date
    ) -> None:
        places = open_meteo.CITIES
        answer = self.client.get(
            base + OPEN_METEO_PATH,
            {
                "latitude": ",".join(str(latitude) for latitude, _ in places.values()),
                "longitude": ",".join(str(longitude) for _, longitude in places.values()),
                "hourly": ",".join(open_meteo.VARIABLES),
                "start_date": first.isoformat(),
                "end_date": last.isoformat(),
                "timezone": "UTC",
            },
            expected="JSON",
        )
        batch = open_meteo.parse_json(answer.body, answer.source_ref, tuple(places), kind)
        self._add(delivery, answer.source_ref, batch)

    # -- calendars ---------------------------------------------------------------------------------------------------

    def _public_holidays(self, delivery: Delivery, progress: Progress) -> None:
        progress("Fetching public holidays")
        answer = self.client.get(self.endpoints.etalab + ETALAB_PATH, expected="CSV")
        rows = received.read_csv(answer.body, answer.source_ref)
        self._add(delivery, answer.source_ref, public_holidays.parse(rows))

    def _school_holidays(self, delivery: Delivery, progress: Progress) -> None:
        progress("Fetching the school calendar")
        answer = http.explore_export(self.client, self.endpoints.education, SCHOOL_CALENDAR, {})
        rows = received.read_csv(answer.body, answer.source_ref)
        self._add(delivery, answer.source_ref, school_calendar.parse(rows))

    # -- prices ------------------------------------------------------------------------------------------------------

    def _prices(self, delivery: Delivery, progress: Progress) -> None:
        from ingest.epex.crawl import crawl_prices  # noqa: PLC0415 - heavy
        from ingest.epex.errors import NoDataError  # noqa: PLC0415

        wanted = self._missing_deliveries()
        if not wanted:
            return
        delivery.sources.append(self.client.source_ref(self.endpoints.epex))
        result = crawl_prices(self.endpoints.epex, wanted, work_dir=self.settings.cache_dir / "epex", progress=progress)
        delivery.batches.append(
            price_pages.batch_of_prices([(self.client.source_ref(page.source_ref), page.rows) for page in result.pages])
        )
        for failure in result.failures:
            title = f"EPEX SPOT {failure.delivery_date} ({failure.product_minutes} min)"
            if failure.error == NoDataError.__name__:
                delivery.notes.append(f"{title}: not published")
                continue
            delivery.problems.append(Problem(title, failure.cause, failure.remedy))
            if failure.attempts:
                delivery.batches.append(
                    price_pages.failed_page(
                        self.client.source_ref(failure.source_ref),
                        failure.error,
                        failure.cause.removeprefix(f"{failure.source_ref}: "),
                    )
                )

    def _missing_deliveries(self) -> list[tuple[date, int]]:
        """Delivery days published by now of which the warehouse has no price yet, each with its product."""
        now_paris = self.now_utc.astimezone(PARIS)
        last = now_paris.date() + timedelta(days=1 if now_paris.time() >= PRICE_PUBLICATION else 0)
        with database.connect(self.settings) as connection:
            rows = connection.execute(
                """select distinct (delivery_start_utc at time zone 'Europe/Paris')::date, product_minutes
                   from raw.epex_day_ahead_price where delivery_start_utc >= %s - interval '1 day'""",
                [datetime.combine(self.window.first_price_day, time(), UTC)],
            ).fetchall()
        loaded = {(day, minutes) for day, minutes in rows}
        days = [
            self.window.first_price_day + timedelta(days=n)
            for n in range((last - self.window.first_price_day).days + 1)
        ]
        wanted = [(day, 15 if day >= FIRST_QUARTER_HOURLY_DAY else 60) for day in days]
        return [delivery for delivery in wanted if delivery not in loaded]

    def _value(self, sql: str, *parameters: Any) -> datetime | None:
        with database.connect(self.settings) as connection:
            row = connection.execute(sql, parameters).fetchone()
        return row[0] if row else None


DEMO_NAME = "demo:"
"""Stands for the demo server's address, whose port is another one in every run."""
LIVE_PRICE_DAYS = 7
LIVE_FIRST_WEATHER_DAY = date(2021, 3, 23)
"""First day of Open-Meteo's archive of forecasts for all of these variables but soil moisture."""


@contextlib.contextmanager
def open_live(
    context: StepContext, endpoints: Endpoints = LIVE, patience: http.Patience | None = None
) -> Iterator[Opened]:
    """The publishers' own addresses.

    Raises:
        SourceError: ODRÉ, without which nothing makes sense, does not answer as it should.
    """
    now = datetime.now(UTC)
    with http.client(patience) as client:
        context.progress(f"Asking {endpoints.odre}")
        client.get(
            f"{endpoints.odre}{EXPLORE_PATH}/{ODRE_REAL_TIME}/records",
            {"limit": "1", "order_by": "date_heure desc"},
            expected="JSON",
        )
        window = Window(LIVE_FIRST_WEATHER_DAY, now.astimezone(PARIS).date() - timedelta(days=LIVE_PRICE_DAYS))
        origin = PublishersOrigin(context.settings, endpoints, client, now, window)
        yield Opened(origin, Stamp(now, "live", is_synthetic=False), "real")


@contextlib.contextmanager
def open_demo(context: StepContext) -> Iterator[Opened]:
    """The demo's server on this machine, with generated data: everything from it is marked synthetic."""
    from ingest.demo.clock import FIRST_DAY, FIRST_PRICE_DAY  # noqa: PLC0415
    from ingest.demo.server import DemoServer  # noqa: PLC0415 - heavy

    with DemoServer(context.settings) as server, http.client(alias=(server.base_url, DEMO_NAME)) as client:
        window = Window(FIRST_DAY, FIRST_PRICE_DAY)
        origin = PublishersOrigin(context.settings, server.endpoints, client, server.clock_utc, window)
        stamp = Stamp(server.clock_utc, "demo", is_synthetic=True)
        yield Opened(origin, stamp, "demo", clock_utc=server.clock_utc)
