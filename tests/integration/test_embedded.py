"""The embedded server: starts, stops, dies and comes back, for root and for an ordinary user."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import psycopg
import pytest

from conso import database
from conso.settings import PROJECT_ROOT, Settings

pytestmark = [pytest.mark.integration, pytest.mark.crash]


@pytest.fixture
def home(tmp_path):
    # pytest makes tmp_path with mode 700: for root this is the hard case, a folder closed to the server's user.
    yield tmp_path / "home"
    database.embedded(Settings(home=tmp_path / "home")).stop()


def put(settings, text):
    with database.connect(settings) as connection:
        connection.execute("create table if not exists kept (t text)")
        connection.execute("insert into kept values (%s)", [text])


def kept(settings):
    with database.connect(settings) as connection:
        return [row[0] for row in connection.execute("select t from kept order by 1")]


def test_stop_and_start_keeps_data_and_address(home):
    settings = Settings(home=home)
    assert database.start(settings) is True
    put(settings, "a")
    address = database.url(settings)
    assert database.embedded(settings).stop() is True
    assert database.embedded(settings).stop() is False
    assert database.start(settings) is True
    assert kept(settings) == ["a"]
    assert database.url(settings) == address


def test_kill_9_loses_nothing_committed(home):
    settings = Settings(home=home)
    database.start(settings)
    put(settings, "committed")
    os.kill(database.embedded(settings).pid(), signal.SIGKILL)
    database.start(settings)
    assert kept(settings) == ["committed"]


def test_stale_pid_file_that_names_another_program_is_no_obstacle(home):
    settings = Settings(home=home)
    database.start(settings)
    server = database.embedded(settings)
    server.stop()
    stale = server.data_dir / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{server.data_dir}\n")
    assert server.pid() is None
    assert database.start(settings) is True


def test_two_projects_side_by_side_do_not_see_each_other(tmp_path):
    one, two = Settings(home=tmp_path / "one"), Settings(home=tmp_path / "two")
    try:
        database.start(one)
        database.start(two)
        put(one, "one")
        put(two, "two")
        assert (kept(one), kept(two)) == (["one"], ["two"])
        crossed = database.url(one).replace(database.url(one).rsplit(":", 1)[1], database.url(two).rsplit(":", 1)[1])
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(crossed)
    finally:
        database.embedded(one).stop()
        database.embedded(two).stop()


def test_socket_lets_its_own_user_in_without_password_and_nobody_by_tcp(home):
    settings = Settings(home=home)
    database.start(settings)
    with psycopg.connect(f"host={home}/run port=5432 user=conso dbname=conso") as connection:
        assert connection.execute("select current_user").fetchone() == ("conso",)
    address = database.url(settings)
    password = address.split(":")[2].split("@")[0]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address.replace(password, "guess"))
    assert (database.embedded(settings).dir / "password").stat().st_mode & 0o077 == 0


def test_listens_on_loopback_only(home):
    settings = Settings(home=home)
    database.start(settings)
    with database.connect(settings) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("127.0.0.1",)


def test_worlds_never_mix_and_none_is_lost(home):
    settings = Settings(home=home)
    database.start(settings)
    assert database.enter_world(settings, "demo", source="demo") is False
    put(settings, "synthetic")
    assert database.enter_world(settings, "real", source="files") is True
    assert database.world(settings) == "real"
    put(settings, "real")
    assert database.enter_world(settings, "demo", source="demo") is True
    assert kept(settings) == ["synthetic"]
    assert database.enter_world(settings, "real", source="files") is True
    assert kept(settings) == ["real"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try both users")
def test_works_for_an_ordinary_user_too():
    user = pwd.getpwnam("nobody")
    python = python_for_everyone()
    home = Path("/var/tmp") / f"conso-user-{os.getpid()}"
    home.mkdir()
    shutil.chown(home, user.pw_uid, user.pw_gid)
    probe = (
        "from conso import database; from conso.settings import Settings;"
        f"s = Settings(home={str(home / 'state')!r}); print(database.start(s), database.embedded(s).stop())"
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    environment["PYTHONPATH"] = os.pathsep.join([str(PROJECT_ROOT), sysconfig.get_path("purelib")])
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "env": environment, "cwd": "/"}
    try:
        seen = subprocess.run([python, "-c", "import conso"], **as_user, capture_output=True, text=True, check=False)
        if seen.returncode:
            pytest.skip(f"this checkout is closed to other users: {seen.stderr[-200:]}")
        done = subprocess.run([python, "-c", probe], **as_user, capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout.split() == ["True", "True"], done.stderr
    finally:
        shutil.rmtree(home)


def python_for_everyone() -> str:
    """A Python of our version that other users may run: ours may lie in root's home."""
    for candidate in (sys.executable, f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}"):
        path = Path(candidate).resolve()
        if path.exists() and all(parent.stat().st_mode & 0o005 == 0o005 for parent in path.parents):
            return str(path)
    pytest.skip("no Python of this version that other users may run")
