"""Requests per second of `/predict` against a bare FastAPI, on the same forest in the same run.

One forest of the champion's shape is fitted on made-up rows and served, one process each, by: our BentoML service
(validation of every feature, intervals, metrics, problem documents), a bare FastAPI with ONNX Runtime, and a bare
FastAPI with scikit-learn. A client in a process of its own sends the same JSON over loopback and keep-alive.

    python benchmarks/serving.py [--seconds 4]
"""

# ruff: noqa: PLC0415 - each server pays for its own imports only

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pickle
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

sys.path.pop(0)  # this folder, in which `serving` would be this file

from conso import database
from conso.settings import Settings

SERVERS = {
    "ours (BentoML, ONNX)": "ours",
    "bare FastAPI, ONNX": "onnx",
    "bare FastAPI, scikit-learn": "sklearn",
}
LOADS = ((1, 1), (1, 8), (24, 8), (1000, 2))
"""Rows per request, requests at once."""
TRAINING_ROWS = 30_000
START_TIMEOUT_S = 60


# -- the servers, each in a process of its own ----------------------------------------------------------------------


def serve(kind: str, folder: Path, fd: int) -> None:
    """Run one of the servers on an open socket until killed."""
    import uvicorn

    app = ours(folder) if kind == "ours" else bare(kind, folder)
    config = uvicorn.Config(app, log_config=None, server_header=False)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)])


def ours(folder: Path) -> Any:
    """Our application as BentoML's worker runs it, with the forest of this run as the champion."""
    from bentoml._internal.context import server_context

    from ml.forest import OnnxForest
    from ml.predict import Champion

    server_context.service_name = server_context.bento_name = "conso"
    server_context.bento_version = "benchmark"
    from serving.service import backend, service

    forest = OnnxForest((folder / "forest.onnx").read_bytes())
    nothing: Any = None
    champion = Champion(
        "benchmark", {"forest_share": 1.0}, {"ours": forest}, nothing, nothing, {}, {"ours": np.zeros((24, 2))}
    )
    backend.champion._version_of = lambda _: "benchmark"  # noqa: SLF001
    backend.champion._load = lambda _: champion  # noqa: SLF001
    return service.to_asgi()


def bare(kind: str, folder: Path) -> Any:
    """What one writes in ten lines: no check of what comes in."""
    from fastapi import FastAPI
    from pydantic import BaseModel

    names = json.loads((folder / "names.json").read_text())

    class Body(BaseModel):
        rows: list[dict[str, float]]

    if kind == "onnx":
        from ml.forest import OnnxForest

        predict = OnnxForest((folder / "forest.onnx").read_bytes()).predict
    else:
        predict = pickle.loads((folder / "forest.pickle").read_bytes()).predict  # noqa: S301 - written by this run

    app = FastAPI()

    async def answer(body: Body) -> dict[str, list[float]]:
        table = np.array([[row[name] for name in names] for row in body.rows])
        return {"predictions": predict(table).tolist()}

    answer.__annotations__ = {"body": Body}
    app.post("/predict")(answer)
    return app


# -- the client -----------------------------------------------------------------------------------------------------


class NotServedError(Exception):
    """An answer other than 200."""


@dataclass
class Measured:
    """Times of the answers to one load, in seconds."""

    seconds: float
    latencies: list[float]

    def __str__(self) -> str:
        ordered = sorted(self.latencies)
        p50, p99 = statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        return f"{len(ordered) / self.seconds:>8.0f} req/s   p50 {p50 * 1e3:>7.2f} ms   p99 {p99 * 1e3:>7.2f} ms"


async def load(port: int, body: bytes, at_once: int, seconds: float) -> Measured:
    """Send ``body`` over and over on ``at_once`` connections."""
    head = (
        f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    request = head.encode() + body
    latencies: list[float] = []
    started = time.perf_counter()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() - started < seconds:
            asked = time.perf_counter()
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 200"):
                raise NotServedError(answer.decode())
            length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length"))
            await reader.readexactly(int(length.partition(b":")[2]))
            latencies.append(time.perf_counter() - asked)
        writer.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(one())
    return Measured(time.perf_counter() - started, latencies)


# -- the run --------------------------------------------------------------------------------------------------------


def make_forest(folder: Path) -> list[dict[str, float]]:
    """Fit the forest on made-up rows; returns a thousand rows to ask for."""
    from ml.features import FEATURES
    from ml.forest import ForestSpec, fit, to_onnx

    features = FEATURES["ours"]
    random = np.random.default_rng(8)
    low, high = (np.array([getattr(f, name) for f in features]) for name in ("minimum", "maximum"))
    rows = low + (high - low) * random.random((TRAINING_ROWS, len(features)))
    target = 500 * np.sin(rows / (high - low) * 6).sum(axis=1) + random.normal(0, 300, TRAINING_ROWS)
    forest = fit(rows, target, ForestSpec())
    forest.n_jobs = 1
    (folder / "forest.pickle").write_bytes(pickle.dumps(forest))
    (folder / "forest.onnx").write_bytes(to_onnx(forest, len(features)))
    names = [feature.name for feature in features]
    (folder / "names.json").write_text(json.dumps(names))
    asked = rows[:1000].copy()
    for whole in ("hour_paris", "day_type", "holiday_neighbour", "school_zones"):
        asked[:, names.index(whole)] = np.floor(asked[:, names.index(whole)])
    return [dict(zip(names, map(float, row), strict=True)) for row in asked]


def measure(title: str, kind: str, folder: Path, rows: list[dict[str, float]], seconds: float) -> None:
    """Start one server, load it, print what came of it."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    port = listening.getsockname()[1]
    environment = {
        **os.environ,
        "CONSO_HOME": str(folder / "home"),
        "BENTOML_HOME": str(folder / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
    }
    started = time.perf_counter()
    command = [sys.executable, __file__, "--serve", kind, "--folder", str(folder), "--fd", str(listening.fileno())]
    process = subprocess.Popen(command, env=environment, pass_fds=[listening.fileno()])
    try:
        first = json.dumps({"rows": rows[:1]}).encode()
        asyncio.run(wait(port, first, process))
        cold = time.perf_counter() - started
        print(f"\n{title}: first answer {cold:.1f} s after the start")
        for count, at_once in LOADS:
            body = json.dumps({"rows": rows[:count]}).encode()
            asyncio.run(load(port, body, at_once, min(1.0, seconds)))  # warm
            print(f"  {count:>4} rows x {at_once} at once {asyncio.run(load(port, body, at_once, seconds))}")
        print(f"  memory {psutil.Process(process.pid).memory_info().rss / 1e6:.0f} MB")
    finally:
        process.kill()
        process.wait()
        listening.close()


async def wait(port: int, body: bytes, process: subprocess.Popen[bytes]) -> None:
    """Ask until the first 200."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            async with asyncio.timeout(5):
                await load(port, body, 1, 0.001)
        except* (NotServedError, TimeoutError, OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.05)
        else:
            return
    raise SystemExit("the server did not start")


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="per load")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve, given.folder, given.fd)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended then, too
    with tempfile.TemporaryDirectory(prefix="conso-bench-") as name:
        folder = Path(name)
        rows = make_forest(folder)
        settings = Settings(home=folder / "home")
        database.start(settings)
        load_1m = os.getloadavg()[0]
        print(
            f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()},"
        )
        print(
            f"load average {load_1m:.1f} before; one server process, its client on the same machine, "
            f"{given.seconds:.0f} s each"
        )
        try:
            for title, kind in SERVERS.items():
                measure(title, kind, folder, rows, given.seconds)
        finally:
            database.embedded(settings).stop()


if __name__ == "__main__":
    main()
