"""Quadratic functions in a box: where they are highest, in closed form, for many functions at once."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def value(level: Array, slope: Array, hessian: Array, at: Array) -> Array:
    """level [...] + slope [..., d] x + x' hessian [..., d, d] x / 2 at the places `at` [..., d]."""
    curved = np.einsum("...i,...ij,...j->...", at, hessian, at)
    return np.asarray(level + (slope * at).sum(-1) + curved / 2)


def highest(slope: Array, hessian: Array, low: Array, high: Array) -> Array:
    """Where slope x + x' hessian x / 2 is highest within low <= x <= high; all of shape [..., d].

    Every face of the box is looked at, from its corners to its inside: on a face some coordinates are fixed at a limit,
    and the others are where the function is stationary. A stationary place outside the box is no candidate.
    """
    slope, hessian, low, high = _same_shapes(slope, hessian, low, high)
    best_at = low.copy()
    best = value(np.zeros(slope.shape[:-1]), slope, hessian, best_at)
    for face in product((0, 1, 2), repeat=slope.shape[-1]):
        at = _stationary(slope, hessian, low, high, np.array(face))
        inside: NDArray[np.bool_] = np.all((at >= low) & (at <= high), axis=-1)
        at = np.where(inside[..., None], at, best_at)
        found = value(np.zeros(slope.shape[:-1]), slope, hessian, at)
        better = found > best
        best, best_at = np.where(better, found, best), np.where(better[..., None], at, best_at)
    return best_at


def _stationary(slope: Array, hessian: Array, low: Array, high: Array, face: NDArray[np.int_]) -> Array:
    """The stationary place on a face: 0 a coordinate at its low limit, 1 at its high one, 2 free."""
    at = np.where(face == 0, low, high)
    free = np.flatnonzero(face == 2)
    if len(free) == 0:
        return at
    fixed = np.where(face == 2, 0.0, at)
    gradient = (slope + np.einsum("...ij,...j->...i", hessian, fixed))[..., free]
    inner = hessian[..., free[:, None], free]
    flat = np.abs(np.linalg.det(inner)) < 1e-12
    inner = np.where(flat[..., None, None], np.eye(len(free)), inner)
    solved = -np.linalg.solve(inner, gradient[..., None])[..., 0]
    result = at.copy()
    result[..., free] = np.where(flat[..., None], np.nan, solved)
    return result


def _same_shapes(slope: Array, hessian: Array, low: Array, high: Array) -> tuple[Array, Array, Array, Array]:
    shape = np.broadcast_shapes(slope.shape, low.shape, high.shape, hessian.shape[:-1])
    wide = np.broadcast_to(hessian, (*shape, shape[-1]))
    slope, low, high = (np.array(np.broadcast_to(part, shape)) for part in (slope, low, high))
    return slope, np.array(wide), low, high
