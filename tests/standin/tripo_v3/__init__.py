"""Tripo's API v3 as its documents tell it. One dialect: it imports no other."""
