"""The one way to PostgreSQL: the embedded server, or any other by ``CONSO_DATABASE_URL``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit, urlunsplit

from conso.embedded import DATABASE, EmbeddedPostgres
from conso.errors import ConsoError, DatabaseUnavailableError
from conso.steps import Clock

if TYPE_CHECKING:
    import adbc_driver_postgresql.dbapi as adbc
    import psycopg

    from conso.settings import Settings

World = Literal["demo", "real"]
SCHEMA_SQL = Path(__file__).with_name("schema.sql")
CONNECT_TIMEOUT_S = 5
OLDEST_SERVER = 15_00_00
"""As libpq counts: PostgreSQL 15."""


def embedded(settings: Settings) -> EmbeddedPostgres:
    """The embedded server of these settings, whether it runs or not."""
    return EmbeddedPostgres(settings.home_dir)


def url(settings: Settings) -> str:
    """DSN ``postgresql://user:password@host:port/database`` of the warehouse. Holds a password: never log it.

    Raises:
        DatabaseUnavailableError: no embedded server was ever made.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return embedded(settings).url


def safe_url(settings: Settings) -> str:
    """The DSN without its password, fit to be shown."""
    parts = urlsplit(url(settings))
    host = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    user = f"{parts.username}@" if parts.username else ""
    return urlunsplit((parts.scheme, f"{user}{host}", parts.path, "", ""))


def start(settings: Settings) -> bool:
    """Make sure that a server answers and that our own tables stand; returns True where it had to be started.

    Raises:
        DatabaseUnavailableError: no server, or not one that we may use.
    """
    started = settings.uses_embedded_database and embedded(settings).start()
    if settings.uses_embedded_database:
        _ensure_database(settings)
    with connect(settings) as connection:
        version = connection.info.server_version
        if version < OLDEST_SERVER:
            raise DatabaseUnavailableError(
                f"PostgreSQL {version // 10000} at {safe_url(settings)} is too old: 15 or newer is needed.",
                "Point CONSO_DATABASE_URL at a newer server, or unset it to use the embedded one.",
            )
        # Several processes may come here at once; `create if not exists` alone is not safe against that.
        connection.execute("select pg_advisory_xact_lock(hashtext('conso schema'))")
        connection.execute(SCHEMA_SQL.read_bytes())
    return started


def connect(settings: Settings, *, read_only: bool = False, autocommit: bool = False) -> psycopg.Connection[Any]:
    """Open a psycopg connection in UTC; used with ``with``, it commits or rolls back, and closes.

    Raises:
        DatabaseUnavailableError: nobody answers, or the login is refused.
    """
    import psycopg  # noqa: PLC0415

    options = "-c timezone=UTC" + (" -c default_transaction_read_only=on" if read_only else "")
    try:
        return psycopg.connect(
            url(settings),
            options=options,
            autocommit=autocommit,
            connect_timeout=CONNECT_TIMEOUT_S,
            application_name="conso",
        )
    except psycopg.OperationalError as error:
        raise _unavailable(settings, str(error)) from error
    except psycopg.ProgrammingError as error:  # a DSN that is no DSN
        raise DatabaseUnavailableError(
            "CONSO_DATABASE_URL is not a PostgreSQL address.",
            "Give it as postgresql://user:password@host:5432/database.",
        ) from error


def connect_arrow(settings: Settings) -> adbc.Connection:
    """Open an ADBC connection: queries come back as Arrow tables (``cursor.fetch_arrow_table()``).

    Raises:
        DatabaseUnavailableError: nobody answers, or the login is refused.
    """
    import adbc_driver_manager as adbc_manager  # noqa: PLC0415
    from adbc_driver_postgresql import dbapi  # noqa: PLC0415

    connect(settings).close()  # a clear error and a time-out, which ADBC has not
    try:
        return dbapi.connect(url(settings))
    except adbc_manager.Error as error:
        raise _unavailable(settings, str(error)) from error


def _unavailable(settings: Settings, reason: str) -> DatabaseUnavailableError:
    address = safe_url(settings)
    first_line = reason.strip().splitlines()[0] if reason.strip() else "no answer"
    if settings.uses_embedded_database:
        return DatabaseUnavailableError(
            f"The embedded PostgreSQL in {settings.home_dir} does not answer ({first_line}).",
            "Start it with `conso db start`.",
        )
    return DatabaseUnavailableError(
        f"No PostgreSQL that we may use at CONSO_DATABASE_URL ({address}): {first_line}",
        "Start that server or correct the address; unset CONSO_DATABASE_URL to use the embedded one.",
    )


# -- worlds: synthetic and real data never share a database --------------------------------------------------------


def _admin(settings: Settings) -> psycopg.Connection[Any]:
    import psycopg  # noqa: PLC0415

    return psycopg.connect(
        embedded(settings).url.rsplit("/", 1)[0] + "/postgres", autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
    )


def _ensure_database(settings: Settings) -> None:
    import psycopg  # noqa: PLC0415

    with _admin(settings) as admin:
        if admin.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone() is None:
            try:
                admin.execute(f'create database "{DATABASE}"')
            except psycopg.errors.DuplicateDatabase:
                return  # another process was faster


def world(settings: Settings) -> World | None:
    """Whether the warehouse in use holds synthetic (``demo``) or ``real`` data; None while it holds none."""
    with connect(settings) as connection:
        row = connection.execute("select world from ops.warehouse").fetchone()
    return row[0] if row else None


def enter_world(settings: Settings, wanted: World, *, source: str) -> bool:
    """Make ``wanted`` the world in use, before anything is loaded; returns True where another one was set aside.

    On the embedded server the other world's database is parked whole under another name and comes back when it is
    asked for again: nothing is lost and nothing can mix. On a server that is not ours the two are refused.

    Raises:
        ConsoError: ``CONSO_DATABASE_URL`` points at a warehouse of the other world.
    """
    current = world(settings)
    if current not in {None, wanted}:
        kind = {"demo": "synthetic demo", "real": "real"}
        if not settings.uses_embedded_database:
            raise ConsoError(
                f"The database at {safe_url(settings)} holds {kind[str(current)]} data; "
                f"{kind[wanted]} data may not be mixed into it.",
                "Point CONSO_DATABASE_URL at another database for it.",
            )
        _swap(settings, current, wanted)  # type: ignore[arg-type]
        start(settings)
    with connect(settings) as connection:
        connection.execute(
            """insert into ops.warehouse (world, source, clock_basis) values (%s, %s, 'system')
               on conflict (singleton) do update
               set source = excluded.source, updated_at_utc = now()
               where ops.warehouse.source <> excluded.source""",
            [wanted, source],
        )
    return current not in {None, wanted}


def _swap(settings: Settings, current: World, wanted: World) -> None:
    parked, wanted_name = f"{DATABASE}_parked_{current}", f"{DATABASE}_parked_{wanted}"
    with _admin(settings) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()",
            [DATABASE],
        )
        admin.execute(f'alter database "{DATABASE}" rename to "{parked}"')
        if admin.execute("select 1 from pg_database where datname = %s", [wanted_name]).fetchone():
            admin.execute(f'alter database "{wanted_name}" rename to "{DATABASE}"')
    _ensure_database(settings)


# -- the clock ------------------------------------------------------------------------------------------------------


def set_clock(settings: Settings, clock_utc: datetime | None) -> None:
    """Record what time it is in this warehouse: None lets the system clock run (live data)."""
    basis = "system" if clock_utc is None else "data"
    with connect(settings) as connection:
        connection.execute(
            """update ops.warehouse set clock_utc = %s, clock_basis = %s, updated_at_utc = now()
               where (clock_utc, clock_basis) is distinct from (%s, %s)""",
            [clock_utc, basis, clock_utc, basis],
        )


def clock(settings: Settings) -> Clock:
    """What time it is: ``CONSO_NOW``, else the data's own clock where they end in the past, else the system's."""
    frozen = settings.frozen_now()
    if frozen is not None:
        return Clock(frozen.astimezone(UTC), "frozen")
    with connect(settings) as connection:
        row = connection.execute("select clock_utc, clock_basis from ops.warehouse").fetchone()
    if row is None or row[0] is None:
        return Clock(datetime.now(UTC), "system")
    return Clock(row[0], row[1])
