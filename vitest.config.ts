/**
 * Ten projects: pure code and the command's parts in Node (with Twilio's SDK as the oracle), each Worker
 * in workerd with its own bindings, and all of them with three queues and ledgers, the verbs as processes
 * against stand-ins of Twilio and Cloudflare, the console in a real browser, the whole product as
 * processes, and the whole product with faults.
 */
import { join } from 'node:path'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

const config = join(import.meta.dirname, 'test/fixtures/config.json')
const alias = { 'switchboard:config': config }

// Every test brings its own; wrangler only wants to see that the secret is set.
process.env['TWILIO_AUTH_TOKENS'] = 'not-used'

/** Verbs as processes, most of them against stand-ins. */
const COMMAND = [
  'test/e2e/{check,console-cli,deploy,explain,init,numbers,publish,rotate,simulate,trigger}.test.ts',
]

/** Of processes, which wait for each other more than they work. */
const WORKERS = 4

/** Replaces a module of Node's, which no other file may get. */
const MOCKS = 'test/twilio/signature-cost.test.ts'

/** Faults that are waited for; the others are timed, and run alone. */
const WAITS = 'test/faults/long-waits.test.ts'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          include: [
            'test/{twilio,events,config,delivery,docs,bench}/**/*.test.ts',
            'test/console/pure/**/*.test.ts',
          ],
          exclude: [MOCKS],
          // Nothing here has a state that a file could leave to the next one.
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        test: { name: 'node', include: ['test/cli/**/*.test.ts', MOCKS], testTimeout: 60_000 },
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
        resolve: { alias },
        plugins: [cloudflareTest({ wrangler: { configPath: './test/console/wrangler.toml' } })],
        test: {
          name: 'console',
          include: ['test/console/**/*.test.{ts,tsx}'],
          exclude: ['test/console/pure/**'],
          testTimeout: 30_000,
        },
      },
      {
        resolve: { alias },
        plugins: [cloudflareTest({ wrangler: { configPath: './test/shards/wrangler.toml' } })],
        test: { name: 'shards', include: ['test/shards/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        test: {
          name: 'command',
          include: COMMAND,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'browser',
          globalSetup: './test/browser/unpack.ts',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/{e2e,recipes}/**/*.test.ts', WAITS],
          exclude: COMMAND,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          exclude: [WAITS],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
