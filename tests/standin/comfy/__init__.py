"""Comfy's router, following its public contract and its pages about Tripo's models.

Implements only queued delivery, cost estimates and the storage for pictures. The price of a Tripo
credit is invented, at Comfy's published 211 credits to the dollar.
"""
