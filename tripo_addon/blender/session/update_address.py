"""Where Blender finds newer releases of this copy; `scripts/build.py --url` writes it."""

ADDRESS = ""
"""The address of a repository's index.json; "" in a copy that was not built for one."""
