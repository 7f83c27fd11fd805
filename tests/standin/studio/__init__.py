"""3D AI Studio's Tripo endpoints, following their documents. Imports no other dialect.

Accepted, as documented, but without an effect on the model: `export_uv`, `compress`,
`texture_alignment`, `enable_image_autofix`, `orientation`, `negative_prompt`, `bake`, the style
picture. A text with the word `forbidden-content` is accepted, and the task then fails.
"""
