"""Tripo's API v2 as its documents tell it. One dialect: it imports no other.

Its dates are those before the switch-off: everything still answers. Missing: the WebSocket routes
`/task/watch/…`.
"""
