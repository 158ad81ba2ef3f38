// Every case through the package, against what the native core gave: `node cases.mjs PACKAGE CASES`.
//
// CASES is left in the target folder by the tests of the wasmtime host.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { outcome } from "./outcome.mjs";

const [folder, file] = process.argv.slice(2);
const { mapping } = await import(pathToFileURL(resolve(folder, "attio-destination.js")));

const cases = readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
assert.ok(cases.length > 100, `${cases.length} cases`);
for (const { name, config, schema, event, expect } of cases) {
  assert.equal(outcome(mapping, config, schema ?? undefined, event), expect, name);
}
console.log(`${cases.length} cases give the same bytes in Node as natively`);
