"""Bytes of a page to text."""

from __future__ import annotations

import gzip
import random

import pytest

from monitors.decoding import decode_page, is_binary, read_content_type


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        pytest.param("é€".encode(), "utf-8", "é€", id="header"),
        pytest.param("é".encode("latin-1"), "iso-8859-1", "é", id="latin-1"),
        pytest.param(b"\x80", "iso-8859-1", "€", id="latin-1 means cp1252"),
        pytest.param(b"\xef\xbb\xbf" + "é".encode(), "latin-1", "é", id="mark wins"),
        pytest.param("\ufeffé".encode("utf-16-le"), "", "é", id="UTF-16"),
        pytest.param("é漢".encode("utf-16-le"), "utf-16le", "é漢", id="UTF-16 header"),
        pytest.param("é漢".encode("utf-16-be"), "utf-16be", "é漢", id="big end first"),
        pytest.param("é漢".encode("utf-16-le"), "utf-16", "é漢", id="without mark"),
        pytest.param(
            b"<meta charset=utf-16>\xc3\xa9", "", "<meta charset=utf-16>é", id="meta"
        ),
        pytest.param("日本".encode("cp932"), "Shift_JIS", "日本", id="shift_jis"),
        pytest.param("é€".encode(), "", "é€", id="UTF-8 by itself"),
        pytest.param("é".encode(), "nonsense", "é", id="unknown charset"),
        pytest.param(b"aGk=", "base64", "aGk=", id="no text codec"),
        pytest.param(b"a\xffb", "utf-8", "a\ufffdb", id="broken byte"),
        pytest.param(b"", "", "", id="empty"),
    ],
)
def test_text_of_a_page(body, charset, text):
    assert decode_page(body, charset) == text


@pytest.mark.parametrize(
    "declaration",
    [
        b'<meta charset="windows-1251">',
        b'<meta http-equiv=content-type content="text/html; charset=windows-1251">',
        b'<?xml version="1.0" encoding="windows-1251"?>',
    ],
)
def test_page_may_declare_its_charset(declaration):
    text = decode_page(declaration + "привет".encode("cp1251"), "")

    assert text.endswith("привет")


def test_page_that_says_nothing_is_guessed():
    words = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 5

    assert "французских" in decode_page(words.encode("cp1251"), "")


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("text/html; charset=UTF-8", ("text/html", "utf-8")),
        ('Text/HTML;charset="utf-8"', ("text/html", "utf-8")),
        ("application/json", ("application/json", "")),
        ("", ("", "")),
        (None, ("", "")),
        ("nonsense", ("", "")),
        ("text/html; charset=\r\nx", ("text/html", "x")),
    ],
)
def test_content_type(header, read):
    assert read_content_type(header) == read


@pytest.mark.parametrize(
    ("body", "charset", "binary"),
    [
        pytest.param(gzip.compress(bytes(range(256)), mtime=0), "", True, id="gzip"),
        pytest.param(random.Random(6).randbytes(5000), "", True, id="random"),
        pytest.param(random.Random(6).randbytes(5000), "utf-8", True, id="UTF-8"),
        pytest.param(b"<p>a\tb</p>\r\n" * 99, "", False, id="HTML"),
        pytest.param("привет мир ".encode("cp1251") * 99, "utf-8", False, id="wrong"),
        pytest.param(("<p>" + "mot " * 99).encode("utf-16-le"), "", False, id="UTF-16"),
        pytest.param(b"\x01\x02", "", False, id="short"),
        pytest.param(b"", "", False, id="empty"),
    ],
)
def test_what_is_no_text_is_noticed(body, charset, binary):
    assert is_binary(decode_page(body, charset)) is binary
