"""A minimal add-on with one panel and one operator, for comparison."""

import bpy


class BENCH_OT_nothing(bpy.types.Operator):
    """Do nothing"""

    bl_idname = "bench.nothing"
    bl_label = "Nothing"

    def execute(self, _context):
        """Do nothing."""
        return {"FINISHED"}


class BENCH_PT_nothing(bpy.types.Panel):
    """An empty panel"""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Bench"
    bl_label = "Nothing"

    def draw(self, _context):
        """One button."""
        self.layout.operator(BENCH_OT_nothing.bl_idname)


register, unregister = bpy.utils.register_classes_factory((BENCH_OT_nothing, BENCH_PT_nothing))
