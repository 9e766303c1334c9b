"""Evidence's components, drawn at build time."""

from __future__ import annotations

from reports.components.base import COMPONENTS, Context, Html

__all__ = ["COMPONENTS", "Context", "Html"]
