"""Comfy's router by its public contract and its pages about Tripo's models.

Only queued delivery, cost estimates and the storage for pictures are implemented. The price of a
Tripo credit is made up here, at Comfy's published 211 credits to the dollar.
"""
