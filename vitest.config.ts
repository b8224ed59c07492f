/**
 * Five projects: pure code and the command in Node (with Twilio's SDK as the oracle), each Worker in
 * workerd with its own bindings, the whole product as processes, and the whole product with faults.
 */
import { join } from 'node:path'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

const config = join(import.meta.dirname, 'test/fixtures/config.json')
const alias = { 'switchboard:config': config }

// Every test brings its own; wrangler only wants to see that the secret is set.
process.env['TWILIO_AUTH_TOKENS'] = 'not-used'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/{twilio,events,config,delivery,cli,docs}/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: { name: 'gateway', include: ['test/gateway/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        resolve: { alias },
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.consumer.toml' } })],
        test: {
          name: 'consumer',
          include: ['test/{consumer,ledger}/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/{e2e,recipes}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
