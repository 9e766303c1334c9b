"""Logging of a worker: warnings to the terminal, the rest to ``CONSO_HOME/logs/serve.log``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conso.settings import Settings

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LOG_FILE = "serve.log"


def configure(settings: Settings) -> None:
    """Replace what BentoML configured for this process."""
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    formatter = logging.Formatter(FORMAT)
    terminal = logging.StreamHandler()
    terminal.setLevel(logging.WARNING)
    file = logging.FileHandler(settings.log_dir / LOG_FILE)
    for handler in (terminal, file):
        handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [terminal, file]
    root.setLevel(logging.WARNING)
    for name in ("bentoml", "serving"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.INFO)
