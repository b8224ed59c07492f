/** Bundles contestants as the Workers themselves are bundled; the SDK's CommonJS needs one thing more. */
import { builtinModules } from 'node:module'
import type { Plugin } from 'esbuild'
import { bundle as bundleModule, type BundleOptions } from '../src/cli/dev/bundle.ts'

/** @param entry Path from the project's root. */
export function bundle(entry: string, options: BundleOptions = {}): Promise<string> {
  return bundleModule(entry, { ...options, plugins: [REQUIRED_BUILTINS] })
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
