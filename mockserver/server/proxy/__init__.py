"""The proxy of `mockserver proxy`: forwards to one upstream and shows each exchange to an observer."""
