// Maps an NDJSON file: `node map.mjs PACKAGE CONFIG EVENTS` prints a line of JSON per event.
//
// PACKAGE is the folder that `just wasm-package` makes; a program of yours has `import { mapping } from
// "attio-destination"` instead.

import { createReadStream, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { planLine } from "./line.mjs";

const [folder, config, events] = process.argv.slice(2);
if (!events) {
  console.error("usage: node map.mjs PACKAGE CONFIG EVENTS");
  process.exit(2);
}
const { mapping } = await import(pathToFileURL(resolve(folder, "attio-destination.js")));

let mapper;
try {
  mapper = mapping.Mapper.compile(readFileSync(config, "utf8"), undefined);
} catch (found) {
  // What is thrown is the list of all that is wrong, and no `Error`.
  if (!Array.isArray(found)) throw found;
  for (const { code, at, message, help } of found) {
    console.error(`error[${code}]: ${message}\n  at: ${at}${help ? `\n  help: ${help}` : ""}`);
  }
  process.exit(1);
}

for await (const line of createInterface({ input: createReadStream(events), crlfDelay: Infinity })) {
  if (line.trim()) console.log(planLine(mapper.plan(line)));
}
