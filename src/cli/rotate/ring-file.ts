/**
 * The ring's home: `.dev.vars` in the project's folder. A change is whole or not at all, only the value's
 * line differs, and the file is for its owner's eyes. No value is in any error.
 */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import { parseKeyRing, type KeyRing } from '../../twilio/keyring.ts'
import { writeWhole } from '../project/write-whole.ts'
import { toReason, UsageError, WorkError } from '../terminal/errors.ts'
import { setSecretLine } from './dev-vars-line.ts'

export interface RingFile {
  /** As the secret is written now. */
  read: () => { text: string; ring: KeyRing }
  /** Puts another ring in its place; `login`: a REST login that changes with it. */
  write: (text: string, login?: { from: string; to: string }) => void
  /** Throws unless the file can be written: a new token is shown only once. */
  proveWritable: () => void
}

const LOGIN_SECRET = 'TWILIO_AUTH_TOKEN'
/** The most that a Worker's secret holds. */
export const MAX_RING_BYTES = 5 * 1024

export function openRingFile(env: NodeJS.ProcessEnv, folder: string): RingFile {
  if (env[TOKENS_SECRET]) {
    throw new UsageError(
      `${TOKENS_SECRET} comes from the environment, which cannot be changed here.`,
      {
        code: 'ring_in_environment',
        next: `Move it into .dev.vars, unset it in the environment, and run rotate again.`,
      },
    )
  }
  const path = resolve(folder, '.dev.vars')
  const readText = () => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  if (!parseEnv(readText())[TOKENS_SECRET]) {
    throw new UsageError(`.dev.vars has no ${TOKENS_SECRET}.`, {
      code: 'ring_not_here',
      next:
        'Cloudflare shows a secret to nobody. Write the whole ring into .dev.vars, with every account ' +
        'that the Workers have: the upload replaces theirs.',
    })
  }

  function read() {
    const text = parseEnv(readText())[TOKENS_SECRET] ?? ''
    const ring = parseKeyRing(text)
    if (ring.ok) return { text, ring: ring.value }
    throw new UsageError(`${TOKENS_SECRET} in .dev.vars ${ring.error.hint}.`, {
      code: 'key_ring_invalid',
    })
  }

  return {
    read,
    write(ring, login) {
      const before = readText()
      const after = setSecretLine(before, TOKENS_SECRET, ring)
      if (after === null) throw notEditable()
      const isOurs = login && parseEnv(after)[LOGIN_SECRET] === login.from
      replaceFile(path, isOurs ? (setSecretLine(after, LOGIN_SECRET, login.to) ?? after) : after)
    },
    proveWritable() {
      const text = readText()
      if (setSecretLine(text, TOKENS_SECRET, `{"*":"x"}`) === null) throw notEditable()
      replaceFile(path, text)
    },
  }
}

const notEditable = () =>
  new UsageError(`The line of ${TOKENS_SECRET} in .dev.vars cannot be changed safely.`, {
    code: 'dev_vars_line',
    next: `Write it as one line: ${TOKENS_SECRET}='{"AC…":{"primary":"…"}}'`,
  })

function replaceFile(path: string, text: string): void {
  try {
    writeWhole(path, text, { mode: 0o600, isDurable: true })
  } catch (error) {
    throw new WorkError(`.dev.vars cannot be written: ${toReason(error)}`, {
      code: 'dev_vars_unwritable',
      next: 'Mend that, and run rotate again.',
    })
  }
}
