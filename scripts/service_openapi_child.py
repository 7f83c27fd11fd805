"""Reads a copy of an OpenAPI document and checks bodies against it; imports nothing of ours.

Runs with PyYAML and jsonschema on PYTHONPATH. Input: the file's name as argument, and on standard
input JSON with the `answers`, each with `method`, `path`, `status` and `body`, and the `requests`,
each with `path` and `body`. Output: JSON with the document, the numbers of each that fit, and the
errors of the others, each kind once.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

PREFIX = "/v3"
NO_ROUTE = "the document does not have this route"


def operation_of(document: Any, method: str, path: str) -> tuple[str, Any]:
    """Return the document's name for a request's path, and its description of the operation."""
    for template, methods in document["paths"].items():
        pattern = re.sub(r"\{[^}]*\}", "[^/]+", template.removeprefix(PREFIX))
        if re.fullmatch(pattern, path.removeprefix(PREFIX)) and method.lower() in methods:
            return template, methods[method.lower()]
    return path, None


def wrong_answer(document: Any, answer: Any) -> dict[str, str]:
    """Return the errors of an answer, with the operation and status; empty if it fits."""
    template, operation = operation_of(document, answer["method"], answer["path"])
    topic = f"answer {answer['status']} of {template}"
    if operation is None:
        return {topic: NO_ROUTE}
    responses = operation["responses"]
    response = responses.get(str(answer["status"])) or responses.get("default")
    if response is None:
        return {topic: "the document has no such answer"}
    wrong = next(errors_in(document, response, answer["body"]), None)
    return {} if wrong is None else {topic: f"{wrong.json_path}: {wrong.message[:200]}"}


def wrong_request(document: Any, request: Any) -> dict[str, str]:
    """Return the errors of a request, field by field; empty if it fits."""
    template, operation = operation_of(document, "post", request["path"])
    topic = f"request to {template}"
    if operation is None:
        return {topic: NO_ROUTE}
    found: dict[str, str] = {}
    for wrong in errors_in(document, operation["requestBody"], request["body"]):
        if wrong.validator == "additionalProperties":
            unknown = set(wrong.instance) - set(wrong.schema["properties"])
            found |= {f"{topic}, field {name}": "it is not known" for name in unknown}
        else:
            found[f"{topic}, {wrong.json_path}"] = wrong.message[:200]
    return found


def errors_in(document: Any, place: Any, body: Any) -> Iterator[Any]:
    """Return where a body violates the schema there."""
    schema = place.get("content", {}).get("application/json", {}).get("schema", {})
    whole = {**schema, "components": document["components"]}
    return Draft202012Validator(whole).iter_errors(body)


def main() -> None:
    """Check everything, and print the result."""
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    # JSON is also YAML. Dates that YAML parses become text again.
    document = json.loads(json.dumps(yaml.safe_load(text), default=str))
    bodies = json.load(sys.stdin)
    answers = [wrong_answer(document, each) for each in bodies["answers"]]
    requests = [wrong_request(document, each) for each in bodies["requests"]]
    wrong: dict[str, str] = {}
    for each in (*answers, *requests):
        wrong |= each
    fit = {"answers": answers.count({}), "requests": requests.count({})}
    print(json.dumps({"document": document, "fit": fit, "wrong": wrong}))


if __name__ == "__main__":
    main()
