"""Drawing a network or a module, as the paper's figures 1 to 5 do."""

from dataclasses import dataclass, replace
from pathlib import Path

from spectrum.architecture.layers import Chain, Node, Norm
from spectrum.architecture.lowering import lower_module
from spectrum.architecture.modules import Auxiliary, Inception, Module
from spectrum.architecture.shapes import Image, checked_image
from spectrum.architecture.spec import Network, tree_and_image
from spectrum.drawing.describe import Description
from spectrum.drawing.page import page
from spectrum.drawing.svg import to_svg
from spectrum.errors import DefinitionError, quoted
from spectrum.public import public
from spectrum.results.files import write_atomically
from spectrum.segments import DEPTHWISE

ANY_NORM = Norm(eps=1e-3, momentum=0.1)
"""Its numbers are not drawn."""


@dataclass(frozen=True)
class Diagram:
    """A drawing; notebooks show it.

    Attributes:
        svg: the SVG document.
    """

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg

    @public
    def save(self, path: str | Path) -> Path:
        """Write it to a file whose name ends in .svg, and return where.

        Raises:
            DefinitionError: for another ending.
            StoreError: where the file cannot be written.
        """
        path = Path(path)
        if path.suffix != ".svg":
            raise DefinitionError(f"a diagram is saved as SVG, got {path.name!r}; use a name that ends in .svg")
        write_atomically(path, self.svg)
        return path


@public
def draw(
    network: Network | Module | Inception,
    *,
    image: tuple[int, int, int] | None = None,
    apart: bool | None = None,
) -> Diagram:
    """Draw a network, or one module by itself, from top to bottom (paper, figures 1 to 5).

    Beside the arrows stand the paths of the weights and the sizes of the images, channels first. Equal modules that
    follow each other are drawn once, in a frame.

    Args:
        network: a network, or a module such as `sp.inception.canonical()`; one without segments of its own is drawn as
            depthwise separable.
        image: channels, height and width of what comes in; by default, what the network is made for.
        apart: draw the segments of a convolution beside each other, as in figures 3 and 4; by default for a module.

    Raises:
        DefinitionError: for anything else, such as a torch module, or where there is no image, or it is too small.
    """
    if not isinstance(network, Network | Node | Module | Inception):
        got = quoted(network) if isinstance(network, str) else f"a {type(network).__name__}"
        raise DefinitionError(
            f"what is drawn is a sp.Network, a sp.Module or a sp.Inception, got {got}; give one of these, such as "
            "sp.networks.named('xception')"
        )
    alone = isinstance(network, Module | Inception)
    tree, image = _alone(network, image) if isinstance(network, Module | Inception) else tree_and_image(network, image)
    stages = Description(tree, image, apart=alone if apart is None else apart).stages()
    if alone:
        stages = tuple(replace(stage, first="", last="") for stage in stages)  # its weights have no place in a network
    return Diagram(to_svg(page(stages), title="Layers, from top to bottom"))


def _alone(module: Module | Inception, image: Image | None) -> tuple[Chain, Image]:
    if image is None:
        raise DefinitionError(
            "a module does not say what comes in; give image=(channels, height, width), such as (192, 35, 35)"
        )
    if isinstance(module, Auxiliary):
        raise DefinitionError(
            "an auxiliary classifier is drawn in its network, got one alone; draw a network that has it"
        )
    return lower_module(module, channels=checked_image(image)[0], segments=DEPTHWISE, norm=ANY_NORM), image
