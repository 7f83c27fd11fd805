"""Tripo's API v2, following its documents. Imports no other dialect.

Its dates are those before the switch-off: everything still answers. Missing: the WebSocket routes
`/task/watch/…`.
"""
