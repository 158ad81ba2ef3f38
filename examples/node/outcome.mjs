// What a case gives, as a line: the plan of its event, or what is said of its configuration. For Node and browsers.

import { diagnostics, planLine } from "./line.mjs";

export function outcome(mapping, config, schema, event) {
  let mapper;
  try {
    mapper = mapping.Mapper.compile(config, schema);
  } catch (found) {
    if (!Array.isArray(found)) throw found;
    return JSON.stringify(diagnostics(found));
  }
  if (event === null) return JSON.stringify(diagnostics(mapper.warnings()));
  const line = planLine(mapper.plan(event));
  for (const plan of mapper.planBatch([event, event])) {
    if (planLine(plan) !== line) throw new Error("a batch gives another plan than a single event");
  }
  return line;
}
