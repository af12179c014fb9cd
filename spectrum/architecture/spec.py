"""Network specs: the short way to write a tree of layers, as frozen values without torch.

The grammar is that of the paper's figure 5 and its neighbours: a sequence of modules, then a head of global pooling or
flattening, hidden layers and a classifier.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, StrictBool, StrictInt, Tag

from spectrum.architecture.between import sequence_text
from spectrum.architecture.layers import Chain, Node, Norm, Place
from spectrum.architecture.lowering import lower
from spectrum.architecture.modules import Auxiliary, Inception, Module, Order, Widths
from spectrum.architecture.shapes import Image, checked_image
from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError
from spectrum.public import public
from spectrum.segments import DEPTHWISE, Segments, SegmentsValue


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "auxiliary" if "window" in value else "inception" if "towers" in value else "module"
    return {Auxiliary: "auxiliary", Inception: "inception"}.get(type(value), "module")


AnyModule = Annotated[
    Annotated[Module, Tag("module")] | Annotated[Inception, Tag("inception")] | Annotated[Auxiliary, Tag("auxiliary")],
    Discriminator(_kind),
]


class Network(Declaration):
    """A network: its modules and what all of them share.

    Attributes:
        modules: from image to features.
        classes: outputs of the classifier.
        head: "pool", the mean of each channel, or "flatten", which fixes the image size.
        hidden: widths of fully-connected layers (with ReLU and dropout) before the classifier (paper, figures 7 and 8).
        segments: how many segments the spatial convolutions run over; layers narrower than an integer saturate.
        norm_eps: of batch norm.
        norm_scale: whether batch norm has a scale beside its shift.
        norm_momentum: weight of a batch in the moving statistics of batch norm, in PyTorch's convention.
        image: channels, height and width of the images that it is made for, where nothing else is said.
    """

    modules: tuple[AnyModule, ...] = Field(min_length=1)
    classes: StrictInt = Field(ge=2)
    head: Literal["pool", "flatten"] = "pool"
    hidden: Widths = ()
    segments: Segments = DEPTHWISE
    norm_eps: float = Field(default=1e-3, gt=0)
    norm_momentum: float = Field(default=0.1, gt=0, le=1)
    norm_scale: StrictBool = Field(default=True, exclude_if=bool)
    image: Annotated[Image, AfterValidator(checked_image)] | None = None

    @cached_property
    def tree(self) -> Chain:
        """The network as a tree of layers: what building, counting and matching interpret."""
        return lower(
            self.modules,
            segments=self.segments,
            norm=Norm(self.norm_eps, self.norm_momentum, self.norm_scale),
            head=self.head,
            hidden=self.hidden,
            classes=self.classes,
        )

    @property
    def open(self) -> bool:
        """Whether any module follows the network's segments."""
        return any(module.open for module in self.modules)

    @property
    def factors(self) -> dict[str, Any]:
        """What a study may cross with the segments, as tables write it; several values where its blocks differ."""
        modules = [module for module in self.modules if isinstance(module, Module)]
        blocks = [module for module in modules if module.separable]
        return {
            "order": ", ".join(dict.fromkeys(block.order for block in blocks)),
            "intermediate": ", ".join(dict.fromkeys(sequence_text(block.intermediate) for block in blocks)),
            "residual": any(module.residual for module in modules),
            "hidden": sequence_text(self.hidden),
        }

    @public
    def at(
        self,
        segments: SegmentsValue,
        *,
        order: Order | None = None,
        intermediate: Any = None,
        residual: bool = True,
        hidden: Sequence[int] | None = None,
    ) -> Self:
        """The same network at another point of the spectrum.

        `None` leaves a factor as it is; `residual=False` takes every residual away, `True` leaves them as declared.
        Modules with segments of their own keep them.
        """
        modules: list[Module | Inception] = []
        for module in self.modules:
            changes: dict[str, Any] = {}
            if isinstance(module, Module) and module.separable:
                changes = {"order": order, "intermediate": intermediate}
            if isinstance(module, Module) and not residual:
                changes["residual"] = False
            changes = {name: value for name, value in changes.items() if value is not None}
            modules.append(module.replace(**changes) if changes else module)
        head = {} if hidden is None else {"hidden": hidden}
        return self.replace(segments=segments, modules=tuple(modules), **head)

    def with_widths(self, widths: Mapping[Place, int]) -> Self:
        """The network with other widths, each by its place: ("modules", 3, "channels", 0)."""
        changed: dict[int, dict[Place, int]] = {}
        for (_, position, *place), width in widths.items():
            changed.setdefault(int(position), {})[tuple(place)] = width
        modules = (
            module.with_widths(changed[position]) if position in changed else module
            for position, module in enumerate(self.modules)
        )
        return self.replace(modules=tuple(modules))


def checked_network(network: Network) -> Network:
    """The network itself; raises DefinitionError where it is something else, such as a network's name."""
    if not isinstance(network, Network):
        got = repr(network) if isinstance(network, str) else type(network).__name__
        raise DefinitionError(
            f"a network is a sp.Network, got {got}; use sp.networks.named('small'), or sp.measure for a module"
        )
    return network


def tree_and_image(network: Network | Node, image: Image | None) -> tuple[Node, Image]:
    """The tree of a network, and the image that it is looked at with: the spec's own where none is given.

    Raises:
        DefinitionError: where the network is something else, or there is no image.
    """
    tree = network if isinstance(network, Node) else checked_network(network).tree
    image = image or getattr(network, "image", None)
    if image is None:
        raise DefinitionError(
            "this network does not say what images it takes; give image=(channels, height, width), or set its own "
            "with replace(image=...)"
        )
    return tree, image
