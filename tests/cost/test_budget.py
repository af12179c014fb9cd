"""Budgets: what they are off by, how they are written, what they refuse."""

from math import log

import pytest

from spectrum.cost.budget import Budget
from spectrum.errors import DefinitionError


def test_errors_are_signed_fractions() -> None:
    budget = Budget(params=1000, macs=2000)
    assert budget.errors(1010, 1900) == pytest.approx((0.01, -0.05))
    assert budget.miss(1010, 1900) == pytest.approx(0.05)
    assert budget.log_ratios(1010, 1900) == pytest.approx([log(1.01), log(0.95)])


def test_a_budget_of_one_alone_leaves_the_other_open() -> None:
    params, macs = Budget(params=1000), Budget(macs=2000)
    assert params.errors(1010, 5) == (pytest.approx(0.01), None)
    assert macs.errors(5, 1900) == (None, pytest.approx(-0.05))
    assert (params.miss(1010, 5), macs.miss(5, 1900)) == pytest.approx((0.01, 0.05))
    assert [params.log_ratios(1010, 5), macs.log_ratios(5, 1900)] == [[log(1.01)], [log(0.95)]]
    assert (params.label, macs.label) == ("1 k params", "2 k MACs")
    assert Budget.from_json(params.to_json()) == params


def test_the_label_names_both() -> None:
    assert Budget(params=100_000, macs=3_000_000).label == "100 k params, 3 M MACs"


def test_the_default_tolerance_is_one_per_cent_and_the_digest_tells_budgets_apart() -> None:
    budget = Budget(params=100_000, macs=3_000_000)
    assert budget.tolerance == 0.01
    assert Budget.from_json(budget.to_json()) == budget
    assert budget.replace(tolerance=0.02).digest != budget.digest


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"params": 0}, "Budget.params: input should be greater than or equal to 1, got 0; change params"),
        ({"macs": -5}, "Budget.macs: input should be greater than or equal to 1, got -5; change macs"),
        ({"params": 1e5 + 0.5}, "Budget.params: input should be a valid integer, got 100000.5; change params"),
        ({"macs": True}, "Budget.macs: input should be a valid integer, got True; change macs"),
        ({"tolerance": 0}, "Budget.tolerance: input should be greater than 0, got 0; change tolerance"),
        ({"tolerance": 1}, "Budget.tolerance: input should be less than 1, got 1; change tolerance"),
        ({"tolerance": float("nan")}, "Budget.tolerance: input should be a finite number, got nan; change tolerance"),
        ({"flops": 1}, "there is no field of Budget named 'flops'; use one of macs, params, tolerance"),
        ({"parms": 1}, "there is no field of Budget named 'parms'; did you mean 'params'? "
         "known: macs, params, tolerance"),
    ],
)  # fmt: skip
def test_what_is_no_budget(fields: dict[str, object], message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Budget(**{"params": 1000, "macs": 1000, **fields})
    assert str(caught.value) == message


def test_a_budget_of_nothing() -> None:
    with pytest.raises(DefinitionError, match=r"^a budget sets params, macs or both, got neither; set at"):
        Budget()


def test_whole_numbers_may_be_written_with_an_exponent() -> None:
    assert Budget(params=1e5, macs=3e6) == Budget(params=100_000, macs=3_000_000)  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match=r"Budget.params: input should be a valid integer, got 100000\.5"):
        Budget(params=100_000.5)  # type: ignore[arg-type]
