"""The champion in use: loaded from the registry, swapped at one stroke when the alias moves."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from serving.problem import unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from conso.settings import Settings
    from ml.predict import Champion, Forecast

logger = logging.getLogger("serving")

WATCH_EVERY_S = 30.0
RETRY_EVERY_S = 3.0
LOADING = "The champion model is being loaded."
NONE_YET = "There is no champion model yet: run `conso up` or `conso train`."


class ChampionHolder:
    """Holds the champion of one worker. ``current`` is replaced whole: a request keeps the one it began with."""

    def __init__(
        self,
        settings: Settings,
        version_of: Callable[[Settings], str | None] | None = None,
        load: Callable[[Settings], Champion] | None = None,
    ) -> None:
        self._settings = settings
        self._version_of = version_of or champion_version
        self._load = load or _load
        self.current: Champion | None = None
        self.reason = LOADING

    def get(self) -> Champion:
        """The champion.

        Raises:
            Problem: 503, none is loaded.
        """
        if self.current is None:
            raise unavailable(self.reason)
        return self.current

    async def watch(self) -> None:
        """Follow the alias until cancelled; what goes wrong is told in ``reason`` and tried again."""
        while True:
            try:
                await self.refresh()
            except Exception as error:  # noqa: BLE001 - whatever it is, the champion in use goes on serving
                logger.warning("the champion could not be read from the registry: %s", error)
                self.reason = f"The champion model could not be loaded: {error}"
            await asyncio.sleep(RETRY_EVERY_S if self.current is None else WATCH_EVERY_S)

    async def refresh(self) -> None:
        """Load the champion if the alias points at another version than the one in use.

        Raises:
            ConsoError: the database does not answer, or a file of the version is not what was registered.
        """
        version = await asyncio.to_thread(self._version_of, self._settings)
        if version is None:
            self.reason = NONE_YET
        elif self.current is None or self.current.version != version:
            loaded = await asyncio.to_thread(self._load, self._settings)
            logger.info("champion: version %s", loaded.version)
            self.current = loaded


def champion_version(settings: Settings) -> str | None:
    """Version that the registry's alias ``champion`` points at, None where there is none."""
    from ml import registry  # noqa: PLC0415 - not for those who only ask for help

    entry = registry.champion(settings)
    return None if entry is None else entry.version


def compute_forecasts(settings: Settings, champion: Champion, day: date) -> dict[str, Forecast]:
    """What `conso forecast` would freeze for ``day``, by model; takes a second or more.

    Raises:
        ConsoError: the day lies in the training span, or its inputs are not known.
    """
    from ml.predict import forecast_day  # noqa: PLC0415 - imports pandas

    return forecast_day(settings, champion, day)


def _load(settings: Settings) -> Champion:
    from ml.predict import load_champion  # noqa: PLC0415 - imports pandas

    return load_champion(settings)
