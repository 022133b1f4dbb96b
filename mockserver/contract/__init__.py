"""What a vendor promises, and whether an exchange keeps it: bytes and values in, findings out.

This room knows captures (OpenAPI 3.1 documents, one for each era of a vendor), not vendors: it has never heard of
a lifecycle, a scenario or a server. The fake's tables say what the fake does; a capture says what the vendor's pages,
specification and live service say. The two are written apart, so that each can show the other's mistakes.

`capture` reads the documents, `judge` compares one exchange with one, `findings` is what comes out, `waivers` names
the places where a page contradicts itself. Nothing heavy is imported until something is judged.

Over time: `rules` reads what must hold from one answer to the next, `oracle` knows which states a job may be in,
`history` judges the exchanges of a run as they come, `recording` one of which nobody says whose it is, `conduct` looks
at the client. `judgement` is what comes out of all that, and `explain` says why.
"""
