"""The spectrum on 6,000 pictures of one to four handwritten digits, several labels each, by MAP@5."""

import spectrum as sp

STUDY = sp.Study(
    name="mosaics",
    network=sp.networks.small(classes=10, stem_stride=2),
    segments=(sp.PLAIN, 1, 2, 4, 8, sp.DEPTHWISE),
    budget=sp.Budget(params=40_000, macs=340_000),
    data="digits-mosaic",
    metric=sp.MeanAveragePrecision(k=5, class_weights="frequency"),
    recipe=sp.Recipe(epochs=8, batch=64, schedule="one-cycle", weight_decay=5e-4),
    tune=sp.Tune(trials=4, lr=(0.05, 1.0)),
    seeds=6,
)
