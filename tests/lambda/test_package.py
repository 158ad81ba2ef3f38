"""The release bootstrap as it is deployed: what it links against, and how large it is."""

import io
import re
import struct
import subprocess
import zipfile

import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from harness import BOOTSTRAP, REPOSITORY

# The glibc of provided.al2023.
NEWEST_GLIBC = (2, 34)
# What that image has, of what a Rust program may want.
LIBRARIES = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1"} | {
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
}
MAX_ZIP_BYTES = 3_000_000


def dynamic_section(elf):
    """Needed libraries and needed symbol versions of a 64-bit little-endian ELF file."""
    assert elf[:6] == b"\x7fELF\x02\x01", "a 64-bit little-endian ELF file"
    offset, size, count = struct.unpack_from("<40xQ", elf)[0], *struct.unpack_from("<58xHH", elf)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, offset + n * size) for n in range(count)]

    def text(table, at):
        start = sections[table][4] + at
        return elf[start : elf.index(b"\0", start)].decode()

    libraries, versions = set(), set()
    for _, kind, _, _, start, length, link, info, _, _ in sections:
        if kind == 6:  # SHT_DYNAMIC
            for at in range(start, start + length, 16):
                tag, value = struct.unpack_from("<QQ", elf, at)
                if tag == 1:  # DT_NEEDED
                    libraries.add(text(link, value))
        if kind == 0x6FFFFFFE:  # SHT_GNU_verneed
            at = start
            for _ in range(info):
                _, many, _, aux, next_one = struct.unpack_from("<HHIII", elf, at)
                version = at + aux
                for _ in range(many):
                    _, _, _, name, next_version = struct.unpack_from("<IHHII", elf, version)
                    versions.add(text(link, name))
                    version += next_version
                at += next_one
    return libraries, versions


def test_the_bootstrap_runs_on_amazon_linux_2023():
    libraries, versions = dynamic_section(BOOTSTRAP.read_bytes())
    assert "libc.so.6" in libraries
    assert libraries <= LIBRARIES, libraries - LIBRARIES
    numbers = [
        tuple(int(part) for part in version.removeprefix("GLIBC_").split("."))
        for version in versions
        if re.fullmatch(r"GLIBC_[\d.]+", version)
    ]
    assert len(numbers) >= 5, versions
    assert max(numbers) <= NEWEST_GLIBC, sorted(versions)


def test_the_check_sees_what_a_program_of_this_machine_needs():
    # Python's own interpreter or library links against this machine's glibc: the check must find that out.
    libraries, versions = dynamic_section(open("/bin/sh", "rb").read())
    assert "libc.so.6" in libraries
    assert any(version.startswith("GLIBC_2.") for version in versions)


def test_the_zip_is_small():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.write(BOOTSTRAP, "bootstrap")
    assert out.tell() <= MAX_ZIP_BYTES, f"{out.tell()} bytes"


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as their names."""


Loader.add_multi_constructor("!", lambda loader, tag, node: f"!{tag} {node.value}")


def test_every_variable_of_the_template_is_one_the_functions_read():
    template = yaml.load((REPOSITORY / "template.yaml").read_text(), Loader)
    source = (REPOSITORY / "src/hosts/lambda/environment.rs").read_text()
    read = set(re.findall(r'"(ATTIO_[A-Z_]+)"', source))
    given = set()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            given |= set(resource["Properties"]["Environment"]["Variables"])
    assert given <= read, given - read
    assert len(given) > 8


def test_every_output_and_alarm_of_the_template_is_there():
    template = yaml.load((REPOSITORY / "template.yaml").read_text(), Loader)
    alarms = [
        resource["Properties"]["MetricName"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    assert sorted(alarms) == [
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesVisible",
        "Errors",
        "NotAccepted",
        "QueueFailed",
        "RateLimited",
        "Throttles",
        "Unauthorized",
    ]
    source = (REPOSITORY / "src/hosts/lambda").glob("*.rs")
    source = "".join(path.read_text() for path in source)
    # Metrics of our own are ones that the functions emit.
    for metric in ["NotAccepted", "QueueFailed", "RateLimited", "Unauthorized"]:
        assert f'"{metric}"' in source
    assert all(parameter["Description"] for parameter in template["Parameters"].values())


def translated():
    """The template as CloudFormation gets it, translated by AWS's own translator."""
    template = yaml_parse((REPOSITORY / "template.yaml").read_text())
    del template["Globals"]["Function"]["CodeUri"]
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    # The names of AWS's managed policies are not used, and asking for them needs an account.
    return Translator({}, Parser()).translate(template, {})["Resources"]


def statements(value):
    """All statements of a role's policies, whatever they depend on."""
    if isinstance(value, dict):
        if "Effect" in value:
            yield value
        else:
            for inner in value.values():
                yield from statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from statements(inner)


def test_the_functions_may_do_what_they_do_and_no_more(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    resources = translated()

    def allowed(role):
        actions = set()
        properties = resources[role]["Properties"]
        for statement in statements(properties["Policies"]):
            assert statement["Effect"] == "Allow"
            assert statement["Resource"] != "*", statement
            assert not str(statement["Action"]).endswith(":*"), statement
            names = statement["Action"]
            actions |= {names} if isinstance(names, str) else set(names)
        # Logs, and nothing else.
        [managed] = properties["ManagedPolicyArns"]
        assert "AWSLambdaBasicExecutionRole" in str(managed)
        return actions

    assert allowed("IngestFunctionRole") == {"sqs:SendMessage*", "secretsmanager:GetSecretValue"}
    assert allowed("DeliverFunctionRole") == {
        "sqs:ChangeMessageVisibility",
        "sqs:ChangeMessageVisibilityBatch",
        "sqs:DeleteMessage",
        "sqs:DeleteMessageBatch",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        "sqs:SendMessage*",
        "secretsmanager:GetSecretValue",
        "dynamodb:UpdateItem",
        "s3:GetObject",
        "ssm:GetParameter",
    }


def test_the_queue_invokes_the_deliverer_and_is_told_what_failed():
    [source] = [
        resource["Properties"]
        for resource in translated().values()
        if resource["Type"] == "AWS::Lambda::EventSourceMapping"
    ]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MaximumConcurrency"}}


def test_the_deliverer_reserves_no_more_than_share_the_limit(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    function = translated()["DeliverFunction"]["Properties"]
    most, none = {"Ref": "MaximumConcurrency"}, {"Ref": "AWS::NoValue"}
    expect = {"Fn::If": ["ReservesConcurrency", most, none]}
    assert function["ReservedConcurrentExecutions"] == expect
    variables = function["Environment"]["Variables"]
    assert variables["ATTIO_DELIVERERS"] == most


def crates(*options):
    tree = subprocess.run(
        ["cargo", "tree", "--locked", "--edges", "normal", "--prefix", "none", *options],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.split()[0] for line in tree.stdout.splitlines() if line}


def test_only_signing_is_taken_from_the_sdk_of_aws():
    def of_aws(*options):
        return {crate for crate in crates(*options) if crate.startswith(("aws-", "lambda"))}

    signing = {"aws-sigv4", "aws-credential-types"}
    support = {crate for crate in of_aws() if crate.startswith("aws-smithy-")}
    assert of_aws() == signing | support
    assert of_aws("--no-default-features", "--features", "cli") == set()
    assert not {crate for crate in crates() if crate.startswith(("aws-lc", "aws-sdk", "aws-config"))}
