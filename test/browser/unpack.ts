/**
 * Unpacks the browser once, before the tests that share it start: the package itself would do it in each
 * of them at the same moment, and takes for whole whatever is there. With the libraries that a system
 * without a desktop may lack.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import packaged, { inflate } from '@sparticuz/chromium'

const ROOT = join(import.meta.dirname, '../..')
const LIBRARIES = join(ROOT, 'node_modules/@sparticuz/chromium/bin/al2023.tar.br')
const PLACE = join(ROOT, 'node_modules/.cache/chromium')
/** Written last. */
const WHOLE = join(PLACE, 'whole')

export const BROWSER = {
  executablePath: join(PLACE, 'chromium'),
  /** Used only where the system has none of its own. */
  libraries: join(PLACE, 'al2023/lib'),
}

export default async function unpack(): Promise<void> {
  if (existsSync(WHOLE)) return
  rmSync(PLACE, { recursive: true, force: true })
  mkdirSync(PLACE, { recursive: true })
  const { TMPDIR } = process.env
  // It unpacks into the folder for temporary files, wherever that is.
  process.env['TMPDIR'] = PLACE
  try {
    await packaged.executablePath()
    await inflate(LIBRARIES)
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
  }
  writeFileSync(WHOLE, '')
}
