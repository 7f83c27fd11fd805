"""The preset animations: their ids on the wire, labels and descriptions.

Also builds labels for unlisted animations; `rigs` says which rig takes which. Facts: Tripo's
documents, the enumeration in its SDK 1.0.0, and for `preset:biped:…` the lists of ComfyUI's nodes
and of a live client, which agree.
"""

from __future__ import annotations

from typing import Final

from .field_types import Choice, choices

_PREFIX: Final = "preset"
# Left out of labels.
_UNSAID: Final = frozenset({_PREFIX, "biped"})

SHORT: Final = choices(
    ("preset:idle", "Idle", "Stands and breathes"),
    ("preset:walk", "Walk", "Walks"),
    ("preset:run", "Run", "Runs"),
    ("preset:dive", "Dive", "Dives"),
    ("preset:climb", "Climb", "Climbs"),
    ("preset:jump", "Jump", "Jumps"),
    ("preset:slash", "Slash", "Strikes with a blade"),
    ("preset:shoot", "Shoot", "Crouches, moves on and shoots: no cycle"),
    ("preset:hurt", "Hurt", "Is hit"),
    ("preset:fall", "Fall", "Falls"),
    ("preset:turn", "Turn", "Turns around"),
)
"""Biped animations of every rig version but the first."""
OF_CREATURES: Final = choices(
    ("preset:quadruped:walk", "Quadruped Walk", "Walks on four legs"),
    ("preset:hexapod:walk", "Hexapod Walk", "Walks on six legs"),
    ("preset:octopod:walk", "Octopod Walk", "Walks on eight legs"),
    ("preset:serpentine:march", "Serpentine March", "Winds along without legs"),
    ("preset:aquatic:march", "Aquatic March", "Swims along"),
)
"""The one animation of each other body type; birds have none."""
_USUAL: Final = (
    *("idle", "walk", "run", "jump", "turn", "sit", "wave_goodbye_01", "greet_01", "dance_01"),
    *("look_around", "standing_relax", "clap", "cheer", "bow"),
)
_OTHERS: Final = """
afraid agree angry_01 angry_02 angry_03 basketball_shot box_01 box_02 box_03 cast_a_spell chop climb
complain_01 complain_02 cross_body_crunch crossover_dribble cry dance_02 dance_03 dance_04 dance_05
dance_06 defeat_02 defeat_03 depressed dig dive dribble fall fire flee_01 flee_02 flip fold_arms
football_catch football_pass football_save freaky frightened front_kick_01 front_kick_02
frustrated_01 frustrated_02 golf greet_02 greet_03 greet_04 heart_pose hit_to_body_01 hit_to_body_02
hit_to_head hit_to_side hit_to_stomach hug hurt jump_down jump_rope_01 jump_rope_02 laugh_01
laugh_02 lift_heavy make_a_call_01 make_a_call_02 pitch_baseball play_mobile_game play_video_game
press-up run_upstairs scared_01 scared_02 scratch shoot shovel sing_01 sing_02 sing_03 sing_04 slash
sob surf swagger swim victory_celebration volleyball wait warm_up wave_goodbye_02
"""


def move_of(animation: str) -> str:
    """Return the last part of an animation's id, without the body type."""
    return animation.rpartition(":")[2]


def readable(animation: str) -> str:
    """Build a label from an animation's id, "" if it has no words."""
    parts = [part for part in animation.split(":") if part and part not in _UNSAID]
    words = " ".join(parts).replace("_", " ").replace("-", " ").split()
    return " ".join((word.lstrip("0") or word).capitalize() for word in words)


_KNOWN: Final = {move_of(row.id): row.description for row in SHORT}


def _biped(move: str) -> Choice:
    name = f"{_PREFIX}:biped:{move}"
    return Choice(name, readable(name), _KNOWN.get(move, "For bipeds rigged with v1.0"))


BIPED: Final = tuple(map(_biped, (*_USUAL, *_OTHERS.split())))
"""The animations of the first rig version, the most common ones first."""
ANIMATIONS: Final = (*SHORT, *OF_CREATURES, *BIPED)
_LABELS: Final = {row.id: row.label for row in ANIMATIONS}


def label_of(animation: str) -> str:
    """Return the label of an animation, even of an unlisted one."""
    return _LABELS.get(animation) or readable(animation) or animation
