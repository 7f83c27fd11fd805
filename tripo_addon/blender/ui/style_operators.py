"""The operators that choose, edit, import, export and remove styles.

A style is chosen for a form, which keeps what the style adds; the files are the artist's presets.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty
from bpy.types import Context, Event, Operator

from ...api import style_json, styles
from ...api.catalog.parameters import PARAMETERS
from ...api.record import replace
from ..forms.task_form import STYLE
from ..messages import styles as messages
from ..registration import class_pair
from ..session import style_files
from . import operators

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    from ...api.styles import Style
    from ..forms.task_form import TaskForm

    _Base = Operator
else:
    # If the mixin were an Operator, Blender would want it registered.
    _Base = object

_DIALOG_WIDTH: Final = 420
# An empty id would be a heading.
_NO_TEMPLATE: Final = "NONE"


class OnForm(_Base):
    """Shared by the operators on a form's style; `form` is its name on the scene."""

    form: StringProperty(options={"SKIP_SAVE", "HIDDEN"})

    def form_of(self, context: Context) -> "TaskForm | None":
        """The form, if it may have a style."""
        form = getattr(context.scene.tripo_addon, self.form, None)
        return form if hasattr(form, STYLE) else None

    def refuse(self, sentence: str) -> "set[OperatorReturnItems]":
        """Report why nothing was done."""
        return operators.refused(self, sentence)

    def save(self, style: "Style", path: Path) -> "Style | None":
        """Write a style, or report why not."""
        try:
            return style_files.save(style, path)
        except style_json.NotAStyle as error:
            self.refuse(str(error))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.refuse(messages.not_saved(style.name, reason))
        return None


class TRIPO_ADDON_OT_choose_style(OnForm, Operator):
    """Add this style to what the form sends"""

    bl_idname = "tripo_addon.choose_style"
    bl_label = "Choose Style"
    bl_options = {"INTERNAL", "UNDO"}

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", "HIDDEN"})

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        """The tooltip says what the style adds."""
        if not properties.filepath:
            return messages.NO_STYLE
        try:
            return messages.about(_words(style_files.read(Path(properties.filepath))))
        except style_json.NotAStyle as error:
            return str(error)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Read the style and give it to the form; without a path, take it off."""
        form = self.form_of(context)
        if form is None:
            return self.refuse(messages.NO_FORM)
        text = ""
        if self.filepath:
            try:
                text = style_json.written(style_files.read(Path(self.filepath)))
            except style_json.NotAStyle as error:
                return self.refuse(str(error))
        form.choose_style(text)
        return {"FINISHED"}


class TRIPO_ADDON_OT_edit_style(OnForm, Operator):
    """Edit what the style adds to each request, and save it"""

    bl_idname = "tripo_addon.edit_style"
    bl_label = "Edit Style"
    bl_options = {"INTERNAL", "UNDO"}

    new: BoolProperty(options={"SKIP_SAVE", "HIDDEN"})
    name: StringProperty(name="Name", description="Name of the style", maxlen=60)
    before: StringProperty(
        name="Before", description="Words before the prompt, such as “clay model of”"
    )
    after: StringProperty(
        name="After",
        description="Words after the prompt and a comma, such as “soft light”",
    )
    palette: StringProperty(
        name="Palette",
        description="Colors that are named after the prompt, with commas between them",
    )
    negative: StringProperty(
        name="Negative", description="Words for what should not be seen, where the service has them"
    )
    style_image: StringProperty(
        name="Style Image",
        description="Image whose style the texture follows: a path or a public web address",
    )
    template: EnumProperty(
        name="Image Template",
        description="Ready-made instruction for generated images",
        items=[
            (choice.id or _NO_TEMPLATE, choice.label, choice.description)
            for choice in PARAMETERS["template"].choices
        ],
    )
    faces: IntProperty(
        name="Face Limit",
        description="Maximum number of faces; 0 leaves it to the form",
        min=0,
        soft_max=50_000,
        max=2_000_000,
    )
    seed: EnumProperty(
        name="Seed",
        description="Where the seeds come from that the form leaves open",
        items=[
            ("free", "Random", "The service chooses a seed for each request"),
            ("fixed", "Fixed", "The same seed for all requests"),
            ("by_name", "By Name", "A seed that follows from the name of the subject"),
        ],
    )
    seed_number: IntProperty(name="Number", description="Seed of all requests", default=1, min=1)

    def invoke(self, context: Context, _event: Event) -> "set[OperatorReturnItems]":
        """Show the dialog, filled with the chosen style."""
        form = self.form_of(context)
        if form is None:
            return self.refuse(messages.NO_FORM)
        self._fill(form.style if form.style is not None and not self.new else styles.Style())
        return context.window_manager.invoke_props_dialog(
            self, width=_DIALOG_WIDTH, confirm_text=messages.SAVE
        )

    def draw(self, _context: Context) -> None:
        """Draw the parts of the style."""
        layout = self.layout
        layout.use_property_split, layout.use_property_decorate = True, False
        for name in ("name", "before", "after", "palette", "negative"):
            layout.prop(self, name)
        for name in ("style_image", "template", "faces", "seed"):
            layout.prop(self, name)
        if self.seed == styles.FIXED:
            layout.prop(self, "seed_number")

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Save the style, and choose it."""
        form, style = self.form_of(context), self._style()
        if form is None or not style.name:
            return self.refuse(messages.NO_FORM if form is None else messages.NAME_MISSING)
        path = style_files.path_of(style.name)
        own = form.style is not None and form.style.name == style.name
        if path.exists() and (self.new or not own):
            return self.refuse(messages.taken(style.name))
        saved = self.save(style, path)
        if saved is None:
            return {"CANCELLED"}
        form.choose_style(style_json.written(saved))
        return {"FINISHED"}

    def _fill(self, style: "Style") -> None:
        for name in ("name", "before", "after", "negative", "style_image", "faces", "seed"):
            setattr(self, name, getattr(style, name))
        self.palette, self.seed_number = ", ".join(style.palette), style.seed_number
        self.template = style.template or _NO_TEMPLATE

    def _style(self) -> "Style":
        image = self.style_image
        return styles.Style(
            name=self.name.strip(),
            before=self.before.strip(),
            after=self.after.strip(),
            palette=tuple(filter(None, map(str.strip, self.palette.split(",")))),
            negative=self.negative.strip(),
            style_image=bpy.path.abspath(image) if image.startswith("//") else image,
            template="" if self.template == _NO_TEMPLATE else self.template,
            faces=self.faces,
            seed=self.seed,
            seed_number=self.seed_number if self.seed == styles.FIXED else 1,
        )


class WithFile(OnForm):
    """Shared by the operators that ask for a file."""

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", "HIDDEN"})
    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})

    def invoke(self, context: Context, _event: Event) -> "set[OperatorReturnItems]":
        """Open Blender's file browser."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


class TRIPO_ADDON_OT_import_style(WithFile, Operator):
    """Copy a style from a file to your own styles, and choose it"""

    bl_idname = "tripo_addon.import_style"
    bl_label = "Import Style"
    bl_options = {"INTERNAL", "UNDO"}

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Check the file and copy it."""
        form = self.form_of(context)
        if form is None:
            return self.refuse(messages.NO_FORM)
        try:
            style = style_files.read(Path(bpy.path.abspath(self.filepath)))
        except style_json.NotAStyle as error:
            return self.refuse(str(error))
        path = style_files.free_path(style.name)
        saved = self.save(replace(style, name=path.stem), path)
        if saved is None:
            return {"CANCELLED"}
        form.choose_style(style_json.written(saved))
        return {"FINISHED"}


class TRIPO_ADDON_OT_export_style(WithFile, Operator):
    """Save the chosen style as a file for others, with its image beside it"""

    bl_idname = "tripo_addon.export_style"
    bl_label = "Export Style"
    bl_options = {"INTERNAL"}

    check_existing: BoolProperty(default=True, options={"HIDDEN"})

    def invoke(self, context: Context, event: Event) -> "set[OperatorReturnItems]":
        """Open Blender's file browser with the style's name."""
        form = self.form_of(context)
        if form is not None and form.style is not None:
            self.filepath = style_files.path_of(form.style.name).name
        return super().invoke(context, event)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Write the file."""
        form = self.form_of(context)
        if form is None or form.style is None:
            return self.refuse(messages.NOTHING_CHOSEN)
        path = Path(bpy.path.ensure_ext(bpy.path.abspath(self.filepath), style_files.SUFFIX))
        if self.save(form.style, path) is None:
            return {"CANCELLED"}
        self.report({"INFO"}, messages.saved(str(path)))
        return {"FINISHED"}


class TRIPO_ADDON_OT_remove_style(OnForm, Operator):
    """Remove the chosen style from your own styles, and take it off this form"""

    bl_idname = "tripo_addon.remove_style"
    bl_label = "Remove Style"
    bl_options = {"INTERNAL", "UNDO"}

    def invoke(self, context: Context, event: Event) -> "set[OperatorReturnItems]":
        """Ask first: the file cannot be brought back."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Delete the style's file; the image beside it goes too."""
        form = self.form_of(context)
        if form is None or form.style is None:
            return self.refuse(messages.NOTHING_CHOSEN)
        path, picture = style_files.path_of(form.style.name), form.style.style_image
        try:
            path.unlink(missing_ok=True)
            if picture and Path(picture).parent == path.parent and Path(picture).stem == path.stem:
                Path(picture).unlink(missing_ok=True)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return self.refuse(messages.not_removed(form.style.name, reason))
        form.choose_style("")
        return {"FINISHED"}


def _words(style: "Style") -> tuple[str, ...]:
    """What a style adds, whatever the form."""
    parts = (
        (style.before, messages.before(style.before)),
        (style.ending, messages.after(style.ending)),
        (style.negative, messages.negative(style.negative)),
        (style.style_image, messages.STYLE_IMAGE),
        (style.template, messages.TEMPLATE),
        (style.faces, messages.faces(style.faces)),
        (style.seed == styles.FIXED, messages.SEED),
        (style.seed == styles.BY_NAME, messages.SEED_BY_NAME),
    )
    return tuple(words for given, words in parts if given)


register, unregister = class_pair(
    (
        TRIPO_ADDON_OT_choose_style,
        TRIPO_ADDON_OT_edit_style,
        TRIPO_ADDON_OT_import_style,
        TRIPO_ADDON_OT_export_style,
        TRIPO_ADDON_OT_remove_style,
    )
)
