"""The documentation's pictures look like the pages of today; `python -m tests.support.page_pictures` takes them."""

import pytest
from playwright.sync_api import Browser

from tests.support.fake_server import FakeServer
from tests.support.page_pictures import IMAGES, PICTURES, REPORT, Picture, difference, report_taken, taken


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_shows_the_page_of_today(browser: Browser, server: FakeServer, picture: Picture):
    shown = taken(browser, server, picture)
    assert difference(browser, shown, (IMAGES / picture.name).read_bytes()) < 4.0


def test_the_picture_of_the_report_shows_the_report_of_today(browser: Browser):
    assert difference(browser, report_taken(browser), (IMAGES / REPORT).read_bytes()) < 1.0
