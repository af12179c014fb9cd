"""Inception V3 (arXiv 1512.00567), in the versions that are published and on the spectrum."""

from collections.abc import Iterable, Iterator

from spectrum.architecture.modules import Auxiliary, Inception, Module, Tower
from spectrum.architecture.spec import Network
from spectrum.public import public
from spectrum.segments import DEPTHWISE, SegmentsValue

AFTER = ("batch-norm", "relu")
DOWN, ACROSS = (7, 1), (1, 7)


@public
def inception_v3(
    classes: int = 1000,
    *,
    norm_scale: bool = True,
    auxiliary: bool = False,
    first_port: bool = False,
    segments: SegmentsValue | None = None,
) -> Network:
    """Inception V3, without its auxiliary tower, as the paper compares Xception with it (section 4.1), or with it.

    23,834,568 trainable parameters at 1000 classes, and 5,713,216,096 MACs at 299 x 299 pixels.

    Args:
        classes: outputs of the classifier.
        norm_scale: False for batch norm without scale, as Keras has it: 23,817,352 trainable parameters, 23,851,784
            with moving statistics.
        auxiliary: with the auxiliary tower, 27,161,264 parameters; see `sp.Auxiliary`.
        first_port: the version of August 2016 in Keras, which the paper's table 3 counts: 23,626,728 parameters, with
            narrower pooling towers, 160 instead of 192 channels in one 1 x 1 at 17 x 17, and biases before batch norm.
        segments: None for its own towers. Otherwise every Inception module is simplified to one size of convolution,
            3 x 3, over so many segments of as many channels as its towers have together (paper, figures 2 to 4).
    """
    modules = _modules(auxiliary=auxiliary, first_port=first_port)
    return Network(
        modules=modules if segments is None else tuple(_in_segments(modules)),
        classes=classes,
        segments=DEPTHWISE if segments is None else segments,
        norm_scale=norm_scale,
        norm_momentum=0.01,
        image=(3, 299, 299),
    )


def _modules(*, auxiliary: bool, first_port: bool) -> tuple[Module | Inception, ...]:
    stem = Module(
        channels=(32, 32), separable=False, stride=2, padding="valid", residual=False, before=(), after=AFTER
    )  # fmt: skip
    flat = stem.replace(stride=1)
    pooled = (32, 32, 32) if first_port else (32, 64, 64)
    modules: tuple[Module | Inception, ...] = (
        stem,
        flat.replace(channels=(64,), padding="same", pool=3, pool_padding="valid"),
        flat.replace(channels=(80,), kernel=1),
        flat.replace(channels=(192,), pool=3),
        *(_at_35_pixels(pool) for pool in pooled),
        _halving(_tower((384,), 3), _tower((64, 96, 96), 1, 3, 3)),
        *(_at_17_pixels(width, width) for width in (128, 160, 160)),
        _at_17_pixels(192, 160 if first_port else 192),
        *([Auxiliary(towers=(_tower((128, 768), 1, 5),), after=AFTER)] if auxiliary else []),
        _halving(_tower((192, 320), 1, 3), _tower((192, 192, 192, 192), 1, ACROSS, DOWN, 3)),
        _at_8_pixels(),
        _at_8_pixels(),
    )
    return tuple(module.replace(bias=first_port) for module in modules)


def _tower(channels: tuple[int, ...], *kernels: int | tuple[int, int]) -> Tower:
    return Tower(channels=channels, kernels=kernels)


def _pool_tower(width: int) -> Tower:
    return Tower(pool="average", channels=(width,), kernels=(1,))


def _halving(*towers: Tower) -> Inception:
    """Beside the towers a max-pool, all of them with stride 2 (arXiv 1512.00567, figure 10)."""
    return Inception(towers=(*towers, Tower(pool="max")), stride=2, padding="valid", after=AFTER)


def _at_35_pixels(pool: int) -> Inception:
    """The paper's figure 1, with 5 x 5 in one tower (arXiv 1512.00567, figure 5)."""
    towers = (_tower((64,), 1), _tower((48, 64), 1, 5), _tower((64, 96, 96), 1, 3, 3), _pool_tower(pool))
    return Inception(towers=towers, after=AFTER)


def _at_17_pixels(width: int, first: int) -> Inception:
    """7 x 7 convolutions as 1 x 7 and 7 x 1 (arXiv 1512.00567, figure 6); `first` stands first in the longest tower."""
    towers = (
        _tower((192,), 1),
        _tower((width, width, 192), 1, ACROSS, DOWN),
        _tower((first, width, width, width, 192), 1, DOWN, ACROSS, DOWN, ACROSS),
        _pool_tower(192),
    )
    return Inception(towers=towers, after=AFTER)


def _at_8_pixels() -> Inception:
    """Towers that end in 1 x 3 beside 3 x 1 (arXiv 1512.00567, figure 7)."""
    towers = (
        _tower((320,), 1),
        _tower((384, 384), 1, (1, 3)).replace(beside=((3, 1),)),
        _tower((448, 384, 384), 1, 3, (1, 3)).replace(beside=((3, 1),)),
        _pool_tower(192),
    )
    return Inception(towers=towers, after=AFTER)


def _in_segments(modules: Iterable[Module | Inception]) -> Iterator[Module | Inception]:
    """Every Inception module simplified to one 1 x 1 and 3 x 3 over segments (paper, figures 2 to 4)."""
    channels = 0
    for module in modules:
        if isinstance(module, Auxiliary):
            yield module
        elif isinstance(module, Inception):
            channels = sum(tower.width or channels for tower in module.towers)
            yield Module(
                channels=(channels,), intermediate=AFTER, stride=module.stride, padding=module.padding, residual=False,
                before=(), after=AFTER,
            )  # fmt: skip
        else:
            channels = module.channels[-1]
            yield module
