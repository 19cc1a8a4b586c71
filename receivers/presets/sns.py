"""Amazon CloudWatch alarms by Amazon SNS.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
(read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import (
    InvalidJson,
    JSONObject,
    parse_strict_json,
)
from receivers.presets.base import Headers, Preset, Shape, has_text, header
from receivers.sns import CONFIRMATION, NOTIFICATION, UNSUBSCRIBED

TYPES = (CONFIRMATION, NOTIFICATION, UNSUBSCRIBED)


def is_envelope(body: JSONObject, headers: Headers) -> bool:
    """Whether it is a message of SNS, with its signature."""
    del headers
    return body.get("Type") in TYPES and has_text(body, "TopicArn")


def is_confirmation(body: JSONObject, headers: Headers) -> bool:
    """Whether SNS asks if the receiver wants the topic's messages."""
    return is_envelope(body, headers) and body.get("Type") == CONFIRMATION


def is_alarm(body: JSONObject, headers: Headers) -> bool:
    """Whether the message is an alarm of CloudWatch, which is JSON in a text."""
    if not is_envelope(body, headers) or body.get("Type") != NOTIFICATION:
        return False
    try:
        inner = parse_strict_json(str(body.get("Message")).encode(errors="replace"))
    except InvalidJson:
        return False
    return has_text(inner, "AlarmName") and has_text(inner, "NewStateValue")


def is_raw_alarm(body: JSONObject, headers: Headers) -> bool:
    """Whether it is an alarm without an envelope: raw message delivery."""
    is_raw = bool(header(headers, "x-amz-sns-rawdelivery")) or "Type" not in body
    return is_raw and has_text(body, "AlarmName") and has_text(body, "NewStateValue")


PRESET = Preset(
    name="sns",
    label="Amazon SNS, CloudWatch",
    about="Alarms: ALARM is down, INSUFFICIENT_DATA degraded, OK operational.",
    source=(
        "https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html "
        "(read 2026-11)"
    ),
    shapes=(
        Shape(
            name="confirmation",
            matches=is_confirmation,
            quiet="subscribed",
            sentence="The subscription was confirmed; alarms can come now.",
        ),
        Shape(
            name="alarm",
            matches=is_alarm,
            status_field="Message|NewStateValue",
            message_field="Message|NewStateReason ?? Subject",
            service_name_field="Message|AlarmName",
            key_field="Message|AlarmArn ?? Message|AlarmName",
            time_field="Message|StateChangeTime ?? Timestamp",
        ),
        Shape(
            name="raw alarm",
            matches=is_raw_alarm,
            status_field="NewStateValue",
            message_field="NewStateReason",
            service_name_field="AlarmName",
            key_field="AlarmArn ?? AlarmName",
            time_field="StateChangeTime",
        ),
        Shape(
            name="other",
            matches=is_envelope,
            quiet="unsupported",
            sentence="Only alarms of CloudWatch are read from a topic.",
        ),
    ),
    mapping={
        "operational": ("ok",),
        "degraded": ("insufficient_data",),
        "down": ("alarm",),
    },
    steps=(
        "In the AWS console open SNS, Topics, your topic, Create subscription.",
        "Choose the protocol HTTPS, paste {url} as Endpoint, and leave raw message "
        "delivery off, so that messages are signed.",
        "The subscription is confirmed by itself within a minute.",
        "In CloudWatch let the alarm notify this topic in the states ALARM and OK.",
    ),
    sample={
        "AlarmName": "API Gateway",
        "AlarmDescription": "5xx above 5 %",
        "AWSAccountId": "123456789012",
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed: 1 datapoint [5.4] was greater than 5.0.",
        "StateChangeTime": "2026-11-20T09:12:44.921+0000",
        "Region": "EU (Ireland)",
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:API Gateway",
        "OldStateValue": "OK",
    },
    delivery_id_field="MessageId",
    proof="sns",
)
