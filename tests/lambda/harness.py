"""What AWS is to the functions, on this machine: its own runtime interface emulator around the release bootstrap, a
local SQS, Secrets Manager, Parameter Store, S3 and DynamoDB (moto), a function URL, and an event source mapping.
Behind them stands the Attio sandbox of the command line."""

import base64
import http.server
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

import boto3
import samcli
from moto.server import ThreadedMotoServer

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
BOOTSTRAP = TARGET / "lambda" / "attio-destination-lambda" / "bootstrap"
CLI = TARGET / "debug" / "attio-destination"
EMULATOR = pathlib.Path(samcli.__file__).parent / "local" / "rapid" / "aws-lambda-rie-x86_64"

REGION = "eu-west-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIATESTTESTTESTTEST",
    "AWS_SECRET_ACCESS_KEY": "a-secret-key-that-must-not-be-logged",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
API_KEY = "the-attio-token-that-must-not-be-logged"
WRITE_KEY = "the-write-key-that-must-not-be-logged"
SECRETS = [API_KEY, WRITE_KEY, CREDENTIALS["AWS_SECRET_ACCESS_KEY"]]
# What a function URL takes; AWS answers 413 itself beyond it.
MAX_PAYLOAD_BYTES = 6 * 1024 * 1024


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(condition, seconds=20, what="it"):
    """Waits until `condition` gives something true, and gives that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def post(url, body, headers=None, method="POST"):
    """Status, headers and body of the answer."""
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


class Aws:
    """A local AWS."""

    def __init__(self):
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        host, port = self.server.get_host_and_port()
        self.url = f"http://{host}:{port}"

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def stop(self):
        self.server.stop()


class FunctionError(Exception):
    """The function answered with an error, or not at all."""


class Function:
    """The release bootstrap under the runtime interface emulator."""

    def __init__(self, aws, environment, log, timeout=60):
        self.port = free_port()
        self.timeout = timeout
        self.log = log
        self.environment = {
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_FUNCTION_NAME": "function",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_ENDPOINT_URL": aws.url,
            **CREDENTIALS,
            **environment,
        }
        self.process = None
        # The emulator serves one invocation at a time, as an instance of a function does.
        self.one_at_a_time = threading.Lock()
        self.start()

    def start(self):
        self.out = open(self.log, "ab")
        self.process = subprocess.Popen(
            [
                EMULATOR,
                "--log-level",
                "error",
                "--runtime-interface-emulator-address",
                f"127.0.0.1:{self.port}",
                "--runtime-api-address",
                f"127.0.0.1:{free_port()}",
                BOOTSTRAP,
            ],
            env=self.environment,
            stdout=self.out,
            stderr=self.out,
            start_new_session=True,
        )
        wait_for(lambda: is_listening(self.port), what="the emulator's start")

    def invoke(self, payload):
        """The answer of the function as JSON."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        url = f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations"
        with self.one_at_a_time:
            try:
                status, _, answer = post(url, body)
            except OSError as error:
                raise FunctionError(str(error)) from error
        try:
            answer = json.loads(answer)
        except ValueError as error:
            raise FunctionError(f"{status} {answer[:500]!r}") from error
        if status != 200 or (isinstance(answer, dict) and "errorType" in answer):
            raise FunctionError(json.dumps(answer))
        return answer

    def bootstrap_pid(self):
        """The process of the bootstrap, when it runs."""
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.readlink(entry / "exe") == str(BOOTSTRAP.resolve()):
                    stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                    if os.getpgid(int(entry.name)) and self.is_below(int(stat[1])):
                        return int(entry.name)
            except (OSError, IndexError):
                continue
        return None

    def is_below(self, pid):
        while pid > 1:
            if pid == self.process.pid:
                return True
            try:
                stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
            except OSError:
                return False
            pid = int(stat.rsplit(")", 1)[1].split()[1])
        return False

    def kill_bootstrap(self):
        """As when AWS takes the machine away in the middle of an invocation."""
        pid = wait_for(self.bootstrap_pid, what="the bootstrap's start")
        os.kill(pid, signal.SIGKILL)

    def peak_memory_bytes(self):
        """The most memory that the bootstrap ever held."""
        status = pathlib.Path(f"/proc/{self.bootstrap_pid()}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.out.close()

    def restart(self, **environment):
        self.stop()
        self.environment.update(environment)
        self.port = free_port()
        self.start()

    def lines(self):
        """What the function logged, as JSON."""
        found = []
        for line in pathlib.Path(self.log).read_text(errors="replace").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def metric(self, name):
        """The sum of a metric over all invocations."""
        return sum(line[name] for line in self.lines() if "_aws" in line and name in line)


def url_event(method, path, headers, body):
    """What a function URL makes of a request: payload format 2.0."""
    text = None
    try:
        if "content-encoding" not in {name.lower() for name in headers}:
            text = body.decode()
    except UnicodeDecodeError:
        pass
    is_base64 = text is None
    path, _, query = path.partition("?")
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abcdefghij",
            "domainName": f"abcdefghij.lambda-url.{REGION}.on.aws",
            "domainPrefix": "abcdefghij",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.1",
                "userAgent": headers.get("User-Agent", ""),
            },
            "requestId": "00000000-0000-0000-0000-000000000000",
            "routeKey": "$default",
            "stage": "$default",
            "time": "21/Aug/2026:10:00:00 +0000",
            "timeEpoch": 1787306400000,
        },
        "body": base64.b64encode(body).decode() if is_base64 else text,
        "isBase64Encoded": is_base64,
    }


class FunctionUrl:
    """A function URL: takes HTTP, buffers the request, and invokes the function."""

    def __init__(self, function):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers.get("content-length") or 0)
                if length > MAX_PAYLOAD_BYTES:
                    # The body is not read, as AWS does not.
                    self.close_connection = True
                    return self.answer(413, {}, b'{"Message":"Request must be smaller than 6291456 bytes"}')
                body = self.rfile.read(length)
                event = url_event(self.command, self.path, dict(self.headers.items()), body)
                try:
                    answer = function.invoke(event)
                except FunctionError as error:
                    return self.answer(502, {}, json.dumps({"Message": str(error)}).encode())
                body = answer.get("body") or ""
                body = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
                self.answer(answer["statusCode"], answer.get("headers") or {}, body)

            do_GET = do_PUT = do_DELETE = do_POST

            def answer(self, status, headers, body):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Mapping:
    """An event source mapping: takes messages from a queue, invokes the function, deletes what it delivered."""

    def __init__(self, aws, queue_url, function, batch_size=100):
        self.sqs = aws.client("sqs")
        self.queue_url = queue_url
        self.function = function
        self.batch_size = batch_size
        arn = self.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
        self.arn = arn["Attributes"]["QueueArn"]

    def receive(self):
        batch = []
        while len(batch) < self.batch_size:
            answer = self.sqs.receive_message(
                QueueUrl=self.queue_url,
                MaxNumberOfMessages=min(10, self.batch_size - len(batch)),
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            if not answer.get("Messages"):
                break
            batch += answer["Messages"]
        return batch

    def poll(self):
        """Takes one batch. Gives how many messages it held, and the ids that the function wants again."""
        batch = self.receive()
        if not batch:
            return 0, []
        failed = self.invoke(batch)
        for message in batch:
            if message["MessageId"] not in failed:
                self.sqs.delete_message(
                    QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"]
                )
        return len(batch), failed

    def invoke(self, batch):
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {
                    name: {"stringValue": value.get("StringValue"), "dataType": value["DataType"]}
                    for name, value in message.get("MessageAttributes", {}).items()
                },
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": self.arn,
                "awsRegion": REGION,
            }
            for message in batch
        ]
        try:
            answer = self.function.invoke({"Records": records})
        except FunctionError:
            return [message["MessageId"] for message in batch]
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def depth(self):
        """Messages on the queue: visible ones, and those in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)
        return [int(attributes["Attributes"][name]) for name in names]

    def drain(self, seconds=60):
        """Polls until nothing is left, waiting for what becomes visible again."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            taken, _ = self.poll()
            if not taken:
                if self.depth() == [0, 0]:
                    return
                time.sleep(0.2)
        raise AssertionError(f"the queue still holds {self.depth()} messages after {seconds} s")


class Attio:
    """The sandbox of the command line."""

    def __init__(self, log, *options):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.out = open(log, "ab")
        self.process = subprocess.Popen(
            [CLI, "sandbox", "--listen", f"127.0.0.1:{self.port}", *options],
            stdout=self.out,
            stderr=self.out,
        )
        wait_for(lambda: is_listening(self.port), what="the sandbox's start")

    def call(self, method, path, body=None, key=API_KEY):
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        status, _, answer = post(self.url + path, data, headers, method)
        assert status == 200, answer
        return json.loads(answer)

    def records(self, slug):
        found, offset = [], 0
        while True:
            body = {"limit": 500, "offset": offset}
            page = self.call("POST", f"/v2/objects/{slug}/records/query", body)["data"]
            found += page
            offset += len(page)
            if len(page) < 500:
                return found

    def values(self, slug, attribute):
        """The plain values of an attribute over all records, sorted."""
        found = []
        for record in self.records(slug):
            for value in record["values"].get(attribute, []):
                plain = [value[key] for key in ("value", "email_address", "domain") if key in value]
                found += plain
        return sorted(found)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.out.close()
