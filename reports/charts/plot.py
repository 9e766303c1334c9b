"""A plot in figures: what Vega-Lite is asked to draw, worked out beforehand so that words and picture agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from reports.engine import civil

Mark = Literal["line", "area", "bar", "point"]
Tick = tuple[float, str]


@dataclass
class Series:
    """One series: marks at positions ``x`` with heights ``y`` (from ``base`` where they do not start at zero)."""

    name: str
    mark: Mark
    color: str
    x: list[float]
    y: list[float | None]
    base: list[float] | None = None
    half_width: float = 0.0
    dash: str = "solid"
    width: float = 2.0
    opacity: float = 1.0
    size: float = 40.0
    step: bool = False
    outline: bool = False
    markers: bool = False
    labels: list[str] | None = None
    """What each point's x is called, in words."""
    column: str = ""
    """The column that the heights come from."""

    @property
    def visible(self) -> bool:
        """Whether it is drawn; a transparent series only lifts those that are stacked on it."""
        return self.color != "transparent"

    @property
    def tops(self) -> list[float | None]:
        """Where the marks end on the y axis."""
        if self.base is None:
            return self.y
        return [None if y is None else y + base for y, base in zip(self.y, self.base, strict=True)]


@dataclass(frozen=True)
class Reference:
    """A line or area that puts the data in context; a missing bound reaches to the plot's edge."""

    color: str
    label: str = ""
    x: float | None = None
    y: float | None = None
    x2: float | None = None
    y2: float | None = None
    area: bool = False
    dash: str = "dashed"
    label_at: str = "aboveEnd"


@dataclass
class Plot:
    """A cartesian plot; ``swap`` lays it on its side."""

    series: list[Series]
    x_domain: tuple[float, float]
    y_domain: tuple[float, float]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    height: int = 260
    swap: bool = False
    x_grid: bool = False
    y_grid: bool = True
    references: list[Reference] = field(default_factory=list)


@dataclass(frozen=True)
class Cell:
    """A rectangle of a heat map in grid units (column, row), coloured by ``step`` of the scale, None where empty."""

    column: float
    row: float
    step: int | None
    text: str = ""


@dataclass
class Grid:
    """A heat map: cells of equal size under and beside labels. ``scale`` names the colour scale."""

    cells: list[Cell]
    columns: int
    rows: int
    column_labels: list[tuple[float, str]]
    row_labels: list[tuple[float, str]]
    scale: str
    cell_height: float
    square: bool = False
    gap: float = 1.0
    inner_labels: list[tuple[float, float, str]] = field(default_factory=list)
    """Texts at (column, row), in grid units."""


def position(value: Any) -> float:
    """A number for a value on a continuous axis: instants as milliseconds of a clock without time zone."""
    if isinstance(value, date):
        return civil(value).replace(tzinfo=UTC).timestamp() * 1000
    return float(value)


def instant(position_ms: float) -> datetime:
    """The clock reading that ``position`` made a number of."""
    return datetime.fromtimestamp(position_ms / 1000, UTC).replace(tzinfo=None)


def step_of(value: float | None, low: float, high: float, steps: int) -> int | None:
    """Class of a value on a scale of equal steps from ``low`` to ``high``; values beyond count to the ends."""
    if value is None:
        return None
    if high <= low:
        return steps // 2
    return min(steps - 1, max(0, int((value - low) / (high - low) * steps)))
