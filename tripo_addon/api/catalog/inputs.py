"""What a task is made from: texts, pictures, and the models that it works on.

Rows only: `parameters` gathers them. Facts: Tripo's API v2 and v3 documents, the official SDK 1.0.0
and 3D AI Studio's documents.
"""

from __future__ import annotations

from typing import Final

from .animations import ANIMATIONS
from .records import Parameter, ParamType


def _view(name: str, description: str) -> Parameter:
    return Parameter(
        name=name,
        type=ParamType.PICTURE,
        label=name.capitalize(),
        description=description,
        missing=f"The {name} view is missing",
        group="input",
    )


INPUTS: Final = (
    Parameter(
        name="prompt",
        type=ParamType.TEXT,
        label="Prompt",
        description="What the model should be",
        missing="The prompt is empty: write what you want to see",
        group="input",
    ),
    Parameter(
        name="negative_prompt",
        type=ParamType.TEXT,
        label="Negative Prompt",
        description="What the model should not be or have",
        group="input",
    ),
    Parameter(
        name="image",
        type=ParamType.PICTURE,
        label="Image",
        description="The picture to work from: a file, or the web address of a public picture",
        missing="The image is missing: give the picture to make a model from",
        group="input",
    ),
    Parameter(
        name="front",
        type=ParamType.PICTURE,
        label="Front",
        description="The subject from the front; always needed",
        missing="The front view is missing: it is the one view that is always needed",
        group="input",
    ),
    _view("left", "The subject's own left side, such as its left arm"),
    _view("back", "The subject from behind"),
    _view("right", "The subject's own right side, such as its right arm"),
    Parameter(
        name="views_task",
        type=ParamType.TASK,
        label="Views from Task",
        description="A finished task of the service that made the four views",
        missing="No task with views is chosen",
        group="input",
        shown=False,
    ),
    Parameter(
        name="source_task",
        type=ParamType.TASK,
        label="Source",
        description="The service's task that made the model to work on",
        missing="No finished model is chosen to work on",
        group="input",
        shown=False,
    ),
    Parameter(
        name="source_file",
        type=ParamType.MODEL_FILE,
        label="Model File",
        description="The model to work on, as a file that is sent to the service",
        missing="There is no model file to send",
        group="input",
        shown=False,
    ),
    Parameter(
        name="references",
        type=ParamType.PICTURES,
        label="Reference Pictures",
        description="Pictures to work from; the prompt calls them image[1], image[2] and so on",
        missing="No reference picture is chosen",
        group="input",
    ),
    Parameter(
        name="style_image",
        type=ParamType.PICTURE,
        label="Style Image",
        description="A picture whose style the texture follows",
        group="input",
    ),
    Parameter(
        name="ref_image",
        type=ParamType.PICTURE,
        label="Reference Image",
        description="A picture whose colors show which parts to cut; it overrides the other two",
        group="input",
    ),
    Parameter(
        name="hint",
        type=ParamType.TEXT,
        label="Look For",
        description="What the parts are, in words, such as a knight with sword and armor",
        group="parts",
    ),
    Parameter(
        name="part_names",
        type=ParamType.TEXT_LIST,
        label="Parts",
        description="The parts to work on, by name; all of them where none is named",
        group="input",
    ),
    Parameter(
        name="animations",
        type=ParamType.TEXT_LIST,
        label="Animations",
        description="Preset animations, up to five; each is billed",
        choices=ANIMATIONS,
        missing="No animation is chosen",
        group="input",
    ),
    Parameter(
        name="prompts",
        type=ParamType.BY_VIEW,
        label="Edits",
        description="What to change, by view",
        missing="No view has an edit: write what to change in one of them",
        group="input",
        shown=False,
    ),
)
