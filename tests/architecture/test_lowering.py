"""What modules become: where activations, norms, projections, pools and towers stand in the tree."""

from typing import Any

import pytest

import spectrum as sp
from spectrum.architecture.layers import Chain, Convolution, Joint, Node, Norm, Pool, steps
from spectrum.architecture.modules import Auxiliary, Inception, Module, Tower
from spectrum.architecture.spec import Network

STEM = Module(channels=(4,), separable=False, residual=False, before=(), after=("batch-norm", "relu"))
OPEN = Module(channels=(4,), residual=False)  # hands on features that no activation has seen


def features(*modules: Module | Inception, **fields: Any) -> Chain:
    tree = dict(Network(modules=modules, classes=2, segments=2, **fields).tree.children)
    assert isinstance(tree["features"], Chain)
    return tree["features"]


def names(node: Node) -> list[str]:
    assert isinstance(node, Joint)
    return [name for name, _ in node.children]


def child(node: Node, *path: str) -> Any:
    for name in path:
        assert isinstance(node, Joint)
        node = dict(node.children)[name]
    return node


def test_no_activation_is_repeated_and_the_last_sum_gets_one() -> None:
    tree = features(STEM, Module(channels=(4, 4)), Module(channels=(4,)))
    assert names(tree) == ["0", "1", "2", "relu"]
    assert names(child(tree, "0")) == ["conv0", "norm0", "relu0"]
    assert names(child(tree, "1", "body")) == ["conv0", "norm0", "relu_before1", "conv1", "norm1"]
    assert names(child(tree, "2", "body")) == ["relu_before0", "conv0", "norm0"]
    assert names(features(STEM)) == ["0"]


def test_what_stands_after_a_sum_may_be_several_things() -> None:
    tree = features(STEM, Module(channels=(4,), before=(), final=("batch-norm", "relu")))
    assert names(child(tree, "1")) == ["sum", "norm", "relu"]
    assert child(tree, "1", "norm") == Norm(1e-3, 0.1)
    assert names(tree) == ["0", "1"]


@pytest.mark.parametrize(
    ("fields", "stride"),
    [
        ({"channels": (4, 6)}, 1),
        ({"channels": (4, 4), "pool": 3}, 2),
        ({"channels": (4, 4), "stride": 2}, 2),
        ({"channels": (4, 4), "stride": 2, "pool": 3}, 4),
    ],
)
def test_a_residual_is_projected_where_the_shape_changes(fields: dict[str, Any], stride: int) -> None:
    tree = features(OPEN, Module(**fields))
    projection = child(tree, "1", "skip", "conv")
    assert (projection.channels, projection.kernel, projection.stride) == (fields["channels"][-1], (1, 1), stride)
    assert child(tree, "1", "skip", "norm") == Norm(1e-3, 0.1)
    assert child(features(OPEN, Module(channels=(4, 4))), "1", "skip") == Chain()
    assert steps(tree, (3, 16, 16))[-1].output[1:] == (16 // stride, 16 // stride)


def test_the_first_convolution_has_the_stride_and_the_pool_comes_last() -> None:
    tree = features(OPEN, Module(channels=(4, 4), kernel=5, stride=2, pool=3, padding="symmetric"))
    body = child(tree, "1", "body")
    assert [child(body, f"conv{index}", "spatial").stride for index in (0, 1)] == [2, 1]
    assert names(body)[-1] == "pool"
    assert child(body, "pool") == Pool("max", 3, 2, "symmetric")
    assert child(body, "conv0", "spatial").kernel == (5, 5)


def test_repeats_share_their_widths() -> None:
    tree = features(STEM, Module(channels=(4,), repeat=2))
    first, second = (child(tree, index, "body", "conv0", "pointwise").free for index in ("1", "2"))
    assert first == second
    assert first.place == ("modules", 1, "channels", 0)


def test_stages_count_the_halvings_before_a_module_hands_on() -> None:
    tree = features(STEM.replace(stride=2), Module(channels=(4,), pool=3), Module(channels=(4,)))
    free = [step.layer.free for step in steps(tree, (1, 16, 16)) if getattr(step.layer, "free", None)]
    assert [(each.stage, each.inside) for each in free] == [(1, False), (2, False), (2, False), (2, False)]


def test_hidden_layers_and_dropout_stand_before_the_classifier() -> None:
    tree = sp.networks.small().replace(hidden=(32, 16)).tree
    assert names(tree) == ["features", "pool", "hidden0", "hidden1", "classifier"]
    assert names(child(tree, "hidden0")) == ["linear", "relu", "dropout"]
    assert names(sp.networks.small().tree) == ["features", "pool", "dropout", "classifier"]
    assert names(sp.networks.small().replace(head="flatten").tree)[1] == "flatten"


def test_an_inception_module_with_a_pooling_tower() -> None:
    """Figure 1: 1 x 1; 1 x 1 and 3 x 3; 1 x 1 and two of 3 x 3; average pooling and 1 x 1."""
    inception = Inception(
        towers=(
            Tower(channels=(64,), kernels=(1,)),
            Tower(channels=(48, 64), kernels=(1, 3)),
            Tower(channels=(64, 96, 96), kernels=(1, 3, 3)),
            Tower(channels=(32,), kernels=(1,), pool="average"),
        )
    )
    tree = features(STEM, inception, Module(channels=(256,)))
    assert names(child(tree, "1")) == ["tower0", "tower1", "tower2", "tower3"]
    assert names(child(tree, "1", "tower3")) == ["pool", "conv0", "norm0", "relu0"]
    assert child(tree, "1", "tower3", "pool") == Pool("average", 3, 1, "same")
    assert child(tree, "1", "tower1", "conv1") == Convolution(64, (3, 3), free=child(tree, "1", "tower1", "conv1").free)
    assert child(tree, "2", "skip") == Chain(), "64 + 64 + 96 + 32 channels come in: nothing to project"


def test_an_auxiliary_classifier_stands_beside_and_hands_its_input_on() -> None:
    tower = Tower(channels=(3, 5), kernels=(1, 3))
    tree = features(STEM, Auxiliary(towers=(tower,), after="relu"), Module(channels=(4,)))
    branch = child(tree, "1", "branch")
    assert names(branch) == ["pool", "tower", "mean", "classifier"]
    assert child(branch, "pool") == Pool("average", 5, 3, "valid")
    assert names(child(branch, "tower")) == ["conv0", "relu0", "conv1", "relu1"]
    assert child(branch, "tower", "conv1").padding == "valid"
    assert child(tree, "2", "skip") == Chain(), "the four channels of the stem"
    beside = [step.path for step in steps(tree, (3, 16, 16)) if not step.evaluated]
    assert beside == [step.path for step in steps(tree, (3, 16, 16)) if step.path.startswith("1.")]
    assert len(beside) == 7


def test_a_tower_may_end_in_convolutions_beside_each_other() -> None:
    tower = Tower(channels=(6, 8), kernels=(1, (1, 3)), beside=((3, 1),))
    tree = features(STEM, Inception(towers=(tower,)), Module(channels=(16,)))
    split = child(tree, "1", "tower0", "split")
    assert names(child(tree, "1", "tower0")) == ["conv0", "norm0", "relu0", "split"]
    assert [names(child(split, branch)) for branch in names(split)] == [["conv1", "norm1", "relu1"]] * 2
    first, second = (child(split, branch, "conv1") for branch in names(split))
    assert (first.kernel, second.kernel) == ((1, 3), (3, 1))
    assert first.channels == second.channels == 8
    assert first.free == second.free
    assert child(tree, "2", "skip") == Chain(), "16 channels"


def test_the_last_layer_of_a_tower_strides_and_shrinks() -> None:
    towers = (Tower(channels=(4, 8), kernels=(3, 3)), Tower(pool="max"), Tower(pool="max", channels=(4,), kernels=(1,)))
    tree = features(STEM, Inception(towers=towers[:2], stride=2, padding="valid", bias=True))
    assert child(tree, "1", "tower0", "conv0").padding == "same"
    last = child(tree, "1", "tower0", "conv1")
    assert (last.stride, last.padding, last.bias) == (2, "valid", True)
    assert child(tree, "1", "tower1", "pool") == Pool("max", 3, 2, "valid")
    assert {step.output.size for step in steps(tree, (3, 9, 9))[-4:]} == {(4, 4)}
    assert child(features(STEM, Inception(towers=towers[2:], padding="valid")), "1", "tower0", "pool").padding == "same"


def test_a_pool_may_be_padded_in_its_own_way() -> None:
    module = Module(channels=(4,), pool=3, pool_padding="valid", residual=False)
    assert child(features(module), "0", "pool") == Pool("max", 3, 2, "valid")
    assert child(features(module.replace(pool_padding=None)), "0", "pool") == Pool("max", 3, 2, "same")


def test_norms_without_a_scale() -> None:
    assert child(features(STEM, norm_scale=False), "0", "norm0") == Norm(1e-3, 0.1, scale=False)


def test_a_tower_that_only_pools_hands_its_input_on() -> None:
    reduction = Inception(towers=(Tower(channels=(8,), kernels=(3,)), Tower(pool="max")), stride=2)
    tree = features(STEM, reduction, Module(channels=(12,)))
    assert child(tree, "1", "tower1", "pool") == Pool("max", 3, 2, "same")
    assert child(tree, "2", "skip") == Chain(), "8 + 4 channels"
    assert steps(tree, (3, 8, 8))[-1].output == (12, 4, 4)
