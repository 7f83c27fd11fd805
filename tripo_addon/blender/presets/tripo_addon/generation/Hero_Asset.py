import bpy

bpy.context.scene.tripo_addon.apply_preset(
    "generation",
    {
        "model": "v3.1-20260211",
        "texture": True,
        "pbr": True,
        "texture_quality": "extreme",
        "geometry_quality": "detailed",
    },
)
