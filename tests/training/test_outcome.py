"""Truth values packed as text: numpy unpacks what was packed."""

import base64

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spectrum.training.outcome import packed


@given(st.lists(st.booleans(), max_size=100))
def test_numpy_unpacks_it(correct: list[bool]) -> None:
    bits = np.unpackbits(np.frombuffer(base64.b64decode(packed(correct)), np.uint8))
    assert bits[: len(correct)].astype(bool).tolist() == correct
    assert len(bits) == -(-len(correct) // 8) * 8
    assert not bits[len(correct) :].any()
