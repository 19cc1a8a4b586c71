"""Put OAuth2 tokens on requests: ask for them, keep them, renew them.

Sits before the transport and owns no thread: asking for a token is a request like any
other, on the same loop, under the same policy. Deliveries wait for it meanwhile, all
those of the same client for one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import NamedTuple

from integrations_project import __version__
from webhooks.engine.concealing import conceal_outcome, spell
from webhooks.engine.credentials import OAuth2Client
from webhooks.engine.messages import Failure, HttpOutcome, HttpRequest, Timings
from webhooks.engine.token_request import (
    Token,
    build_token_request,
    is_refusal,
    read_token,
    token_came_late,
)

USER_AGENT = f"Signalpost/{__version__}"
MAX_KEPT = 10_000
#: With less time than this a request is not begun.
SHORTEST_SECONDS = 0.05


class TokenStore:
    """The tokens of a process, each until shortly before it ends."""

    def __init__(self) -> None:
        self._kept: dict[OAuth2Client, tuple[str, float]] = {}
        #: who proves itself in the body, as was found out
        self.in_body: set[OAuth2Client] = set()

    def find(self, client: OAuth2Client) -> str | None:
        """Return a token that can be used now."""
        text, ends_at = self._kept.get(client, ("", 0.0))
        return text if time.monotonic() < ends_at else None

    def keep(self, client: OAuth2Client, token: Token) -> None:
        """Remember a new token."""
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
            self.in_body.clear()
        ends_at = time.monotonic() + token.lifetime_seconds
        self._kept[client] = (token.text, ends_at)

    def forget(self, client: OAuth2Client, text: str) -> None:
        """Drop a token that the endpoint refused, unless it was renewed since."""
        if self._kept.get(client, ("", 0.0))[0] == text:
            del self._kept[client]


class _Ask(NamedTuple):
    """The key of a request for a token; no caller has such a one."""

    client: OAuth2Client
    timeout_seconds: float
    in_body: bool
    refusal: Failure | None = None  # what the first way led to


@dataclass(slots=True)
class _Errand:
    request: HttpRequest
    client: OAuth2Client
    begun: float  # monotonic
    started_at: float  # seconds since the epoch
    token: str = field(default="", repr=False)
    waited_seconds: float = 0.0  # before the request that is under way
    is_renewed: bool = False

    @property
    def seconds_left(self) -> float:
        return self.begun + self.request.timeout_seconds - time.monotonic()


class TokenClerk:
    """Requests that need a token: waiting for one, or under way with it.

    True while it has any, or a request for a token is under way.
    """

    def __init__(
        self, start: Callable[[HttpRequest], None], store: TokenStore | None = None
    ) -> None:
        """Remember how to send.

        Args:
            start: Puts a request on its way; the transport's.
            store: Tokens to use and to keep; a new one without it.
        """
        self._start = start
        self._store = store or TokenStore()
        self._errands: dict[Hashable, _Errand] = {}
        # A client is in here as long as its request for a token is under way.
        self._waiting: dict[OAuth2Client, list[_Errand]] = {}

    def __bool__(self) -> bool:
        return bool(self._errands or self._waiting)

    def start(self, request: HttpRequest) -> None:
        """Put a request on its way, now or as soon as its token is there."""
        if request.oauth2 is None:
            self._start(request)
            return
        errand = _Errand(request, request.oauth2, time.monotonic(), time.time())
        self._errands[request.key] = errand
        self._go(errand)

    def take(self, outcomes: Iterable[HttpOutcome]) -> list[HttpOutcome]:
        """Return what is for the caller; call it after every turn of the transport.

        Outcomes of requests that needed no token pass through. Those that waited for
        one longer than they may take come back as failed.
        """
        landed: list[HttpOutcome] = []
        for outcome in outcomes:
            if isinstance(outcome.key, _Ask):
                landed += self._take_token(outcome.key, outcome)
            elif outcome.key in self._errands:
                landed += self._take_answer(self._errands[outcome.key], outcome)
            else:
                landed.append(outcome)
        return landed + self._give_up_waiting() if self._waiting else landed

    def cancel_all(self) -> None:
        """Forget everything, as the transport does at the same time."""
        self._errands.clear()
        self._waiting.clear()

    def _go(self, errand: _Errand) -> None:
        client = errand.client
        token = self._store.find(client)
        if token is not None:
            self._send(errand, token)
        elif client in self._waiting:
            self._waiting[client].append(errand)
        else:
            self._waiting[client] = [errand]
            in_body = client in self._store.in_body
            self._ask(_Ask(client, errand.request.timeout_seconds, in_body))

    def _ask(self, ask: _Ask) -> None:
        request = build_token_request(
            ask.client,
            key=ask,
            in_body=ask.in_body,
            user_agent=USER_AGENT,
            timeout_seconds=ask.timeout_seconds,
        )
        self._start(request)

    def _take_token(self, ask: _Ask, outcome: HttpOutcome) -> list[HttpOutcome]:
        answer = read_token(ask.client, outcome)
        if not isinstance(answer, Token):
            return self._take_refusal(ask, outcome, answer)
        self._store.keep(ask.client, answer)
        if ask.in_body:
            self._store.in_body.add(ask.client)
        late = self._give_up_waiting()
        for errand in self._waiting.pop(ask.client, ()):
            self._send(errand, answer.text)
        return late

    def _take_refusal(
        self, ask: _Ask, outcome: HttpOutcome, failure: Failure
    ) -> list[HttpOutcome]:
        if not ask.in_body and self._waiting.get(ask.client) and is_refusal(outcome):
            self._ask(ask._replace(in_body=True, refusal=failure))
            return []
        self._store.in_body.discard(ask.client)
        # A server that knows the first way alone says more about that one.
        said = ask.refusal or failure
        return [self._fail(each, said) for each in self._waiting.pop(ask.client, ())]

    def _give_up_waiting(self) -> list[HttpOutcome]:
        landed = []
        for client, errands in self._waiting.items():
            for errand in [e for e in errands if e.seconds_left < SHORTEST_SECONDS]:
                errands.remove(errand)
                seconds = errand.request.timeout_seconds
                landed.append(
                    self._fail(errand, token_came_late(client, seconds=seconds))
                )
        return landed

    def _send(self, errand: _Errand, token: str) -> None:
        request = errand.request
        errand.token = token
        errand.waited_seconds = time.monotonic() - errand.begun
        seconds = request.timeout_seconds
        if errand.waited_seconds >= SHORTEST_SECONDS:
            seconds = max(SHORTEST_SECONDS, round(errand.seconds_left, 2))
        self._start(
            request._replace(
                headers=[*request.headers, ("Authorization", f"Bearer {token}")],
                timeout_seconds=seconds,
                oauth2=None,
            )
        )

    def _take_answer(self, errand: _Errand, outcome: HttpOutcome) -> list[HttpOutcome]:
        is_refused = outcome.status_code == HTTPStatus.UNAUTHORIZED
        has_time = errand.seconds_left >= SHORTEST_SECONDS
        if is_refused and has_time and not errand.is_renewed:
            errand.is_renewed = True
            self._store.forget(errand.client, errand.token)
            self._go(errand)
            return []
        del self._errands[errand.request.key]
        waited_ms = errand.waited_seconds * 1000
        landed = outcome._replace(
            started_at=errand.started_at,
            duration_ms=round(outcome.duration_ms + waited_ms),
            timings=outcome.timings.delayed_by(waited_ms),
        )
        return [conceal_outcome(landed, [*spell(errand.token)])]

    def _fail(self, errand: _Errand, failure: Failure) -> HttpOutcome:
        del self._errands[errand.request.key]
        total_ms = (time.monotonic() - errand.begun) * 1000
        return HttpOutcome(
            key=errand.request.key,
            started_at=errand.started_at,
            duration_ms=round(total_ms),
            timings=Timings(total_ms=total_ms),
            error=failure,
        )
