/**
 * Bundles a Worker in a fraction of a second, with the esbuild that `wrangler deploy` uses and the
 * settings that matter here: Workers' export conditions, and runtime modules left to the runtime.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

const ROOT = join(import.meta.dirname, '../../..')

export interface BundleOptions {
  minify?: boolean
  /** Module names and the files that stand for them. */
  alias?: Record<string, string>
  plugins?: Plugin[]
}

/** What browsers get is text here: the rule of wrangler.console.toml. */
const BROWSER_FILES: Plugin = {
  name: 'browser-files',
  setup(plugin) {
    plugin.onLoad({ filter: /\.css$|\.client\.js$|htmx\.min\.js$/ }, async ({ path }) => ({
      contents: await readFile(path, 'utf8'),
      loader: 'text',
    }))
  },
}

/** @param entry Path from the project's root. */
export async function bundle(entry: string, options: BundleOptions = {}): Promise<string> {
  const { outputFiles } = await build({
    minify: false,
    ...options,
    plugins: [BROWSER_FILES, ...(options.plugins ?? [])],
    entryPoints: [entry],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    legalComments: 'none',
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

/** @param configPath The compiled document that the Worker carries. */
export function bundleWorker(
  entry: string,
  configPath: string,
  { minify = false } = {},
): Promise<string> {
  return bundle(entry, { minify, alias: { 'switchboard:config': configPath } })
}
