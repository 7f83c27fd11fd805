"""What each landing mode changes of an object that has everything; nothing else may change."""

from __future__ import annotations

CHANGES = {
    "KEEP": {"materials"},
    "REPLACE": {
        "modifiers on",
        "mesh",
        "points",
        "faces",
        "normals",
        "groups",
        "weights",
        "shape keys",
        "uv layers",
        "uvs",
        "lightmap",
        "active uvs",
        "face materials",
        "materials",
    },
    "NEW": set(),
    "DOWNLOAD": set(),
}
