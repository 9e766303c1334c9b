"""Putting a site in its place: whole or not at all, and only where something changed."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import gzip
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from conso.errors import ConsoError
from reports.project import PROJECT_DIR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.extract import Extract

FINGERPRINT_FILE = ".fingerprint"
_PARTIAL = ".site-being-built-"
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_PACKAGES = ("duckdb", "vl-convert-python", "markdown-it-py", "jinja2", "babel")


def fingerprint(extracts: Sequence[Extract], *, empty: bool) -> str:
    """A checksum of all that a site is made from: rows, project, builder, the versions of its libraries."""
    from importlib.metadata import version  # noqa: PLC0415

    digest = hashlib.sha256(f"python {sys.version_info[:2]} empty {empty}\n".encode())
    for package in _PACKAGES:
        digest.update(f"{package} {version(package)}\n".encode())
    for extract in sorted(extracts, key=lambda item: (item.source, item.query)):
        digest.update(f"{extract.source}.{extract.query} {extract.sha256}\n".encode())
    for path in sorted(PROJECT_DIR.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(PROJECT_DIR).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def published_fingerprint(site_dir: Path) -> str | None:
    """The fingerprint of the site that stands, None where none stands."""
    file = site_dir / FINGERPRINT_FILE
    return file.read_text().strip() if file.is_file() and (site_dir / "index.html").is_file() else None


@contextlib.contextmanager
def building(site_dir: Path) -> Iterator[None]:
    """Hold the right to change the site: two builds at once wait for one another."""
    try:
        site_dir.parent.mkdir(parents=True, exist_ok=True)
        handle = (site_dir.parent / ".site.lock").open("w")
    except OSError as error:
        raise _unwritable(site_dir, error) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for leftover in site_dir.parent.glob(f"{_PARTIAL}*"):
            shutil.rmtree(leftover, ignore_errors=True)  # of a build that was killed
        yield


def publish(files: Mapping[str, bytes], site_dir: Path, mark: str) -> None:
    """Write a site beside the one that stands and swap the two; whatever happens, a whole site stands.

    Raises:
        ConsoError: the place cannot be written.
    """
    try:
        partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=site_dir.parent))
        try:
            partial.chmod(0o755)
            for name, content in {**files, FINGERPRINT_FILE: mark.encode()}.items():
                target = partial / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            _swap(partial, site_dir)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise _unwritable(site_dir, error) from error


def _unwritable(site_dir: Path, error: OSError) -> ConsoError:
    return ConsoError(
        f"The site cannot be written to {site_dir}: {error.strerror or error}.",
        "Make room there, or set CONSO_HOME to a directory that you may write to.",
    )


def _swap(new: Path, site_dir: Path) -> None:
    if not site_dir.exists():
        new.rename(site_dir)
        return
    if _exchange(new, site_dir):
        return
    old = new.with_name(f"{new.name}-old")
    site_dir.rename(old)
    new.rename(site_dir)
    shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two directories in one step, where the system can (Linux); returns False where it cannot."""
    if sys.platform != "linux":
        return False
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    done = renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    if done == 0:
        return True
    number = ctypes.get_errno()
    if number in {errno.EINVAL, errno.ENOSYS}:  # a file system or kernel without it
        return False
    raise OSError(number, os.strerror(number), str(other))


def weight(site_dir: Path) -> dict[str, int]:
    """Files, pages and bytes of the site; ``overview_gz_bytes`` is what a first visit of the overview takes."""
    files = [path for path in site_dir.rglob("*") if path.is_file() and path.name != FINGERPRINT_FILE]
    pages = [path for path in files if path.suffix == ".html"]
    first_visit = [site_dir / "index.html", *sorted((site_dir / "assets").glob("*"))]
    return {
        "pages": len(pages),
        "files": len(files),
        "bytes": sum(path.stat().st_size for path in files),
        "gz_bytes": sum(_gz(path) for path in pages),
        "overview_gz_bytes": sum(_gz(path) for path in first_visit),
    }


def _gz(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), compresslevel=6, mtime=0))
