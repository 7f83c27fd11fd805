"""A local stand-in for the 3D services: their wire, their rules, their bills, and no AI at all.

Never shipped, loopback only. `tests.standin.service.StandIn` runs it inside a test,
`python3 -m tests.standin` as a process. This root imports nothing, because the forge
is also started inside Blender's own Python, which has neither Pillow nor pytest.
"""
