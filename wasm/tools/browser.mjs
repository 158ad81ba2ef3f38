// The page of `examples/browser` and every case, in headless Chromium: `node browser.mjs CHROMIUM EXAMPLES PACKAGE CASES`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const [executablePath, examples, folder, file] = process.argv.slice(2);
const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const roots = { "attio-destination": folder, node: join(examples, "node"), "": join(examples, "browser") };

const server = createServer((request, response) => {
  const path = normalize(new URL(request.url, "http://localhost").pathname).slice(1) || "index.html";
  const root = Object.keys(roots).find((name) => path.startsWith(`${name}/`)) ?? "";
  try {
    const body = readFileSync(join(roots[root], path.slice(root ? root.length + 1 : 0)));
    response.writeHead(200, { "content-type": types[extname(path)] ?? "text/plain" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const address = `http://127.0.0.1:${server.address().port}/`;

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(address);

  // The page maps the event in it, and again when it is edited.
  const plan = async () => JSON.parse(await page.locator("#plan").textContent());
  await page.locator("#plan:not(:empty)").waitFor();
  assert.deepEqual((await plan()).writes.map(({ object }) => object), ["people", "users"]);
  await page.locator("#event").fill('{"type":"identify","userId":"u","traits":{"email":"no"}}');
  assert.equal((await plan()).outcome.tag, "rejected");

  // Every case gives the bytes that the native core gives.
  const cases = readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.ok(cases.length > 100, `${cases.length} cases`);
  const got = await page.evaluate(async (cases) => {
    const { mapping } = await import("/attio-destination/attio-destination.js");
    const { outcome } = await import("/node/outcome.mjs");
    return cases.map(({ config, schema, event }) => outcome(mapping, config, schema ?? undefined, event));
  }, cases);
  cases.forEach(({ name, expect }, at) => assert.equal(got[at], expect, name));
  assert.deepEqual(errors, []);
  console.log(`${cases.length} cases give the same bytes in Chromium ${browser.version()} as natively`);
} finally {
  await browser.close();
  server.close();
}
