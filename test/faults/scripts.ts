/** What a target can do to a call: answer well, answer badly, or not answer at all. */
import type { Call, Script } from './target.ts'

/** An answer with a short body. */
export function answers(status: number, headers: Record<string, string> = {}): Script {
  return (_call, response) => {
    response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(`status ${status}`)
  }
}

export const ok = answers(200)

/** An answer that takes its time. */
export const answersAfter =
  (delayMs: number, status = 200): Script =>
  (_call, response) => {
    setTimeout(() => response.writeHead(status).end('slow'), delayMs).unref()
  }

/** No answer, and the connection stays open. */
export const hangs: Script = () => {}

/** The connection ends with a TCP reset. */
export const resets: Script = (_call, response) => void response.socket?.resetAndDestroy()

/** Bytes that are no HTTP. */
export const talksGarbage: Script = (_call, response) => {
  response.socket?.end(
    Buffer.from('\u0000\u0001 220 mail.example ESMTP \r\n\r\n\u00ff\u00fe', 'latin1'),
  )
}

/** The head at once, then one byte of the body a second. */
export const dripsBody: Script = (_call, response) => {
  response.writeHead(200)
  response.write('.')
  const timer = setInterval(() => response.write('.'), 1_000).unref()
  response.on('close', () => clearInterval(timer))
}

/** The head itself comes one byte a second. */
export const dripsHead: Script = (_call, response) => {
  const { socket } = response
  const bytes = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
  let sent = 0
  const timer = setInterval(() => {
    socket?.write(bytes.subarray(sent, sent + 1))
    sent += 1
  }, 1_000).unref()
  socket?.on('error', () => {}).on('close', () => clearInterval(timer))
}

const MEGABYTE = Buffer.alloc(1_000_000, 'x')

/** 10 MB with a status of 200, as fast as they are taken. */
export const floods: Script = (_call, response) => {
  response.writeHead(200, { 'content-type': 'application/octet-stream' })
  for (let sent = 0; sent < 10; sent += 1) response.write(MEGABYTE)
  response.end()
}

/** Each call of an event has its own script; the last one stays. */
export const inTurn =
  (...scripts: Script[]): Script =>
  (call, response) =>
    scripts[Math.min(call.number, scripts.length) - 1]?.(call, response)

/** The same script for the same seed, event and call, whatever the order in which they come. */
export const atRandom =
  (seed: number, shares: readonly { share: number; script: Script }[], otherwise: Script): Script =>
  (call, response) => {
    let dice = toUnitNumber(seed, call)
    const found = shares.find(({ share }) => (dice -= share) < 0)
    ;(found?.script ?? otherwise)(call, response)
  }

/** FNV-1a over what makes the call this one. */
function toUnitNumber(seed: number, { eventId, path, number }: Call): number {
  let hash = 2_166_136_261
  for (const char of `${seed} ${eventId} ${path} ${number}`) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619)
  }
  // The last characters have only just been mixed in.
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_519)
  hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_917)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
