/** The contestants' programs as they are deployed: JavaScript beside node_modules, or one module. */
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundle } from '../bundle.ts'

const ROOT = join(import.meta.dirname, '../..')
const CACHE = join(ROOT, 'node_modules/.cache/switchboard-peers')

/** Names of the files in apps/ that are Node programs. */
const PROGRAMS = ['express-sdk', 'express-queue-web', 'express-queue-worker']

/** As `tsc` would leave it, next to the packages; the path of a program. */
export async function buildPrograms(): Promise<(name: string) => string> {
  await build({
    entryPoints: PROGRAMS.map((name) => join(ROOT, `bench/peers/apps/${name}.ts`)),
    outdir: CACHE,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'silent',
  })
  return (name) => join(CACHE, `${name}.mjs`)
}

/** A Node program with all that it needs, minified, as one text. */
export async function bundleProgram(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, `bench/peers/apps/${name}.ts`)],
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    legalComments: 'none',
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

export interface WorkerCode {
  sdk: string
  gateway: string
}

export async function buildWorkers(): Promise<WorkerCode> {
  const [sdk, gateway] = await Promise.all([
    bundle('bench/peers/apps/worker-sdk.ts'),
    bundle('bench/contestants/ours.ts'),
  ])
  return { sdk, gateway }
}
