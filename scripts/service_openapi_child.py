"""Read a copy of an OpenAPI document, and hold answers against it; imports nothing of ours.

Runs with PyYAML and jsonschema on PYTHONPATH. In: the file's name, and on standard input a list of
answers as JSON, each with `method`, `path`, `status` and `body`. Out, as JSON: the document, how
many answers fit, and of the others the route and what is wrong.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

PREFIX = "/v3"


def operation_of(document: Any, method: str, path: str) -> tuple[str, Any]:
    """The route of a request as the document writes it, and what it says of it."""
    for template, methods in document["paths"].items():
        pattern = re.sub(r"\{[^}]*\}", "[^/]+", template.removeprefix(PREFIX))
        if re.fullmatch(pattern, path.removeprefix(PREFIX)) and method.lower() in methods:
            return template, methods[method.lower()]
    return path, None


def misfit(document: Any, answer: Any) -> str:
    """What is wrong with an answer; empty for one that fits."""
    _, operation = operation_of(document, answer["method"], answer["path"])
    if operation is None:
        return "the document does not have this route"
    told = operation["responses"]
    response = told.get(str(answer["status"])) or told.get("default")
    if response is None:
        return f"the document has no answer {answer['status']}"
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    whole = {**schema, "components": document["components"]}
    wrong = next(Draft202012Validator(whole).iter_errors(answer["body"]), None)
    return "" if wrong is None else f"{wrong.json_path}: {wrong.message[:200]}"


def main() -> None:
    """Read both, and print what came of it."""
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    # JSON is YAML as well; what YAML takes for a day becomes a text again.
    document = json.loads(json.dumps(yaml.safe_load(text), default=str))
    answers = json.load(sys.stdin)
    found = [(answer, misfit(document, answer)) for answer in answers]
    wrong = [
        [operation_of(document, answer["method"], answer["path"])[0], answer["status"], sentence]
        for answer, sentence in found
        if sentence
    ]
    print(json.dumps({"document": document, "fit": len(found) - len(wrong), "wrong": wrong}))


if __name__ == "__main__":
    main()
