import { gzipSync } from 'node:zlib'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { bundleWorker } from '../../../src/cli/dev/bundle.ts'

const config = join(tmpdir(), `switchboard-empty-${process.pid}.json`)
writeFileSync(config, '{}')

it('keeps the gateway below 40 KB', async () => {
  const gateway = await bundleWorker('src/gateway/index.ts', config, { minify: true })
  expect(gzipSync(gateway).byteLength).toBeLessThan(40 * 1024)
})

it('keeps Twilio’s SDK, zod and Node’s file system out of the Workers', async () => {
  const gateway = await bundleWorker('src/gateway/index.ts', config)
  const consumer = await bundleWorker('src/consumer/index.ts', config)
  for (const bundle of [gateway, consumer]) {
    expect(bundle).not.toMatch(/node_modules\/twilio\/|from "node:fs/)
  }
  expect(gateway).not.toContain('node_modules/zod/')
})
