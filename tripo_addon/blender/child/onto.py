"""Placeholder."""

ONTO_KEY = "tripo_addon_onto"
