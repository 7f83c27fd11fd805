"""Read a copy of an OpenAPI document, and hold what is said against it; imports nothing of ours.

Runs with PyYAML and jsonschema on PYTHONPATH. In: the file's name, and on standard input as JSON
the `answers`, each with `method`, `path`, `status` and `body`, and the `requests`, each with `path`
and `body`. Out, as JSON: the document, how many of each fit, and of the others what they are and
what is wrong, each kind once.
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
    """The route of a request as the document writes it, and what it says of it."""
    for template, methods in document["paths"].items():
        pattern = re.sub(r"\{[^}]*\}", "[^/]+", template.removeprefix(PREFIX))
        if re.fullmatch(pattern, path.removeprefix(PREFIX)) and method.lower() in methods:
            return template, methods[method.lower()]
    return path, None


def wrong_answer(document: Any, answer: Any) -> dict[str, str]:
    """What is wrong with an answer, by what it is; empty for one that fits."""
    template, operation = operation_of(document, answer["method"], answer["path"])
    topic = f"answer {answer['status']} of {template}"
    if operation is None:
        return {topic: NO_ROUTE}
    told = operation["responses"]
    response = told.get(str(answer["status"])) or told.get("default")
    if response is None:
        return {topic: "the document has no such answer"}
    wrong = next(errors_in(document, response, answer["body"]), None)
    return {} if wrong is None else {topic: f"{wrong.json_path}: {wrong.message[:200]}"}


def wrong_request(document: Any, request: Any) -> dict[str, str]:
    """What is wrong with a request, field by field; empty for one that fits."""
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
    """Where a body departs from the schema that stands there."""
    schema = place.get("content", {}).get("application/json", {}).get("schema", {})
    whole = {**schema, "components": document["components"]}
    return Draft202012Validator(whole).iter_errors(body)


def main() -> None:
    """Read all, and print what came of it."""
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    # JSON is YAML as well; what YAML takes for a day becomes a text again.
    document = json.loads(json.dumps(yaml.safe_load(text), default=str))
    told = json.load(sys.stdin)
    answers = [wrong_answer(document, each) for each in told["answers"]]
    requests = [wrong_request(document, each) for each in told["requests"]]
    wrong: dict[str, str] = {}
    for each in (*answers, *requests):
        wrong |= each
    fit = {"answers": answers.count({}), "requests": requests.count({})}
    print(json.dumps({"document": document, "fit": fit, "wrong": wrong}))


if __name__ == "__main__":
    main()
