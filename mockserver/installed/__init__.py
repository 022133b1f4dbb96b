"""The vendors of this installation: names are known at once, a vendor is loaded when it is first looked up."""

from mockserver.installed.loader import UNUSABLE_VENDOR_CODES
from mockserver.installed.vendors import InstalledVendors, installed_vendors

__all__ = ["UNUSABLE_VENDOR_CODES", "InstalledVendors", "installed_vendors"]
