import json
import uuid

import pytest

from harness import (
    API_KEY,
    WRITE_KEY,
    SECRETS,
    Attio,
    Aws,
    Function,
    FunctionUrl,
    Mapping,
)

CUSTOMERIO_KEY = "customer-io-signing-key-that-must-not-be-logged"
SEGMENT_KEY = "segment-shared-secret-that-must-not-be-logged"


@pytest.fixture(scope="session")
def aws():
    aws = Aws()
    yield aws
    aws.stop()


class Stack:
    """What the template deploys."""

    def __init__(self, aws, folder, fifo=False, table=False, visibility=30, **deliver):
        self.aws = aws
        self.name = uuid.uuid4().hex[:8]
        self.folder = folder
        sqs, secrets = aws.client("sqs"), aws.client("secretsmanager")
        suffix = ".fifo" if fifo else ""
        attributes = {"FifoQueue": "true"} if fifo else {}

        def queue(name, **more):
            made = sqs.create_queue(
                QueueName=f"{name}-{self.name}{suffix}", Attributes={**attributes, **more}
            )
            return made["QueueUrl"]

        self.dead_letters_url = queue("dead-letters")
        arn = sqs.get_queue_attributes(
            QueueUrl=self.dead_letters_url, AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 100})
        self.queue_url = queue("events", VisibilityTimeout=str(visibility), RedrivePolicy=redrive)
        self.sqs, self.secrets = sqs, secrets
        self.token_secret = f"attio-{self.name}"
        secrets.create_secret(Name=self.token_secret, SecretString=API_KEY)
        self.keys_secret = f"ingest-{self.name}"
        keys = {"key": WRITE_KEY, "segment": SEGMENT_KEY, "customerio": CUSTOMERIO_KEY}
        secrets.create_secret(Name=self.keys_secret, SecretString=json.dumps(keys))
        self.table = ""
        if table:
            self.table = f"ledger-{self.name}"
            aws.client("dynamodb").create_table(
                TableName=self.table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "record", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "record", "KeyType": "HASH"}],
            )
        self.deliver_environment = deliver
        self.attio = None
        self.running = []

    def log(self, name):
        return self.folder / f"{name}-{self.name}.log"

    def start_attio(self, *options):
        self.attio = Attio(self.log("attio"), "--token", API_KEY, *options)
        self.running.append(self.attio)
        return self.attio

    def start_ingest(self, **environment):
        settings = {
            "ATTIO_ROLE": "ingest",
            "ATTIO_QUEUE_URL": self.queue_url,
            "ATTIO_INGEST_KEYS": f"secretsmanager:{self.keys_secret}",
            **environment,
        }
        self.ingest = Function(self.aws, settings, self.log("ingest"))
        self.url = FunctionUrl(self.ingest)
        self.running += [self.ingest, self.url]
        return self.url.url

    def start_deliver(self, timeout=60, **environment):
        settings = {
            "ATTIO_ROLE": "deliver",
            "ATTIO_API_KEY": f"secretsmanager:{self.token_secret}",
            "ATTIO_BASE_URL": self.attio.url,
            "ATTIO_CONFIG": "segment",
            "ATTIO_QUEUE_URL": self.queue_url,
            "ATTIO_DEAD_LETTER_QUEUE_URL": self.dead_letters_url,
            "ATTIO_LEDGER_TABLE": self.table,
            # The sandbox keeps no limit unless it is told to.
            "ATTIO_WRITES_PER_SECOND": "1000",
            **self.deliver_environment,
            **environment,
        }
        number = sum(isinstance(thing, Function) for thing in self.running)
        function = Function(self.aws, settings, self.log(f"deliver-{number}"), timeout)
        self.running.append(function)
        return function

    def mapping(self, function, **options):
        return Mapping(self.aws, self.queue_url, function, **options)

    def put(self, *events):
        """Puts events on the queue as the ingest function does."""
        for event in events:
            body = event if isinstance(event, str) else json.dumps(event)
            more = {}
            if self.queue_url.endswith(".fifo"):
                group = json.loads(body).get("userId", "none")
                more = {"MessageGroupId": group, "MessageDeduplicationId": uuid.uuid4().hex}
            self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=body, **more)

    def messages(self):
        """The events on the queue, taken off it."""
        return [json.loads(message["Body"]) for message in self.take(self.queue_url)]

    def dead_letters(self):
        """The dead letters, taken off their queue."""
        return self.take(self.dead_letters_url)

    def take(self, url):
        found = []
        while True:
            answer = self.sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            if not answer.get("Messages"):
                return found
            for message in answer["Messages"]:
                found.append(message)
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def stop(self):
        for thing in reversed(self.running):
            thing.stop()


@pytest.fixture
def stack(aws, tmp_path):
    """Makes stacks, and looks through their logs for secrets when the test is over."""
    made = []

    def make(**options):
        made.append(Stack(aws, tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.stop()
    # The sandbox says its own token, as it should.
    for log in [*tmp_path.glob("ingest-*.log"), *tmp_path.glob("deliver-*.log")]:
        text = log.read_text(errors="replace")
        for secret in [*SECRETS, CUSTOMERIO_KEY, SEGMENT_KEY]:
            assert secret not in text, f"{log.name} holds a secret"


def identify(user, message=None, **traits):
    return {
        "type": "identify",
        "messageId": message or f"identify-{user}-{uuid.uuid4().hex[:8]}",
        "userId": user,
        "timestamp": "2026-08-21T10:34:56.123Z",
        "traits": {"email": f"{user}@example.com", **traits},
    }


def group(user, group_id, **traits):
    return {
        "type": "group",
        "messageId": f"group-{user}-{group_id}-{uuid.uuid4().hex[:8]}",
        "userId": user,
        "groupId": group_id,
        "timestamp": "2026-08-21T10:34:57.123Z",
        "traits": {"name": group_id.title(), "website": f"https://{group_id}.example.com", **traits},
    }
