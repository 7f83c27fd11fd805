"""Pixazo's Tripo v2.5 endpoint, following its documents. Imports no other dialect.

Accepted, as documented, but without an effect on the model: `texture`, `texture_alignment`,
`orientation`. A webhook is checked and never called. The price is invented, because none is
published.
"""
