"""What a child Blender does for the add-on; `start.py` is its one entry.

The modules here know each other, the standard library and Blender, and nothing else of ours: in
the child there is no add-on around them. importer.py uses the same ones in the artist's Blender.
"""
