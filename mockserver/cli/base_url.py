"""The base URL of a command's target, as SDKs write it: with the prefix of a vendor, or without it."""

from mockserver.installed import installed_vendors
from mockserver.runner.suite import strip_vendor_prefix


def target_url(base_url: str, *pins: str | None) -> str:
    """Return the URL that the paths of vendors are appended to; `pins` name vendors that are not served by default.

    Raises `MockError` VEN004 to VEN006 for a pin whose vendor cannot be loaded.
    """
    named = [pin.partition("@")[0] for pin in pins if pin]
    return strip_vendor_prefix(base_url, installed_vendors().served(*named))
