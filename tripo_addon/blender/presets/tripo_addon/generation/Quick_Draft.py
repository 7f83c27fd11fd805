import bpy

bpy.context.scene.tripo_addon.apply_preset(
    "generation",
    {
        "model": "v3.1-20260211",
        "texture": False,
        "geometry_quality": "standard",
    },
)
