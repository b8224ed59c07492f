/** What Workers import of the config stays small: no zod, no grammar, no checker. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const SRC = join(import.meta.dirname, '../../src')
const IMPORT = /^(?:import|export) (?!type )[^'"]*?from '([^']+)'/gm

/** Every module that is loaded, packages by name. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    if (specifier.startsWith('.')) importsOf(join(dirname(file), specifier), seen)
    else seen.add(specifier)
  }
  return seen
}

const FORBIDDEN = /zod|parse-xml|\.json$|\/check-|\/compile|\/fields|\/read-object/

test.each([
  'config/routes.ts',
  'config/targets.ts',
  'config/document.ts',
  'config/ledger-settings.ts',
  'delivery/request.ts',
  'events/alert.ts',
  'twilio/template.ts',
])('%s', (file) => {
  const imports = importsOf(join(SRC, file))
  expect([...imports].filter((name) => FORBIDDEN.test(name))).toEqual([])
})

test('the walk finds what is forbidden where it is', () => {
  const imports = importsOf(join(SRC, 'config/compile.ts'))
  expect([...imports]).toEqual(expect.arrayContaining(['zod', '@rgrove/parse-xml']))
})
