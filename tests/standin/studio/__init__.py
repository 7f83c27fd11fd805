"""3D AI Studio's Tripo endpoints as their documents tell them. One dialect: it imports no other.

Accepted, as documented, but without an effect on the model: `export_uv`, `compress`,
`texture_alignment`, `enable_image_autofix`, `orientation`, `negative_prompt`, `bake`, the style
picture. A text with the word `forbidden-content` is taken, and the task then fails.
"""
