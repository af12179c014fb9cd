"""The commands on trained networks: thin, as all of them."""

from pathlib import Path
from typing import Annotated

import typer

from spectrum import terminal
from spectrum.cli_networks import AsJson, print_json
from spectrum.errors import SpectrumError

Model = Annotated[
    str, typer.Argument(metavar="STUDY", help="A study in runs/, or its folder; or a .safetensors file of one network.")
]
Point = Annotated[str | None, typer.Option(help="The point, such as 8 or depthwise; needed where several are kept.")]
Seed = Annotated[int | None, typer.Option(help="The seed; by default, the best by the validation split.")]
BudgetLabel = Annotated[str | None, typer.Option("--budget", help="The budget, where the study has several.")]


def predict(
    study: Model,
    images: Annotated[list[str], typer.Argument(metavar="IMAGES", help="Image files, or folders of them.")],
    point: Point = None,
    seed: Seed = None,
    budget: BudgetLabel = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            help="The probability from which on an image is said to show a class, where it may show several; 0.5 where "
            "not given."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Label images with a trained network that a study has kept.

    They have the size of those that it was trained on, or are brought to it as those were (data named `photos@64x48`).

    Example: `spectrum predict digits scans/ --point 8`
    """
    from spectrum.inference.kept_models import load_model
    from spectrum.inference.predict import checked_threshold
    from spectrum.inference.predict import predict as label_images

    model = load_model(study, point=point, seed=seed, budget=budget)
    found, several = label_images(model, images, threshold=threshold), model.card.multi_label
    shown = checked_threshold(model.card, threshold)
    if as_json:
        print_json(
            [
                {"image": str(one.path), "label": one.label, "probability": one.probability}
                | ({"labels": one.labels, "threshold": shown} if several else {})
                for one in found
            ]
        )
        return
    labels = f"labels\n(probability\n>= {100 * shown:g}%)"
    heads = ["image", *([labels, "likeliest"] if several else ["label"]), "probability"]
    rows = [
        (
            str(one.path),
            *(["; ".join(one.labels) or "-"] if several else []),
            one.label,
            f"{100 * one.probability:.1f}%",
        )
        for one in found
    ]
    terminal.show("", heads, rows, text=len(heads) - 1)


def export(
    study: Model,
    out: Annotated[Path, typer.Option(help="The file to write: .onnx, or .pt2 for a torch.export program.")],
    point: Point = None,
    seed: Seed = None,
    budget: BudgetLabel = None,
) -> None:
    """Write a trained network for other programs, loaded back and compared: uint8 images in, logits out.

    Example: `spectrum export digits --point 8 --out digits.onnx`
    """
    from spectrum.inference.export import export as export_model
    from spectrum.inference.kept_models import load_model

    written = export_model(load_model(study, point=point, seed=seed, budget=budget), out)
    print(f"{written.path}\nits logits differ from the network's by {written.difference:.1e} at most")


def rerun(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="The name of a study in runs/, or its folder.")],
    point: Annotated[str, typer.Option(help="The point, such as 8 or depthwise.")],
    seed: Annotated[int, typer.Option(help="The seed of the run.")],
    budget: BudgetLabel = None,
    out: Annotated[Path | None, typer.Option(help="A .safetensors file for the trained network.")] = None,
    storage: Annotated[str | None, typer.Option(help="The Optuna storage URL of the study, if it has one.")] = None,
) -> None:
    """Make a finished run of a study again and compare the numbers; the study stays as it is.

    Example: `spectrum rerun digits --point 8 --seed 3 --out network.safetensors`
    """
    from spectrum.search.rerun import rerun as run_again
    from spectrum.training.outcome import MultiLabelScores

    made = run_again(study, point=point, seed=seed, budget=budget, out=out, storage=storage)
    rows, metric = [], "MAP" if isinstance(made.recorded.validation, MultiLabelScores) else "accuracy"
    for name, outcome in (("recorded", made.recorded), ("repeated", made.repeated)):
        scores = [outcome.validation, outcome.test]
        rows.append((name, outcome.status, *("-" if each is None else f"{each.score:.4f}" for each in scores)))
    terminal.show(f"run {made.key}", ["", "status", f"validation {metric}", f"test {metric}"], rows, text=2)
    if made.file is not None:
        print(made.file)
    if not made.same:
        raise SpectrumError(
            "a run that is made again on the same kind of processor, with the same version of PyTorch, has the same "
            "numbers, got others; compare both with those of the study"
        )
    print("the same numbers to the last bit")
