/**
 * A stand-in for cloudflared: a script that prints what `cloudflared tunnel --url …` prints, and then
 * does what it was made for. wrangler runs it as CLOUDFLARED_PATH says.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const TUNNEL_URL = 'https://quiet-river-seven.trycloudflare.com'

/** As version 2026.9 prints it, on standard error. */
const OPEN = `
echo '2026-11-20T10:00:00Z INF Thank you for trying Cloudflare Tunnel. Doing so, without a Cloudflare account, is a quick way to experiment and try it out.' >&2
echo '2026-11-20T10:00:00Z INF Requesting new quick Tunnel on trycloudflare.com...' >&2
echo '2026-11-20T10:00:01Z INF +--------------------------------------------------------------------------------------------+' >&2
echo '2026-11-20T10:00:01Z INF |  Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):  |' >&2
echo '2026-11-20T10:00:01Z INF |  ${TUNNEL_URL}                                               |' >&2
echo '2026-11-20T10:00:01Z INF +--------------------------------------------------------------------------------------------+' >&2`

const FAILURE = `
echo '2026-11-20T10:00:00Z INF Requesting new quick Tunnel on trycloudflare.com...' >&2
echo 'failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp: lookup api.trycloudflare.com: no such host' >&2`

const SCRIPTS = {
  /** Until it is told to end. */
  opens: `${OPEN}\nexec sleep 600`,
  silent: 'exec sleep 600',
  /** The edge cannot be reached. */
  fails: `${FAILURE}\nexit 1`,
  /** Takes no notice of SIGTERM. */
  stubborn: `trap '' TERM\n${OPEN}\nwhile true; do sleep 1; done`,
}

export interface Cloudflared {
  /** For CLOUDFLARED_PATH. */
  path: string
  /** Its process, once it runs. */
  pid: () => number
  args: () => string
}

export function writeCloudflared(folder: string, behaviour: keyof typeof SCRIPTS): Cloudflared {
  const path = join(folder, `cloudflared-${behaviour}`)
  const script = `#!/bin/sh\necho "$@" > '${path}.args'\necho $$ > '${path}.pid'\n${SCRIPTS[behaviour]}\n`
  writeFileSync(path, script, { mode: 0o755 })
  return {
    path,
    pid: () => Number(readFileSync(`${path}.pid`, 'utf8')),
    args: () => readFileSync(`${path}.args`, 'utf8').trim(),
  }
}
