"""Whole tables as one value, to be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conso import database

if TYPE_CHECKING:
    from conso.settings import Settings

ARRIVAL = (
    *("retrieved_at_utc", "last_retrieved_at_utc", "detected_at_utc", "_dlt_load_id", "_dlt_id"),
    *("row_xid", "xid_sum", "xid_max"),  # numbers of this server's transactions
)
"""Columns that say when and by which transaction a row came here: equal data loaded at another time differ in them."""


def checksums(settings: Settings, *, with_arrival: bool = False) -> dict[str, tuple[int, str]]:
    """Row count and ordered checksum of every table and view of raw, staging, intermediate and marts.

    ``with_arrival`` keeps the columns that say when a row came here: for two looks at one warehouse.
    """
    left_out = [] if with_arrival else list(ARRIVAL)
    columns = """
        select table_schema, table_name, string_agg(quote_ident(column_name), ', ' order by column_name)
        from information_schema.columns
        where table_schema in ('raw', 'staging', 'intermediate', 'marts') and not table_name like '\\_dlt%%'
          and not column_name = any(%s)
        group by 1, 2 order by 1, 2
    """
    found = {}
    with database.connect(settings, read_only=True) as connection:
        for schema, table, names in connection.execute(columns, [left_out]).fetchall():
            row = connection.execute(
                f"""select count(*), md5(string_agg(h, '' order by h))
                    from (select md5(row({names})::text) as h from {schema}."{table}") x"""  # noqa: S608 - from the catalogue
            ).fetchone()
            found[f"{schema}.{table}"] = (row[0], row[1])
    return found
