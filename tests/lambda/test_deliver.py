"""The function that delivers, between a queue and the Attio sandbox."""

import base64
import json
import threading
import time

import pytest

from conftest import group, identify
from harness import API_KEY, REPOSITORY, WRITE_KEY, FunctionError, wait_for
from test_ingest import basic, send

POISON = [
    ("not json", "event.invalid_json"),
    ('{"type": "identify"}', "event.missing_identity"),
    ('{"type": "identity", "userId": "u"}', "event.unknown_type"),
]


def emails(users):
    return sorted(f"{user}@example.com" for user in users)


def test_from_a_request_to_linked_records(stack):
    made = stack()
    attio = made.start_attio()
    made.start_ingest()
    deliver = made.start_deliver()
    calls = [identify(f"u{n}", firstName="Ada", lastName=f"No {n}") for n in range(30)]
    calls += [group(f"u{n}", "acme") for n in range(30)]
    calls.append({"type": "track", "userId": "u0", "event": "Signed Up"})
    assert send(made, "/v1/batch", {"batch": calls}, basic(WRITE_KEY))[0] == 200
    made.mapping(deliver).drain()
    users = sorted(f"u{n}" for n in range(30))
    assert attio.values("users", "user_id") == users
    assert attio.values("people", "email_addresses") == emails(users)
    [workspace] = attio.records("workspaces")
    assert len(workspace["values"]["users"]) == 30
    assert "acme.example.com" in attio.values("companies", "domains")
    assert deliver.metric("Events") == 61
    assert deliver.metric("Delivered") == 60
    assert deliver.metric("Filtered") == 1
    # 60 asserts of people and users, and the group's writes merged into a few.
    assert deliver.metric("Writes") < 75
    assert made.dead_letters() == []


def test_poison_goes_to_the_dead_letter_queue_at_once_with_its_reason(stack):
    made = stack()
    attio = made.start_attio()
    deliver = made.start_deliver()
    made.put(identify("good"), *[text for text, _ in POISON])
    taken, failed = made.mapping(deliver).poll()
    assert (taken, failed) == (4, [])
    assert attio.values("users", "user_id") == ["good"]
    letters = made.dead_letters()
    by_reason = {
        letter["MessageAttributes"]["code"]["StringValue"]: json.loads(letter["Body"])
        for letter in letters
    }
    assert set(by_reason) == {reason for _, reason in POISON}
    for text, reason in POISON:
        letter = by_reason[reason]
        assert letter["outcome"] == "rejected" and letter["why"]["code"] == reason
        assert letter["plan"]["diagnostics"][0]["code"] == reason
        assert letter["queue_url"] == made.queue_url
        assert letter.get("event_text", json.dumps(letter.get("event"))) == text
    assert deliver.metric("DeadLetters") == 3
    assert made.mapping(deliver).depth() == [0, 0]


def test_what_attio_refuses_keeps_the_plan_and_the_answer(stack):
    made = stack()
    made.start_attio()
    # An object that the workspace has not: Attio refuses it, and would do so however often it is asked.
    config = json.dumps(
        {
            "name": "deals",
            "subscriptions": [
                {
                    "name": "Deals",
                    "action": "assert_record",
                    "subscribe": 'type = "track"',
                    "mapping": {
                        "object": "users",
                        "matching_attribute": "user_id",
                        "attributes": {
                            "user_id": {"@path": "$.userId"},
                            "plan": {"@path": "$.properties.plan"},
                        },
                    },
                }
            ],
            "attributes": {"users": {"plan": {"type": "select"}}},
        }
    )
    made.aws.client("ssm").put_parameter(
        Name=f"/attio-destination/{made.name}", Value=config, Type="String"
    )
    deliver = made.start_deliver(ATTIO_CONFIG=f"ssm:/attio-destination/{made.name}")
    made.put({"type": "track", "userId": "u", "event": "x", "properties": {"plan": "gold"}})
    assert made.mapping(deliver).poll() == (1, [])
    [letter] = made.dead_letters()
    letter = json.loads(letter["Body"])
    assert letter["outcome"] == "failed"
    assert 400 <= letter["response"]["status"] < 500
    assert letter["plan"]["writes"][0]["values"]["plan"] == {"option": "gold"}
    assert letter["event"]["properties"] == {"plan": "gold"}
    assert deliver.metric("Failed") == 1


def test_a_live_schema_is_that_of_the_workspace(stack):
    made = stack()
    attio = made.start_attio()

    def create(path, **data):
        attio.call("POST", f"/v2/objects/users/attributes{path}", {"data": data})

    attribute = {"title": "Tier", "api_slug": "tier", "type": "select", "description": None}
    flags = {"is_required": False, "is_unique": False, "is_multiselect": False, "config": {}}
    create("", **attribute, **flags)
    create("/tier/options", title="Gold")
    config = {
        "name": "tiers",
        "subscriptions": [
            {
                "name": "Tiers",
                "action": "assert_record",
                "subscribe": 'type = "track"',
                "mapping": {
                    "object": "users",
                    "matching_attribute": "user_id",
                    "attributes": {
                        "user_id": {"@path": "$.userId"},
                        "primary_email_address": {"@path": "$.properties.email"},
                        "tier": {"@path": "$.properties.tier"},
                    },
                },
            }
        ],
    }
    name = f"/attio-destination/{made.name}"
    made.aws.client("ssm").put_parameter(Name=name, Value=json.dumps(config), Type="String")
    deliver = made.start_deliver(ATTIO_CONFIG=f"ssm:{name}", ATTIO_SCHEMA="live")
    track = {"type": "track", "userId": "u", "event": "x"}
    track["properties"] = {"tier": "gold", "email": "u@example.com"}
    answer = deliver.invoke({**track, "dry_run": True})
    # Only who knows the options of the workspace spells it like this.
    assert answer["plans"][0]["writes"][0]["values"]["tier"] == {"option": "Gold"}
    made.put(track)
    made.mapping(deliver).drain()
    assert made.dead_letters() == []
    [user] = attio.records("users")
    assert user["values"]["tier"][0]["option"]["title"] == "Gold"


def test_only_what_must_come_again_does(stack):
    made = stack(visibility=60)
    attio = made.start_attio()
    deliver = made.start_deliver()
    mapping = made.mapping(deliver)
    # A group before its user: the one event waits for the other, which is not in this batch.
    made.put(identify("early"), group("late", "acme"))
    taken, failed = mapping.poll()
    assert taken == 2
    assert len(failed) == 1
    assert mapping.depth() == [0, 1]
    assert attio.values("users", "user_id") == ["early"]
    assert deliver.metric("Held") == 1
    # The user comes; then the message does, which was hidden for a minute only.
    made.put(identify("late"))
    assert mapping.poll() == (1, [])
    record = {"Records": [message_of(group("late", "acme"))]}
    assert deliver.invoke(record) == {"batchItemFailures": []}
    [workspace] = attio.records("workspaces")
    assert len(workspace["values"]["users"]) == 1


def test_an_event_that_waited_long_goes_without_the_reference(stack):
    made = stack()
    attio = made.start_attio()
    deliver = made.start_deliver(ATTIO_HOLD_FOR_SECONDS="2")
    long_ago = int((time.time() - 3600) * 1000)
    record = {"Records": [message_of(group("nobody", "acme"), sent=long_ago)]}
    begin = time.monotonic()
    # It is old, but who knows how long Attio was down: it gets its time from when this deliverer saw Attio answer.
    assert len(deliver.invoke(record)["batchItemFailures"]) == 1
    time.sleep(2.1)
    assert deliver.invoke(record) == {"batchItemFailures": []}
    assert time.monotonic() - begin < 10, "it does not use up the time of the function"
    [workspace] = attio.records("workspaces")
    assert workspace["values"]["users"] == []


def message_of(event, sent=None, group_id=None, identifier="m"):
    attributes = {"SentTimestamp": str(sent or int(time.time() * 1000))}
    if group_id:
        attributes["MessageGroupId"] = group_id
    return {
        "messageId": identifier,
        "receiptHandle": "r",
        "body": event if isinstance(event, str) else json.dumps(event),
        "attributes": attributes,
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:q",
        "awsRegion": "eu-west-1",
    }


class TestThrottling:
    def test_the_share_of_the_limit_is_kept(self, stack):
        made = stack(visibility=30)
        attio = made.start_attio("--rate-limit")
        deliver = made.start_deliver(ATTIO_WRITES_PER_SECOND="25")
        made.put(*[identify(f"u{n}") for n in range(40)])
        made.mapping(deliver).drain()
        assert len(attio.values("users", "user_id")) == 40
        assert deliver.metric("RateLimited") == 0

    def test_too_many_are_slowed_down_and_lose_nothing(self, stack):
        made = stack(visibility=30)
        attio = made.start_attio("--rate-limit")
        deliver = made.start_deliver(ATTIO_WRITES_PER_SECOND="500")
        made.put(*[identify(f"u{n}") for n in range(40)])
        made.mapping(deliver).drain()
        assert len(attio.values("users", "user_id")) == 40
        assert deliver.metric("RateLimited") > 0
        assert made.dead_letters() == []

    def test_what_the_time_does_not_suffice_for_comes_again(self, stack):
        made = stack(visibility=30)
        attio = made.start_attio()
        # 5 writes a second, and less than 4 seconds: not enough for 80.
        deliver = made.start_deliver(timeout=5, ATTIO_WRITES_PER_SECOND="10", ATTIO_DELIVERERS="2")
        mapping = made.mapping(deliver)
        made.put(*[identify(f"u{n}") for n in range(40)])
        taken, failed = mapping.poll()
        assert taken == 40 and 20 < len(failed) < 40
        assert len(attio.values("users", "user_id")) >= 40 - len(failed)
        deliver.restart(ATTIO_WRITES_PER_SECOND="1000", AWS_LAMBDA_FUNCTION_TIMEOUT="60")
        mapping.drain()
        assert len(attio.values("users", "user_id")) == 40
        assert made.dead_letters() == []


def test_a_flaky_attio_loses_nothing(stack):
    made = stack(visibility=30)
    attio = made.start_attio("--server-errors", "20%", "--resets", "10%", "--seed", "7")
    deliver = made.start_deliver()
    made.put(*[identify(f"u{n}") for n in range(30)])
    made.put(*[group(f"u{n}", "acme") for n in range(30)])
    made.mapping(deliver).drain(120)

    def read(what):
        # The reads meet the faults too.
        for _ in range(20):
            try:
                return what()
            except (AssertionError, OSError):
                continue
        return what()

    assert len(read(lambda: attio.values("users", "user_id"))) == 30
    [workspace] = read(lambda: attio.records("workspaces"))
    assert len(workspace["values"]["users"]) == 30
    assert deliver.metric("Retries") > 0
    assert made.dead_letters() == []


class TestTokens:
    def test_a_wrong_token_fails_the_batch_fast_and_a_new_one_is_read(self, stack):
        made = stack(visibility=30)
        made.secrets.put_secret_value(SecretId=made.token_secret, SecretString="revoked")
        attio = made.start_attio()
        deliver = made.start_deliver()
        mapping = made.mapping(deliver)
        made.put(*[identify(f"u{n}") for n in range(20)])
        begin = time.monotonic()
        taken, failed = mapping.poll()
        assert taken == 20 and len(failed) == 20
        assert time.monotonic() - begin < 10
        assert deliver.metric("Unauthorized") == 1
        assert deliver.metric("Held") == 20 and deliver.metric("Failed") == 0
        assert any(
            line["level"] == "ERROR" and "access token" in line["message"]
            for line in deliver.lines()
            if "message" in line
        )
        # Rotated: the same instance reads the new one, and the batch that met it is delivered at once.
        made.secrets.put_secret_value(SecretId=made.token_secret, SecretString=API_KEY)
        mapping.drain()
        assert len(attio.values("users", "user_id")) == 20
        assert deliver.metric("Unauthorized") == 1
        assert made.dead_letters() == []

    def test_without_a_token_nothing_is_lost(self, stack):
        made = stack(visibility=30)
        made.start_attio()
        deliver = made.start_deliver(ATTIO_API_KEY="secretsmanager:nothing-there")
        mapping = made.mapping(deliver)
        made.put(identify("u"))
        assert len(mapping.poll()[1]) == 1
        assert sum(mapping.depth()) == 1


def test_a_deliverer_that_is_killed_in_the_middle_of_a_batch_loses_nothing(stack):
    for table in (False, True):
        made = stack(visibility=10, table=table)
        attio = made.start_attio("--latency", "60ms")
        deliver = made.start_deliver(timeout=8, ATTIO_WRITES_PER_SECOND="25")
        mapping = made.mapping(deliver)
        made.put(*[identify(f"u{n}", title=f"Title {n}") for n in range(30)])
        made.put(*[group(f"u{n}", "acme") for n in range(10)])
        answers = []
        poll = threading.Thread(target=lambda: answers.append(mapping.poll()))
        poll.start()
        # Some are written, some are not, some are on their way.
        wait_for(lambda: len(attio.records("users")) >= 5, what="the first writes")
        deliver.kill_bootstrap()
        poll.join()
        [(taken, failed)] = answers
        assert taken == 40 and len(failed) == 40, "nothing of the batch is acknowledged"
        assert len(attio.records("users")) < 30
        deliver.restart()
        mapping.drain(90)
        users = sorted(f"u{n}" for n in range(30))
        assert attio.values("users", "user_id") == users
        assert attio.values("people", "email_addresses") == emails(users)
        assert attio.values("people", "job_title") == sorted(f"Title {n}" for n in range(30))
        [workspace] = attio.records("workspaces")
        assert len(workspace["values"]["users"]) == 10
        assert made.dead_letters() == []


class TestTriggers:
    def test_the_samples_are_delivered(self, stack):
        made = stack()
        attio = made.start_attio()
        deliver = made.start_deliver()
        for name in ["sqs", "kinesis", "eventbridge", "direct"]:
            answer = deliver.invoke((REPOSITORY / "events" / f"deliver-{name}.json").read_bytes())
            if name == "direct":
                assert [one["outcome"] for one in answer["results"]] == ["delivered"]
                assert answer["summary"]["events"] == 1
            else:
                assert answer == {"batchItemFailures": []}, name
        assert attio.values("people", "email_addresses") == ["grace@example.com"]

    def test_a_dry_run_gives_plans_and_writes_nothing(self, stack):
        made = stack()
        attio = made.start_attio()
        # Not even a token is needed.
        deliver = made.start_deliver(ATTIO_API_KEY="secretsmanager:nothing-there")
        sample = (REPOSITORY / "events" / "deliver-direct-dry-run.json").read_bytes()
        answer = deliver.invoke(sample)
        objects = [[write["object"] for write in plan["writes"]] for plan in answer["plans"]]
        assert objects == [["people", "users"], ["companies", "workspaces", "workspaces"]]
        assert attio.records("people") == []

    def test_a_direct_caller_learns_what_was_no_event(self, stack):
        made = stack()
        made.start_attio()
        deliver = made.start_deliver()
        answer = deliver.invoke([identify("u"), {"type": "identify"}])
        assert [one["outcome"] for one in answer["results"]] == ["delivered"]
        assert [(one["index"], one["code"]) for one in answer["rejected"]] == [
            (1, "event.missing_identity")
        ]
        with pytest.raises(FunctionError, match="expected messages of SQS"):
            deliver.invoke({"Records": [{"eventSource": "aws:s3"}]})

    def test_a_stream_goes_on_at_the_first_record_that_must_come_again(self, stack):
        made = stack()
        made.start_attio()
        deliver = made.start_deliver()

        def record(number, event):
            data = base64.b64encode(json.dumps(event).encode()).decode()
            kinesis = {"sequenceNumber": str(number), "data": data, "partitionKey": "p"}
            kinesis["approximateArrivalTimestamp"] = time.time()
            return {"eventSource": "aws:kinesis", "kinesis": kinesis}

        events = [identify("a"), group("missing", "acme"), identify("b"), group("gone", "other")]
        answer = deliver.invoke({"Records": [record(n, event) for n, event in enumerate(events)]})
        assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}

    def test_an_event_of_a_bus_that_must_come_again_fails_the_invocation(self, stack):
        made = stack()
        made.start_attio()
        deliver = made.start_deliver()
        event = {"detail-type": "group", "source": "test", "detail": group("missing", "acme")}
        with pytest.raises(FunctionError, match="must come again"):
            deliver.invoke(event)


def test_an_ordered_queue_keeps_the_order_of_a_user_when_one_must_come_again(stack):
    made = stack(fifo=True)
    made.start_attio()
    deliver = made.start_deliver()
    records = [
        message_of(group("missing", "acme"), group_id="g1", identifier="held"),
        message_of(identify("a"), group_id="g2", identifier="other"),
        message_of(identify("b"), group_id="g1", identifier="behind"),
    ]
    answer = deliver.invoke({"Records": records})
    failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
    assert failed == ["held", "behind"]


def test_messages_that_must_come_again_do_so_soon(stack):
    # Without being told, the queue would hide them for ten minutes.
    made = stack(visibility=600)
    attio = made.start_attio()
    made.secrets.put_secret_value(SecretId=made.token_secret, SecretString="revoked")
    deliver = made.start_deliver()
    mapping = made.mapping(deliver)
    made.put(identify("u"))
    assert len(mapping.poll()[1]) == 1
    made.secrets.put_secret_value(SecretId=made.token_secret, SecretString=API_KEY)
    assert mapping.poll() == (0, [])
    mapping.drain(20)
    assert attio.values("users", "user_id") == ["u"]


class TestLedger:
    def test_what_did_not_change_is_not_written_again_by_any_deliverer(self, stack):
        made = stack(table=True)
        made.start_attio()
        first, second = made.start_deliver(), made.start_deliver()
        events = [identify("u", message="m1"), group("u", "acme")]
        for function in (first, second):
            answer = function.invoke(events)
            outcomes = [one["outcome"] for one in answer["results"]]
        assert outcomes == ["unchanged", "unchanged"]
        assert first.metric("Writes") >= 4
        assert second.metric("Writes") == 0
        assert second.metric("Unchanged") == 2

    def test_an_older_event_does_not_overwrite_what_another_deliverer_wrote(self, stack):
        made = stack(table=True)
        attio = made.start_attio()
        first, second = made.start_deliver(), made.start_deliver()
        newer, older = identify("u", title="new"), identify("u", title="old", phone="+14155550123")
        newer["timestamp"], older["timestamp"] = "2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"
        first.invoke([newer])
        second.invoke([older])
        [person] = attio.records("people")
        assert person["values"]["job_title"][0]["value"] == "new"
        # Attribute by attribute: what only the older event has is written.
        assert person["values"]["phone_numbers"] != []

    def test_deliverers_at_the_same_time_come_to_the_state_of_one(self, stack):
        made = stack(table=True, visibility=20)
        attio = made.start_attio("--latency", "5ms")
        functions = [made.start_deliver() for _ in range(3)]
        events = []
        for n in range(120):
            event = identify(f"u{n % 6}", message=f"m{n}", title=f"Title {n:03}")
            event["timestamp"] = f"2026-01-01T00:{n // 60:02}:{n % 60:02}Z"
            events.append(event)
        # Out of order, and each twice.
        for event in events[::-1] + events[::3]:
            made.put(event)
        mappings = [made.mapping(function, batch_size=20) for function in functions]
        workers = [threading.Thread(target=mapping.drain, args=(90,)) for mapping in mappings]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert mappings[0].depth() == [0, 0]
        # Which of them delivers is a matter of leases; that several were given events makes it a test.
        assert sum(function.metric("Events") > 0 for function in functions) >= 2
        titles = {
            person["values"]["email_addresses"][0]["email_address"]: person["values"]["job_title"][0][
                "value"
            ]
            for person in attio.records("people")
        }
        assert titles == {f"u{n}@example.com": f"Title {114 + n:03}" for n in range(6)}
        assert made.dead_letters() == []

    def test_the_leases_of_a_deliverer_that_was_killed_end(self, stack):
        made = stack(table=True, visibility=5)
        attio = made.start_attio()
        deliver = made.start_deliver(timeout=4, ATTIO_WRITES_PER_SECOND="6")
        mapping = made.mapping(deliver)
        made.put(*[identify(f"u{n}", title=f"Title {n}") for n in range(10)])
        poll = threading.Thread(target=mapping.poll)
        poll.start()
        wait_for(lambda: len(attio.records("users")) >= 2, what="the first writes")
        deliver.kill_bootstrap()
        poll.join()
        items = made.aws.client("dynamodb").scan(TableName=made.table)["Items"]
        leased = [item for item in items if "owner" in item]
        assert leased, "the killed deliverer never gave its leases back"
        deliver.restart(ATTIO_WRITES_PER_SECOND="1000")
        # Nobody writes to its records before its time would have been over.
        before = len(attio.records("users"))
        until = max(int(item["until"]["N"]) for item in leased)
        if time.time() < until - 1.5:
            mapping.poll()
            assert len(attio.records("users")) == before
        mapping.drain(60)
        assert attio.values("users", "user_id") == sorted(f"u{n}" for n in range(10))
        assert attio.values("people", "job_title") == sorted(f"Title {n}" for n in range(10))
        items = made.aws.client("dynamodb").scan(TableName=made.table)["Items"]
        assert not [item for item in items if "owner" in item]
        assert made.dead_letters() == []

    def test_without_the_table_delivery_waits(self, stack):
        made = stack(table=True, visibility=30)
        attio = made.start_attio()
        made.aws.client("dynamodb").delete_table(TableName=made.table)
        deliver = made.start_deliver()
        mapping = made.mapping(deliver)
        made.put(identify("u"))
        assert len(mapping.poll()[1]) == 1
        assert attio.records("people") == []


def test_dead_letters_that_cannot_be_sent_keep_their_events(stack):
    made = stack(visibility=30)
    made.start_attio()
    made.sqs.delete_queue(QueueUrl=made.dead_letters_url)
    deliver = made.start_deliver()
    made.put(identify("good"), "not json")
    taken, failed = made.mapping(deliver).poll()
    assert taken == 2 and len(failed) == 1


def test_logs_are_json_lines_with_the_keys_of_powertools_and_no_payload(stack):
    made = stack()
    made.start_attio()
    deliver = made.start_deliver(AWS_LAMBDA_LOG_LEVEL="DEBUG")
    made.put(identify("u", title="a-secret-of-grace"), "not json")
    made.mapping(deliver).poll()
    made.put(identify("u", title="a-secret-of-grace"))
    made.mapping(deliver).poll()
    text = deliver.log.read_text()
    assert "a-secret-of-grace" not in text and "u@example.com" not in text
    logs = [line for line in deliver.lines() if "_aws" not in line]
    assert logs
    for line in logs:
        assert {"level", "timestamp", "service", "message", "location"} <= set(line), line
    warning = next(line for line in logs if line["level"] == "WARN")
    assert warning["code"] == "event.invalid_json"
    assert {"function_name", "function_request_id", "cold_start"} <= set(warning)
    metrics = [line for line in deliver.lines() if "_aws" in line]
    assert len(metrics) == 2
    for line in metrics:
        [definition] = line["_aws"]["CloudWatchMetrics"]
        names = [metric["Name"] for metric in definition["Metrics"]]
        assert all(isinstance(line[name], (int, float)) for name in names)
        assert definition["Dimensions"] == [["service"]] and line["service"]
        assert "OldestEventSeconds" in names


@pytest.mark.parametrize(
    "variables, message",
    [
        ({"ATTIO_CONFIG": "segmnt"}, "did you mean `segment`"),
        ({"ATTIO_CONFIG": "ssm:/nothing"}, "the configuration could not be read"),
        ({"ATTIO_SCHEMA": "file:nothing.json"}, "the schema could not be read"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_said_and_loses_nothing(stack, variables, message):
    made = stack(visibility=30)
    made.start_attio()
    deliver = made.start_deliver(**variables)
    mapping = made.mapping(deliver)
    made.put(identify("u"))
    assert len(mapping.poll()[1]) == 1
    assert any(message in line.get("error", "") for line in deliver.lines())
