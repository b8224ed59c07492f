/** Bundles Workers as `wrangler deploy` does: esbuild with Workers' conditions and Node's modules left out. */
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

export interface BundleOptions {
  minify?: boolean
  alias?: Record<string, string>
}

/** @param entry Path from the project's root. */
export async function bundle(entry: string, { minify = false, alias = {} }: BundleOptions = {}) {
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
    alias,
    plugins: [REQUIRED_BUILTINS],
    legalComments: 'none',
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

/** `require('crypto')` of CommonJS packages becomes an import, which is all that an ES module has. */
const REQUIRED_BUILTINS: Plugin = {
  name: 'required-builtins',
  setup({ onResolve, onLoad }) {
    const names = new RegExp(`^(?:node:)?(?:${builtinModules.join('|')})$`)
    onResolve({ filter: names }, ({ path, kind }) => {
      const name = path.startsWith('node:') ? path : `node:${path}`
      if (kind !== 'require-call') return { path: name, external: true }
      return { path: name, namespace: 'required-builtin' }
    })
    onLoad({ filter: /.*/, namespace: 'required-builtin' }, ({ path }) => ({
      contents: `import builtin from '${path}'\nmodule.exports = builtin`,
    }))
  },
}
