"""Input parameters of tasks: texts, pictures, and the models that they work on.

Rows only: `parameters` collects them. Facts: Tripo's API v2 and v3 documents, the official SDK
1.0.0 and 3D AI Studio's documents.
"""

from __future__ import annotations

from typing import Final

from .animations import ANIMATIONS
from .field_types import Parameter, ParamType


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
        description="What to generate",
        missing="Enter a prompt",
        group="input",
    ),
    Parameter(
        name="negative_prompt",
        type=ParamType.TEXT,
        label="Negative Prompt",
        description="What to avoid",
        group="input",
    ),
    Parameter(
        name="image",
        type=ParamType.PICTURE,
        label="Image",
        description="The image to start from: a file, or the web address of a public image",
        missing="Choose an image to start from",
        group="input",
    ),
    Parameter(
        name="front",
        type=ParamType.PICTURE,
        label="Front",
        description="The subject from the front (required)",
        missing="Add a front view (required)",
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
        missing="Choose a task with views",
        group="input",
        shown=False,
    ),
    Parameter(
        name="source_task",
        type=ParamType.TASK,
        label="Source",
        description="The service's task that made the model to work on",
        missing="Choose a finished model",
        group="input",
        shown=False,
    ),
    Parameter(
        name="source_file",
        type=ParamType.MODEL_FILE,
        label="Model File",
        description="The model to work on, uploaded as a file",
        missing="Choose a model file",
        group="input",
        shown=False,
    ),
    Parameter(
        name="references",
        type=ParamType.PICTURES,
        label="Reference Images",
        description="Images to work from; the prompt calls them image[1], image[2] and so on",
        missing="Choose a reference image",
        group="input",
    ),
    Parameter(
        name="style_image",
        type=ParamType.PICTURE,
        label="Style Image",
        description="An image whose style the texture follows",
        group="input",
    ),
    Parameter(
        name="ref_image",
        type=ParamType.PICTURE,
        label="Reference Image",
        description="An image whose colors mark the parts; overrides the other two settings",
        group="input",
    ),
    Parameter(
        name="hint",
        type=ParamType.TEXT,
        label="Look For",
        description="Describe the parts, such as a knight with sword and armor",
        group="parts",
    ),
    Parameter(
        name="part_names",
        type=ParamType.TEXT_LIST,
        label="Parts",
        description="Names of the parts to work on; leave empty for all",
        group="input",
    ),
    Parameter(
        name="animations",
        type=ParamType.TEXT_LIST,
        label="Animations",
        description="Preset animations, up to five; each one is charged",
        choices=ANIMATIONS,
        missing="Choose an animation",
        group="input",
    ),
    Parameter(
        name="prompts",
        type=ParamType.BY_VIEW,
        label="Edits",
        description="What to change, by view",
        missing="Describe a change for at least one view",
        group="input",
        shown=False,
    ),
)
