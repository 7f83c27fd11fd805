"""Comfy's router as its public contract and its pages of Tripo's models tell it.

Only queued delivery, cost estimates and the storage for pictures are played. What a credit of
Tripo's costs here is the stand-in's own, at Comfy's published 211 credits to the dollar.
"""
