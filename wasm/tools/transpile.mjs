// Makes the package from the component: `node transpile.mjs COMPONENT FOLDER`.
//
// It runs where `@bytecodealliance/jco-transpile` is installed; `wasm/package` sees to that.

import { transpile, writeFiles } from "@bytecodealliance/jco-transpile";

const [component, outDir] = process.argv.slice(2);
const { files } = await transpile(component, {
  name: "attio-destination",
  outDir,
  // The component imports nothing, so the package depends on nothing.
  wasiShim: false,
  // Every core module in a file of its own, none inlined.
  base64Cutoff: 0,
});
await writeFiles(files);
