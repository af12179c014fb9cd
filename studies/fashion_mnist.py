"""The spectrum on the 60,000 + 10,000 images of Fashion-MNIST at 100 k parameters and 3 M MACs: the README's result."""

import spectrum as sp

STUDY = sp.Study(
    name="fashion-mnist",
    network=sp.networks.small(classes=10),
    segments=(sp.PLAIN, 1, 2, 4, 8, 16, 32, sp.DEPTHWISE),
    budget=sp.Budget(params=100_000, macs=3_000_000, tolerance=0.01),
    data="fashion-mnist",
    recipe=sp.Recipe(epochs=5, batch=128, schedule="one-cycle", nesterov=True, weight_decay=5e-4, flip=True),
    tune=sp.Tune(trials=8, lr=(0.05, 1.6)),
    seeds=sp.Seeds(6, 12),
)
