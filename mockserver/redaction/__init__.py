"""Secrets replaced by placeholders in everything that is printed or written.

`redactor.Redactor` is the one redactor of a run. It knows the keys of the run (`Redactor([key])`, `learn_keys`), and is
used at three places:

* `redact_exchange`, `redact_document`, `redact_text` and `redact_json_value` for what is quoted from an exchange, where
  it is quoted: only there is it known which name stands beside a value;
* `redact_output` for each text on its way to a terminal or a report, the last line of defence against a known key;
* `check` for the bytes of a recording: it refuses them.

`json_redactor`, `markup_redactor`, `table_redactor`, `multipart_redactor` and `line_redactor` know one format of bodies
each, `secret_names` and `secret_patterns` are the tables. This package knows texts and exchanges, and neither files nor
vendors.
"""
