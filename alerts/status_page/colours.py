"""A page's own colour, made readable on light and on dark."""

from __future__ import annotations

import colorsys
import re

#: The surfaces of static/css/tokens.css that it stands on.
LIGHT, DARK = "#fafafb", "#0e0f13"
#: What WCAG AA asks of text.
READABLE = 4.5
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def build_stylesheet(colour: str) -> str:
    """Return the style sheet of one page: its accent colour as variables.

    Empty for a page without a colour of its own, or with one that is none.
    """
    if not _COLOUR.fullmatch(colour):
        return "/* This page has no colour of its own. */\n"
    light = make_readable(colour, on=LIGHT)
    dark = make_readable(colour, on=DARK)
    ink = "#ffffff" if find_contrast(colour, "#ffffff") >= 3 else "#14161e"
    return (
        ":root {\n"
        f"  --brand: {colour};\n"
        f"  --on-brand: {ink};\n"
        f"  --accent: light-dark({light}, {dark});\n"
        f"  --focus: light-dark({light}, {dark});\n"
        "}\n"
    )


def make_readable(colour: str, *, on: str) -> str:
    """Return the colour, as little darker or lighter as makes it readable there."""
    red, green, blue = (part / 255 for part in _split(colour))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    step = -0.02 if find_luminance(on) > 0.5 else 0.02
    found = colour
    while find_contrast(found, on) < READABLE and 0 <= lightness + step <= 1:
        lightness += step
        parts = colorsys.hls_to_rgb(hue, lightness, saturation)
        found = "#" + "".join(f"{round(part * 255):02x}" for part in parts)
    return found


def find_contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21.

    Source: https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio.
    """
    low, high = sorted((find_luminance(one), find_luminance(other)))
    return (high + 0.05) / (low + 0.05)


def find_luminance(colour: str) -> float:
    """Return how light a colour is, 0 to 1."""
    red, green, blue = (_linear(part / 255) for part in _split(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _split(colour: str) -> tuple[int, int, int]:
    number = int(colour[1:], 16)
    return number >> 16, number >> 8 & 255, number & 255
