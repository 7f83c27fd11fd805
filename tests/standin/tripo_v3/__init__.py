"""Tripo's API v3 as its documents tell it. One dialect: it imports no other.

Accepted, as documented, but without an effect on the model: `compress`, `delight`, `bake`,
`export_uv`, `orientation`, `texture_alignment`, `enable_image_autofix`, `negative_prompt`,
`style_image`, `part_names`, `render_video`, `render_sequence`, `return_multiview`. A text with
the word `forbidden-content` is refused with 2008.
"""
