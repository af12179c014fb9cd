"""How a network is trained: a frozen declaration. No torch in it."""

from typing import Literal, Self

from pydantic import Field, StrictBool, StrictFloat, StrictInt, model_validator

from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError

Optimizer = Literal["sgd", "rmsprop", "rmsprop-tf", "adamw"]
Schedule = Literal["cosine", "exponential", "one-cycle", "constant"]
Precision = Literal["fp32", "bf16"]
Device = Literal["auto", "cpu", "cuda"]


class Recipe(Declaration):
    """Optimiser, schedule, regularisation and precision of one training run.

    Attributes:
        optimizer: "rmsprop" is PyTorch's; "rmsprop-tf" is TensorFlow's, whose mean square begins at 1 (see
            `spectrum.training.tensorflow_rmsprop`).
        lr: the highest learning rate of the schedule.
        momentum: of SGD and RMSprop; the first beta of AdamW.
        weight_decay: on the weights of convolutions and linear layers, never on batch norm or biases. Added to the
            gradient by SGD and RMSprop (as in the paper), decoupled in AdamW.
        decay, decay_epochs, decay_samples: the exponential schedule multiplies the rate by `decay` at the end of
            every `decay_epochs` epochs, or of every `decay_samples` images (section 4.2 of the paper states both).
        batch: images per step. The last, incomplete batch of an epoch is left out.
        dropout: before the classifier; it counts when the network is built from a spec.
        polyak: decay per step of the averaged weights that are scored in place of the last ones; None scores the last.
        flip: mirror half of the training images.
        crop: pad the training images by this many black pixels on each side, and cut the old size out at random.
        precision: bf16 runs the forward pass under autocast; weights and optimiser stay in fp32.
        device: auto is the GPU when there is one.

    Raises:
        DefinitionError: a field that is unknown or breaks its rule.
    """

    optimizer: Optimizer = "sgd"
    lr: StrictFloat = Field(default=0.1, gt=0)
    momentum: StrictFloat = Field(default=0.9, ge=0, lt=1)
    nesterov: StrictBool = False
    weight_decay: StrictFloat = Field(default=5e-4, ge=0)
    schedule: Schedule = "cosine"
    decay: StrictFloat = Field(default=0.94, gt=0, le=1)
    decay_epochs: StrictFloat | None = Field(default=None, gt=0)
    decay_samples: StrictInt | None = Field(default=None, gt=0)
    epochs: StrictInt = Field(default=15, ge=1)
    batch: StrictInt = Field(default=128, ge=2)
    label_smoothing: StrictFloat = Field(default=0.0, ge=0, lt=1)
    dropout: StrictFloat = Field(default=0.0, ge=0, lt=1)
    polyak: StrictFloat | None = Field(default=None, gt=0, lt=1)
    flip: StrictBool = False
    crop: StrictInt = Field(default=0, ge=0)
    precision: Precision = "fp32"
    device: Device = "cpu"
    channels_last: StrictBool = True

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.schedule == "exponential" and (self.decay_epochs is None) == (self.decay_samples is None):
            given = "both" if self.decay_epochs is not None else "neither"
            raise DefinitionError(
                f"the exponential schedule needs decay_epochs or decay_samples, got {given}; "
                "give one of them, such as decay_epochs=2"
            )
        if self.nesterov and (self.optimizer != "sgd" or self.momentum == 0):
            raise DefinitionError(
                f"nesterov needs sgd with momentum, got {self.optimizer} with momentum {self.momentum:g}; "
                "leave nesterov out"
            )
        return self
