import itertools

import pytest

from tripo_addon.jobs.model import timing
from tripo_addon.jobs.model.clock import SystemClock


@pytest.mark.parametrize(
    ("age", "wait"),
    [(0, 2), (19.9, 2), (20, 3), (89.9, 3), (90, 5), (599.9, 5), (600, 15), (86_400, 15)],
)
def test_young_task_is_polled_often_and_old_one_rarely(age: float, wait: float) -> None:
    assert timing.until_next_look(age, jitter=0.0) == wait


def test_clock_set_back_does_not_stop_polling() -> None:
    assert timing.until_next_look(-5.0, jitter=0.0) == 2


@pytest.mark.parametrize("age", [0, 50, 300, 3600])
def test_jitter_delays_a_poll_by_at_most_a_quarter(age: float) -> None:
    least, most = (timing.until_next_look(age, jitter=jitter) for jitter in (0.0, 1.0))
    assert least < timing.until_next_look(age, jitter=0.5) < most
    assert most == pytest.approx(least * 1.25)


def test_every_failure_doubles_the_wait_up_to_a_minute() -> None:
    waits = [timing.backoff(attempt, jitter=0.0) for attempt in range(8)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_thousand_failures_still_wait_one_minute() -> None:
    assert timing.backoff(1000, jitter=0.0) == 60


def test_jitter_spreads_the_backoff_by_at_most_a_quarter() -> None:
    for attempt in range(8):
        least, most = (timing.backoff(attempt, jitter=jitter) for jitter in (0.0, 1.0))
        assert most == pytest.approx(least * 1.25)


def test_retry_after_makes_a_wait_longer() -> None:
    assert timing.backoff(0, jitter=0.0, retry_after=30.0) == 30.0


@pytest.mark.parametrize("retry_after", [0.0, -5.0, 0.3])
def test_retry_after_never_makes_a_wait_shorter(retry_after: float) -> None:
    for attempt in range(12):
        own = timing.backoff(attempt, jitter=0.5)
        assert timing.backoff(attempt, jitter=0.5, retry_after=retry_after) >= own


def test_jitter_never_shortens_retry_after() -> None:
    waits = [timing.backoff(0, jitter=jitter, retry_after=30.0) for jitter in (0.0, 0.5, 1.0)]
    assert waits == [30.0, 30.5, 31.0]


def test_retry_after_of_a_day_is_capped_at_ten_minutes() -> None:
    assert timing.backoff(0, jitter=0.0, retry_after=86_400.0) == 600.0


def test_waits_never_get_shorter() -> None:
    looks = [timing.until_next_look(age, jitter=0.0) for age in range(0, 2000, 10)]
    backoffs = [timing.backoff(attempt, jitter=0.0) for attempt in range(40)]
    for waits in (looks, backoffs):
        assert all(before <= after for before, after in itertools.pairwise(waits))


def test_monotonic_clock_never_goes_back_and_random_is_a_fraction() -> None:
    clock = SystemClock()
    nows, chances = zip(*((clock.now(), clock.jitter()) for _ in range(200)), strict=True)
    assert list(nows) == sorted(nows)
    assert 0.0 <= min(chances) < max(chances) < 1.0
    assert clock.wall() > 1_700_000_000
