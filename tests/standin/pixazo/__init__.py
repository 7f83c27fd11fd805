"""Pixazo's Tripo v2.5 endpoint as its documents tell it. One dialect: it imports no other.

Accepted, as documented, but without an effect on the model: `texture`, `texture_alignment`,
`orientation`. A webhook is checked and never called. The price is the stand-in's own, because
none is published.
"""
