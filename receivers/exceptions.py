"""What `receivers` refuses, and why, in words for the sender and the receipt."""

from __future__ import annotations

from integrations_project.lib.exceptions import ProjectError


class ReceiverError(ProjectError):
    """The request could not be understood."""

    code = "receiver_error"


class BodyNotJson(ReceiverError):
    """The body is not JSON."""

    code = "not_json"


class StatusMissing(ReceiverError):
    """The body has no status where this receiver looks for it."""

    code = "status_missing"


class StatusNotText(ReceiverError):
    """The status must be a text, a number or true or false."""

    code = "status_not_text"


class ServiceMissing(ReceiverError):
    """The body names no service where this receiver looks for it."""

    code = "service_missing"


class ServiceUnknown(ReceiverError):
    """No service has the name that the body gives."""

    code = "service_unknown"


class ItemsMissing(ReceiverError):
    """The body has no list where this receiver looks for its items."""

    code = "items_missing"


class TooManyItems(ReceiverError):
    """The body has more items than one request may bring."""

    code = "too_many_items"


class FieldPathInvalid(ReceiverError):
    """A field path in this receiver's settings cannot be read."""

    code = "field_path_invalid"


class SenderRefused(ReceiverError):
    """This receiver takes no posts from this sender."""

    code = "sender_refused"


class UnknownPreset(ReceiverError):
    """There is no preset with this name."""

    code = "unknown_preset"


class BodyUnknown(ReceiverError):
    """The body is none that this receiver's sender posts."""

    code = "body_unknown"


class MappingInvalid(ReceiverError):
    """The mapping must be an object of statuses, each with a list of values."""

    code = "mapping_invalid"


class MappingFileInvalid(ReceiverError):
    """The file is no mapping that was exported here."""

    code = "mapping_file_invalid"


class EncodingUnsupported(ReceiverError):
    """This content encoding is not taken; send gzip, deflate or none."""

    code = "unsupported_encoding"


class EncodingBroken(ReceiverError):
    """The body is not in the encoding that its Content-Encoding names."""

    code = "broken_encoding"


class NoSample(ReceiverError):
    """No body is kept of this request, so there is nothing to show."""

    code = "no_sample"


class NotReplayable(ReceiverError):
    """This receipt cannot be replayed."""

    code = "not_replayable"
