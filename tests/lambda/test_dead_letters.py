"""`attio-destination dead-letters`: why events could not be delivered, and back with them."""

import json
import os
import stat
import subprocess

from conftest import identify
from harness import CLI, CREDENTIALS


def run(made, *arguments, editor=None, code=0):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(made.folder),
        "AWS_ENDPOINT_URL": made.aws.url,
        **CREDENTIALS,
    }
    if editor:
        environment["EDITOR"] = str(editor)
    ended = subprocess.run(
        [CLI, "dead-letters", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in ended.stdout + ended.stderr
    return ended.stdout + (ended.stderr if code else "")


def poisoned(stack, **options):
    made = stack(**options)
    made.attio_ = made.start_attio()
    made.deliver = made.start_deliver()
    made.put(
        '{"type": "identity", "userId": "u1", "messageId": "first", "traits": {"email": "u1@x.com"}}',
        '{"type": "identify", "messageId": "second", "traits": {"email": "u2@x.com"}}',
    )
    made.mapping(made.deliver).drain()
    return made


def test_list_show_edit_and_redrive(stack, tmp_path):
    made = poisoned(stack)
    queue = ["--queue", made.dead_letters_url]
    listed = [
        json.loads(line) for line in run(made, "--format", "json", "list", *queue).splitlines()
    ]
    assert sorted((one["message_id"], one["reason"]) for one in listed) == [
        ("first", "event.unknown_type"),
        ("second", "event.missing_identity"),
    ]
    table = run(made, "list", *queue)
    assert "event.unknown_type" in table and "second" in table
    shown = json.loads(run(made, "show", *queue, "second"))
    assert shown["event"]["traits"] == {"email": "u2@x.com"}
    assert shown["plan"]["diagnostics"][0]["help"]
    assert "no dead letter is called `third`" in run(made, "show", *queue, "third", code=2)

    # An edit that does not mend it leaves the letter where it is.
    careless = tmp_path / "careless"
    careless.write_text("#!/bin/sh\nexit 0\n")
    careless.chmod(careless.stat().st_mode | stat.S_IXUSR)
    out = run(made, "redrive", *queue, "second", "--edit", editor=careless, code=1)
    assert "event.missing_identity" in out
    careful = tmp_path / "careful"
    careful.write_text('#!/bin/sh\nsed -i \'s/"messageId"/"userId": "u2", "messageId"/\' "$1"\n')
    careful.chmod(careful.stat().st_mode | stat.S_IXUSR)
    run(made, "redrive", *queue, "second", "--edit", editor=careful)
    made.mapping(made.deliver).drain()
    assert made.attio_.values("users", "user_id") == ["u2"]
    left = run(made, "--format", "json", "list", *queue).splitlines()
    assert [json.loads(line)["message_id"] for line in left] == ["first"]

    # Sent back as it is, it comes back as it was: nothing is lost on the way.
    answer = json.loads(run(made, "--format", "json", "redrive", *queue, "--all"))
    assert answer == {"redriven": 1, "left": 0}
    made.mapping(made.deliver).drain()
    [letter] = made.dead_letters()
    assert json.loads(letter["Body"])["event"]["messageId"] == "first"


def test_what_sqs_itself_moved_is_sent_back_to_where_it_came_from(stack):
    made = stack()
    made.sqs.send_message(
        QueueUrl=made.dead_letters_url, MessageBody=json.dumps(identify("u", message="moved"))
    )
    queue = ["--queue", made.dead_letters_url]
    [one] = run(made, "--format", "json", "list", *queue).splitlines()
    assert json.loads(one)["reason"] == "received_too_often"
    run(made, "redrive", *queue, "moved")
    assert [event["messageId"] for event in made.messages()] == ["moved"]
    assert made.dead_letters() == []


def test_redrive_of_one_reason_in_an_ordered_queue(stack):
    made = poisoned(stack, fifo=True)
    queue = ["--queue", made.dead_letters_url]
    answer = run(
        made, "--format", "json", "redrive", *queue, "--all", "--reason", "event.unknown_type"
    )
    assert json.loads(answer) == {"redriven": 1, "left": 0}
    assert [event["messageId"] for event in made.messages()] == ["first"]
    assert len(made.dead_letters()) == 1


def test_without_credentials_it_says_what_to_do(stack):
    ended = subprocess.run(
        [CLI, "dead-letters", "list", "--queue", "https://sqs.eu-west-1.amazonaws.com/1/q"],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 2
    assert "aws configure export-credentials" in ended.stderr
