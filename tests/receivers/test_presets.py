"""Every preset, by the posts in tests/receivers/presets/<name>/<case>.json.

A case tells headers, body and what is to come of it: the items of a post that says
something, the reason of one that does not, or the code of one that is refused.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alerts.models import Service
from receivers.presets import detect, get_preset, list_presets
from receivers.verification import SCHEMES
from tests.factories import make_organization

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs" / "senders"
NEEDED = {"fires", "recovers", "unsupported", "malformed"}
NAMES = [preset.name for preset in list_presets()]
CASES = sorted((HERE / "presets").glob("*/*.json"))


def case_id(path):
    return f"{path.parent.name}-{path.stem}"


def read(path):
    case = json.loads(path.read_text())
    return case["headers"], case["body"], case["expect"]


@pytest.fixture
def make_known_sender(make_sender):
    """Make a receiver for a sender, with services made as they are named."""

    def make(preset, **fields):
        return make_sender(
            organization=make_organization(),
            service=None,
            preset=preset,
            create_unknown_services=True,
            auto_create_incidents="degraded",
            **fields,
        )

    return make


@pytest.mark.parametrize("name", NAMES)
def test_preset_has_every_case_and_a_page(name):
    cases = {path.stem for path in CASES if path.parent.name == name}
    assert cases >= NEEDED
    preset = get_preset(name)
    page = (DOCS / f"{name}.md").read_text()
    assert page.startswith(f"# {preset.label}\n")
    values = [v for values in preset.mapping.values() for v in values]
    wanted = [*values, *(shape.name for shape in preset.shapes)]
    wanted += [preset.signing.header] if preset.signing else []
    assert [word for word in wanted if word not in page] == []
    assert f"({name}.md)" in (DOCS / "README.md").read_text()


def test_every_folder_of_cases_belongs_to_a_preset():
    assert {path.parent.name for path in CASES} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_sample_is_recognised_and_takes_a_service_down(make_known_sender, name):
    preset = get_preset(name)
    assert detect(preset.sample, preset.sample_headers) is preset
    sender = make_known_sender(name)
    answer = sender.post(preset.sample, **preset.sample_headers).json()
    assert answer["result"] == "processed"
    assert {item["status"] for item in answer["items"]} <= {"down", "degraded"}


@pytest.mark.parametrize("path", CASES, ids=case_id)
@pytest.mark.parametrize("chosen", ["named", "detected"])
def test_case(make_known_sender, path, chosen):
    headers, body, expect = read(path)
    name = path.parent.name
    sender = make_known_sender(name if chosen == "named" else "detect")
    if "code" in expect:
        if chosen == "named":
            check_refused(sender.post(body, **headers), expect)
        return
    if path.stem.startswith(("recovers", "maintains")):
        fire = read(path.with_name("fires.json"))
        sender.post(fire[1], **fire[0])
    response = sender.post(body, **headers)
    receipt = sender.last_receipt()
    assert response.status_code == 200
    assert receipt.preset == name
    if "reason" in expect:
        assert (response.json()["result"], receipt.reason) == (
            "ignored",
            expect["reason"],
        )
        assert receipt.detail
        assert not Service.objects.exclude(status="operational").exists()
        return
    items = response.json()["items"]
    wanted = expect["items"]
    assert [{key: i[key] for key in w} for i, w in zip(items, wanted, strict=True)] == (
        wanted
    )
    for item in wanted:
        assert Service.objects.get(name=item["service"]).status == item["status"]


def check_refused(response, expect):
    assert response.status_code == 400
    assert response.json()["code"] == expect["code"]
    assert response.json()["detail"]


@pytest.mark.parametrize("path", CASES, ids=case_id)
def test_no_other_preset_claims_it(path):
    headers, body, expect = read(path)
    if "code" in expect:
        return
    claims = {p.name for p in list_presets() if p.is_sender_of(body, headers)}
    assert claims == {path.parent.name}


@pytest.mark.parametrize("name", NAMES)
def test_incident_is_opened_and_joined_by_the_recovery(make_known_sender, name):
    sender = make_known_sender(name)
    incidents = []
    for case in ("fires", "recovers"):
        headers, body, _ = read(HERE / "presets" / name / f"{case}.json")
        answer = sender.post(body, **headers).json()
        incidents.append(answer["items"][0]["incident"])
    opened, closed = incidents
    assert opened is not None
    assert closed == opened


@pytest.mark.parametrize("name", [n for n in NAMES if get_preset(n).signing])
def test_wrong_signature_is_refused(make_known_sender, name):
    headers, body, _ = read(HERE / "presets" / name / "fires.json")
    sender = make_known_sender(name, hmac_secret="the right secret")
    signing = get_preset(name).signing
    assert signing.scheme in SCHEMES
    for value in ("", "sha256=" + "0" * 64, "v1=" + "0" * 64, "rubbish"):
        more = {signing.header: value} if value else {}
        response = sender.post(body, **headers, **more)
        assert response.status_code == 401
        assert sender.last_receipt().result == "auth_failed"
