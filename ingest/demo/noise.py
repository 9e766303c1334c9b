"""Randomness that depends on the seed, the name of the series and the instant alone."""

from __future__ import annotations

import zlib

import numpy as np

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

BLOCK = 256


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for each named series: adding or dropping one series leaves all others as they are."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())])))


def decay(values: Floats, phi: float, start: Floats | float = 0.0) -> Floats:
    """Linear recursion ``y[t] = phi * y[t - 1] + values[t]`` along the first axis, with ``y[-1] = start``.

    Block by block: inside a block it is a cumulative sum of values scaled by powers of phi, which stays far from the
    limits of a float for phi above 0.1.
    """
    result = np.empty_like(values)
    powers = phi ** np.arange(BLOCK, dtype=np.float64)
    carry: Floats | float = start
    for first in range(0, len(values), BLOCK):
        part = values[first : first + BLOCK]
        scale = powers[: len(part)].reshape(-1, *([1] * (values.ndim - 1)))
        result[first : first + len(part)] = scale * (np.cumsum(part / scale, axis=0) + phi * carry)
        carry = result[first + len(part) - 1]
    return result


def ar1(seed: int, name: str, shape: tuple[int, ...], *, phi: float, sd: float) -> Floats:
    """Stationary first-order autoregression along the first axis: ``phi`` per step, standard deviation ``sd``."""
    shocks = stream(seed, name).standard_normal(shape)
    return decay(shocks * (sd * np.sqrt(1 - phi * phi)), phi, shocks[0] * sd)


def smooth(values: Floats, hours: float) -> Floats:
    """Exponential moving average of an hourly series along the first axis, time constant in hours."""
    phi = float(np.exp(-1 / hours))
    return decay(values * (1 - phi), phi, values[0])
