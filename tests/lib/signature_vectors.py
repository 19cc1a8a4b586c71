"""Published signatures, and some of schemes whose files may not be copied.

The latter are of the same construction over bodies of our own, made with
``openssl dgst -sha256 -hmac <secret>``.
"""

from __future__ import annotations

import pytest

#: (secret, id, timestamp, body, signature)
STANDARD_V1 = [
    pytest.param(
        # standard-webhooks: libraries/python/tests/test_webhooks.py
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        id="python_library",
    ),
    pytest.param(
        # standard-webhooks: libraries/rust
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1649367553,
        b'{"email":"test@example.com","username":"test_user"}',
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        id="rust_library",
    ),
    pytest.param(
        # Svix: docs, receiving/verifying-payloads/how-manual
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "msg_loFOjxBNrRLzqYUf",
        1731705121,
        b'{"event_type":"ping","data":{"success":true}}',
        "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
        id="svix_docs",
    ),
]
#: (private key, public key, id, timestamp, body, signature)
STANDARD_V1A = [
    pytest.param(
        # Svix: server, worker.rs, tests
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ"
        "6p9lMicMFs6Kvg==",
        "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3"
        "mNl8EM+m7TBAg==",
        id="svix_server",
    )
]
#: (secret, what is signed, lower-case hex)
HEX = [
    pytest.param(
        # GitHub: docs, validating-webhook-deliveries
        "It's a Secret to Everybody",
        b"Hello, World!",
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        id="github",
    ),
    pytest.param(
        "s3cret",
        b'{"status":"degraded"}',
        "5bbdb1b735a7765eb21c5a47a782e1d6cec804e81bf662fe570147b35dc9d04b",
        id="plain_hex",
    ),
    pytest.param(
        # stripe-python 16.1.0, WebhookSignature: <t>.<body>
        "whsec_test",
        b'1700000000.{"id":"evt_test"}',
        "14c4f43763339dcb1c15f41a1ff31a94f2f09f8de278f8b4392ca0d7cbcd257e",
        id="stripe",
    ),
    pytest.param(
        # Convoy's simple signature: the body
        "a convoy of one",
        b'{"network":"HQ","rack":3}',
        "5c4f82e1ab87e5743cbc03276dd3d076b649270bdbab3bf6b136be22c5da4b44",
        id="convoy_simple",
    ),
    pytest.param(
        # Convoy's advanced signature: <t>,<body>
        "a convoy of one",
        b'1700000123,{"network":"HQ","rack":3}',
        "2c79b24cc92b2238e53a7485d1257d6a0c4c4bcd6e25f3e21cf201cb50041129",
        id="convoy_advanced",
    ),
    pytest.param(
        # Hook0's v0: <t>.<body>
        "zero",
        b"1700000123.hooked!",
        "c646d13c592c8e9add79883acb431c6ca084a13e2f79f23954d0dfe2db4a19a9",
        id="hook0",
    ),
]
