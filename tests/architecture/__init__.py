"""Fences: what the sources may import, load and say."""
