"""Every field that a request can have, by its name in the add-on.

The offers say which service takes which field, for which version and in which range.
"""

from __future__ import annotations

from typing import Final

from .inputs import INPUTS
from .outputs import ANIMATION, CONVERSION, PICTURES
from .settings import SEED_FIELDS, SHAPE, SURFACE

PARAMETERS: Final = {
    row.name: row
    for rows in (INPUTS, SURFACE, SHAPE, SEED_FIELDS, CONVERSION, ANIMATION, PICTURES)
    for row in rows
}
