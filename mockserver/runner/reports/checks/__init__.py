"""Reports of judged exchanges: recordings, proxied and live traffic, fuzzing."""
