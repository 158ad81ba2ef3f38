// A plan as a line of JSON, the same in every example host. Bodies stand in it as texts: what is sent, byte for byte.

export function planLine(plan) {
  return JSON.stringify({
    message_id: plan.messageId,
    event_time: plan.eventTime,
    outcome: plan.outcome.tag,
    reason: plan.outcome.val,
    writes: plan.writes.map(({ id, object, kind, method, path, body, dependsOn }) => ({
      id,
      object,
      kind: kind.tag,
      [kind.tag === "assert" ? "matching_attribute" : "record"]: kind.val,
      method,
      path,
      body,
      depends_on: [...dependsOn],
    })),
    diagnostics: diagnostics(plan.diagnostics),
  });
}

export function diagnostics(list) {
  return list.map(({ code, severity, at, message, help }) => ({ code, severity, at, message, help }));
}
