"""Values that the parts of a monitor pass to each other; no models, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from integrations_project.lib.json_types import JSONValue

#: One thing that was read: a section, a product, a row. Names to values.
Item: TypeAlias = Mapping[str, JSONValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What came back from a fetch, decoded."""

    url: str  #: where it came from; relative links are resolved against it
    content_type: str  #: media type without parameters, lower case; may be empty
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What was read from a page."""

    items: tuple[dict[str, JSONValue], ...]
    #: What a person should know, as sentences: "drawn by JavaScript", "cut at …".
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """Where a field of an item is found."""

    name: str
    selector: str = ""  #: CSS, within the item; empty is the item itself
    attribute: str = ""  #: instead of the text
    type: str = "text"  #: text, number, url, html
    is_list: bool = False  #: every match rather than the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two runs differ, as the public client shows it."""

    content_hash_match: bool
    structural_match: bool
    semantic_similarity: float  #: 0 to 1; see `monitors.comparison`
    item_count_diff: int  #: of the second run less the first
    structural_changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedItem:
    """One item before and after."""

    before: dict[str, JSONValue]
    after: dict[str, JSONValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What came, what went, and what is different now."""

    added: tuple[dict[str, JSONValue], ...] = ()
    removed: tuple[dict[str, JSONValue], ...] = ()
    changed: tuple[ChangedItem, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing came, went or changed."""
        return not (self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stable:
    """What counts as a change."""

    #: Patterns (RE2) that are blanked before anything is compared.
    ignored_patterns: Sequence[str] = ()
    #: Fields that are not compared.
    ignored_fields: Sequence[str] = ()
    is_ordered: bool = False  #: whether the order of items means something
    #: The field that tells items apart, such as a link; empty: by what is in them.
    key_field: str = field(default="")
