"""The eras that tests of the server run with."""

from mockserver.vendors.api import Era, Vendor


def newest_without_quota(vendor: Vendor) -> Era:
    """The era for tests of the server: a quota that all keys share would answer 429 to the 26th request.

    The newest one of a vendor that has a quota in each.
    """
    eras = (era for era in reversed(vendor.eras) if not any(limit and limit.shared for limit in era.limits.values()))
    return next(eras, vendor.eras[-1])
