"""Active judging: a careful probe of a live API, and a fuzzer; both send requests and let the contract judge."""
