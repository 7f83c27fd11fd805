"""Output parameters: file conversion, rigs and animation, pictures.

Rows only: `parameters` collects them. Facts: Tripo's API v2 and v3 documents, the official SDK
1.0.0 and 3D AI Studio's documents.
"""

from __future__ import annotations

from typing import Final

from .conditions import Equals
from .field_types import Parameter, ParamType, Window, choices

CONVERSION: Final = (
    Parameter(
        name="format",
        type=ParamType.CHOICE,
        label="Format",
        description="The file format to convert to",
        missing="No file format is chosen",
        choices=choices(
            ("GLTF", "glTF", "glTF binary, with textures and animation"),
            ("USDZ", "USDZ", "Universal Scene Description in one file"),
            ("FBX", "FBX", "Autodesk FBX"),
            ("OBJ", "OBJ", "Wavefront OBJ with its textures, in a ZIP; no rigs"),
            ("STL", "STL", "Shape alone, for printing"),
            ("3MF", "3MF", "Shape alone, for printing"),
        ),
        group="output",
    ),
    Parameter(
        name="force_symmetry",
        type=ParamType.BOOLEAN,
        label="Symmetric Quads",
        description="Make the quads symmetric",
        default=False,
        requires=Equals("quad", (True,)),
        requirement_message="Symmetric Quads need Quads",
        group="shape",
    ),
    Parameter(
        name="flatten_bottom",
        type=ParamType.BOOLEAN,
        label="Flatten Bottom",
        description="Cut the bottom flat, so that the model can stand",
        default=False,
        group="shape",
    ),
    Parameter(
        name="flatten_bottom_threshold",
        type=ParamType.FLOAT,
        label="Depth",
        description="How much of the model's height is flattened",
        default=0.01,
        window=Window(0, 1),
        requires=Equals("flatten_bottom", (True,)),
        requirement_message="The depth needs Flatten Bottom",
        group="shape",
    ),
    Parameter(
        name="pivot_to_center_bottom",
        type=ParamType.BOOLEAN,
        label="Origin at Bottom",
        description="Place the origin at the center of the bottom",
        default=False,
        group="shape",
    ),
    Parameter(
        name="scale_factor",
        type=ParamType.FLOAT,
        label="Scale",
        description="Scale the model up or down",
        default=1.0,
        window=Window(0.0001, 10_000),
        group="shape",
    ),
    Parameter(
        name="texture_size",
        type=ParamType.INTEGER,
        label="Texture Size",
        description="Width and height of the textures in pixels",
        default=4096,
        window=Window(128, 4096),
        group="output",
    ),
    Parameter(
        name="texture_format",
        type=ParamType.CHOICE,
        label="Texture Format",
        description="The file format of the textures",
        default="JPEG",
        choices=choices(
            *(
                (name, label, f"Textures as {label}")
                for name, label in (
                    ("JPEG", "JPEG"),
                    ("PNG", "PNG"),
                    ("WEBP", "WebP"),
                    ("TIFF", "TIFF"),
                    ("TARGA", "Targa"),
                    ("BMP", "BMP"),
                    ("DPX", "DPX"),
                    ("HDR", "HDR"),
                    ("OPEN_EXR", "OpenEXR"),
                )
            )
        ),
        group="output",
    ),
    Parameter(
        name="pack_uv",
        type=ParamType.BOOLEAN,
        label="Pack UV",
        description="Pack all textures into one",
        default=False,
        group="output",
    ),
    Parameter(
        name="with_animation",
        type=ParamType.BOOLEAN,
        label="Animation",
        description="Keep the rig and its animation",
        default=True,
        group="output",
    ),
    Parameter(
        name="export_vertex_colors",
        type=ParamType.BOOLEAN,
        label="Vertex Colors",
        description="Include vertex colors",
        default=False,
        requires=Equals("format", ("OBJ", "GLTF")),
        requirement_message="Vertex Colors need OBJ or glTF",
        group="output",
    ),
    Parameter(
        name="fbx_preset",
        type=ParamType.CHOICE,
        label="FBX For",
        description="The program that the FBX is made for",
        default="blender",
        choices=choices(
            ("blender", "Blender", "Axes and scale as Blender reads them"),
            ("3dsmax", "3ds Max", "Axes and scale as 3ds Max reads them"),
            ("mixamo", "Mixamo", "Axes and scale as Mixamo reads them"),
        ),
        requires=Equals("format", ("FBX",)),
        requirement_message="The program needs FBX as the format",
        group="output",
    ),
    Parameter(
        name="export_orientation",
        type=ParamType.CHOICE,
        label="Front",
        description="The axis that the model faces; later steps expect +X",
        default="+x",
        choices=choices(
            *(
                (axis, axis.upper(), f"The model looks along {axis.upper()}")
                for axis in ("+x", "-x", "+y", "-y")
            )
        ),
        group="output",
    ),
)

ANIMATION: Final = (
    Parameter(
        name="rig_type",
        type=ParamType.CHOICE,
        label="Body",
        description="The type of body to rig",
        default="biped",
        choices=choices(
            ("biped", "Biped", "Two legs, such as people"),
            ("quadruped", "Quadruped", "Four legs"),
            ("hexapod", "Hexapod", "Six legs"),
            ("octopod", "Octopod", "Eight legs"),
            ("avian", "Avian", "Birds"),
            ("serpentine", "Serpentine", "Snakes"),
            ("aquatic", "Aquatic", "Fish"),
        ),
        group="rig",
    ),
    Parameter(
        name="spec",
        type=ParamType.CHOICE,
        label="Bones",
        description="Naming and arrangement of the bones",
        default="tripo",
        choices=choices(
            ("tripo", "Tripo", "Tripo's own, which its animations fit"),
            ("mixamo", "Mixamo", "As in Mixamo"),
            ("actorcore", "ActorCore", "As in ActorCore"),
            ("unity", "Unity", "As Unity's humanoids"),
            ("unreal", "Unreal", "As Unreal's mannequin"),
            ("vrm", "VRM", "As in VRM avatars"),
        ),
        group="rig",
    ),
    Parameter(
        name="out_format",
        type=ParamType.CHOICE,
        label="File",
        description="The file format of the result",
        default="glb",
        choices=choices(("glb", "GLB", "glTF binary"), ("fbx", "FBX", "Autodesk FBX")),
        group="output",
    ),
    Parameter(
        name="export_with_geometry",
        type=ParamType.BOOLEAN,
        label="With Mesh",
        description="Include the mesh with the animation, not only the skeleton",
        default=True,
        group="output",
    ),
    Parameter(
        name="animate_in_place",
        type=ParamType.BOOLEAN,
        label="In Place",
        description="Animate in place, without moving forward",
        default=False,
        group="output",
    ),
    Parameter(
        name="bake_animation",
        type=ParamType.BOOLEAN,
        label="Bake Animation",
        description="Insert a keyframe on every frame",
        default=True,
        group="output",
    ),
)

PICTURES: Final = (
    Parameter(
        name="t_pose",
        type=ParamType.BOOLEAN,
        label="T-Pose",
        description="Draw the character with its arms stretched out, ready for rigging",
        default=False,
        group="picture",
    ),
    Parameter(
        name="sketch_to_render",
        type=ParamType.BOOLEAN,
        label="Sketch to Render",
        description="Turn a sketch into a finished picture",
        default=False,
        group="picture",
    ),
    Parameter(
        name="template",
        type=ParamType.CHOICE,
        label="Template",
        description="A ready-made instruction for the picture",
        default="",
        choices=choices(
            ("", "None", "The prompt alone"),
            ("t_pose", "T-Pose", "The character with its arms stretched out"),
            ("3d_enhance", "Enhance for 3D", "The picture made clearer for modeling"),
            ("character_completion", "Complete Character", "The parts outside the frame added"),
            ("variants", "Variants", "Several takes on the subject"),
            ("figure", "Figure", "The subject as a collectible figure"),
            ("asset_extraction", "Extract Subject", "One subject taken out of a scene"),
        ),
        group="picture",
    ),
    Parameter(
        name="size",
        type=ParamType.CHOICE,
        label="Size",
        description="The size of the picture",
        default="",
        choices=choices(
            ("", "Automatic", "The service decides"),
            ("1K", "1K", "About 1024 pixels"),
            ("2K", "2K", "About 2048 pixels"),
            ("4K", "4K", "About 4096 pixels"),
            *(
                (size, f"{size.replace('x', ' × ')}", f"A picture of {size.replace('x', ' by ')}")
                for size in (
                    "1024x1024",
                    "1536x1024",
                    "1024x1536",
                    "2048x2048",
                    "2048x1152",
                    "3840x2160",
                    "2160x3840",
                )
            ),
        ),
        group="picture",
    ),
    Parameter(
        name="aspect_ratio",
        type=ParamType.CHOICE,
        label="Aspect Ratio",
        description="Width to height of the picture",
        default="",
        choices=choices(
            ("", "Automatic", "The service decides"),
            *(
                (ratio, ratio, f"Width to height as {ratio.replace(':', ' to ')}")
                for ratio in (
                    *("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"),
                    *("1:8", "1:4", "4:1", "8:1"),
                )
            ),
        ),
        group="picture",
    ),
    Parameter(
        name="quality",
        type=ParamType.CHOICE,
        label="Quality",
        description="Quality of the picture; High and above cost more",
        default="low",
        choices=choices(
            ("low", "Low", "The usual quality"),
            ("medium", "Medium", "More carefully, at the same price"),
            ("high", "High", "Finer, slower and dearer"),
            ("xhigh", "Extra High", "Finer still"),
            ("max", "Maximum", "As fine as it gets"),
        ),
        group="picture",
    ),
    Parameter(
        name="background",
        type=ParamType.CHOICE,
        label="Background",
        description="What is behind the subject",
        default="auto",
        choices=choices(
            ("auto", "Automatic", "As the prompt describes"),
            ("opaque", "Opaque", "A ground without holes"),
            ("transparent", "Transparent", "The subject alone; as PNG"),
        ),
        group="picture",
    ),
    Parameter(
        name="output_format",
        type=ParamType.CHOICE,
        label="Format",
        description="The file format of the picture",
        default="",
        choices=choices(
            ("", "Automatic", "The service decides"),
            ("png", "PNG", "Without loss, and with transparency"),
            ("jpeg", "JPEG", "A smaller file"),
        ),
        group="picture",
    ),
)
