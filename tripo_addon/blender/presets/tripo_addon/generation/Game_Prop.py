import bpy

bpy.context.scene.tripo_addon.apply_preset(
    "generation",
    {
        "model": "v3.1-20260211",
        "texture": True,
        "pbr": True,
        "texture_quality": "standard",
        "geometry_quality": "standard",
        "smart_low_poly": True,
        "face_limit": 5000,
    },
)
