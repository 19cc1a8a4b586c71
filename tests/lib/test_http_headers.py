from __future__ import annotations

import pytest

from integrations_project.lib.http_headers import (
    HeaderRefused,
    check_header_name,
    check_header_value,
)


@pytest.mark.parametrize("name", ["X-Team", "x_api", "Accept", "webhook-id", "A"])
def test_token_is_a_name(name):
    check_header_name(name)


@pytest.mark.parametrize(
    "name", ["", "X Team", "X:Team", "X\r\nHost", "Ünicode", "X" * 129, "X\x00"]
)
def test_other_text_is_no_name(name):
    with pytest.raises(HeaderRefused, match="is not a header name"):
        check_header_name(name)


@pytest.mark.parametrize("name", ["Host", "content-LENGTH", "Transfer-Encoding", "TE"])
def test_framing_header_is_refused(name):
    with pytest.raises(HeaderRefused, match="set by Signalpost itself"):
        check_header_name(name)


@pytest.mark.parametrize("value", ["", "a b", "a\tb", "grün", "Bearer x,y;z"])
def test_one_line_is_a_value(value):
    check_header_value("X-Team", value)


@pytest.mark.parametrize("value", ["a\rb", "a\nb", "a\x00b", "a\x7f", "a\u2028b"])
def test_control_characters_are_refused(value):
    with pytest.raises(HeaderRefused) as caught:
        check_header_value("X-Team", value)
    assert "X-Team" in caught.value.message
    assert value not in caught.value.message


def test_long_value_is_refused():
    with pytest.raises(HeaderRefused, match="too long"):
        check_header_value("X-Team", "x" * 4097)
