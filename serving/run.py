"""`conso serve`: checks what the server needs, then runs it in the foreground until Ctrl-C or SIGTERM."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
from ipaddress import ip_address
from typing import TYPE_CHECKING

from conso import database
from conso.errors import ConsoError, UsageError
from conso.settings import PROJECT_ROOT
from serving.champion import LOADING, champion_version

if TYPE_CHECKING:
    from conso.settings import Settings

SERVICE = "serving.service:service"
WORKERS_VARIABLE = "CONSO_SERVE_WORKERS"
START_TIMEOUT_S = 60.0
GRACE_S = 10
HTTP_OK = 200


def serve(settings: Settings, *, host: str, port: int, workers: int = 1, reload: bool = False) -> None:
    """Serve until Ctrl-C or SIGTERM; prints the addresses once the server is ready.

    Starts the embedded database where it does not run, and leaves it running.

    Raises:
        UsageError: ``host`` is not an IP address.
        ConsoError: the port is taken, the database does not answer, there is no champion yet, or no worker starts.
    """
    _check_address(host, port)
    database.start(settings)
    if champion_version(settings) is None:
        raise ConsoError("There is no champion model to serve yet.", "Make one with `conso up`, or `conso train`.")
    _prepare_environment(settings, port, workers)

    # Imported here: both read the environment just prepared.
    from _bentoml_impl.server import serve_http  # type: ignore[import-untyped] # noqa: PLC0415

    from serving.service import service  # noqa: PLC0415

    service.inject_config()
    announcer = _Announcer(host, port)
    announcer.start()
    try:
        serve_http(
            SERVICE,
            working_dir=str(PROJECT_ROOT),
            host=host,
            port=port,
            reload=reload,
            timeout_graceful_shutdown=GRACE_S,
        )
    except OSError as error:  # somebody was faster than we
        raise _port_taken(host, port, error) from error
    if announcer.gave_up:
        raise ConsoError("The server did not start within a minute.", f"See {settings.log_dir / 'serve.log'}.")


def _check_address(host: str, port: int) -> None:
    try:
        family = socket.AF_INET if ip_address(host).version == 4 else socket.AF_INET6  # noqa: PLR2004
    except ValueError as error:
        raise UsageError(f"{host!r} is not an IP address.", "Give one, as in `--host 127.0.0.1`.") from error
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _port_taken(host, port, error) from error


def _port_taken(host: str, port: int, error: OSError) -> ConsoError:
    return ConsoError(
        f"Cannot listen on {host}:{port}: {error.strerror or error}.",
        f"End the program that uses port {port}, or choose another: `conso serve --port {port + 1}`.",
    )


def _prepare_environment(settings: Settings, port: int, workers: int) -> None:
    """What the workers are to see; they are processes of their own and read it from the environment."""
    bento_home = settings.home_dir / "bentoml" / str(port)  # one per server: it empties its metrics at every start
    bento_home.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "CONSO_HOME": str(settings.home_dir),
        "BENTOML_HOME": str(bento_home),
        "BENTOML_DO_NOT_TRACK": "True",
        WORKERS_VARIABLE: str(workers),
    }
    if settings.database_url is not None:
        os.environ["CONSO_DATABASE_URL"] = settings.database_url.get_secret_value()
    if settings.now is not None:
        os.environ["CONSO_NOW"] = settings.now


class _Announcer(threading.Thread):
    """Waits for the server to be ready and says so; stops it where no worker comes up."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(name="announcer", daemon=True)
        self.gave_up = False
        local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not listened on
        self._address = (local, port)
        self._base = f"http://[{local}]:{port}" if ":" in local else f"http://{local}:{port}"

    def run(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        said = ""
        while True:
            status, reason = self._ask()
            if status == HTTP_OK:
                break
            if status is not None:
                deadline = float("inf")  # a worker lives: it goes on trying, and says what it waits for
                if reason not in {said, LOADING}:
                    said = reason
                    print(f"Not ready: {reason}", file=sys.stderr, flush=True)  # noqa: T201
            if time.monotonic() > deadline:
                self.gave_up = True
                os.kill(os.getpid(), signal.SIGTERM)
                return
            time.sleep(0.2)
        self._say_ready()

    def _ask(self) -> tuple[int | None, str]:
        connection = http.client.HTTPConnection(*self._address, timeout=2)
        try:
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            body = response.read()
            return response.status, json.loads(body)["detail"] if response.status != HTTP_OK else ""
        except (OSError, http.client.HTTPException, ValueError, LookupError):
            return None, ""
        finally:
            connection.close()

    def _say_ready(self) -> None:
        base = self._base
        lines = (
            f"Serving on {base} (Ctrl-C ends it)",
            f"  site     {base}/",
            f"  API      {base}/docs",
            f"  metrics  {base}/metrics",
            f"  try      curl -s -X POST {base}/forecast -H 'Content-Type: application/json' -d '{{}}'",
        )
        print("\n".join(lines), flush=True)  # noqa: T201
