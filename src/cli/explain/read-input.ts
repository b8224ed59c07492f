/**
 * Where the capture and the keys come from. A token is never an argument: it comes from the environment,
 * `.dev.vars`, the folder of `switchboard dev`, or standard input.
 */
import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import { EMPTY_KEY_RING, parseKeyRing, type KeyRing } from '../../twilio/keyring.ts'
import { createSecretReader } from '../project/secrets.ts'
import { readLocalSecret } from '../project/state.ts'
import { UsageError } from '../terminal/errors.ts'

/** A HAR of a long session. */
const MAX_CAPTURE_BYTES = 64 * 1024 * 1024

export interface Inputs {
  capture: Uint8Array
  ring: KeyRing
  /** From standard input, beside the ring of the environment. */
  extra: KeyRing
}

export interface InputOptions {
  /** Undefined or `-`: standard input. */
  file: string | undefined
  tokenStdin: boolean
  state: string
}

export async function readInputs({ file, tokenStdin, state }: InputOptions): Promise<Inputs> {
  const isPiped = file === undefined || file === '-'
  if (isPiped && tokenStdin) {
    throw new UsageError('--token-stdin takes standard input, so the capture has to be a file.', {
      next: 'switchboard explain request.txt --token-stdin < token.txt',
    })
  }
  const read = createSecretReader(process.env, process.cwd())
  const secret = read(TOKENS_SECRET) ?? readLocalSecret(state, TOKENS_SECRET)
  const known = secret === undefined ? null : toRing(secret, TOKENS_SECRET)
  const given = tokenStdin ? toRing((await readStdin()).toString('utf8'), 'standard input') : null
  const ring = known ?? given
  if (!ring) {
    throw new UsageError('There is no auth token to check the signature with.', {
      code: 'tokens_missing',
      next: `Set ${TOKENS_SECRET} in the environment or .dev.vars, or pass --token-stdin.`,
    })
  }
  const capture = isPiped ? await readStdin() : readFileSync(file)
  if (capture.byteLength > MAX_CAPTURE_BYTES) throw tooLarge()
  return { capture, ring, extra: known && given ? given : EMPTY_KEY_RING }
}

function toRing(secret: string, source: string): KeyRing {
  const ring = parseKeyRing(secret)
  if (ring.ok) return ring.value
  throw new UsageError(`${source} ${ring.error.hint}`, { code: 'tokens_invalid' })
}

async function readStdin(): Promise<Buffer> {
  if (process.stdin.isTTY) {
    throw new UsageError('There is no capture.', {
      code: 'capture_missing',
      next: 'Name a file, or pipe a curl command, raw HTTP, a HAR or JSON into the command.',
    })
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk)
    size += bytes.byteLength
    if (size > MAX_CAPTURE_BYTES) throw tooLarge()
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

const tooLarge = () =>
  new UsageError('The capture is over 64 MB.', {
    code: 'capture_too_large',
    next: 'Keep only the request in question.',
  })
