"""``sluis bench responses``: what it measures is the same work, and all of it."""

from __future__ import annotations

from exchanges import bench_responses
from exchanges.simulators.uwv_responses import answers


def test_every_answer_is_read_and_parsed(monkeypatch):
    monkeypatch.setattr(bench_responses, "SMALL", 3)
    found = bench_responses.responses(40, rounds=1)
    made = list(answers(40))
    assert found["messages"] == found["rows"]["client"] == 40
    assert found["rows"]["iko"] == sum(one.periods for one in made)
    assert found["message_bytes"] == sum(len(one.xml) for one in made) > found["archive_bytes"]
    assert found["read_seconds"] > 0 < found["iterparse_seconds"] and found["peak_rss_mb"] > 0
