"""The command line. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import json
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from conso.errors import ConsoError, UsageError
from conso.settings import Settings, load_settings

if TYPE_CHECKING:
    from conso.pipeline import Outcome

EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="conso",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="French electricity consumption: load the publishers' data, forecast tomorrow, serve and show it.",
    epilog="Start here: [bold]conso up --source demo[/], then [bold]conso serve[/].",
)
db = typer.Typer(no_args_is_help=True, help="Start, stop and enter the warehouse's PostgreSQL.")
app.add_typer(db, name="db")

AsJson = Annotated[bool, typer.Option("--json", help="Print figures as JSON on standard output.")]
Source = Annotated[
    str | None,
    typer.Option(
        "--source",
        "-s",
        metavar="demo|live|DIR",
        help="Generated data, the publishers' own addresses, or a directory of files downloaded from them. "
        "Default: the source used last.",
        show_default=False,
    ),
]


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version  # noqa: PLC0415

        typer.echo(f"conso {version('conso')}")
        raise typer.Exit


@app.callback()
def _root(
    _show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    _debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; may stand behind any command.")
    ] = False,
) -> None:
    pass


def _run(command: str, names: list[str], *, source: str | None = None, as_json: bool = False) -> Outcome:
    from conso.console import StepScreen  # noqa: PLC0415
    from conso.pipeline import run  # noqa: PLC0415

    settings = load_settings()
    outcome = run(settings, command, names, source=source, screen=StepScreen(len(names)))
    if as_json:
        typer.echo(json.dumps(outcome.figures(), indent=2, ensure_ascii=False, default=str))
    return outcome


def _resolve_source(settings: Settings, source: str | None) -> str:
    """What ``--source`` means: ``demo``, ``live`` or a directory's absolute path; unset, the source used last."""
    from pathlib import Path  # noqa: PLC0415

    from conso import database  # noqa: PLC0415

    if source is None:
        if not settings.uses_embedded_database or database.embedded(settings).initialised:
            database.start(settings)
            with database.connect(settings) as connection:
                row = connection.execute("select source from ops.warehouse").fetchone()
            if row is not None:
                return str(row[0])
        raise UsageError(
            "No source was given, and none was used here before.",
            "Choose one: --source demo, --source live, or --source DIRECTORY.",
        )
    if source in {"demo", "live"}:
        return source
    path = Path(source).expanduser().resolve()
    if not path.is_dir():
        what = "is a file" if path.is_file() else "does not exist"
        raise UsageError(
            f"--source {source}: {path} {what}; a directory of publishers' files was expected.",
            "Give an existing directory, or one of the words demo and live.",
        )
    return str(path)


@app.command(
    epilog="Examples:  conso up --source demo  ·  conso up --source ~/Downloads/odre  ·  conso up  (source used last)"
)
def up(source: Source = None, as_json: AsJson = False) -> None:
    """Do the whole job: database, sources, checks, marts, model, forecast, site."""
    from conso.pipeline import STEPS  # noqa: PLC0415
    from conso.summary import print_summary  # noqa: PLC0415

    settings = load_settings()
    resolved = _resolve_source(settings, source)
    outcome = _run("up", [step.name for step in STEPS], source=resolved, as_json=as_json)
    if not as_json:
        print_summary(settings, resolved, outcome)


@app.command(epilog="Example:  conso ingest --source live")
def ingest(source: Source = None, as_json: AsJson = False) -> None:
    """Load what is new at the sources into raw, every version kept."""
    _run("ingest", ["ingest"], source=_resolve_source(load_settings(), source), as_json=as_json)


@app.command(epilog="Example:  conso check --json")
def check(as_json: AsJson = False) -> None:
    """Check what landed in raw (Great Expectations); a failed critical check exits non-zero."""
    _run("check", ["check"], as_json=as_json)


@app.command(epilog="Example:  conso transform   (the same as `cd warehouse && dbt build`)")
def transform(as_json: AsJson = False) -> None:
    """Build and test the marts (dbt)."""
    _run("transform", ["transform"], as_json=as_json)


@app.command(
    "as-of", epilog="Examples:  conso as-of 2024-06-01T12:00Z load  ·  conso as-of 2024-06-01T12:00Z price --json"
)
def as_of(
    instant: Annotated[str, typer.Argument(help="ISO 8601 instant with offset.", show_default=False)],
    entity: Annotated[str, typer.Argument(help="load, price or weather.")] = "load",
    *,
    first: Annotated[str | None, typer.Option("--from", help="First instant of the span.", show_default=False)] = None,
    before: Annotated[
        str | None, typer.Option("--to", help="End of the span, itself left out.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(help="Rows at most, the last ones of the span.", min=1)] = 48,
    as_json: AsJson = False,
) -> None:
    """Show load, price or weather as they were known at an instant."""
    from conso.as_of import run as read_as_of  # noqa: PLC0415
    from conso.console import print_rows  # noqa: PLC0415

    found = read_as_of(load_settings(), instant, entity, first=first, before=before, limit=limit)
    if as_json:
        typer.echo(json.dumps(found.records(), indent=2, ensure_ascii=False, default=str))
    else:
        print_rows(found.columns, found.rows)


@app.command(epilog="Example:  conso train --json")
def train(as_json: AsJson = False) -> None:
    """Backtest, train and register the forecast model; the better one becomes champion."""
    _run("train", ["train"], as_json=as_json)


@app.command(epilog="Example:  conso forecast")
def forecast(as_json: AsJson = False) -> None:
    """Issue tomorrow's forecast, once, frozen in the warehouse."""
    _run("forecast", ["forecast"], as_json=as_json)


@app.command(epilog="Example:  conso report && xdg-open .conso/site/index.html")
def report(as_json: AsJson = False) -> None:
    """Build the static site from the marts."""
    _run("report", ["report"], as_json=as_json)


@app.command(epilog="Example:  conso status --json")
def status(as_json: AsJson = False) -> None:
    """Say what is loaded, how fresh it is, which model is champion and what runs."""
    from conso.status import collect, print_status  # noqa: PLC0415

    found = collect(load_settings())
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False, default=str))
    else:
        print_status(found)


@app.command(epilog="Example:  conso serve --port 3001")
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on. [default: 3000]", min=1, max=65535)] = None,
    workers: Annotated[int, typer.Option(help="Worker processes.", min=1)] = 1,
) -> None:
    """Serve forecasts, the REST API, the metrics and the site over HTTP until Ctrl-C."""
    from serving.run import serve as run_server  # noqa: PLC0415

    settings = load_settings()
    run_server(settings, host=host or settings.serve_host, port=port or settings.serve_port, workers=workers)


@db.command("start", epilog="Example:  conso db start")
def db_start() -> None:
    """Start the embedded PostgreSQL (or see that CONSO_DATABASE_URL answers) and make our own tables."""
    _run("db start", ["db start"])


@db.command("stop", epilog="Example:  conso db stop")
def db_stop() -> None:
    """Stop the embedded PostgreSQL; the data stay."""
    from conso import database  # noqa: PLC0415

    settings = load_settings()
    if not settings.uses_embedded_database:
        raise UsageError(
            f"The server at {database.safe_url(settings)} is not ours to stop.",
            "Unset CONSO_DATABASE_URL to stop the embedded one.",
        )
    stopped = database.embedded(settings).stop()
    typer.echo("PostgreSQL stopped." if stopped else "PostgreSQL was not running.")


@db.command("url", epilog='Example:  psql "$(conso db url)"')
def db_url() -> None:
    """Print the warehouse's address with its password, for other programs."""
    from conso import database  # noqa: PLC0415

    typer.echo(database.url(load_settings()))


def main() -> None:
    """Run the command line; errors that a user can act on come without a traceback, `--debug` shows it."""
    from typer.exceptions import TyperException  # noqa: PLC0415

    arguments = sys.argv[1:]
    debug = "--debug" in arguments
    try:
        code = app([word for word in arguments if word != "--debug"], standalone_mode=False)
    except TyperException as error:
        code = _show(UsageError(error.format_message(), "See `conso --help` or `conso COMMAND --help`."), debug)
    except ConsoError as error:
        code = _show(error, debug)
    except (KeyboardInterrupt, typer.Abort):
        code = EXIT_INTERRUPTED
    except Exception as error:  # the last line before the user: named, never swallowed
        if debug:
            raise
        from conso.console import stderr  # noqa: PLC0415

        stderr.print(f"[red]Unexpected error:[/] {type(error).__name__}: {error}", markup=True)
        stderr.print("Run the same command with --debug to see where, and report it with what it prints.")
        code = 70
    if code == EXIT_INTERRUPTED:  # Typer turns Ctrl-C into this code and says nothing
        # Some libraries hand the same Ctrl-C on a second time, once they are out of their own code.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        from conso.console import stderr  # noqa: PLC0415

        stderr.print("[yellow]Interrupted.[/] What was finished stands; run the same command to go on.")
    sys.exit(code if isinstance(code, int) else 0)


def _show(error: ConsoError, debug: bool) -> int:
    from rich.markup import escape  # noqa: PLC0415

    from conso.console import stderr  # noqa: PLC0415

    if debug:
        import traceback  # noqa: PLC0415

        traceback.print_exception(error)
    stderr.print(f"[red]Error:[/] {escape(error.cause)}")
    if error.remedy:
        stderr.print(f"[bold]What to do:[/] {escape(error.remedy)}")
    return error.exit_code


if __name__ == "__main__":
    main()
