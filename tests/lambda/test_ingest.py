"""The function that takes events in, as senders and strangers see it."""

import base64
import gzip
import hashlib
import hmac
import json
import pathlib
import socket
import time
import urllib.error

import pytest

from conftest import CUSTOMERIO_KEY, SEGMENT_KEY, identify
from harness import REPOSITORY, WRITE_KEY, FunctionError, post


def basic(key):
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


@pytest.fixture
def served(stack):
    served = stack()
    served.start_ingest()
    return served


def send(served, path, body, headers):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    status, headers, answer = post(served.url.url + path, body, headers)
    return status, json.loads(answer), headers


def test_a_batch_is_on_the_queue_when_it_is_answered(served):
    calls = [identify(f"u{n}") for n in range(25)] + [{"type": "identify"}]
    status, answer, _ = send(served, "/v1/batch", {"batch": calls}, basic(WRITE_KEY))
    assert status == 200
    assert answer["success"] is True
    assert [(one["index"], one["code"]) for one in answer["rejected"]] == [
        (25, "event.missing_identity")
    ]
    queued = served.messages()
    assert sorted(event["userId"] for event in queued) == sorted(f"u{n}" for n in range(25))
    assert all("receivedAt" in event and "writeKey" not in event for event in queued)
    assert served.ingest.metric("Accepted") == 25
    assert served.ingest.metric("NotAccepted") == 1


def test_what_was_taken_in_whole_is_answered_as_segment_does(served):
    status, answer, headers = send(
        served, "/v1/identify", {"userId": "u", "writeKey": WRITE_KEY}, {}
    )
    assert (status, answer) == (200, {"success": True})
    assert headers["content-type"] == "application/json"


def test_an_ordered_queue_keeps_the_order_of_a_user_and_drops_what_comes_twice(stack):
    served = stack(fifo=True)
    served.start_ingest()
    calls = [identify("u", message=f"m{n}", n=n) for n in range(12)]
    for _ in range(2):
        status, _, _ = send(served, "/v1/batch", {"batch": calls}, basic(WRITE_KEY))
        assert status == 200
    assert [event["traits"]["n"] for event in served.messages()] == list(range(12))


def test_when_the_queue_fails_nothing_is_said_to_be_taken(served):
    served.sqs.delete_queue(QueueUrl=served.queue_url)
    status, answer, headers = send(
        served, "/v1/batch", {"batch": [identify("u")]}, basic(WRITE_KEY)
    )
    assert status == 503
    assert answer["success"] is False and answer["code"] == "unavailable"
    assert headers["retry-after"] == "1"


def test_a_key_that_is_new_is_known_without_a_restart(served, monkeypatch):
    assert send(served, "/v1/identify", {"userId": "u"}, basic(WRITE_KEY))[0] == 200
    assert send(served, "/v1/identify", {"userId": "u"}, basic("rotated"))[0] == 401
    keys = json.dumps({"write_keys": ["rotated"]})
    served.secrets.put_secret_value(SecretId=served.keys_secret, SecretString=keys)
    # Strangers cannot make the function ask for the secret as often as they like; a new instance asks at once.
    assert send(served, "/v1/identify", {"userId": "u"}, basic("rotated"))[0] == 401
    served.ingest.restart()
    assert send(served, "/v1/identify", {"userId": "u"}, basic("rotated"))[0] == 200
    assert send(served, "/v1/identify", {"userId": "u"}, basic(WRITE_KEY))[0] == 401


def test_without_its_keys_the_function_takes_nothing(stack):
    served = stack()
    served.start_ingest(ATTIO_INGEST_KEYS="secretsmanager:nothing-there")
    assert send(served, "/v1/identify", {"userId": "u"}, basic(""))[0] == 503


def test_webhooks_are_taken_as_their_platforms_sign_them(served):
    events = [identify("a"), identify("b")]
    body = json.dumps(events, separators=(",", ":")).encode()
    first = json.dumps(events[0], separators=(",", ":")).encode()
    signature = hmac.new(SEGMENT_KEY.encode(), first, hashlib.sha1).hexdigest()
    assert send(served, "/webhook", body, {"X-Signature": signature})[0] == 200

    now = str(int(time.time()))
    signed = b"v0:" + now.encode() + b":" + body
    signature = hmac.new(CUSTOMERIO_KEY.encode(), signed, hashlib.sha256).hexdigest()
    headers = {"X-CIO-Signature": signature, "X-CIO-Timestamp": now}
    assert send(served, "/webhook", body, headers)[0] == 200
    assert send(served, "/webhook", body, {"Authorization": f"Bearer {WRITE_KEY}"})[0] == 200
    assert len(served.messages()) == 6


@pytest.mark.parametrize("name", ["ingest-identify", "ingest-batch", "ingest-webhook"])
def test_the_samples_are_taken(served, name):
    text = (REPOSITORY / "events" / f"{name}.json").read_text()
    secret = json.dumps({"key": "write-key"})
    served.secrets.put_secret_value(SecretId=served.keys_secret, SecretString=secret)
    answer = served.ingest.invoke(text.encode())
    assert (answer["statusCode"], answer["body"]) == (200, '{"success":true}')


class TestStrangers:
    """Requests of people who are not our senders, or not well. Each has its status; memory stays within bounds."""

    # What the bootstrap may hold at most: the largest request that Lambda passes on, decoded and parsed, and no more.
    MAX_MEMORY = 96 * 1024 * 1024

    def test_wrong_keys_and_forged_signatures(self, served):
        event = json.dumps(identify("u")).encode()
        now, late = int(time.time()), int(time.time()) - 3600
        forged = hmac.new(b"guess", event, hashlib.sha1).hexdigest()
        signed = hmac.new(SEGMENT_KEY.encode(), event, hashlib.sha1).hexdigest()

        def customerio(key, timestamp):
            signed = b"v0:" + str(timestamp).encode() + b":" + event
            return {
                "X-CIO-Signature": hmac.new(key, signed, hashlib.sha256).hexdigest(),
                "X-CIO-Timestamp": str(timestamp),
            }

        replayed = customerio(CUSTOMERIO_KEY.encode(), late)
        for path, headers, body in [
            ("/v1/identify", {}, event),
            ("/v1/identify", basic("guess"), event),
            ("/v1/identify", basic(""), event),
            ("/v1/identify", {"Authorization": "Bearer guess"}, event),
            ("/webhook", {}, event),
            ("/webhook", {"Authorization": "Bearer guess"}, event),
            ("/webhook", {"X-Signature": forged}, event),
            ("/webhook", {"X-Signature": signed}, event.replace(b'"u"', b'"v"')),
            ("/webhook", customerio(b"guess", now), event),
            # Replayed as it was, and with a fresh time that nobody signed.
            ("/webhook", replayed, event),
            ("/webhook", {**replayed, "X-CIO-Timestamp": str(now)}, event),
        ]:
            status, answer, _ = send(served, path, body, headers)
            assert status == 401, (path, headers)
            assert answer["code"] == "unauthorized"
        assert served.messages() == []

    def test_bodies_that_are_too_large(self, served):
        key = basic(WRITE_KEY)
        bearer = {"Authorization": f"Bearer {WRITE_KEY}"}
        megabytes = b"[" + b" " * (10 * 1024 * 1024)
        calls = json.dumps({"batch": [{"type": "track", "userId": "u"}] * 2501}).encode()
        for path, body, headers, status in [
            ("/v1/identify", b'{"userId":"' + b"u" * 40_000 + b'"}', key, 400),
            ("/v1/batch", b" " * 600_000, key, 400),
            ("/v1/batch", calls, key, 400),
            # This much does not even reach the function.
            ("/v1/batch", megabytes, key, 413),
            ("/webhook", megabytes, bearer, 413),
        ]:
            try:
                assert post(served.url.url + path, body, headers)[0] == status, path
            except (ConnectionError, urllib.error.URLError):
                # The connection was closed while we were still sending: as good as 413.
                assert status == 413
        assert served.messages() == []
        # A good one afterwards, so that the function was not harmed.
        assert send(served, "/v1/identify", {"userId": "u"}, key)[0] == 200
        assert served.ingest.peak_memory_bytes() < self.MAX_MEMORY

    def test_compressed_bombs(self, served):
        headers = {**basic(WRITE_KEY), "Content-Encoding": "gzip"}
        bearer = {"Authorization": f"Bearer {WRITE_KEY}", "Content-Encoding": "gzip"}
        # 1 GB of zeros.
        bomb = gzip.compress(bytes(64 * 1024 * 1024)) * 16
        nested = gzip.compress(b"[" * (3 * 1024 * 1024))
        assert send(served, "/v1/batch", bomb, headers)[0] == 400
        assert send(served, "/v1/identify", bomb, headers)[0] == 400
        assert send(served, "/webhook", bomb, bearer)[0] == 413
        assert send(served, "/webhook", nested, bearer)[0] == 400
        # Who is not known is not even decompressed for.
        assert send(served, "/v1/batch", bomb, {**headers, **basic("guess")})[0] == 401
        assert served.ingest.peak_memory_bytes() < self.MAX_MEMORY

    def test_nested_arrays(self, served):
        deep = b"[" * 10_000 + b"]" * 10_000
        inside = b'{"type":"track","userId":"u","properties":{"a":' + deep + b"}}"
        key, bearer = basic(WRITE_KEY), {"Authorization": f"Bearer {WRITE_KEY}"}
        for path, body, headers in [
            ("/v1/batch", deep, key),
            ("/v1/batch", b'{"batch":' + deep + b"}", key),
            ("/v1/batch", b'{"batch":[' + inside + b"]}", key),
            ("/v1/track", inside, key),
            ("/webhook", deep, bearer),
            ("/webhook", inside, bearer),
        ]:
            assert send(served, path, body, headers)[0] == 400, (path, body[:40])
        assert served.messages() == []
        assert served.ingest.peak_memory_bytes() < self.MAX_MEMORY

    def test_a_body_that_trickles_in_keeps_nobody_waiting(self, served):
        # The function URL holds the request until it is whole; the function never sees half of it.
        slow = socket.create_connection(("127.0.0.1", served.url.server.server_port))
        slow.sendall(b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{")
        assert send(served, "/v1/identify", {"userId": "u"}, basic(WRITE_KEY))[0] == 200
        slow.close()
        assert send(served, "/v1/identify", {"userId": "u"}, basic(WRITE_KEY))[0] == 200

    def test_what_is_not_http(self, served):
        with pytest.raises(FunctionError):
            served.ingest.invoke({"type": "identify", "userId": "u"})
        assert send(served, "/v1/identify", {"userId": "u"}, basic(WRITE_KEY))[0] == 200

    def test_paths_and_methods(self, served):
        for method, path, status in [
            ("GET", "/", 404),
            ("POST", "/", 404),
            ("POST", "/v1/projects", 404),
            ("GET", "/v1/identify", 405),
            ("PUT", "/v1/batch", 405),
            ("DELETE", "/webhook", 405),
        ]:
            body = None if method == "GET" else b"{}"
            assert post(served.url.url + path, body, basic(WRITE_KEY), method)[0] == status
