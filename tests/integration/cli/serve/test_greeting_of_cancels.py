"""The greeting says that an era cancels nothing, where it has a call for that."""

from mockserver.cli.serve.greeting_text import vendor_lines
from mockserver.vendors.api import Role
from tests.support.packs import ATELIER

NOTE = "    note: in this era every cancel of a frame is answered with 501"


def test_only_a_cancel_that_a_client_can_call_is_worth_a_note():
    era = ATELIER.eras[-1]._replace(supports_cancel=False)
    assert NOTE in next(line for line in vendor_lines(ATELIER, era, None, "http://a") if "501" in line)
    operations = tuple(each for each in era.operations if each.role is not Role.CANCEL)
    without = era._replace(operations=operations)
    assert not [line for line in vendor_lines(ATELIER, without, None, "http://a") if "501" in line]
