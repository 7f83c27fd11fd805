"""What the forms of all kinds of task share: their fields come from the catalogue, and `wish` is
the bridge from Blender's untyped properties to the core.

Only what the panel shows is in a wish, so that nothing is sent that is not shown.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import bpy
from bpy.types import Context

from ...api import rules
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.records import ModelVersion, Offer, Service, TaskKind, Window
from ...api.corrections import apply_corrections
from .. import settings
from ..registration import declare
from ..session import composition
from . import fields

_Form = TypeVar("_Form", bound=type)


def touched(field: str) -> fields.Update:
    """A form was edited: the other settings follow where they must, what was refused may be right
    now, and a click on Generate is near."""

    def update(form: Any, _context: Context) -> None:
        if composition.WIRING.correcting:
            return
        composition.WIRING.refusals.clear()
        form.apply_corrections(field)
        composition.warm_up()

    return update


def from_catalogue(kind: TaskKind) -> Callable[[_Form], _Form]:
    """Give a form the fields that the services take for a kind of task."""

    def give(form: _Form) -> _Form:
        form.kind = kind
        declare(form, fields.declared(kind, touched))
        return form

    return give


class TaskForm:
    """What all forms share; the fields themselves are the catalogue's."""

    kind: TaskKind

    @property
    def service(self) -> Service:
        """The service in force."""
        return settings.service()

    @property
    def offer(self) -> Offer | None:
        """What the service does for this kind of task; None where it does nothing."""
        return self.service.offers.get(self.kind)

    @property
    def version(self) -> ModelVersion | None:
        """The catalogue's row of the chosen model version."""
        return self.service.model(self.kind, str(self.model))

    @property
    def face_window(self) -> Window | None:
        """The face limits that the chosen settings allow."""
        return self.offer and rules.window_of(self.offer, self.values(), "face_limit")

    @property
    def withheld(self) -> frozenset[str]:
        """Fields that are neither shown nor sent, because something else decides them."""
        return frozenset()

    def shows(self, name: str) -> bool:
        """Whether the panel shows this setting now, and with it whether it is sent."""
        switch = fields.TOGGLED_BY.get(name)
        return self.offers(name) and (switch is None or getattr(self, switch))

    def offers(self, name: str) -> bool:
        """Whether the setting is to be had as the others stand."""
        offer = self.offer
        if offer is None or not PARAMETERS[name].shown:
            return False
        return rules.active(offer, self._raw(offer), name)

    def lacking(self) -> tuple[str, ...]:
        """Sentences on what was chosen for another version or service, which this one lacks."""
        version = self.version
        who = f"Model {version.label}" if version is not None else self.service.label
        rows = [PARAMETERS[name] for name in (self.offer.takes if self.offer else ())]
        return tuple(
            f"{who} has no {row.label} “{choice.label}”"
            for row in rows
            if (choice := fields.lacking_choice(self, row)) is not None and self.offers(row.name)
        )

    def values(self) -> dict[str, object]:
        """The whole wish, ready for `rules.refuse` and `tasks.parse_request`."""
        offer = self.offer
        if offer is None:
            return {"kind": self.kind.value}
        return {"kind": self.kind.value, **rules.sendable_values(offer, self._raw(offer))}

    def recall(self, recorded: Mapping[str, object]) -> None:
        """Fill the form with a recorded request; what that does not name stands at its default."""
        composition.WIRING.correcting = True
        try:
            for name, row in PARAMETERS.items():
                if hasattr(self, fields.property_name(name)) and name not in fields.TOGGLED_BY:
                    fields.recall(self, row, recorded.get(name))
            fields.recall_model(self, recorded.get("model"))
            fields.recall_switched(self, recorded)
        finally:
            composition.WIRING.correcting = False
        self.apply_corrections("model")
        composition.warm_up()

    def made_files(self, folder: Path) -> dict[str, object]:
        """Files made of what the form points at, by field, for the moment of sending. Raises
        `datablocks.NoPicture`, `OSError`."""
        del folder
        return {}

    @property
    def held_pictures(self) -> Mapping[str, tuple[int, int]]:
        """Pictures of the .blend that are to be sent: their sides in pixels, by name."""
        return {}

    def after_sending(self) -> None:
        """Called once the jobs are on their way."""

    def apply_corrections(self, changed: str) -> None:
        """Bring the settings into what the version takes, where the artist sees them change."""
        raw = self._raw(self.offer) if self.offer is not None else {}
        corrections = apply_corrections(self.service, self.kind, raw, changed=changed)
        composition.WIRING.correcting = True
        try:
            said = [each.sentence for each in corrections if self._put(each.field, each.value)]
        finally:
            composition.WIRING.correcting = False
        composition.WIRING.notes[self.kind] = tuple(dict.fromkeys(said))

    def _put(self, name: str, value: object) -> bool:
        """Set a field; one that is hidden by now keeps what the artist chose."""
        if name == "model":
            self.model = value
        elif self.offers(name):
            fields.put_value(self, PARAMETERS[name], value)
        return name == "model" or self.offers(name)

    def _raw(self, offer: Offer) -> dict[str, object]:
        """Every field of the offer that the form has, shown or not."""
        raw: dict[str, object] = {"model": self.model} if offer.models else {}
        for name in offer.takes:
            switch = fields.TOGGLED_BY.get(name)
            if hasattr(self, fields.property_name(name)) and (not switch or getattr(self, switch)):
                raw[name] = self._value(name)
        return raw

    def _value(self, name: str) -> object:
        return fields.value_of(self, PARAMETERS[name])

    @property
    def title(self) -> str:
        """What the job and the model will be called."""
        return "Model"


def name_from_prompt(words: str) -> str:
    """A name for a model: the first words, in title case, within what Blender takes for a name."""
    name = ""
    for word in words.split():
        longer = f"{name} {word}".strip()
        if len(longer) > 40:
            break
        name = longer
    name = name.strip(" ,.;:!?\"'") or words.strip()[:40]
    return name[:1].upper() + name[1:] if name else "Model"


def name_from_path(path: str) -> str:
    """A name for a model: the picture's file name without its ending, as words."""
    chosen = settings.absolute(path)
    stem = bpy.path.display_name_from_filepath(chosen) if chosen else ""
    return name_from_prompt(stem.replace("_", " ").replace("-", " "))
