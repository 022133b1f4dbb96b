"""The vendors of this installation: names are known at once, a vendor is loaded when it is first looked up."""

from mockserver.installed.vendors import InstalledVendors, installed_vendors

__all__ = ["InstalledVendors", "installed_vendors"]
