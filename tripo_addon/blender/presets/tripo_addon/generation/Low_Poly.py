import bpy

bpy.context.scene.tripo_addon.apply_preset(
    "generation",
    {
        "model": "P1-20260311",
        "texture": True,
        "pbr": True,
        "texture_quality": "standard",
        "face_limit": 1500,
    },
)
