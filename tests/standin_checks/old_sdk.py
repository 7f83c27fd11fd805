"""The child process with Tripo's SDK 0.4.2: reads calls as lines of JSON, and answers the same way.

Run by path with the SDK's own folder on PYTHONPATH; imports nothing of this project. With
`--without-boto3` the SDK finds no boto3, as if only its core was installed.
"""

import asyncio
import dataclasses
import inspect
import json
import sys
from typing import Any

if "--without-boto3" in sys.argv:
    absent: Any = None  # How Python marks a module that cannot be imported
    sys.modules["boto3"] = absent

import tripo3d


def plain(value: object) -> object:
    """Return the SDK's result as JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value


async def call(client: tripo3d.TripoClient, order: dict) -> object:
    """Call one method of the SDK, or list them all; one that wants a task gets its id."""
    arguments = dict(order["arguments"])
    if order["method"] == "":
        members = vars(tripo3d.TripoClient).items()
        return [
            name
            for name, member in members
            if inspect.iscoroutinefunction(member) and not name.startswith("_")
        ]
    if "task_of" in arguments:
        found = await client.get_task(arguments.pop("task_of"))
        return plain(await getattr(client, order["method"])(found, **arguments))
    return plain(await getattr(client, order["method"])(**arguments))


async def serve(url: str, key: str) -> None:
    """Answer until the pipe is closed."""
    tripo3d.TripoClient.BASE_URL = f"{url}/v2/openapi"  # pyright: ignore[reportAttributeAccessIssue]
    async with tripo3d.TripoClient(api_key=key, v3_base_url=url) as client:
        for line in sys.stdin:
            try:
                answer = {"result": await call(client, json.loads(line))}
            except tripo3d.TripoAPIError as error:
                answer = {"code": error.code, "message": str(error)}
            except tripo3d.TripoRequestError as error:
                answer = {"status": error.status_code, "message": str(error)}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


asyncio.run(serve(sys.argv[1], sys.argv[2]))
