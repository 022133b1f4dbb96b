"""Forms as bodies: what each field becomes, and what is no form."""

import pytest

from mockserver.core.forms import (
    MAX_FIELDS,
    MAX_PART_HEAD,
    UploadedFile,
    encode_form,
    file_text,
    is_form,
    parse_form,
    request_value,
    shortened_upload,
)
from mockserver.core.wire import Request

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = 'multipart/form-data; boundary="a b"'


def part(name, data=b"x", more=""):
    """One part of a multipart body."""
    return (
        b'--a b\r\nContent-Disposition: form-data; name="' + name.encode() + b'"' + more.encode() + b"\r\n\r\n" + data
    )


def multipart(*parts):
    return parse_form(MULTIPART, b"\r\n".join([*parts, b"--a b--\r\n"]))


@pytest.mark.parametrize(
    ("content_type", "answer"),
    [
        (URLENCODED, True),
        ("Application/X-WWW-Form-Urlencoded; charset=utf-8", True),
        ("multipart/form-data; boundary=x", True),
        ("multipart/mixed", False),
        ("application/json", False),
        ("", False),
    ],
)
def test_the_content_types_of_forms(content_type, answer):
    assert is_form(content_type) is answer


class TestFields:
    def test_values_are_texts(self):
        assert parse_form(URLENCODED, b"a=1&b=&c=x+y%26&d") == {"a": "1", "b": "", "c": "x y&", "d": ""}
        assert multipart(part("a", b"1"), part("b", "é\r\n".encode())) == {"a": "1", "b": "é\r\n"}

    def test_a_repeated_name_and_one_with_brackets_give_a_list(self):
        assert parse_form(URLENCODED, b"a=1&a=2&a=3&b[]=1&c[0]=1&c[1]=2&d=[]") == {
            "a": ["1", "2", "3"],
            "b": ["1"],
            "c": ["1", "2"],
            "d": "[]",
        }

    @pytest.mark.parametrize(
        ("text", "value"), [("{}", {}), (' {"a": 1}', {"a": 1}), ("[1]", [1]), ("{", "{"), ("1", "1"), ("", "")]
    )
    def test_some_may_be_json(self, text, value):
        assert parse_form(URLENCODED, f"a={text}&b={text}".encode(), {"a"}) == {"a": value, "b": text}

    def test_of_a_file_its_name_type_and_size_are_kept(self):
        found = multipart(part("f", b"\x89PNG\r\n\x00\r\n", '; filename="a.png"\r\nContent-Type: image/png'))
        assert found == {"f": {"filename": "a.png", "content_type": "image/png", "bytes": 9}}
        assert isinstance(found["f"], UploadedFile)

    def test_a_file_without_a_type_is_text(self):
        assert multipart(part("f", b"", "; filename=a"))["f"]["content_type"] == "text/plain"


class TestNoForm:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"nothing",
            part("a"),
            b"--a b\r\n\r\nx\r\n--a b--\r\n",
            b'--a b\r\nContent-Disposition: form-data; name="a"\r\n--a b--\r\n',
            part("a", b"x", "; x=" + "y" * MAX_PART_HEAD) + b"\r\n--a b--\r\n",
        ],
    )
    def test_of_parts(self, body):
        with pytest.raises(ValueError, match="part"):
            parse_form(MULTIPART, body)

    def test_without_a_boundary(self):
        with pytest.raises(ValueError, match="no parts"):
            parse_form("multipart/form-data", part("a") + b"\r\n--a b--\r\n")

    def test_of_bytes(self):
        with pytest.raises(ValueError, match="UTF-8"):
            parse_form(URLENCODED, b"a=\xff")

    def test_as_many_parts_as_a_form_may_have_are_accepted(self):
        assert multipart(*[part("a")] * MAX_FIELDS) == {"a": ["x"] * MAX_FIELDS}

    def test_of_too_many_fields(self):
        assert len(parse_form(URLENCODED, b"&".join(b"a%d=1" % number for number in range(MAX_FIELDS)))) == MAX_FIELDS
        with pytest.raises(ValueError, match="more than 1000"):
            parse_form(URLENCODED, b"&".join([b"a=1"] * (MAX_FIELDS + 1)))
        with pytest.raises(ValueError, match="more than 1000"):
            multipart(*[part("a")] * (MAX_FIELDS + 1))


SENT = {"prompt": 'a "boat"', "n": [1, 2], "deep": {"a": [True, None]}, "none": None, "list": ["x"], "é": "ü\r\n"}


class TestWhatIsSent:
    @pytest.mark.parametrize("media_type", [URLENCODED, "multipart/form-data"])
    def test_a_form_is_read_as_it_was_sent(self, media_type):
        content_type, body = encode_form(media_type, SENT)
        read = parse_form(content_type, body, {"deep"}, {"list"})
        assert read == SENT | {"n": ["1", "2"], "none": "null"}
        assert encode_form(media_type, SENT) == (content_type, body)

    def test_a_file_has_so_many_bytes(self):
        cat = {"filename": 'a"\r\nb.png', "content_type": "image/png", "bytes": 3}
        content_type, body = encode_form("multipart/form-data", {"cat": cat, "plain": {"filename": "x"}})
        assert b"\r\n\r\n\0\0\0\r\n" in body
        assert parse_form(content_type, body) == {
            "cat": cat | {"filename": "a%22%0D%0Ab.png"},
            "plain": {"filename": "x", "content_type": "application/octet-stream", "bytes": 0},
        }
        assert parse_form(*encode_form(URLENCODED, {"f": cat}), {"f"})["f"] == cat

    def test_a_form_without_fields_is_none(self):
        assert encode_form(URLENCODED, {}) == (URLENCODED, b"")
        assert encode_form("multipart/form-data", {})[1].startswith(b"--form-")


class TestTheValueOfARequest:
    @pytest.mark.parametrize(
        ("content_type", "body", "value"),
        [
            ("application/json", b'{"a": 1}', {"a": 1}),
            ("", b"[1]", [1]),
            ("application/json", b"{", None),
            (URLENCODED, b"a=1", {"a": "1"}),
            (URLENCODED, b'{"a": 1}', {"a": 1}),
            (URLENCODED, b"\xff", None),
            ("multipart/form-data; boundary=x", b"a=1", None),
            (*encode_form("multipart/form-data", {"a": "1"}), {"a": "1"}),
        ],
    )
    def test_json_or_a_form(self, content_type, body, value):
        assert request_value(Request("POST", "/", "", {"content-type": content_type}, body)) == value


class TestShortenedUploads:
    def test_only_files_become_shorter(self):
        fields = {"a": "x" * 50, "f": {"filename": "f", "bytes": 90}, "g": {"filename": "g", "bytes": 2}}
        content_type, body = encode_form("multipart/form-data", fields)
        read = parse_form(content_type, shortened_upload(content_type, body, 10))
        assert [read["a"], read["f"]["bytes"], read["g"]["bytes"]] == ["x" * 50, 10, 2]

    @pytest.mark.parametrize("content_type", ["multipart/form-data", URLENCODED, "", "application/json"])
    def test_another_body_stays(self, content_type):
        assert shortened_upload(content_type, b"filename\r\n\r\nxxxx", 1) == b"filename\r\n\r\nxxxx"


class TestTheTextOfAFile:
    TYPE = "multipart/form-data; boundary=x"

    def body(self, data: bytes, name: str = "file") -> bytes:
        first = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        head = f'{first}--x\r\nContent-Disposition: form-data; name="{name}"'
        return head.encode() + b'; filename="f"\r\n\r\n' + data + b"\r\n--x--\r\n"

    def test_it_is_all_of_it(self):
        assert file_text(self.TYPE, self.body("{}\r\n{}\nü".encode()), "file") == "{}\r\n{}\nü"

    @pytest.mark.parametrize("name", ["a", "other"])
    def test_a_text_or_another_field_is_no_file(self, name):
        assert file_text(self.TYPE, self.body(b"x", "g"), name) is None

    def test_bytes_are_no_text(self):
        assert file_text(self.TYPE, self.body(b"\xff"), "file") is None

    @pytest.mark.parametrize("content_type", ["multipart/form-data", "application/json", ""])
    def test_another_body_has_none(self, content_type):
        assert file_text(content_type, b"{}", "file") is None
