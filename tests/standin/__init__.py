"""A local stand-in for the 3D services: their requests, rules and prices, without any AI.

Never shipped, loopback only. `tests.standin.service.StandIn` runs it inside a test, `python3 -m
tests.standin` as a process. This package file imports nothing, because the forge also runs in
Blender's own Python, which has neither Pillow nor pytest.
"""
