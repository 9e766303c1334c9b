"""The champion follows its alias, and what goes wrong costs nobody the one in use."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from conso.errors import ConsoError
from conso.settings import Settings
from serving.champion import ChampionHolder
from serving.problem import Problem

pytestmark = pytest.mark.unit


class Registry:
    """An alias that the test moves, and the versions behind it."""

    def __init__(self) -> None:
        self.version: str | None = None
        self.loads = 0
        self.error: Exception | None = None

    def version_of(self, _: Settings) -> str | None:
        return self.version

    def load(self, _: Settings) -> Any:
        self.loads += 1
        if self.error:
            raise self.error
        return SimpleNamespace(version=self.version)


def make() -> tuple[Registry, ChampionHolder]:
    registry = Registry()
    return registry, ChampionHolder(Settings(), registry.version_of, registry.load)


def test_without_a_champion_a_request_is_told_what_to_run() -> None:
    _, holder = make()
    asyncio.run(holder.refresh())
    with pytest.raises(Problem, match="conso train") as caught:
        holder.get()
    assert caught.value.status == 503


def test_it_is_loaded_once_and_again_only_when_the_alias_moves() -> None:
    registry, holder = make()
    registry.version = "1"
    for _ in range(3):
        asyncio.run(holder.refresh())
    assert (holder.get().version, registry.loads) == ("1", 1)
    registry.version = "2"
    asyncio.run(holder.refresh())
    assert (holder.get().version, registry.loads) == ("2", 2)


def test_a_new_version_that_cannot_be_read_leaves_the_old_one_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    registry, holder = make()
    registry.version = "1"
    asyncio.run(holder.refresh())
    registry.version, registry.error = "2", ConsoError("state.npz is not the file that was registered.")
    waits: list[float] = []

    async def give_up(seconds: float) -> None:
        waits.append(seconds)
        raise asyncio.CancelledError

    monkeypatch.setattr("serving.champion.asyncio.sleep", give_up)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(holder.watch())
    assert holder.get().version == "1"
    assert "state.npz" in holder.reason
    assert waits == [30.0]
