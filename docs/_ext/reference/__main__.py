"""Write every generated page: `python -m docs._ext.reference`."""

from docs._ext.reference.files import generated_files

for _path, _text in generated_files().items():
    _path.parent.mkdir(exist_ok=True)
    _path.write_text(_text, encoding="utf-8")
