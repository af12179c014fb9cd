"""Costs as polynomials of the widths that are free: derived once from the tree, evaluated thousands of times.

Parameters and MACs are sums of products of two widths, but for the spatial convolutions, whose segments' widths are
squared: of an integer number of segments that need not divide the channels.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Union

from spectrum.segments import DEPTHWISE, SegmentsValue


class Squares(NamedTuple):
    """The sum of the squared widths of so many segments of one free width, by its number."""

    segments: SegmentsValue
    width: int


Factor = int | Squares
"""A free width by its number, or squares of it."""

Term = tuple[Factor, ...]
Number = int | float


class Polynomial:
    """A sum of terms of up to two factors each; `terms` gives their coefficients."""

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Term, int]) -> None:
        self.terms = dict(terms)

    def __add__(self, other: Union["Polynomial", int]) -> "Polynomial":
        terms = dict(self.terms)
        for term, coefficient in _terms(other).items():
            terms[term] = terms.get(term, 0) + coefficient
        return Polynomial(terms)

    __radd__ = __add__

    def __mul__(self, other: Union["Polynomial", int]) -> "Polynomial":
        product: dict[Term, int] = {}
        for first, one in self.terms.items():
            for second, two in _terms(other).items():
                term = tuple(sorted(first + second, key=str))
                product[term] = product.get(term, 0) + one * two
        return Polynomial(product)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.terms == other.terms

    __hash__ = None  # type: ignore[assignment]


def _terms(value: Polynomial | int) -> dict[Term, int]:
    return value.terms if isinstance(value, Polynomial) else {(): value} if value else {}


def variable(number: int) -> Polynomial:
    """The free width of that number."""
    return Polynomial({(number,): 1})


def squares(segments: SegmentsValue, channels: Polynomial | int) -> Polynomial | int:
    """The sum of the squared widths of the segments of so many channels."""
    if isinstance(channels, int):
        return squared(segments, channels)  # type: ignore[return-value]
    (((width,), _),) = channels.terms.items()
    assert isinstance(width, int)
    return Polynomial({(Squares(segments, width),): 1})


def squared(segments: SegmentsValue, channels: Number) -> Number:
    """The same for numbers; real channels are cut like whole ones, and saturate at one segment per channel."""
    if segments == DEPTHWISE:
        return channels
    assert isinstance(segments, int)
    number = min(segments, channels)
    width, wider = divmod(channels, number)
    return wider * (width + 1) ** 2 + (number - wider) * width**2


class Totals:
    """Parameters and MACs at given widths, whole or real."""

    def __init__(self, params: Polynomial | int, macs: Polynomial | int, *, variables: int) -> None:
        costs = _terms(params), _terms(macs)
        terms = dict.fromkeys(term for cost in costs for term in cost)
        self._squares = list(dict.fromkeys(factor for term in terms for factor in term if isinstance(factor, Squares)))
        places: dict[Factor, int] = {number: number for number in range(variables)}
        places |= {factor: variables + place for place, factor in enumerate(self._squares)}
        both = {term: (costs[0].get(term, 0), costs[1].get(term, 0)) for term in terms}
        self._constant = both.pop((), (0, 0))
        self._singles = [(places[term[0]], *both[term]) for term in both if len(term) == 1]
        self._pairs = [(places[term[0]], places[term[1]], *both[term]) for term in both if len(term) == 2]

    def __call__(self, widths: Sequence[Number]) -> tuple[Number, Number]:
        values = [*widths, *(squared(segments, widths[width]) for segments, width in self._squares)]
        params: Number
        macs: Number
        params, macs = self._constant
        for place, per_param, per_mac in self._singles:
            value = values[place]
            params += per_param * value
            macs += per_mac * value
        for first, second, per_param, per_mac in self._pairs:
            value = values[first] * values[second]
            params += per_param * value
            macs += per_mac * value
        return params, macs
