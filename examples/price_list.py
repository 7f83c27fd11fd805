"""Prints what a model costs with each texture quality and with ultra shape, and what would be sent.
Sends nothing and spends nothing.

    blender --background --python examples/price_list.py
"""

from __future__ import annotations

import importlib

import bpy

addon = next(each for each in bpy.context.preferences.addons.keys() if each.endswith("tripo_addon"))  # noqa: SIM118
tripo = importlib.import_module(f"{addon}.scripting")

PROMPT = "a small wooden chest"
WAYS = (
    {"texture": False, "pbr": False},
    {},
    {"texture_quality": "detailed"},
    {"texture_quality": "detailed", "geometry_quality": "detailed"},
)

for way in WAYS:
    try:
        plan = tripo.plan(text=PROMPT, **way)
    except tripo.Refused as refused:
        print(f"{'refused':>12}  {way}: {refused.sentence}")
    else:
        price = "unknown" if plan.price is None else f"{plan.price:g} {plan.unit}"
        print(f"{price:>12}  {plan.method} {plan.url} {plan.body.decode()}")
