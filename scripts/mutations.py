"""Faults that would pay twice, lose what is paid, leak a key or import a broken file."""

from __future__ import annotations

from typing import Final

from mutations_http import HTTP
from mutations_jobs import JOBS
from mutations_requests import REQUESTS

MUTATIONS: Final = (*REQUESTS, *JOBS, *HTTP)
