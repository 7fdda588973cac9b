"""ETag and If-Match: no change is lost unseen."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.rest.client import NEW, Api, problem


def put(api: Api, path: str, tag: str, **changes: Any) -> requests.Response:
    return api.call("PUT", path, changes, headers={"If-Match": tag})


def test_every_answer_with_an_extension_has_the_tag_of_its_state(api: Api) -> None:
    created = api.call("POST", "/extensions", NEW)
    path = f"/extensions/{created.json()['id']}"
    assert api.call("GET", path).headers["ETag"] == created.headers["ETag"]
    updated = api.call("PUT", path, {"name": "New"})
    assert updated.headers["ETag"] != created.headers["ETag"]
    assert api.call("GET", path).headers["ETag"] == updated.headers["ETag"]
    assert api.call("DELETE", path).headers["ETag"] == updated.headers["ETag"]


def test_only_the_state_that_was_seen_is_changed(api: Api) -> None:
    created = api.call("POST", "/extensions", NEW)
    path, tag = f"/extensions/{created.json()['id']}", created.headers["ETag"]
    second = put(api, path, tag, name="Second")
    assert second.status_code == 200
    for old in (tag, f"W/{second.headers['ETag']}", '"no tag of ours"', "", second.headers["ETag"].strip('"')):
        assert problem(put(api, path, old, password="lost-password-789")) == (412, "changed_meanwhile"), old
        assert problem(api.call("DELETE", path, headers={"If-Match": old})) == (412, "changed_meanwhile")
    assert api.call("GET", path).json() == second.json()
    for good in (f'"x", {second.headers["ETag"]}', "*"):
        good_answer = put(api, path, good, name="Third")
        assert good_answer.status_code == 200, good
    assert api.call("DELETE", path, headers={"If-Match": good_answer.headers["ETag"]}).status_code == 200
    assert problem(put(api, path, "*", name="x")) == (404, "not_found")


def test_of_a_hundred_at_once_one_wins(api: Api) -> None:
    created = api.call("POST", "/extensions", NEW)
    path, tag = f"/extensions/{created.json()['id']}", created.headers["ETag"]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: put(api, path, tag, name=f"name {n}"), range(100)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 99}
    [winner] = [answer for answer in answers if answer.status_code == 200]
    assert api.call("GET", path).json() == winner.json()


def test_a_hundred_changes_by_rivals_that_look_again_are_all_made(api: Api) -> None:
    path = f"/extensions/{api.create(detail='')['id']}"

    def add(mark: str) -> None:
        """Append to the detail what others append to, too."""
        while True:
            seen = api.call("GET", path)
            answer = put(api, path, seen.headers["ETag"], detail=seen.json()["detail"] + mark)
            if answer.status_code == 200:
                return
            assert answer.status_code in {412, 503}, answer.text

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, "abcdefghijklmnopqrstuvwxy" * 4))
    assert Counter(api.call("GET", path).json()["detail"]) == Counter("abcdefghijklmnopqrstuvwxy" * 4)


@pytest.mark.parametrize("direct", [True, False])
def test_a_tag_counts_for_every_kind_of_change(api: Api, direct: bool) -> None:
    created = api.call("POST", "/extensions", NEW | {"direct": not direct})
    path = f"/extensions/{created.json()['id']}"
    answers = [put(api, path, created.headers["ETag"], direct=direct, max_devices=3) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 412]
