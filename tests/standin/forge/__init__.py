"""The forge: a child process with bpy that makes a model from what was sent to the service.

Standard library, numpy and bpy only. It paints no textures and knows no service: textures come as
files, and an order has everything else.
"""
