// Sends a user and a group with an official SDK, unmodified, configured only by its host: `send.mjs SDK HOST KEY PREFIX`
import { createRequire } from 'node:module'

const [sdk, host, writeKey, prefix] = process.argv.slice(2)
const { Analytics } = createRequire(`${process.env.SDK_FOLDER}/`)(sdk)
const analytics = new Analytics({ writeKey, host })
const failed = []
analytics.on('error', (error) => failed.push(error))
for (const n of [1, 2, 3]) {
  const userId = `${prefix}-user-${n}`
  analytics.identify({
    userId,
    traits: { email: `${userId}@example.com`, firstName: 'Grace', lastName: `Hopper ${n}`, title: 'Admiral' },
  })
  analytics.group({
    userId,
    groupId: `${prefix}-group`,
    traits: { name: 'Acme', website: `https://${prefix}.example.com` },
  })
  analytics.track({ userId, event: 'Order Completed', properties: { total: 9.5 } })
}
await analytics.closeAndFlush({ timeout: 10_000 })
if (failed.length > 0) {
  console.error(failed)
  process.exit(1)
}
