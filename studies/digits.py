"""The spectrum on 1,797 handwritten digits of 8 x 8 pixels: minutes on two cores, to see a study from end to end."""

import spectrum as sp

STUDY = sp.Study(
    name="digits",
    network=sp.networks.small(classes=10, stem_stride=1),
    segments=(sp.PLAIN, 1, 2, 4, 8, 16, sp.DEPTHWISE),
    budget=sp.Budget(params=40_000, macs=340_000),
    data="digits",
    recipe=sp.Recipe(epochs=12, batch=64, schedule="one-cycle", weight_decay=5e-4, crop=1),
    tune=sp.Tune(trials=4, lr=(0.02, 1.0)),
    seeds=6,
)
