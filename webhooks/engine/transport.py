"""Send many POSTs at once: one thread, one libcurl multi handle, one epoll.

How the pump uses it::

    transport = Transport(policy)
    transport.watch(notification_fd)  # PostgreSQL's socket, optional
    transport.start(request)  # returns at once, never raises
    outcomes = transport.poll(1.0)  # whatever has finished by then
    if notification_fd in transport.ready_fds:
        ...

Verify sends one request and waits: ``send(request, policy=policy)``.

A Transport belongs to one thread of one process. libcurl's handles are made at
its first use, so it may be constructed before a fork and used after it.

Source: https://curl.se/libcurl/c/libcurl-multi.html (the multi_socket API).
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Hashable
from typing import NamedTuple

import certifi

from integrations_project.lib.http_headers import HeaderRefused
from integrations_project.lib.net_policy import (
    AddressRefused,
    NetPolicy,
    Target,
    UrlRefused,
    find_addresses,
)
from webhooks.engine.failures import (
    Report,
    explain_deferred,
    explain_lookup,
    explain_refusal,
    fail,
)
from webhooks.engine.headers import build_header_lines
from webhooks.engine.libcurl import (
    FORGET_SOCKET,
    TIMER,
    Curl,
    CurlMulti,
    Exchange,
    Job,
    Route,
    make_multi,
)
from webhooks.engine.messages import Failure, HttpOutcome, HttpRequest, Timings
from webhooks.engine.poller import READ, Poller, make_poller
from webhooks.engine.resolver import Answer, Resolver
from webhooks.engine.token_clerk import TokenClerk

__all__ = ["Failure", "HttpOutcome", "HttpRequest", "Timings", "Transport", "send"]

#: Checked URLs and names remembered by a transport: a destination has one.
MAX_KNOWN = 10_000
#: Descriptors left to the rest of the process: database, logs, look-ups.
SPARE_DESCRIPTORS = 128
#: How often the deadline of requests is looked at that wait for a look-up.
LOOKUP_CHECK_SECONDS = 0.05
#: Who waits for one descriptor leaves the others that are readable alone: this long,
#: instead of asking for them again and again.
OTHERS_SECONDS = 0.001


class Transport:
    """Requests in flight, the connections they share, and one place to wait."""

    def __init__(
        self,
        policy: NetPolicy,
        *,
        max_connections: int = 1024,
        ca_file: str | None = None,
        look_up: Callable[[str], tuple[str, ...]] = find_addresses,
    ) -> None:
        """Remember the settings; nothing is opened yet.

        Args:
            policy: decides about every URL and every socket.
            max_connections: open at the same time, idle ones included; requests
                beyond it wait inside libcurl, on their own deadline.
            ca_file: PEM bundle of trusted authorities; certifi's by default.
            look_up: returns every address of a name; the system's by default.
        """
        self._policy = policy
        self._look_up = look_up
        #: watched descriptors that were readable in the last `poll`
        self.ready_fds: frozenset[int] = frozenset()
        self._max_connections = max_connections
        self._ca_file = ca_file or certifi.where()
        self._watched: set[int] = set()
        self._idle: list[Exchange] = []
        self._active: dict[Curl, Exchange] = {}
        self._finished: list[HttpOutcome] = []
        self._targets: dict[str, Target] = {}
        self._waiting: dict[str, list[Job]] = {}
        self._permitted: dict[str, _Permitted] = {}
        self._handles: _Handles | None = None

    @property
    def policy(self) -> NetPolicy:
        """Return what decides about every URL and every socket."""
        return self._policy

    @policy.setter
    def policy(self, policy: NetPolicy) -> None:
        # What was decided by another policy counts no more.
        if policy != self._policy:
            self._policy = policy
            self._targets.clear()
            self._permitted.clear()

    @property
    def in_flight(self) -> int:
        """Return how many requests were started and not yet handed back."""
        waiting = sum(map(len, self._waiting.values())) if self._waiting else 0
        return len(self._active) + len(self._finished) + waiting

    def start(self, request: HttpRequest) -> None:
        """Put a request on its way.

        Never raises for what is in the request: a refused URL, address or
        header comes back from `poll` as the outcome's error.
        """
        started_at, begun = time.time(), time.monotonic()
        try:
            target = self._targets.get(request.url) or self._check(request.url)
            lines = build_header_lines(request)
        except (UrlRefused, AddressRefused, HeaderRefused) as refusal:
            failure = explain_refusal(refusal)
            self._finished.append(fail(request, failure, started_at=started_at))
            return
        job = Job(request, target, lines, started_at, begun)
        if target.address is not None:
            self._launch(job, Route((), 0.0))
            return
        resolver = self._open().resolver
        answer = resolver.find(target.host)
        if answer is None:
            resolver.ask(target.host)
            self._waiting.setdefault(target.host, []).append(job)
        else:
            self._connect(job, answer, waited_seconds=0.0)

    def poll(self, timeout_seconds: float) -> list[HttpOutcome]:
        """Let the requests make progress and return those that have finished.

        Returns as soon as there is one outcome or a watched descriptor is
        readable, else empty after the time given. 0 looks without waiting.
        """
        handles = self._open()
        deadline = time.monotonic() + timeout_seconds
        self.ready_fds = frozenset()
        while True:
            remaining = 0.0 if self._finished else deadline - time.monotonic()
            self._turn(handles, max(0.0, remaining))
            if self._finished or self.ready_fds or time.monotonic() >= deadline:
                outcomes, self._finished = self._finished, []
                return outcomes

    def work_until(self, fd: int) -> None:
        """Let the requests make progress until a watched descriptor is readable.

        What finishes is returned by the next `poll`.
        """
        handles = self._open()
        while True:
            self.ready_fds = frozenset()
            self._turn(handles, 1.0)
            if fd in self.ready_fds:
                return
            if self.ready_fds:
                time.sleep(OTHERS_SECONDS)

    def watch(self, fd: int) -> None:
        """Let `poll` return early too when this descriptor is readable."""
        self._watched.add(fd)
        self._open().poller.set(fd, 1)

    def unwatch(self, fd: int) -> None:
        """Forget a watched descriptor; do so before closing it."""
        self._watched.discard(fd)
        self._open().poller.forget(fd)

    def cancel_all(self) -> list[Hashable]:
        """Abandon what is in flight and return the keys without an outcome.

        An abandoned request may have reached its endpoint.
        """
        keys = [exchange.job.request.key for exchange in self._active.values()]
        for exchange in list(self._active.values()):
            self._release(exchange)
        for jobs in self._waiting.values():
            keys += [job.request.key for job in jobs]
        self._waiting.clear()
        return keys

    def close(self) -> None:
        """Abandon what is in flight and close every connection."""
        if self._handles is None:
            return
        self.cancel_all()
        for exchange in self._idle:
            exchange.curl.close()
        self._idle.clear()
        handles, self._handles = self._handles, None
        handles.multi.close()
        handles.poller.close()
        handles.resolver.close()
        self._watched.clear()

    def _open(self) -> _Handles:
        if self._handles is None:
            connections = _make_room(self._max_connections)
            multi = make_multi(self._on_socket, max_connections=connections)
            self._handles = _Handles(multi, make_poller(), Resolver(self._look_up))
            self._handles.poller.set(self._handles.resolver.fileno(), READ)
        return self._handles

    def _check(self, url: str) -> Target:
        if len(self._targets) >= MAX_KNOWN:
            self._targets.clear()
        target = self._targets[url] = self._policy.check_url(url)
        return target

    def _launch(self, job: Job, route: Route) -> None:
        if job.request.client_certificate is not None:
            exchange = Exchange(self._ca_file, job.request.client_certificate)
        else:
            exchange = self._idle.pop() if self._idle else Exchange(self._ca_file)
        exchange.load(job, route, self._policy)
        self._active[exchange.curl] = exchange
        self._open().multi.add_handle(exchange.curl)

    def _connect(self, job: Job, answer: Answer, *, waited_seconds: float) -> None:
        permitted = self._permit(job.target.host, answer)
        if permitted.addresses:
            self._launch(job, Route(permitted.addresses, waited_seconds))
            return
        report = Report(request=job.request, target=job.target)
        refusal = permitted.refusal
        failure = explain_refusal(refusal) if refusal else explain_lookup(report)
        self._finished.append(fail(job.request, failure, started_at=job.started_at))

    def _permit(self, host: str, answer: Answer) -> _Permitted:
        # The addresses are checked here once an answer, and again one by one on
        # the sockets that libcurl opens.
        known = self._permitted.get(host)
        if known is not None and known.answer is answer:
            return known
        if len(self._permitted) >= MAX_KNOWN:
            self._permitted.clear()
        addresses, refusal = [], None
        for address in answer.addresses:
            try:
                self._policy.check_address(address, host=host)
                addresses.append(address)
            except AddressRefused as refused:
                refusal = refusal or refused
        known = self._permitted[host] = _Permitted(answer, tuple(addresses), refusal)
        return known

    def _take_answers(self, resolver: Resolver) -> None:
        for host, answer in resolver.take_answers():
            for job in self._waiting.pop(host, ()):
                waited_seconds = time.monotonic() - job.begun
                self._connect(job, answer, waited_seconds=waited_seconds)

    def _give_up_waiting(self) -> None:
        now = time.monotonic()
        for host, jobs in list(self._waiting.items()):
            late = [job for job in jobs if now - job.begun >= job.lookup_seconds]
            if not late:
                continue
            self._waiting[host] = [job for job in jobs if job not in late]
            for job in late:
                report = Report(request=job.request, target=job.target)
                failure = explain_lookup(report, in_time=False)
                self._finished.append(
                    fail(job.request, failure, started_at=job.started_at)
                )
            if not self._waiting[host]:
                del self._waiting[host]

    def _turn(self, handles: _Handles, wait_seconds: float) -> None:
        multi = handles.multi
        # Asking once a turn is cheaper than a timer callback for every request.
        timer_ms = multi.timeout()
        if timer_ms == 0:
            multi.socket_action(TIMER, 0)
            self._collect(multi)
            timer_ms = 0 if self._finished else multi.timeout()
        if self._waiting:
            self._give_up_waiting()
            wait_seconds = min(wait_seconds, LOOKUP_CHECK_SECONDS)
        if timer_ms >= 0:
            wait_seconds = min(wait_seconds, timer_ms / 1000)
        for fd, events in handles.poller.wait(wait_seconds):
            if fd in self._watched:
                self.ready_fds |= {fd}
            elif fd == handles.resolver.fileno():
                self._take_answers(handles.resolver)
            else:
                multi.socket_action(fd, events)
        self._collect(multi)

    def _collect(self, multi: CurlMulti) -> None:
        while True:
            queued, succeeded, failed = multi.info_read()
            for curl in succeeded:
                self._finish(curl, 0, "")
            for curl, code, message in failed:
                self._finish(curl, code, message)
            if not queued:
                return

    def _finish(self, curl: Curl, code: int, message: str) -> None:
        exchange = self._active[curl]
        if exchange.must_restart:
            multi = self._open().multi
            multi.remove_handle(curl)
            exchange.restart()
            multi.add_handle(curl)
            return
        self._finished.append(exchange.build_outcome(code, message))
        self._release(exchange)

    def _release(self, exchange: Exchange) -> None:
        assert self._handles is not None
        self._handles.multi.remove_handle(exchange.curl)
        del self._active[exchange.curl]
        exchange.unload()
        if exchange.has_certificate:
            exchange.curl.close()  # its connection stays, with libcurl
        else:
            self._idle.append(exchange)

    def _on_socket(self, what: int, fd: int, _multi: object, _data: object) -> None:
        if self._handles is None:
            return  # closing
        if what == FORGET_SOCKET:
            self._handles.poller.forget(fd)
        else:
            self._handles.poller.set(fd, what)


def send(
    request: HttpRequest, *, policy: NetPolicy, ca_file: str | None = None
) -> HttpOutcome:
    """Send one request and wait for its outcome: the same path, alone.

    Never raises for what is in the request or what the other side does.
    """
    transport = Transport(policy, max_connections=4, ca_file=ca_file)
    clerk = TokenClerk(transport.start)
    try:
        clerk.start(request)
        # libcurl keeps the deadline; the margin is for a machine under load.
        started_at = time.time()
        deadline = time.monotonic() + request.timeout_seconds + 5.0
        while time.monotonic() < deadline:
            for outcome in clerk.take(transport.poll(1.0)):
                return outcome
        failure = explain_deferred("libcurl gave no answer")
        return fail(request, failure, started_at=started_at)
    finally:
        transport.close()


def _make_room(connections: int) -> int:
    """Raise the process's limit of descriptors; return how many it has for us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(1, min(connections, soft - SPARE_DESCRIPTORS))
    return connections


class _Handles(NamedTuple):
    multi: CurlMulti
    poller: Poller
    resolver: Resolver


class _Permitted(NamedTuple):
    answer: Answer
    addresses: tuple[str, ...]
    refusal: AddressRefused | None
