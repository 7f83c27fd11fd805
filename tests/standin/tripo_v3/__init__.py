"""Tripo's API v3, following its documents. Imports no other dialect."""
