"""Compressed bodies: what is taken, and what a bomb gets."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import tracemalloc
import zlib

import pytest

from integrations_project.lib.request_body import BodyTooLarge
from receivers.encodings import decode_content
from receivers.exceptions import EncodingBroken, EncodingUnsupported
from receivers.models import Receipt

BODY = b'{"status": "down"}'
MEBIBYTE = 1024 * 1024


def raw_deflate(body):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        pytest.param("", BODY, id="none"),
        pytest.param("identity", BODY, id="identity"),
        pytest.param("gzip", gzip.compress(BODY), id="gzip"),
        pytest.param(" GZIP ", gzip.compress(BODY), id="upper case"),
        pytest.param("x-gzip", gzip.compress(BODY), id="old name"),
        pytest.param(
            "gzip", gzip.compress(BODY[:5]) + gzip.compress(BODY[5:]), id="two members"
        ),
        pytest.param("deflate", zlib.compress(BODY), id="deflate"),
        pytest.param("deflate", raw_deflate(BODY), id="deflate without header"),
    ],
)
def test_is_undone(encoding, body):
    assert decode_content(body, encoding, max_bytes=len(BODY)) == BODY


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
def test_others_are_refused(encoding):
    with pytest.raises(EncodingUnsupported, match="is not taken; send gzip"):
        decode_content(b"x", encoding, max_bytes=100)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(BODY, id="not compressed"),
        pytest.param(gzip.compress(BODY)[:-3], id="cut"),
        pytest.param(gzip.compress(BODY) + b"more", id="trailing bytes"),
    ],
)
def test_broken_ones_are_refused(body):
    with pytest.raises(EncodingBroken):
        decode_content(body, "gzip", max_bytes=100)


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(gzip.compress(b" " * (50 * MEBIBYTE)), id="one member"),
        pytest.param(gzip.compress(b" " * (MEBIBYTE // 2)) * 100, id="many members"),
    ],
)
def test_bomb_takes_no_memory(bomb):
    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        decode_content(bomb, "gzip", max_bytes=MEBIBYTE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MEBIBYTE


def test_signature_is_over_the_bytes_on_the_wire(make_sender):
    sender = make_sender(hmac_secret="key")
    packed = gzip.compress(BODY)

    def post(signed):
        signature = hmac.digest(b"key", signed, hashlib.sha256).hex()
        headers = {"X-Webhook-Signature": signature, "Content-Encoding": "gzip"}
        return sender.post(packed, **headers)

    assert post(BODY).status_code == 401
    assert post(packed).json()["result"] == "processed"
    assert Receipt.objects.first().body == BODY.decode()


def test_unsupported_leaves_a_receipt(sender):
    response = sender.post(BODY, **{"Content-Encoding": "br"})
    assert response.status_code == 400
    assert response.json()["code"] == "unsupported_encoding"
    assert '"br" is not taken; send gzip, deflate or none' in response.json()["detail"]
    assert Receipt.objects.get().reason == "unsupported_encoding"


def test_bomb_is_counted(sender):
    bomb = gzip.compress(b" " * (2 * MEBIBYTE))
    answers = [sender.post(bomb, **{"Content-Encoding": "gzip"}) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {413}
    receipt = Receipt.objects.get()
    assert (receipt.reason, receipt.count) == ("body_too_large", 2)


def test_many_empty_members_are_refused():
    bomb = gzip.compress(b"") * 50_000
    with pytest.raises(EncodingBroken, match="100 members"):
        decode_content(bomb, "gzip", max_bytes=MEBIBYTE)
