"""The base of all forms: fields from the catalog, and `values`, which turns properties into
a request.

Only fields that the panel shows are in the values, so nothing is sent that is not shown.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import bpy
from bpy.props import StringProperty
from bpy.types import Context

from ...api import changes, corrections, rules, style_json, styles
from ...api.catalog.field_types import Window
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.service_types import ModelVersion, Offer, Service
from ...api.catalog.task_kinds import TaskKind
from .. import settings
from ..messages import forms as messages
from ..one_drawing import once_a_drawing
from ..registration import declare
from ..session import composition
from . import fields, form_reading, qualities

if TYPE_CHECKING:
    from ...api.styles import Style, Styled
    from ..pictures.blockout import Blockout
    from .form_reading import FormReading

STYLE: Final = "style_json"
"""The property that holds the chosen style's JSON."""
STYLED: Final = frozenset(
    {"prompt", "negative_prompt", "style_image", "template", "face_limit", "model_seed"}
)
"""What a style may add to: a form without any of these has none."""
_Form = TypeVar("_Form", bound=type)


def touched(field: str) -> fields.Update:
    """The update callback of a field: corrects other settings that depend on it, clears refusals,
    and loads what a click on the button will need."""

    def update(form: Any, _context: Context) -> None:
        if composition.WIRING.correcting:
            return
        composition.WIRING.refusals.clear()
        form.apply_corrections({field})
        composition.warm_up()

    return update


def from_catalog(kind: TaskKind) -> Callable[[_Form], _Form]:
    """Class decorator that declares the fields that services take for a kind of task."""

    def give(form: _Form) -> _Form:
        form.kind = kind
        declared = fields.declared(kind, touched)
        if qualities.are_offered(kind):
            declared[qualities.NAME] = qualities.declared(kind, touched(qualities.NAME))
        if STYLED & declared.keys():
            declared[STYLE] = StringProperty(options={"HIDDEN"})
        declare(form, declared)
        form.catalog_fields = frozenset(declared)
        return form

    return give


class TaskForm:
    """A form for one kind of task. Its fields are declared by `from_catalog`."""

    kind: TaskKind
    catalog_fields: frozenset[str] = frozenset()
    """The names of the properties that are made from the catalog."""
    made_fields: frozenset[str] = frozenset()
    """Fields of the request that `_value` makes of properties with other names."""

    @property
    def service(self) -> Service:
        """The current service."""
        return settings.service()

    @property
    def offer(self) -> Offer | None:
        """The service's offer for this kind of task, or None."""
        return settings.service().offers.get(self.kind)

    @property
    @once_a_drawing
    def version(self) -> ModelVersion | None:
        """The chosen model version, or None if the service has no versions."""
        offer = self.offer
        return offer.model(fields.model_of(self)) if offer is not None and offer.models else None

    @property
    def face_window(self) -> Window | None:
        """The range of face limits that the settings allow, or None."""
        return self.offer and rules.window_of(self.offer, self.values(), "face_limit")

    @property
    def withheld(self) -> frozenset[str]:
        """Fields that are neither shown nor sent, because another setting decides them."""
        return frozenset()

    def shows(self, name: str) -> bool:
        """Return whether this setting is shown, and so sent."""
        switch = fields.TOGGLED_BY.get(name)
        return self.offers(name) and (switch is None or getattr(self, switch))

    def offers(self, name: str) -> bool:
        """Return whether the setting is available with the other settings as they are."""
        offer = self.offer
        if offer is None or not PARAMETERS[name].shown:
            return False
        return rules.active(offer, self._raw(offer), name)

    @property
    @once_a_drawing
    def reading(self) -> "FormReading":
        """What follows from the form's content; computed once for each content."""
        return form_reading.reading_of(self, self._read)

    def values(self) -> dict[str, object]:
        """The request's values, for `rules.refuse` and `tasks.parse_request`."""
        return dict(self.reading.values)

    def _read(self) -> "FormReading":
        offer, service, kind = self.offer, self.service, self.kind.value
        refuse = rules.refuse
        if offer is None:
            nothing: dict[str, object] = {"kind": kind}
            return form_reading.FormReading(nothing, refused=refuse(service, self.kind, nothing))
        raw = self._raw(offer)
        own: dict[str, object] = {"kind": kind, **rules.sendable_values(offer, raw)}
        styled = self._styled(own)
        values = styled.values if styled is not None else own
        active = rules.active_fields(offer, own) - self.withheld
        return form_reading.FormReading(
            values=values,
            own=own,
            styled=styled,
            fields=active,
            changed=changes.changed(offer, own, active),
            lacking=self._lacking(offer, raw),
            quality=qualities.chosen_quality(self, offer) if offer.qualities else None,
            refused=refuse(service, self.kind, values),
        )

    @property
    def style(self) -> "Style | None":
        """The chosen style, or None."""
        return style_of(str(getattr(self, STYLE, "")))

    @property
    def style_text(self) -> str:
        """The JSON of the chosen style, as jobs record it; empty for none."""
        return str(getattr(self, STYLE, "")) if self.style is not None else ""

    def choose_style(self, text: str) -> None:
        """Use the style in a JSON text; empty for none. The form holds the text, so that what a
        file shows is sent wherever it is opened."""
        setattr(self, STYLE, text)
        touched(STYLE)(self, bpy.context)

    def _styled(self, own: Mapping[str, object]) -> "Styled | None":
        style = self.style
        if style is None:
            return None
        return styles.apply(style, self.service, self.kind, own, self.title)

    def _lacking(self, offer: Offer, raw: Mapping[str, object]) -> tuple[str, ...]:
        """Return a sentence for each choice that this version or service does not have."""
        version = self.version
        owner = self.service.label
        if version is not None:
            owner = messages.model_version(version.label)
        return tuple(
            messages.choice_missing(owner, param.label, choice.label)
            for param in map(PARAMETERS.__getitem__, offer.takes)
            if (choice := fields.lacking_choice(self, param)) is not None
            and rules.active(offer, raw, param.name)
        )

    def recall(self, recorded: Mapping[str, object]) -> None:
        """Fill the form with a recorded request, without a style; fields that it lacks get their
        default."""
        if hasattr(self, STYLE):
            setattr(self, STYLE, "")
        composition.WIRING.correcting = True
        try:
            for name, row in PARAMETERS.items():
                if hasattr(self, fields.property_name(name)) and name not in fields.TOGGLED_BY:
                    fields.recall(self, row, recorded.get(name))
            fields.recall_model(self, recorded.get("model"))
            fields.recall_switched(self, recorded)
            fields.recall_turns(self, recorded)
        finally:
            composition.WIRING.correcting = False
        self.apply_corrections({"model"})
        composition.warm_up()

    def recall_styled(self, recorded: Mapping[str, object], text: str) -> None:
        """Fill the form with a recorded request and the style that was applied to it."""
        style = style_of(text)
        if style is None or not hasattr(self, STYLE):
            self.recall(recorded)
            return
        self.recall(styles.without(style, recorded, self.title))
        # The subject's name, which a seed may follow from, is known only now.
        self.recall(styles.without(style, recorded, self.title))
        self.choose_style(text)

    def made_files(self, context: Context) -> dict[str, object]:
        """Write the form's image data-blocks to files, by field, just before sending. Raises
        `NoPicture`, `OSError`."""
        del context
        return {}

    @property
    def held_pictures(self) -> Mapping[str, tuple[int, int]]:
        """Image data-blocks that will be sent: width and height in pixels, by name."""
        return {}

    @property
    def replaced(self) -> "Blockout | None":
        """The objects that the model is to replace, or None."""
        return None

    def after_sending(self) -> None:
        """Called after the jobs were submitted."""

    def apply_corrections(self, changed: Set[str]) -> None:
        """Change settings that the model version does not allow, and note each change for the
        artist."""
        raw = self._raw(self.offer) if self.offer is not None else {}
        made = corrections.apply_corrections(self.service, self.kind, raw, changed=changed)
        composition.WIRING.correcting = True
        try:
            notes = [each.sentence for each in made if self._put(each.field, each.value)]
        finally:
            composition.WIRING.correcting = False
        composition.WIRING.notes[self.kind] = tuple(dict.fromkeys(notes))

    def _put(self, name: str, value: object) -> bool:
        """Set a field, unless it is hidden now: then it keeps the artist's choice."""
        if name == "model":
            self.model = value
        elif self.offers(name):
            fields.put_value(self, PARAMETERS[name], value)
        return name == "model" or self.offers(name)

    def _raw(self, offer: Offer) -> dict[str, object]:
        """The values of all fields of the offer, shown or not."""
        raw: dict[str, object] = {"model": fields.model_of(self)} if offer.models else {}
        for name in offer.takes:
            switch = fields.TOGGLED_BY.get(name)
            there = name in self.made_fields or hasattr(self, fields.property_name(name))
            if there and (not switch or getattr(self, switch)):
                raw[name] = self._value(name)
        turns = tuple((name, turn) for name in raw if (turn := self._turn(name)))
        return raw | {rules.TURNS: turns} if turns else raw

    def _value(self, name: str) -> object:
        return fields.value_of(self, PARAMETERS[name])

    def _turn(self, name: str) -> int:
        """The quarter turns clockwise that a field's image is sent with."""
        return fields.turn_of(self, PARAMETERS[name]) if name in PARAMETERS else 0

    @property
    def title(self) -> str:
        """The name of the job and of the model."""
        return "Model"


@lru_cache(maxsize=64)
def style_of(text: str) -> "Style | None":
    """The style in a JSON text that a form or a job holds; None if there is none."""
    if not text:
        return None
    with suppress(style_json.NotAStyle):
        return style_json.read(text)
    return None


def name_from_prompt(prompt: str) -> str:
    """A name for a model: the first words of a prompt, at most 40 characters, capitalized."""
    name = ""
    for word in prompt.split():
        longer = f"{name} {word}".strip()
        if len(longer) > 40:
            break
        name = longer
    name = name.strip(" ,.;:!?\"'") or prompt.strip()[:40]
    return name[:1].upper() + name[1:] if name else "Model"


def name_from_path(path: str) -> str:
    """A name for a model: an image's file name without its extension, as words."""
    chosen = settings.absolute(path)
    stem = bpy.path.display_name_from_filepath(chosen) if chosen else ""
    return name_from_prompt(stem.replace("_", " ").replace("-", " "))
