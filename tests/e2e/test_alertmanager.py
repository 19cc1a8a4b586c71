"""A real Prometheus Alertmanager posts to a receiver: what fires, and what resolves."""

from __future__ import annotations

import time

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.alertmanager]
SECONDS = 15
DOWN = ("service=Checkout", "severity=critical")


@pytest.fixture
def make_receiver(installation):
    """Make a receiver that makes services and incidents; returns it."""
    installation.set_up()

    def make(preset):
        return installation.call(
            "POST",
            "receivers",
            name="Alertmanager",
            preset=preset,
            create_unknown_services=True,
            auto_create_incidents="degraded",
        )

    return make


class Watch:
    """Asks the installation what became of the alerts."""

    def __init__(self, installation, receiver):
        self.call = installation.call
        self.receiver = receiver["id"]

    def service(self, name="Checkout"):
        services = self.call("GET", "services")["results"]
        return next((s for s in services if s["name"] == name), {"status": ""})

    def incidents(self):
        return self.call("GET", "incidents")["results"]

    def receipts(self):
        """Return this receiver's receipts, oldest first."""
        return self.call("GET", "receipts", receiver=self.receiver)["results"][::-1]

    def until(self, is_so):
        deadline = time.monotonic() + SECONDS
        while not is_so():
            assert time.monotonic() < deadline, self.receipts()
            time.sleep(0.1)

    def until_status(self, status, name="Checkout"):
        self.until(lambda: self.service(name)["status"] == status)


@pytest.mark.parametrize("preset", ["alertmanager", "detect"])
def test_fires_resolves_and_fires_again(
    installation, make_receiver, alertmanager, preset
):
    receiver = make_receiver(preset)
    watch = Watch(installation, receiver)
    alertmanager.start(receiver["url"])
    alertmanager.fire("HighErrorRate", *DOWN, summary="5 % fail")
    watch.until_status("down")
    (incident,) = watch.incidents()
    assert (incident["status"], incident["severity"]) == ("opened", "major")
    (receipt,) = watch.receipts()
    assert (receipt["result"], receipt["preset"]) == ("processed", "alertmanager")
    assert receipt["raw_status"] == "firing"
    (alert,) = alertmanager.list_firing()
    assert alert["fingerprint"] in receipt["body"]

    alertmanager.resolve("HighErrorRate", *DOWN, summary="5 % fail")
    watch.until_status("operational")
    (incident,) = watch.incidents()
    assert incident["status"] == "resolved"
    assert watch.receipts()[-1]["raw_status"] == "resolved"

    alertmanager.fire("HighErrorRate", *DOWN, summary="Again")
    watch.until_status("down")
    assert sorted(i["status"] for i in watch.incidents()) == ["opened", "resolved"]


def test_group_of_which_one_alert_resolves_first(
    installation, make_receiver, alertmanager
):
    receiver = make_receiver("alertmanager")
    watch = Watch(installation, receiver)
    alertmanager.start(receiver["url"])
    first, second = (*DOWN, "instance=a:9100"), (*DOWN, "instance=b:9100")
    alertmanager.fire("InstanceDown", *first)
    alertmanager.fire("InstanceDown", *second)
    watch.until(lambda: len(watch.incidents()) == 2)
    assert watch.service()["status"] == "down"

    alertmanager.resolve("InstanceDown", *first)
    watch.until(lambda: "resolved" in {i["status"] for i in watch.incidents()})
    assert watch.service()["status"] == "down"
    mixed = watch.receipts()[-1]
    said = {item["raw_status"]: item for item in mixed["items"]}
    assert set(said) == {"firing", "resolved"}
    assert said["firing"]["reason"] == "no_change"

    alertmanager.resolve("InstanceDown", *second)
    watch.until_status("operational")
    assert {i["status"] for i in watch.incidents()} == {"resolved"}


def test_group_over_two_services(installation, make_receiver, alertmanager):
    receiver = make_receiver("detect")
    watch = Watch(installation, receiver)
    alertmanager.start(receiver["url"])
    slow = ("service=Search", "severity=warning")
    alertmanager.fire("Slow", *DOWN)
    alertmanager.fire("Slow", *slow)
    watch.until_status("down")
    watch.until_status("degraded", "Search")
    alertmanager.resolve("Slow", *slow)
    watch.until_status("operational", "Search")
    assert watch.service()["status"] == "down"
    alertmanager.resolve("Slow", *DOWN)
    watch.until_status("operational")


def test_repeats_change_nothing(installation, make_receiver, alertmanager):
    receiver = make_receiver("alertmanager")
    watch = Watch(installation, receiver)
    alertmanager.start(receiver["url"], repeat_interval="1s")
    alertmanager.fire("HighErrorRate", *DOWN)
    watch.until(lambda: len(watch.receipts()) >= 3)
    first, *repeats = watch.receipts()
    assert first["result"] == "processed"
    assert {(r["result"], r["reason"]) for r in repeats} == {("ignored", "no_change")}
    assert len(watch.incidents()) == 1
