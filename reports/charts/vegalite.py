"""Plots as Vega-Lite specifications (version 6): plain dictionaries with inline data and CSS variables as colours."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.charts.plot import Grid, Plot, Reference, Series, Tick
    from reports.theme import Theme

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
FONT_SIZE = 12
ROW_LABEL_WIDTH = 7.2
"""Room per character of a row's label in a heat map, in pixels."""
_DASHES = {"solid": None, "dashed": [6, 4], "dotted": [2, 3]}
_AXIS = {
    "domainColor": "var(--base-300)",
    "gridColor": "var(--base-300)",
    "gridOpacity": 0.8,
    "labelColor": "var(--base-content-muted)",
    "labelFontSize": FONT_SIZE,
    "labelPadding": 6,
    "labelOverlap": True,
    "ticks": False,
    "title": None,
}
CONFIG = {
    "aria": False,
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": _AXIS,
}


def specification(plot: Plot, theme: Theme, width: int) -> dict[str, Any]:
    """Vega-Lite of a cartesian plot, ``width`` pixels wide over all."""
    layers = [_reference_area(reference, plot, theme) for reference in plot.references if reference.area]
    for series in plot.series:
        if series.visible:
            layers += _layers(series, plot, theme)
    for reference in plot.references:
        if not reference.area:
            layers.append(_reference_line(reference, plot, theme))
        if reference.label:
            layers.append(_reference_label(reference, plot, theme))
    return {
        "$schema": SCHEMA,
        "width": width,
        "height": plot.height,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": {"left": 1, "right": 8, "top": 8, "bottom": 1},
        "layer": layers,
        "config": CONFIG,
    }


def _channels(plot: Plot) -> tuple[str, str]:
    return ("y", "x") if plot.swap else ("x", "y")


def _axes(plot: Plot) -> dict[str, Any]:
    across, up = _channels(plot)
    x_range = {"range": "height"} if plot.swap else {}
    return {
        across: {
            "field": "x",
            "type": "quantitative",
            "scale": {"domain": _ordered(plot.x_domain, plot.swap), "nice": False, "zero": False, **x_range},
            "axis": {
                **_labels(plot.x_ticks),
                "grid": plot.x_grid,
                "domain": not plot.swap,
                "labelFlush": False,
                "labelPadding": 9,
            },
        },
        up: {
            "field": "y",
            "type": "quantitative",
            "scale": {"domain": list(plot.y_domain), "nice": False, "zero": False},
            "axis": {**_labels(plot.y_ticks), "grid": plot.y_grid, "domain": False},
        },
    }


def _ordered(domain: tuple[float, float], swap: bool) -> list[float]:
    # A chart on its side is read from the top: the first category stands there.
    return [domain[1], domain[0]] if swap else [domain[0], domain[1]]


def _labels(ticks: list[Tick]) -> dict[str, Any]:
    values = [value for value, _ in ticks]
    texts = [text.split("\n") if "\n" in text else text for _, text in ticks]
    return {
        "values": values,
        "labelExpr": f"{json.dumps(texts, ensure_ascii=False)}[indexof({json.dumps(values)}, datum.value)]",
    }


def _rows(series: Series) -> list[dict[str, float | None]]:
    rows: list[dict[str, float | None]] = []
    bases = series.base or [0.0] * len(series.x)
    for x, y, base, top in zip(series.x, series.y, bases, series.tops, strict=True):
        row: dict[str, float | None] = {"x": x, "y": None if y is None else top}
        if series.mark in {"area", "bar"}:
            row["y0"] = base
        if series.mark == "bar":
            row["x"], row["x1"] = x - series.half_width, x + series.half_width
        rows.append(row)
    return [row for row in rows if row["y"] is not None] if series.mark in {"bar", "point"} else rows


def _layers(series: Series, plot: Plot, theme: Theme) -> list[dict[str, Any]]:
    color = theme.color(series.color)
    axes = _axes(plot)
    across, up = _channels(plot)
    mark: dict[str, Any] = {"type": series.mark, "clip": False}
    # Straight from point to point: a smoothed line would show values that nobody measured.
    interpolate = {"interpolate": "step-after" if series.step else "linear"}
    if series.mark == "line":
        dash = _DASHES[series.dash]
        mark |= {"stroke": color, "strokeWidth": series.width, "strokeJoin": "round", **interpolate}
        mark |= {"strokeDash": dash} if dash else {}
        mark |= {"opacity": series.opacity} if series.opacity < 1 else {}
        if len(series.x) == 1:
            mark = {"type": "point", "filled": True, "fill": color, "size": 40}
    elif series.mark == "area":
        mark |= {"fill": color, "fillOpacity": series.opacity, "line": False, **interpolate}
        axes |= {f"{up}2": {"field": "y0"}}
    elif series.mark == "bar":
        mark |= {"fill": color, "fillOpacity": series.opacity, "type": "rect"}
        axes |= {f"{up}2": {"field": "y0"}, f"{across}2": {"field": "x1"}}
    else:
        mark |= {"filled": True, "fill": color, "fillOpacity": series.opacity, "size": series.size, "stroke": None}
    layers = [{"data": {"values": _rows(series)}, "mark": mark, "encoding": axes}]
    if series.mark == "line" and series.markers and len(series.x) > 1:
        dot = {"type": "point", "filled": True, "fill": color, "size": 26, "opacity": 1}
        layers.append({"data": {"values": _rows(series)}, "mark": dot, "encoding": _axes(plot)})
    if series.mark == "area" and series.outline:
        outline = {"type": "line", "stroke": color, "strokeWidth": series.width, **interpolate}
        layers.append({"data": {"values": _rows(series)}, "mark": outline, "encoding": _axes(plot)})
    return layers


# -- references ------------------------------------------------------------------------------------------------------


def _bounds(reference: Reference, plot: Plot) -> dict[str, float]:
    def known(*values: float | None) -> float:
        return next(value for value in values if value is not None)

    return {
        "x": known(reference.x, plot.x_domain[0]),
        "x2": known(reference.x2, reference.x if not reference.area else None, plot.x_domain[1]),
        "y": known(reference.y, plot.y_domain[0]),
        "y2": known(reference.y2, reference.y if not reference.area else None, plot.y_domain[1]),
    }


def _reference_area(reference: Reference, plot: Plot, theme: Theme) -> dict[str, Any]:
    mark = {"type": "rect", "fill": theme.color(reference.color), "fillOpacity": 0.1}
    across, up = _channels(plot)
    encoding = _axes(plot) | {f"{across}2": {"field": "x2"}, f"{up}2": {"field": "y2"}}
    return {"data": {"values": [_bounds(reference, plot)]}, "mark": mark, "encoding": encoding}


def _reference_line(reference: Reference, plot: Plot, theme: Theme) -> dict[str, Any]:
    mark: dict[str, Any] = {"type": "rule", "stroke": theme.color(reference.color), "strokeWidth": 1.3}
    dash = _DASHES[reference.dash]
    mark |= {"strokeDash": dash} if dash else {}
    across, up = _channels(plot)
    encoding = _axes(plot) | {f"{across}2": {"field": "x2"}, f"{up}2": {"field": "y2"}}
    return {"data": {"values": [_bounds(reference, plot)]}, "mark": mark, "encoding": encoding}


def _reference_label(reference: Reference, plot: Plot, theme: Theme) -> dict[str, Any]:
    bounds = _bounds(reference, plot)
    vertical = reference.y is None and not reference.area
    at_end = reference.label_at.endswith("End")
    point = {"x": bounds["x2" if at_end else "x"], "y": bounds["y2" if at_end or vertical else "y"]}
    centre = (plot.x_domain[0] + plot.x_domain[1]) / 2
    align = ("left" if point["x"] < centre else "right") if vertical else ("right" if at_end else "left")
    below = reference.label_at.startswith("below")
    mark = {
        "type": "text",
        "text": reference.label,
        "fill": theme.color(reference.color),
        "fontSize": FONT_SIZE,
        "align": align,
        "dx": 5 if align == "left" else -5,
        "dy": (10 if vertical else 12) if below or vertical else -8,
    }
    return {"data": {"values": [point]}, "mark": mark, "encoding": _axes(plot)}


# -- heat maps -------------------------------------------------------------------------------------------------------


def heat_map(grid: Grid, theme: Theme, width: int) -> dict[str, Any]:
    """Vega-Lite of a heat map, ``width`` pixels wide over all."""
    left = max((len(label) for _, label in grid.row_labels), default=0) * ROW_LABEL_WIDTH + 4
    top = FONT_SIZE + 8 if grid.column_labels else 2
    cell = (width - left - 2) / grid.columns
    tall = cell if grid.square else grid.cell_height
    scale, ink = theme.scale(grid.scale), theme.scale_ink(grid.scale)
    rectangles, texts = [], []
    for item in grid.cells:
        x, y = left + item.column * cell, top + item.row * tall
        rectangles.append(
            {
                "x": _tenth(x + grid.gap / 2),
                "y": _tenth(y + grid.gap / 2),
                "x2": _tenth(x + cell - grid.gap / 2),
                "y2": _tenth(y + tall - grid.gap / 2),
                "c": "var(--base-300)" if item.step is None else scale[item.step],
            }
        )
        if item.text:
            fill = "var(--base-content-muted)" if item.step is None else ink[item.step]
            texts.append({"x": _tenth(x + cell / 2), "y": _tenth(y + tall / 2), "t": item.text, "c": fill})
    labels = [{"x": _tenth(left + at * cell), "y": top - 7, "t": text} for at, text in grid.column_labels]
    labels += [
        {"x": _tenth(left + column * cell), "y": _tenth(top + row * tall + 5), "t": text}
        for column, row, text in grid.inner_labels
    ]
    names = [{"x": left - 6, "y": _tenth(top + (at + 0.5) * tall), "t": text} for at, text in grid.row_labels]
    muted = "var(--base-content-muted)"
    layers = [
        _pixels(rectangles, {"type": "rect", "cornerRadius": 1.5}, {"x2": {"field": "x2"}, "y2": {"field": "y2"}}),
        _pixels(labels, {"type": "text", "align": "left", "fill": muted, "baseline": "alphabetic"}, {}),
        _pixels(names, {"type": "text", "align": "right", "fill": muted, "baseline": "middle"}, {}),
        _pixels(texts, {"type": "text", "align": "center", "baseline": "middle"}, {}),
    ]
    return {
        "$schema": SCHEMA,
        "width": width,
        "height": math.ceil(top + grid.rows * tall + 2),
        "autosize": "none",
        "padding": 0,
        "layer": [layer for layer in layers if layer["data"]["values"]],
        "config": CONFIG,
    }


def _pixels(rows: list[dict[str, Any]], mark: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    encoding: dict[str, Any] = {
        channel: {"field": channel, "type": "quantitative", "scale": None, "axis": None} for channel in ("x", "y")
    }
    if mark["type"] == "text":
        mark = {**mark, "fontSize": FONT_SIZE}
        encoding["text"] = {"field": "t", "type": "nominal"}
    if rows and "c" in rows[0]:
        encoding["fill"] = {"field": "c", "type": "nominal", "scale": None, "legend": None}
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding | more}


def _tenth(value: float) -> float:
    return round(value, 1)


def sparkline(values: list[float | None], theme: Theme, color: str, kind: str) -> dict[str, Any]:
    """Vega-Lite of a word-sized chart without axes."""
    known = [value for value in values if value is not None]
    low, high = min(known), max(known)
    margin = (high - low) * 0.08 or 1.0
    rows = [{"x": index, "y": value, "y0": low - margin} for index, value in enumerate(values)]
    domain = {"y": [low - margin, high + margin], "x": [0, max(len(values) - 1, 1)]}
    encoding: dict[str, Any] = {
        channel: {
            "field": channel,
            "type": "quantitative",
            "axis": None,
            "scale": {"domain": domain[channel], "nice": False, "zero": False},
        }
        for channel in ("x", "y")
    }
    line = {"type": "line", "stroke": theme.color(color), "strokeWidth": 1.6, "strokeJoin": "round"}
    area = {"type": "area", "fill": theme.color(color), "fillOpacity": 0.16}
    layers: list[dict[str, Any]] = [{"mark": line, "encoding": encoding}]
    if kind == "area":
        layers.insert(0, {"mark": area, "encoding": {**encoding, "y2": {"field": "y0"}}})
    return {
        "$schema": SCHEMA,
        "width": 220,
        "height": 36,
        "padding": 2,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": rows},
        "layer": layers,
        "config": CONFIG,
    }
