"""The gateway's batches: many requests to one provider in one job, under `/v1/batches`.

They are served since the era of 2026-08-10, from the code of 2026-08-22: the routes are older, but their code of those
months was not compared. A batch is OpenAI's, the only provider that the gateway's preview enables by default: its
statuses, its times and its results are the provider's own words, decorated by the gateway.
"""
