"""The script that puts a page's widget into somebody else's page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alerts.status_page.datatypes import SnapshotData

SCRIPT = """\
// Put <script src="…/widget.js" async></script> where the status is to be seen.
// data-height="120" on it makes the frame as high, in pixels.
(function () {
  var script = document.currentScript;
  var frame = document.createElement("iframe");
  frame.src = %(url)s;
  frame.title = %(title)s;
  frame.loading = "lazy";
  frame.width = "100%%";
  frame.height = (script && script.dataset.height) || "96";
  frame.style.border = "0";
  frame.style.maxWidth = "32rem";
  if (script && script.parentNode) {
    script.parentNode.insertBefore(frame, script.nextSibling);
  } else {
    document.body.appendChild(frame);
  }
})();
"""


def build_script(data: SnapshotData) -> str:
    """Return the script; it runs nothing but itself and asks only for the frame."""
    page = data["page"]
    return SCRIPT % {
        "url": json.dumps(f"{page['url']}embed/"),
        "title": json.dumps(f"Status of {page['title']}"),
    }
