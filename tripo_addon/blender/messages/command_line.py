"""What the command line says: help, questions, results and why something was not done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ...api.messages.prices import price
from .prices import FREE

PROGRAM: Final = "blender --command tripo"
ABOUT: Final = (
    "Generate 3D models with Tripo from a terminal, with the settings, rules and prices of the "
    "panel."
)
EPILOG: Final = """\
exit codes:
  0  done
  1  a job failed, or its result could not be used
  2  the command line is wrong
  3  refused: nothing was sent, nothing was paid for
  4  not confirmed: nothing was sent, nothing was paid for
  5  a job needs a person: see `jobs`
  6  not ready: no online access, no key, no connection
  130  interrupted: tasks continue at the service; `resume` fetches them

Blender's own options, such as --online-mode to allow network access, come before --command.
The key comes from the add-on's preferences or an environment variable (TRIPO_API_KEY)."""

COMMANDS: Final[Mapping[str, str]] = {
    "generate": "generate a model from a text, an image or views",
    "plan": "show what generate would send, to whom and at what price; without the network",
    "batch": "generate a model for each row of a file; run it again to continue",
    "texture": "give a model a new texture",
    "refine": "improve a generated model",
    "regenerate": "generate a model again with another seed",
    "decimate": "rebuild a model with fewer faces or with quads",
    "segment": "split a model into parts",
    "complete": "fill the openings that a segmentation left",
    "unwrap": "give a model a new UV map",
    "rig": "give a model a skeleton",
    "animate": "give a rigged model preset animations",
    "convert": "have the service convert a model to another format",
    "new-image": "make an image from a prompt",
    "edit-image": "make an image from others, changed as a prompt says",
    "make-views": "make four views from one image",
    "edit-views": "make four views again, changed as prompts say",
    "name-parts": "split a model into parts with descriptive names",
    "jobs": "list jobs that are unfinished or need you",
    "resume": "continue unfinished jobs; pays for nothing new",
    "retry": "retry a failed job; shows the price first",
    "cancel": "stop a job",
    "attach": "give a job with an unknown outcome the id of its task at the service",
    "export": "write the model of a finished job to a file; free",
    "history": "list finished jobs and what they cost",
    "balance": "ask the service for the account's balance",
    "doctor": "check versions, folders, network and key",
}
JSON_HELP: Final = "print JSON to standard output, and nothing else"
SERVICE_HELP: Final = "the service to use; by default the one in the preferences"
TEXT_HELP: Final = "generate from this prompt"
IMAGE_HELP: Final = "generate from this image: a file or a web address"
VIEWS_HELP: Final = "generate from two to four images: front, left, back, right; - leaves one out"
NAME_HELP: Final = "name of the model; by default taken from the prompt or the file"
IMAGE_NAME_HELP: Final = "name of the images; by default taken from the prompt or the file"
IMAGES_HELP: Final = "files or web addresses; the prompt calls them image[1], image[2] and so on"
IMAGE_OF_VIEWS_HELP: Final = "what to make views of: a file or a web address"
VIEWS_JOB_HELP: Final = "the job that made the views: an id, the beginning of one, or a name"
EDITS: Final = "what to change (at least one)"
STYLE_HELP: Final = "add this style: one of yours by its name, or a JSON file"
FOLDER_HELP: Final = "folder for the downloaded files; by default that of the preferences"
YES_HELP: Final = "pay the price that is shown without a question"
MAX_PRICE_HELP: Final = "send nothing if the price is higher, or not known"
PLAN_HELP: Final = "show what would be sent, to whom and at what price, and send nothing"
ANOTHER_HELP: Final = (
    "send it even if the same command left a request unfinished; without this, that one continues"
)
MODEL_HELP: Final = "model version"
JOB_HELP: Final = "id of a job, the beginning of one, or a name"
TASK_HELP: Final = "id of the service's task"
LIMIT_HELP: Final = "list at most this many"
ALL_HELP: Final = "list finished jobs, too"
NO_NETWORK_HELP: Final = "do not contact the service"
SETTINGS: Final = "settings of the panel"
INPUTS: Final = "what to generate from (one of these)"
AUTOMATIC: Final = "automatic"

NO_JOBS: Final = "No jobs"
NOT_CONFIRMED: Final = (
    "Not confirmed: nothing was sent. Add --yes to pay this price without a question"
)
DECLINED: Final = "Nothing was sent"
QUESTION: Final = "Send and pay? [y/N] "
AFFIRMATIVE: Final = ("y", "yes")
INTERRUPTED: Final = (
    "Stopped watching. What was sent continues at the service; `tripo resume` fetches it"
)
NEEDS_PERSON: Final = (
    "It is unknown whether the service accepted this request. Look for its task there, then "
    "`tripo attach JOB TASK`; or pay again with `tripo retry JOB`"
)
SENT_BEFORE_UNKNOWN: Final = (
    "The same request was sent before; whether the service accepted it is unknown. See `tripo "
    "jobs`, then `tripo attach` or `tripo retry`; or send another with --another"
)
NOTHING_UNFINISHED: Final = "No unfinished jobs"


def internal(kind: str, detail: str) -> str:
    """A mistake of the add-on's own."""
    return f"Internal error ({kind}: {detail}); please report it with `tripo doctor`"


def offline(sentence: str) -> str:
    """Blender allows no network access."""
    return f"{sentence}, or start Blender with --online-mode before --command"


def error(sentence: str) -> str:
    """Why a command ends without a result."""
    return f"tripo: {sentence}"


def cost(amount: float | None, unit: str, balance: float | None = None) -> str:
    """What a command would cost, before it is confirmed."""
    if amount == 0:
        return f"Price: {FREE}"
    known = f" of {balance:,.0f}" if balance is not None else ""
    return f"Price: {price(amount, unit)}{known}"


def all_steps(amount: float | None, unit: str) -> str:
    """What the steps of a plan cost together."""
    return f"All steps: {price(amount, unit)}"


def upload(file: object) -> str:
    """A file of a plan that goes before the request."""
    return f"upload {file}"


def goes_on(name: str, job: str) -> str:
    """The same command was stopped before its request was finished."""
    return f"Sent before: continuing with {name} ({job}); what is paid for is not paid for again"


def above_max_price(most: float, unit: str) -> str:
    """Why nothing is sent though nobody was asked."""
    return f"Nothing was sent: --max-price allows {price(most, unit)}"


def progress(done: int, total: int, status: str) -> str:
    """The line of a terminal while jobs run."""
    return f"{done}/{total}  {status}" if total > 1 else status


def current(name: str, status: str) -> str:
    """The job that a terminal shows."""
    return f"{name}: {status}"


def wrote(path: object) -> str:
    """A file of a result."""
    return f"Wrote {path}"


def not_boolean(text: str) -> str:
    """A text that should say yes or no."""
    return f"{text!r} is neither true nor false"


def setting_help(description: str, values: Iterable[str], default: str) -> str:
    """The help of an option that is made from a setting."""
    listed = ", ".join(values)
    notes = [f"one of {listed}" if listed else "", f"default {default}" if default else ""]
    more = "; ".join(note for note in notes if note)
    return f"{description} ({more})" if more else description


def held_elsewhere(count: int) -> str:
    """Jobs of another Blender, or of one that has just ended without a word."""
    return f"{count} held by another Blender; if it has crashed, its jobs are free in half a minute"


def out_help(formats: Iterable[str]) -> str:
    """The help of the option that exports a model."""
    return f"write the model to this file; its ending is one of {', '.join(formats)}"


def total(amounts: Iterable[str]) -> str:
    """What listed jobs cost together."""
    return f"Charged: {', '.join(amounts) or 'nothing'}"


VERSIONS: Final = "Versions"
PACKAGES: Final = "Packages"
LIST_FOLDER: Final = "Job list"
DOWNLOAD_FOLDER: Final = "Downloads"
ONLINE: Final = "Online access"
KEY: Final = "Key"
CONNECTION: Final = "Connection"
ALLOWED: Final = "allowed"
NOT_ASKED: Final = "the service does not report a balance, so it was not contacted"


def checked(good: bool, what: str, found: str) -> str:
    """A row of `doctor`."""
    return f"{'ok ' if good else 'BAD'}  {what:<14} {found}"


def versions(addon: str, blender: str, python: str) -> str:
    """The versions of what works together."""
    return f"add-on {addon}, Blender {blender}, Python {python}"


def package(name: str, version: str, bringer: str) -> str:
    """A package in use and who installed it."""
    return f"{name} {version}" + (f" (from {bringer})" if bringer else "")


def key_from(variable: str) -> str:
    """Where the key was found; never the key."""
    return f"from {variable}" if variable else "from the preferences"


def key_missing(reason: str, variable: str) -> str:
    """There is no usable key."""
    return f"{reason}. Set {variable}, or enter it in the add-on's preferences"


def balance(amount: float, unit: str) -> str:
    """The service has answered."""
    return f"answers; {amount:,.0f} {unit} left"


NOTHING_TO_EXPORT: Final = "Its files are no longer on disk; `tripo retry` fetches them again"
NEW_ROW: Final = "new"
NOT_UTF8: Final = "it is not UTF-8 text"
TOO_MANY_CELLS: Final = "it has more cells than the heading"
NO_JSON_OBJECT: Final = "it is not a JSON object"
BATCH_FILE_HELP: Final = (
    "CSV with a heading row, or JSON lines. Columns: prompt, or image, or front left back right; "
    "name; and any setting below, by its name with underscores"
)
BATCH_OUT_HELP: Final = "write a file per row into this folder; without it, models are downloaded"
FORMAT_HELP: Final = "format of these files (default glb)"
RESULTS_HELP: Final = "write the results table to this CSV file, too"
BATCH_NAME_HELP: Final = (
    "name of the batch, by default the file's; rows of another batch are paid for again"
)
BATCH_PLAN_HELP: Final = "show the rows and what they still cost, and send nothing"


def row(number: int, sentence: str) -> str:
    """What is wrong with a row of a batch."""
    return f"Row {number}: {sentence}"


def empty_batch(name: str) -> str:
    """A batch without rows."""
    return f"{name} has no rows"


def unreadable(path: str, reason: str) -> str:
    """A file cannot be read."""
    return f"{path} cannot be read: {reason}"


def no_inputs(name: str, columns: Iterable[str]) -> str:
    """A table whose heading names nothing to generate from."""
    return f"{name} needs a heading row with one of the columns {', '.join(columns)}"


def batch_summary(rows: int, due: int) -> str:
    """How many rows of a batch are still to be paid for."""
    rest = f", {rows - due} sent before" if rows > due else ""
    return f"{rows} rows: {due} to pay for{rest}"


SOURCE_HELP: Final = (
    "the model: a job (id, beginning of an id, or name), or a file (glb, fbx, obj, stl, usd, blend)"
)
OBJECT_HELP: Final = "the object of a .blend; only needed if there are several"
REFINE_HELP: Final = "how to improve it (default retexture)"
REFINE_PROMPT_HELP: Final = "description of the new texture; by default the original prompt"
FACES_HELP: Final = "maximum number of faces of a new topology"
QUAD_HELP: Final = "new topology of quads"
SEED_HELP: Final = "seed of the new shape; by default a random one"
CHECK_HELP: Final = "check first, free, whether the model can be rigged (default on)"
ANIMATIONS_HELP: Final = "preset animations for the rig, separated by commas; each at its own price"


def which_object(name: str, known: Iterable[str]) -> str:
    """A .blend has several objects that may be meant, or none of the name."""
    listed = ", ".join(known)
    return (
        f"{name}: name one of its objects with --object ({listed})"
        if listed
        else (f"{name} has no object with a surface")
    )


def edit_help(view: str) -> str:
    """The option that changes one view."""
    return f"what to change in the {view} view"
