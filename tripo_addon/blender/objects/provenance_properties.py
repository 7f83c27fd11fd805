"""The history and versions of an object, as property groups that are saved in the file.

Declarations only; `provenance` and `variants` write them.
"""
# No `from __future__ import annotations`: Blender evaluates the annotations.

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    FloatProperty,
    FloatVectorProperty,
    PointerProperty,
    StringProperty,
)
from bpy.types import Object, PropertyGroup

from ...jobs.model.landings import UNSTRETCHED
from ..registration import class_pair


class TRIPO_ADDON_PG_sent_file(PropertyGroup):
    """An image or model that a model was made from; `name` is its file name."""

    field: StringProperty(name="Field", description="What it was for, such as image or front")
    sha256: StringProperty(name="SHA-256", description="Hash of its content as it was on disk")


class _Making:
    """One task: which service, what was requested, when, and what it cost."""

    service: StringProperty(name="Service", description="The service that made this model")
    address: StringProperty(name="Address", description="The address that knows the task")
    task_id: StringProperty(name="Task", description="The service's id of the task")
    job_id: StringProperty(name="Job", description="The add-on's id of the job")
    parent_task: StringProperty(
        name="Parent Task", description="The task whose model this one was made from"
    )
    kind: StringProperty(name="Kind", description="What was asked for")
    model: StringProperty(name="Model Version", description="The version that made it")
    prompt: StringProperty(name="Prompt", description="The words it was made from")
    request: StringProperty(name="Request", description="Everything that was asked for, as JSON")
    files: CollectionProperty(
        type=TRIPO_ADDON_PG_sent_file,
        name="Files",
        description="The pictures and models that it was made from",
    )
    created: StringProperty(name="Created", description="When it was asked for: ISO 8601, UTC")
    task_made: StringProperty(
        name="Task Made",
        description="When the service accepted the task: ISO 8601, UTC; empty where not known",
    )
    credits: FloatProperty(
        name="Credits", description="What was charged; -1 where that is not known", default=-1.0
    )


class TRIPO_ADDON_PG_step(_Making, PropertyGroup):
    """An earlier step in the history of an object."""


class TRIPO_ADDON_PG_home(PropertyGroup):
    """A collection that an object of a variant was in, by name; or the scene, for its own
    collection."""

    obj: PointerProperty(type=Object)
    home: StringProperty(name="Collection")
    scene: StringProperty(name="Scene")


class TRIPO_ADDON_PG_variant(PropertyGroup):
    """A stored version of an object; `name` says what it was made from."""

    job_id: StringProperty(name="Job", description="The job that made this version")
    shelf: PointerProperty(type=bpy.types.Collection)
    homes: CollectionProperty(type=TRIPO_ADDON_PG_home)


class TRIPO_ADDON_PG_partner(PropertyGroup):
    """An object that belongs to the current version without being a child of the anchor."""

    uid: StringProperty(name="Id", description="By which it is found again")


class TRIPO_ADDON_PG_link(_Making, PropertyGroup):
    """The history of an arrived model, on its root object. Blender copies it with the object and
    saves it; joining objects keeps that of the active one."""

    steps: CollectionProperty(
        type=TRIPO_ADDON_PG_step,
        name="History",
        description="The steps before this one, the first one first",
    )
    traced: BoolProperty(
        name="Traced", description="The steps before are recorded; not so in files of old versions"
    )
    uid: StringProperty(
        name="Id", description="By which a job finds the object again, whatever it is called"
    )
    shape: StringProperty(
        name="Shape", description="Fingerprint of the meshes as the service made them"
    )
    stretch: FloatVectorProperty(
        name="Stretch",
        description="What leads from the object's coordinates to the service's",
        size=9,
        default=UNSTRETCHED,
    )
    label: StringProperty(name="Version", description="What this version of the object came from")
    arrived: StringProperty(name="Arrived With", description="The job that brought this object")
    partners: CollectionProperty(
        type=TRIPO_ADDON_PG_partner,
        name="Partners",
        description="The other objects that were taken as one with this",
    )
    variants: CollectionProperty(
        type=TRIPO_ADDON_PG_variant,
        name="Variants",
        description="Earlier versions of the object, which can be put back",
    )


_register_classes, _unregister_classes = class_pair(
    (
        TRIPO_ADDON_PG_sent_file,
        TRIPO_ADDON_PG_step,
        TRIPO_ADDON_PG_home,
        TRIPO_ADDON_PG_variant,
        TRIPO_ADDON_PG_partner,
        TRIPO_ADDON_PG_link,
    )
)


def register() -> None:
    """Register the property groups, and the pointer on every object."""
    _register_classes()
    Object.tripo_addon = PointerProperty(type=TRIPO_ADDON_PG_link)


def unregister() -> None:
    """Remove the pointer, then the property groups."""
    del Object.tripo_addon
    _unregister_classes()
