"""What both versions of Tripo's API share: fields, rules, prices, sources, the making of models.

What differs stands as data in `tripo_v2` and `tripo_v3`; neither of those imports the other.

Accepted, as documented, but without an effect on the model: `compress`, `delight`, `bake`,
`export_uv`, `orientation`, `texture_alignment`, `enable_image_autofix`, `negative_prompt`,
`style_image`, `render_video`, `render_sequence`, `return_multiview`, `fbx_preset`, `pack_uv`,
`template`, `t_pose`, `sketch_to_render`, `quality`, `background`, `watermark`, `ref_image`, and
`part_names` where a texture is made. A text with the word `forbidden-content` is refused with 2008.
"""
