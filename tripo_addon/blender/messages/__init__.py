"""Its modules load when they are first used."""

from ...late_modules import load_late

load_late(__name__)
