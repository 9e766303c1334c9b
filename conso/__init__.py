"""conso: a warehouse and day-ahead forecaster of French electricity consumption."""

from importlib.metadata import version

__version__ = version("conso")
