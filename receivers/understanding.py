"""Who sent a body, and where it says what: the receiver's own fields, or a preset's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrations_project.lib.json_path import compile_path
from integrations_project.lib.json_types import JSONValue, describe_json
from receivers.exceptions import BodyUnknown, UnknownPreset
from receivers.extraction import as_text, fit_key
from receivers.presets import DETECT, Preset, detect, get_preset, list_presets
from receivers.presets.base import Headers, Quiet, Refine, Shape, Signing
from receivers.verification import DEFAULT_HEADER, DEFAULT_SCHEME

if TYPE_CHECKING:
    from uuid import UUID

    from receivers.datatypes import ReceiverSpec, StatusMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Where to look in this body; as `receivers.datatypes.FieldPaths`."""

    service_id: UUID | None
    status_field: str
    message_field: str
    service_name_field: str
    key_field: str
    time_field: str
    items_path: str
    refine: Refine | None = None
    refine_name: Refine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """How a body is to be read."""

    paths: Paths
    preset: str = ""  # the sender that it is read as; "" for the plain fields
    mapping: StatusMapping | None = None  # the preset's, after the receiver's own
    delivery_id: str = ""
    quiet: Quiet | None = None  # it changes nothing, whatever it says
    sentence: str = ""  # why
    needs_proof: bool = False  # a signature inside the body is to be checked


def understand(spec: ReceiverSpec, document: JSONValue, headers: Headers) -> Understood:
    """Find out how to read a body.

    A field that is set on the receiver wins over the preset's. A receiver that
    detects falls back to the plain fields.

    Raises:
        BodyUnknown: The receiver is set to a sender that does not post such a body.
        UnknownPreset: The preset is gone since the receiver was saved.
    """
    preset = _find_preset(spec, document, headers)
    shape = preset.find_shape(document, headers) if preset else None
    if preset is None or shape is None:
        if preset is not None and not spec.status_field:
            raise BodyUnknown(_explain(preset, document))
        return Understood(
            paths=plain_paths(spec),
            delivery_id=_find_delivery_id(spec.delivery_id_field, document, headers),
        )
    wanted = spec.delivery_id_field or preset.delivery_id_field
    return Understood(
        paths=_join_paths(spec, shape),
        preset=preset.name,
        mapping=preset.mapping,
        delivery_id=_find_delivery_id(wanted, document, headers),
        quiet=shape.quiet,
        sentence=shape.sentence,
        needs_proof=bool(preset.proof),
    )


def find_signing(spec: ReceiverSpec, headers: Headers) -> Signing:
    """Return how a post to this receiver has to be signed.

    What is set on the receiver wins; else its preset says it. A receiver that
    detects takes the sender whose signature header is there.
    """
    own = Signing(
        scheme=spec.signature_scheme, header=spec.signature_header or DEFAULT_HEADER
    )
    is_own = spec.signature_header not in ("", DEFAULT_HEADER)
    if is_own or spec.signature_scheme != DEFAULT_SCHEME or not spec.preset:
        return own
    if spec.preset != DETECT:
        return _find_preset_signing(spec.preset) or own
    names = {name.lower() for name in headers}
    return next((s for s in _list_signings() if s.header.lower() in names), own)


def _find_preset_signing(name: str) -> Signing | None:
    try:
        return get_preset(name).signing
    except UnknownPreset:
        return None  # `understand` says so, to those who may know


def _list_signings() -> list[Signing]:
    return [preset.signing for preset in list_presets() if preset.signing]


def _find_preset(
    spec: ReceiverSpec, document: JSONValue, headers: Headers
) -> Preset | None:
    if not spec.preset:
        return None
    if spec.preset == DETECT:
        return detect(document, headers)
    return get_preset(spec.preset)


def plain_paths(spec: ReceiverSpec) -> Paths:
    """Return where a body says what that is read by the receiver's own fields."""
    by_name = "service_name" if spec.preset and spec.service_id is None else ""
    return Paths(
        service_id=spec.service_id,
        status_field=spec.status_field or "status",
        message_field=spec.message_field or ("message" if spec.preset else ""),
        service_name_field=spec.service_name_field or by_name,
        key_field=spec.key_field,
        time_field=spec.time_field,
        items_path=spec.items_path,
    )


def _join_paths(spec: ReceiverSpec, shape: Shape) -> Paths:
    return Paths(
        service_id=spec.service_id,
        status_field=spec.status_field or shape.status_field,
        message_field=spec.message_field or shape.message_field,
        service_name_field=spec.service_name_field or shape.service_name_field,
        key_field=spec.key_field or shape.key_field,
        time_field=spec.time_field or shape.time_field,
        items_path=spec.items_path or shape.items_path,
        refine=None if spec.status_field else shape.refine,
        refine_name=None if spec.service_name_field else shape.refine_name,
    )


def _find_delivery_id(path: str, document: JSONValue, headers: Headers) -> str:
    found = compile_path(path).find(document, headers) if path else None
    return fit_key(as_text(found.value)) if found else ""


def _explain(preset: Preset, document: JSONValue) -> str:
    what = describe_json(document)
    if isinstance(document, dict):
        keys = ", ".join(list(document)[:10]) or "none"
        what = f"an object with the keys {keys:.200}"
    return (
        f"This receiver is set to {preset.label}, which does not post such a body: "
        f"it is {what}. Choose another sender, or detect."
    )
