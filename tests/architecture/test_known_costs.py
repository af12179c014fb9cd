"""What is known of the kinds of processor: whole tables, from which depthwise is the cheapest channel."""

import pytest

from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.known_costs import KNOWN


@pytest.mark.parametrize("kind", KNOWN)
def test_a_kind_is_known_in_full(kind: str) -> None:
    costs = KNOWN[kind]
    assert costs.processor == kind
    assert len(costs.fp32) == 64
    assert len(costs.bf16) in (0, 64)
    assert costs.compiled
    for table, copy, direct in (
        (costs.fp32, costs.copy_fp32, costs.direct_fp32),
        (costs.bf16, costs.copy_bf16, costs.direct_bf16),
    ):
        if table:
            assert copy > 0
            assert min(table) == table[0] > 0
            assert len(direct) == 64
            assert min(direct) > 0
            assert all(ours < theirs for ours, theirs in zip(direct[1:8], table[1:8], strict=True))
    assert KernelCosts.from_json(costs.to_json()) == costs
