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

    field: StringProperty(name="Field", description="Its purpose, such as image or front")
    sha256: StringProperty(name="SHA-256", description="Hash of its content as it was on disk")


class _Making:
    """One task: which service, what was requested, when, and what it cost."""

    service: StringProperty(name="Service", description="The service that made this model")
    address: StringProperty(name="Address", description="The address that knows the task")
    task_id: StringProperty(name="Task", description="The service's ID of the task")
    job_id: StringProperty(name="Job", description="The add-on's ID of the job")
    parent_task: StringProperty(
        name="Parent Task", description="The task whose model this one was made from"
    )
    kind: StringProperty(name="Kind", description="The kind of task")
    model: StringProperty(name="Model Version", description="The version that made it")
    prompt: StringProperty(name="Prompt", description="The prompt it was generated from")
    request: StringProperty(name="Request", description="The whole request, as JSON")
    files: CollectionProperty(
        type=TRIPO_ADDON_PG_sent_file,
        name="Files",
        description="The pictures and models that it was made from",
    )
    created: StringProperty(name="Created", description="When the request was sent (ISO 8601, UTC)")
    task_made: StringProperty(
        name="Task Made",
        description="When the service accepted the task (ISO 8601, UTC); empty if unknown",
    )
    credits: FloatProperty(
        name="Credits", description="Credits charged; -1 if unknown", default=-1.0
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

    uid: StringProperty(name="ID", description="Identifies the object")


class TRIPO_ADDON_PG_link(_Making, PropertyGroup):
    """The history of an arrived model, on its root object. Blender copies it with the object and
    saves it; joining objects keeps that of the active one."""

    steps: CollectionProperty(
        type=TRIPO_ADDON_PG_step,
        name="History",
        description="The steps before this one, oldest first",
    )
    traced: BoolProperty(
        name="Traced", description="Whether the steps before are recorded; old versions did not"
    )
    uid: StringProperty(
        name="ID", description="Identifies the object for its jobs, whatever its name"
    )
    shape: StringProperty(
        name="Shape", description="Fingerprint of the meshes as the service made them"
    )
    stretch: FloatVectorProperty(
        name="Stretch",
        description="Matrix from the object's coordinates to the service's",
        size=9,
        default=UNSTRETCHED,
    )
    label: StringProperty(name="Version", description="What this version of the object came from")
    arrived: StringProperty(name="Arrived With", description="The job that imported this object")
    partners: CollectionProperty(
        type=TRIPO_ADDON_PG_partner,
        name="Partners",
        description="The other objects that were sent as one with this",
    )
    variants: CollectionProperty(
        type=TRIPO_ADDON_PG_variant,
        name="Variants",
        description="Earlier versions of the object, which can be restored",
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
