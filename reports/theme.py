"""Colours by name: one theme (``evidence.config.yaml``) for light, dark and paper.

Charts never hold a colour, only ``var(--name)``: the same SVG is right in both modes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from conso.errors import ConsoError

STEPS = 9
"""Classes of a continuous colour scale."""
_HEX = re.compile(r"#[0-9a-f]{6}")
_INKS = ("#04080d", "#ffffff")
_NAME = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Theme:
    """CSS variables (without ``--``) and their value in each mode; palettes and scales by name."""

    light: dict[str, str]
    dark: dict[str, str]
    palettes: dict[str, tuple[str, ...]]
    scales: tuple[str, ...]

    def color(self, name: str) -> str:
        """CSS for a colour of the theme.

        Raises:
            KeyError: the theme has no such colour.
        """
        if name == "transparent":
            return name
        if name not in self.light:
            raise KeyError(name)
        return f"var(--{name})"

    def palette(self, index: int, name: str = "default") -> str:
        """Name of the colour of the n-th series."""
        colors = self.palettes[name]
        return colors[index % len(colors)]

    def scale(self, name: str) -> list[str]:
        """CSS of the steps of a colour scale, from low to high.

        Raises:
            KeyError: the theme has no such scale.
        """
        if name not in self.scales:
            raise KeyError(name)
        return [f"var(--scale-{name}-{step})" for step in range(STEPS)]

    def scale_ink(self, name: str) -> list[str]:
        """CSS of the text colour that reads well on each step."""
        return [f"var(--scale-{name}-ink-{step})" for step in range(STEPS)]

    def css(self) -> str:
        """Declarations for both modes: the system's choice, overridden by ``data-theme``, light on paper."""
        light, dark = (
            "".join(f"--{name}:{value};" for name, value in sorted(mode.items())) for mode in (self.light, self.dark)
        )
        swatches = "".join(
            f".k-{name}{{--k:var(--{name})}}" for name in sorted(self.light) if not name.startswith("scale-")
        )
        return (
            f":root{{color-scheme:light;{light}}}\n"
            f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
            f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
            f"@media print{{:root:root:root{{color-scheme:light;{light}}}}}\n{swatches}\n"
        )


def load_theme(config: dict[str, Any]) -> Theme:
    """Read ``theme`` of ``evidence.config.yaml``.

    Raises:
        ConsoError: a colour is not written as #rrggbb.
    """
    theme = config["theme"]
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for name, value in theme.get("colors", {}).items():
        light[_name(name)], dark[name] = _modes(value)
    palettes: dict[str, tuple[str, ...]] = {}
    for name, value in theme.get("colorPalettes", {}).items():
        names = []
        for index, (one, other) in enumerate(zip(value["light"], value["dark"], strict=True)):
            names.append(f"palette-{_name(name)}-{index}")
            light[names[-1]], dark[names[-1]] = _color(one), _color(other)
        palettes[name] = tuple(names)
    for name, value in theme.get("colorScales", {}).items():
        for mode, stops in ((light, value["light"]), (dark, value["dark"])):
            for step, color in enumerate(_spread([_color(stop) for stop in stops])):
                mode[f"scale-{_name(name)}-{step}"] = color
                mode[f"scale-{name}-ink-{step}"] = _ink(color)
    return Theme(light, dark, palettes, tuple(theme.get("colorScales", {})))


def _ink(ground: str) -> str:
    return max(_INKS, key=lambda ink: contrast(ink, ground))


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ConsoError(f"evidence.config.yaml: {name!r} is no name for a colour.", "Use a-z, 0-9 and hyphens.")
    return name


def _modes(value: Any) -> tuple[str, str]:
    if isinstance(value, dict):
        return _color(value["light"]), _color(value["dark"])
    return _color(value), _color(value)


def _color(value: Any) -> str:
    text = str(value).lower()
    if not _HEX.fullmatch(text):
        raise ConsoError(f"evidence.config.yaml: {value!r} is no colour.", "Write it as #rrggbb.")
    return text


def _channels(color: str) -> tuple[int, ...]:
    return tuple(int(color[start : start + 2], 16) for start in (1, 3, 5))


def _spread(stops: list[str]) -> list[str]:
    colors = []
    for step in range(STEPS):
        position = step / (STEPS - 1) * (len(stops) - 1)
        low = min(int(position), len(stops) - 2)
        share = position - low
        mixed = [
            round(a + (b - a) * share) for a, b in zip(_channels(stops[low]), _channels(stops[low + 1]), strict=True)
        ]
        colors.append("#" + "".join(f"{channel:02x}" for channel in mixed))
    return colors


def luminance(color: str) -> float:
    """Relative luminance of ``#rrggbb`` as WCAG 2 defines it, 0 to 1."""
    linear = [
        channel / 255 / 12.92 if channel / 255 <= 0.04045 else ((channel / 255 + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
        for channel in _channels(color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours as WCAG 2 defines it, 1 to 21."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)
