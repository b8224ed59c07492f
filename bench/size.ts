/** How large the Workers are that a deploy uploads: minified, and after gzip. */
import { gzipSync } from 'node:zlib'
import { bundle } from './bundle.ts'
import { printTable } from './table.ts'

const ENTRIES = [
  { name: 'gateway', entry: 'src/gateway/index.ts' },
  { name: 'floor', entry: 'bench/contestants/floor.ts' },
  { name: 'sdk: validator and builder', entry: 'bench/contestants/sdk.ts' },
  { name: 'sdk: the whole package', entry: 'bench/contestants/sdk-whole.ts' },
]

export async function runSize(): Promise<void> {
  const rows: string[][] = []
  for (const { name, entry } of ENTRIES) {
    const code = await bundle(entry, {
      minify: true,
      // An empty document: a real one adds what its replies weigh.
      alias: { 'switchboard:config': './test/fixtures/config.json' },
    })
    rows.push([name, toKb(Buffer.byteLength(code)), toKb(gzipSync(code).byteLength)])
  }
  printTable(['', 'KB minified', 'KB gzip'], rows)
}

const toKb = (bytes: number) => (bytes / 1_000).toFixed(1)
