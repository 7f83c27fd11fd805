"""Code that runs in a second Blender; `start.py` is its only entry point.

These modules import each other, the standard library and Blender, and nothing else of the add-on,
which does not exist in that process. `arrival/importer.py` uses some of them in the artist's
Blender.
"""
