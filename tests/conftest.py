"""What all tests share: one thread, since they run beside each other and their tensors are small."""

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
