"""A recipe is a value: checked when made, JSON both ways."""

import pytest

from spectrum.errors import DefinitionError
from spectrum.training.recipe import Recipe


@pytest.mark.parametrize(
    "recipe", [Recipe(), Recipe(optimizer="rmsprop-tf", schedule="exponential", decay_samples=9, polyak=0.9)]
)
def test_json_both_ways(recipe: Recipe) -> None:
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert Recipe.from_json(recipe.to_json()).digest == recipe.digest


def test_recipes_of_finished_studies_keep_their_identity() -> None:
    """A field that comes later must not stand in the JSON of a recipe that leaves it at its default."""
    assert Recipe().digest == "26cb1b8be8333cb6"


def test_a_whole_number_is_the_same_rate() -> None:
    assert Recipe(lr=1).digest == Recipe(lr=1.0).digest
    assert Recipe(lr=1).digest != Recipe(lr=2).digest


def test_an_unknown_field_names_the_nearest() -> None:
    with pytest.raises(DefinitionError, match=r"no field of Recipe named 'epoch'; did you mean 'epochs'"):
        Recipe(epoch=3)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"epochs": 0}, "Recipe.epochs: input should be greater than or equal to 1, got 0"),
        ({"epochs": True}, "Recipe.epochs: input should be a valid integer, got True"),
        ({"lr": "0.1"}, "Recipe.lr: input should be a valid number, got '0.1'"),
        ({"lr": -1}, "Recipe.lr: input should be greater than 0, got -1"),
        ({"lr": float("inf")}, "Recipe.lr: input should be a finite number, got inf"),
        ({"batch": 1}, "Recipe.batch: input should be greater than or equal to 2, got 1"),
        ({"polyak": 1.0}, "Recipe.polyak: input should be less than 1, got 1.0"),
        (
            {"optimizer": "sdg"},
            "Recipe.optimizer: input should be 'sgd', 'rmsprop', 'rmsprop-tf' or 'adamw', got 'sdg'",
        ),
        ({"flip": 1}, "Recipe.flip: input should be a valid boolean, got 1"),
        ({"schedule": "exponential"}, "needs decay_epochs or decay_samples, got neither; give one"),
        ({"schedule": "exponential", "decay_epochs": 2, "decay_samples": 9}, "or decay_samples, got both; give one"),
        ({"nesterov": True, "optimizer": "adamw"}, "nesterov needs sgd with momentum, got adamw with momentum 0.9"),
        ({"nesterov": True, "momentum": 0.0}, "nesterov needs sgd with momentum, got sgd with momentum 0;"),
    ],
)
def test_what_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(DefinitionError) as error:
        Recipe(**fields)
    assert message in str(error.value)
