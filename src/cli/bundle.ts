/**
 * Bundles a Worker in a fraction of a second, with the esbuild that `wrangler deploy` uses and the
 * settings that matter here: Workers' export conditions, and runtime modules left to the runtime.
 */
import { join } from 'node:path'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '../..')

/** @param entry Path from the project's root. @param configPath The compiled document to embed. */
export async function bundleWorker(
  entry: string,
  configPath: string,
  { minify = false } = {},
): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    minify,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    alias: { 'switchboard:config': configPath },
    legalComments: 'none',
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}
