"""The contracts of vendors, and whether exchanges keep them: bytes and values in, findings out.

This package knows captures (OpenAPI 3.1 documents, one for each era of a vendor) and not vendors: no lifecycle, no
scenario, no server. The fake's tables define what the fake does; a capture states what the vendor's pages,
specification and live service show. The two are written apart, so that each can reveal the other's mistakes.

From the bottom: `findings` and `judgement` are the results. `documents` reads captures and waivers, `schema` compares
values and answers with them, `rules` reads what must hold over time, `oracle` tracks the possible states of a job.
`judge` judges exchanges: one, a history, the client. On top, `eras` detects vendor and era of a recording, `compare`
compares contracts with each other and with recordings, and `explain` documents rules. Each imports only from below.
Validators are imported when something is judged, not before.
"""
