from __future__ import annotations

import json
import uuid

from receivers.datatypes import Answer, ItemOutcome, ReceiverSpec


def make_outcome():
    return ItemOutcome(
        service="API Gateway",
        raw_status="DOWN",
        status="down",
        previous_status="operational",
        result="processed",
        incident="0190",
    )


def test_answer_tells_each_item():
    answer = Answer(
        status_code=200, result="processed", receipt="01", items=(make_outcome(),)
    )

    assert json.loads(json.dumps(answer.as_json())) == {
        "result": "processed",
        "receipt": "01",
        "items": [
            {
                "service": "API Gateway",
                "raw_status": "DOWN",
                "status": "down",
                "previous_status": "operational",
                "result": "processed",
                "reason": "",
                "incident": "0190",
            }
        ],
    }


def test_failed_answer_tells_code_and_detail():
    answer = Answer(
        status_code=400, result="failed", receipt="01", code="not_json", detail="No."
    )

    assert answer.as_json() == {
        "result": "failed",
        "receipt": "01",
        "code": "not_json",
        "detail": "No.",
    }


def test_answer_without_receipt_names_none():
    answer = Answer(status_code=429, result="failed", code="too_many", detail="Wait.")

    assert "receipt" not in answer.as_json()


def test_spec_shows_no_secret():
    spec = ReceiverSpec(
        id=uuid.uuid4(),
        organization_id=uuid.uuid4(),
        name="CI",
        hmac_secrets=("hush-hush",),
    )

    assert "hush-hush" not in repr(spec)
