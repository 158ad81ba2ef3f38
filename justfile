# Conveniences over cargo. `cargo install just`, or the Python package `rust-just`.

# What can be run here
default:
    @just --list

# All that CI checks
check:
    .ci/run

# The tests; words narrow them down: `just test plan::`
test *words:
    cargo test {{ words }}

# Format everything
fmt:
    cargo fmt --all

# Lints, warnings denied
clippy:
    cargo clippy --all-features --all-targets -- -D warnings
    cargo clippy --no-default-features -- -D warnings

# Licences, advisories and sources of the dependencies: needs cargo-deny and a network
deny:
    cargo deny --all-features check

# The library's documentation, in a browser
docs:
    cargo doc --no-deps --all-features --open

# Benchmarks; words narrow them down
bench *words:
    cargo bench {{ words }}

# Cold start, first HTTPS call and memory of the Lambda functions. Needs python3, npm and the package registries
bench-lambda *words:
    benches/lambda/run {{ words }}

# The Lambda functions as they are deployed, under AWS's emulator; words go to pytest: `just lambda -k tokens`
lambda *words:
    tests/lambda/run {{ words }}

# The WebAssembly component: `target/attio-destination.wasm`
wasm:
    wasm/build

# The component in wasmtime, Node, Python and a browser, against the native core. Needs node, npm, python3, and the package registries
wasm-test:
    wasm/test

# The component for Edgee, in Edgee's own runtime, which takes some minutes to build. Words narrow the tests down
edgee *words:
    wasm/edgee/test/run {{ words }}

# Lints of the component and its host, warnings denied
clippy-wasm:
    cargo clippy --profile wasm --target wasm32-unknown-unknown --package attio-destination-wasm -- -D warnings
    cargo clippy --package attio-destination-host-wasmtime --all-targets -- -D warnings

# The npm package and the OCI image of the component, to be published by hand. Needs node, npm and its registry
wasm-package:
    wasm/package

# The component in wasmtime next to the native core
bench-wasm *words:
    wasm/build
    cargo bench --package attio-destination-host-wasmtime --bench wasm -- {{ words }}

# The load test of delivery: writes per event, share of the limit, 429s, and the same records; some three minutes
bench-delivery:
    cargo bench --bench delivery

# Accept what cases and snapshots say now; look at the diff before you commit it
bless:
    UPDATE_CASES=1 INSTA_UPDATE=always cargo test

# Fuzz a target for some seconds: `just fuzz event 600`. Needs cargo-fuzz and a nightly toolchain
fuzz target seconds="60":
    mkdir -p fuzz/corpus/{{ target }} fuzz/seeds/{{ target }}
    cargo +nightly fuzz run {{ target }} fuzz/corpus/{{ target }} fuzz/seeds/{{ target }} -- -max_total_time={{ seconds }}

# The main job: the example events into the embedded Attio
demo:
    cargo run --release -- deliver --sandbox examples/events.ndjson
