"""A gateway's own terms: its keys, balances, and rate limits.

Gateways have their own accounts, whose names in the ledger begin with the gateway's, so that their
keys, credits and tasks are invalid at other services.
"""

from dataclasses import dataclass
from threading import Lock

from .clock import Clock

MINUTE = 60.0


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a gateway allows. Missing keys and balance are those of the stand-in as a whole.

    `per_minute` counts every request of a key, look-ups of tasks too: whether the real gateways
    count those is not documented, so this is the stricter reading. A task is known for `keep_days`;
    None: forever.
    """

    keys: tuple[str, ...] | None = None
    balance: float | None = None
    per_minute: int = 600
    keep_days: float | None = None

    def completed(self, keys: tuple[str, ...], balance: float) -> "Terms":
        """Return the same terms with defaults for what they leave open."""
        return Terms(
            keys=keys if self.keys is None else self.keys,
            balance=balance if self.balance is None else self.balance,
            per_minute=self.per_minute,
            keep_days=self.keep_days,
        )


class Gate:
    """Decides whose request a gateway received. Safe from any thread."""

    def __init__(self, name: str, terms: Terms, clock: Clock) -> None:
        self._name = name
        self._keys = terms.keys or ()
        self._balance = terms.balance or 0.0
        self._per_minute = terms.per_minute
        self._keep_days = terms.keep_days
        self._clock = clock
        self._requests: dict[str, list[float]] = {}
        self._lock = Lock()

    @property
    def accounts(self) -> dict[str, float]:
        """Return the accounts to open in the ledger, with their balances."""
        return {f"{self._name}:{key}": float(self._balance) for key in self._keys}

    @property
    def keep_days(self) -> dict[str, float]:
        """Return for how many days a task is known, by account; no entry: forever."""
        return {} if self._keep_days is None else dict.fromkeys(self.accounts, self._keep_days)

    def account(self, key: str) -> str | None:
        """Return the name of a key's account; None for a key that is not accepted here."""
        return f"{self._name}:{key}" if key in self._keys else None

    def wait(self, account: str) -> int:
        """Count a request. Returns 0 if it may be answered, else the whole seconds to wait."""
        with self._lock:
            now = self._clock()
            recent = [moment for moment in self._requests.get(account, []) if moment > now - MINUTE]
            self._requests[account] = recent
            if len(recent) >= self._per_minute:
                return int(recent[0] + MINUTE - now) + 1
            recent.append(now)
            return 0
