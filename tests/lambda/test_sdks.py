"""The official SDKs, unmodified, post to the function, and their users and groups arrive in Attio."""

import os
import pathlib
import subprocess
import sys

import pytest

from harness import TARGET, WRITE_KEY

HERE = pathlib.Path(__file__).parent / "sdks"
# Customer.io's Python SDK sends keys of this form as bearer tokens.
REGIONAL_KEY = "sk_eu_the-regional-key"

SDKS = [
    ("@segment/analytics-node", WRITE_KEY),
    ("@customerio/cdp-analytics-node", WRITE_KEY),
    ("segment.analytics", WRITE_KEY),
    ("customerio.analytics", WRITE_KEY),
    ("customerio.analytics", REGIONAL_KEY),
    ("rudderstack.analytics", WRITE_KEY),
]


@pytest.mark.parametrize("sdk, key", SDKS)
def test_what_an_sdk_sends_arrives(stack, sdk, key):
    made = stack()
    attio = made.start_attio()
    keys = f'{{"write_keys": ["{WRITE_KEY}", "{REGIONAL_KEY}"]}}'
    made.secrets.put_secret_value(SecretId=made.keys_secret, SecretString=keys)
    url = made.start_ingest()
    mapping = made.mapping(made.start_deliver())
    prefix = "sdk"
    if sdk.startswith("@"):
        command = ["node", HERE / "send.mjs"]
        environment = {**os.environ, "SDK_FOLDER": str(TARGET / "lambda-tests" / "sdks")}
    else:
        command = [sys.executable, HERE / "send.py"]
        environment = os.environ
    sent = subprocess.run(
        [*command, sdk, url, key, prefix],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert sent.returncode == 0, sent.stdout + sent.stderr
    mapping.drain()
    users = [f"sdk-user-{n}" for n in (1, 2, 3)]
    assert attio.values("users", "user_id") == users
    assert attio.values("people", "email_addresses") == [f"{user}@example.com" for user in users]
    assert attio.values("workspaces", "workspace_id") == ["sdk-group"]
    [workspace] = attio.records("workspaces")
    assert len(workspace["values"]["users"]) == 3
    assert attio.values("companies", "domains").count("sdk.example.com") == 1
    assert made.dead_letters() == []
