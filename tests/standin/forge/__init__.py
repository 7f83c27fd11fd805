"""The forge: a child process with bpy that makes a model out of what was sent to the service.

Standard library, numpy and bpy only. It paints nothing and knows no service: textures come
to it as files, and an order says the rest.
"""
