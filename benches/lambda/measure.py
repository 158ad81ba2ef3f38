"""Measures release bootstraps against a runtime API, an AWS over TLS and an Attio of our own, all on this machine, in
turns, so that noise meets all alike. Prints medians, and fails when a cold start is more than 4 times that of the bare
function, or the first HTTPS call, from its connection to its answer, more than 2 times."""

import argparse
import datetime
import http.server
import ipaddress
import json
import os
import pathlib
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
LAMBDA = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "lambda"
MAX_START, MAX_CALL = 4.0, 2.0

EVENT = {
    "type": "identify",
    "messageId": "m",
    "userId": "u",
    "timestamp": "2026-08-21T10:34:56.123Z",
    "traits": {"email": "grace@example.com", "name": "Grace Hopper", "title": "Admiral"},
}


def certificate(folder):
    """A certificate for this machine with its key, as a file of PEM, and one with that of who issued it."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def make(subject, key, issuer, issuer_key, *extensions):
        def name(text):
            return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

        made = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )
        for extension in extensions:
            made = made.add_extension(extension, critical=False)
        return made.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    issuer_key, key = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    issuer = make(
        "issuer", issuer_key, "issuer", issuer_key, x509.BasicConstraints(ca=True, path_length=None)
    )
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    own = make(
        "localhost",
        key,
        "issuer",
        issuer_key,
        x509.SubjectAlternativeName(names),
        x509.BasicConstraints(ca=False, path_length=None),
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "both.pem").write_bytes(own + secret)
    (folder / "issuer.pem").write_bytes(issuer)
    return folder / "both.pem", folder / "issuer.pem"


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def answer(self, body, headers=()):
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


class Services(Quiet):
    """Secrets Manager, SQS, and Attio, as far as the functions ask them."""

    # How long HTTPS calls took, from the connection to the answer.
    calls = []

    def setup(self):
        self.begin = time.perf_counter()
        super().setup()

    def answer(self, body, headers=()):
        super().answer(body, headers)
        if isinstance(self.connection, ssl.SSLSocket):
            self.calls.append(time.perf_counter() - self.begin)

    def do_POST(self):
        target, body = self.headers.get("x-amz-target", ""), self.body()
        if target.endswith("GetSecretValue"):
            return self.answer(b'{"SecretString":"secret"}')
        if target.endswith("SendMessageBatch"):
            ids = [{"Id": entry["Id"]} for entry in json.loads(body)["Entries"]]
            return self.answer(json.dumps({"Successful": ids, "Failed": []}).encode())
        return self.answer(b"{}")

    def do_PUT(self):
        self.body()
        self.answer(b'{"data":{"id":{"record_id":"bd6f0f5c-7d5c-4d1c-8a4e-0d1b8a1c9f00"},"values":{}}}')


def serve(handler, tls=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        # The handshake is done where the request is read, so that its time is part of the call's.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Run:
    """One process from its start to its second answer."""

    def __init__(self, event):
        self.event, self.times, self.done = json.dumps(event).encode(), {}, threading.Event()
        self.answers = []
        run = self

        class RuntimeApi(Quiet):
            def do_GET(self):
                now = time.perf_counter()
                if "first /next" not in run.times:
                    run.times["first /next"] = now
                elif len(run.answers) >= 2:
                    run.done.set()
                    time.sleep(60)
                    return
                headers = [
                    ("Lambda-Runtime-Aws-Request-Id", f"request-{len(run.answers)}"),
                    ("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 30_000)),
                    ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:1:function:f"),
                ]
                run.times[f"event {len(run.answers)}"] = time.perf_counter()
                self.answer(run.event, headers)

            def do_POST(self):
                run.times[f"answer {len(run.answers)}"] = time.perf_counter()
                run.answers.append((self.path, self.body()))
                self.answer(b"{}")

        self.server = serve(RuntimeApi)

    def measure(self, bootstrap, environment):
        settings = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_ACCESS_KEY_ID": "AKIATEST",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-west-1",
            **environment,
        }
        Services.calls.clear()
        begin = time.perf_counter()
        process = subprocess.Popen([bootstrap], env=settings, stdout=subprocess.DEVNULL)
        try:
            if not self.done.wait(30):
                raise RuntimeError(f"{bootstrap} did not answer twice: {self.answers}")
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        finally:
            process.kill()
            process.wait()
            self.server.shutdown()
            self.server.server_close()
        for path, body in self.answers:
            assert path.endswith("/response"), (path, body)
        memory = {
            line.split(":")[0]: int(line.split()[1]) / 1024
            for line in status.splitlines()
            if line.startswith(("VmHWM", "VmRSS"))
        }
        times = self.times
        return {
            "start to /next, ms": (times["first /next"] - begin) * 1000,
            "HTTPS call, ms": Services.calls[0] * 1000,
            "first event, ms": (times["answer 0"] - times["event 0"]) * 1000,
            "second event, ms": (times["answer 1"] - times["event 1"]) * 1000,
            "resident, MB": memory["VmRSS"],
            "peak, MB": memory["VmHWM"],
        }


def url_event():
    sample = REPOSITORY / "events" / "ingest-identify.json"
    event = json.loads(sample.read_text())
    event["headers"]["authorization"] = "Bearer secret"
    return event


def queue_event():
    return {
        "Records": [
            {
                "messageId": "m",
                "receiptHandle": "r",
                "body": json.dumps(EVENT),
                "attributes": {"SentTimestamp": "1787308497400"},
                "eventSource": "aws:sqs",
            }
        ]
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        both, public = certificate(pathlib.Path(folder))
        tls, plain = serve(Services, both), serve(Services)
        aws = {
            "AWS_ENDPOINT_URL": f"https://localhost:{tls.server_port}",
            "AWS_CA_BUNDLE": str(public),
        }
        ours = LAMBDA / "attio-destination-lambda" / "bootstrap"
        queue = "https://sqs.eu-west-1.amazonaws.com/1/q"
        functions = {
            # One HTTPS call.
            "bare": (LAMBDA / "bare" / "bootstrap", aws, {"hello": "world"}),
            # Two: its keys, and the queue, over one connection.
            "ingest": (
                ours,
                {
                    **aws,
                    "ATTIO_ROLE": "ingest",
                    "ATTIO_QUEUE_URL": queue,
                    "ATTIO_INGEST_KEYS": "secretsmanager:keys",
                },
                url_event(),
            ),
            # One HTTPS call for the token, the configuration compiled, and two requests to Attio.
            "deliver": (
                ours,
                {
                    **aws,
                    "ATTIO_ROLE": "deliver",
                    "ATTIO_API_KEY": "secretsmanager:token",
                    "ATTIO_BASE_URL": f"http://127.0.0.1:{plain.server_port}",
                    "ATTIO_WRITES_PER_SECOND": "1000",
                },
                queue_event(),
            ),
        }
        found = {name: [] for name in functions}
        for number in range(runs + 1):
            for name, (bootstrap, environment, event) in functions.items():
                measured = Run(event).measure(bootstrap, environment)
                if number > 0:  # The first run brings the file into memory.
                    found[name].append(measured)
    rows = list(found["bare"][0])
    medians = {
        name: {row: statistics.median(one[row] for one in measured) for row in rows}
        for name, measured in found.items()
    }
    print(f"median of {runs} runs" + "".join(f"{name:>12}" for name in medians))
    for row in rows:
        print(f"{row:<17}" + "".join(f"{medians[name][row]:>12.2f}" for name in medians))
    print(f"{'package, MB':<17}", end="")
    for name in medians:
        print(f"{functions[name][0].stat().st_size / 1e6:>12.2f}", end="")
    print()
    failed = False
    for name in ["ingest", "deliver"]:
        for row, most in [("start to /next, ms", MAX_START), ("HTTPS call, ms", MAX_CALL)]:
            ratio = medians[name][row] / medians["bare"][row]
            failed |= ratio > most
            print(f"{name}: {row.split(',')[0]} {ratio:.1f} times the bare function's, at most {most}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
