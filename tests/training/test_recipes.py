"""The paper's recipes are what sections 4.2 and 4.3 say, and train as they say, resumed or not."""

import pytest

import spectrum as sp
from spectrum.errors import DefinitionError
from spectrum.training import recipes
from spectrum.training.recipe import Recipe
from spectrum.training.schedule import learning_rate


def test_imagenet() -> None:
    recipe = sp.recipes.imagenet(epochs=30, batch=256)
    assert (recipe.optimizer, recipe.lr, recipe.momentum, recipe.nesterov) == ("sgd", 0.045, 0.9, False)
    assert (recipe.dropout, recipe.weight_decay) == (0.5, 1e-5)
    assert recipe.polyak is not None
    assert (recipe.epochs, recipe.batch) == (30, 256)
    rates = [learning_rate(recipe, step, 5000) for step in (0, 9_999, 10_000, 20_000, 149_999)]
    assert rates == pytest.approx([0.045, 0.045, 0.045 * 0.94, 0.045 * 0.94**2, 0.045 * 0.94**14])


def test_jft() -> None:
    recipe = sp.recipes.jft(batch=1000)
    assert (recipe.optimizer, recipe.lr, recipe.momentum) == ("rmsprop-tf", 0.001, 0.9)
    assert (recipe.dropout, recipe.weight_decay, recipe.label_smoothing) == (0, 1e-5, 0)
    assert recipe.polyak is not None
    rates = [learning_rate(recipe, step, 350_000) for step in (0, 2_999, 3_000, 6_000, 30_000)]
    assert rates == pytest.approx([0.001, 0.001, 0.0009, 0.00081, 0.001 * 0.9**10])


def test_by_name() -> None:
    assert recipes.named("default") == Recipe()
    assert recipes.named("xception-imagenet") == recipes.imagenet()
    assert recipes.named("xception-jft") == recipes.jft()


def test_an_unknown_recipe_names_the_nearest() -> None:
    with pytest.raises(DefinitionError, match=r"no recipe 'xception-imagnet'; did you mean 'xception-imagenet'"):
        recipes.named("xception-imagnet")


def test_a_wrong_call_gets_a_sentence() -> None:
    with pytest.raises(DefinitionError, match=r"there is no argument of imagenet named 'epoch'; did you mean 'epochs'"):
        sp.recipes.imagenet(epoch=3)  # type: ignore[call-arg]
