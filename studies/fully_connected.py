"""Fully connected layers before the classifier, or none, along the spectrum: figures 7 and 8 of the paper."""

import spectrum as sp

STUDY = sp.Study(
    name="fully-connected",
    network=sp.networks.small(classes=10).at(sp.DEPTHWISE, order="spatial-first"),
    segments=(1, 4, 12, sp.DEPTHWISE),
    factors=sp.Factors(hidden=((), (32, 32))),
    budget=sp.Budget(params=25_000, macs=700_000),
    data="fashion-mnist",
    recipe=sp.Recipe(epochs=3, batch=128, schedule="one-cycle", nesterov=True, weight_decay=5e-4, flip=True),
    tune=sp.Tune(trials=4, lr=(0.1, 1.6)),
    seeds=6,
)
