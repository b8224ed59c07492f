/**
 * A public URL for this machine: wrangler's quick tunnel, which needs no account. Wrangler brings its own
 * cloudflared, or takes the one that CLOUDFLARED_PATH names.
 *
 * Promises: it ends with this process, unless that is killed outright; nothing that it prints is shown
 * but when it fails.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { findWrangler, QUIET, toLastLines } from '../cloudflare/wrangler.ts'
import { WorkError } from '../terminal/errors.ts'

export interface Tunnel {
  /**
   * An origin: `https://….trycloudflare.com`. Rejects with a WorkError when there is none in time, or
   * it ends before; never settles when it is stopped before.
   */
  url: Promise<string>
  stop: () => Promise<void>
}

export interface TunnelOptions {
  /** What it leads to, on 127.0.0.1. */
  port: number
  /** It has ended by itself, after it was open. */
  onEnd: () => void
  /** Until there is a URL; cloudflared may have to be downloaded first. */
  timeoutMs?: number
  /** Added to this process's own environment. */
  env?: Record<string, string>
}

/** cloudflared names the API's own host when that cannot be reached. */
const TUNNEL_URL = /https:\/\/(?!api\.)[a-z0-9-]+\.trycloudflare\.com/
const TIMEOUT_MS = 60_000
const STOP_MS = 3_000
/** cloudflared goes on printing for as long as it runs. */
const MAX_OUTPUT_CHARS = 20_000

const NEXT =
  'Check the network and try again. An installed cloudflared is used when CLOUDFLARED_PATH is its ' +
  'path; with a tunnel of your own, set publicUrl in the config and leave --tunnel out.'

export function openTunnel(options: TunnelOptions): Tunnel {
  const { port, onEnd, timeoutMs = TIMEOUT_MS, env = {} } = options
  const child = start(port, env)
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let isStopped = false
  const stop = async () => {
    isStopped = true
    await end(child, closed)
  }
  const found = waitForUrl(child, closed, timeoutMs).then(
    (url) => {
      void closed.then(() => isStopped || onEnd())
      return url
    },
    async (error: unknown) => {
      if (isStopped) return new Promise<never>(() => {})
      await stop()
      throw error
    },
  )
  return { url: found, stop }
}

function start(port: number, env: Record<string, string>): ChildProcess {
  const args = [findWrangler(), 'tunnel', 'quick-start', `http://127.0.0.1:${port}`]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...QUIET, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Wrangler is two processes and cloudflared a third: as a group they end together, and a Ctrl-C at
    // the terminal reaches them through this process only.
    detached: true,
  })
  const kill = () => signalGroup(child, 'SIGTERM')
  process.once('exit', kill)
  child.once('close', () => process.off('exit', kill))
  return child
}

function waitForUrl(
  child: ChildProcess,
  closed: Promise<void>,
  timeoutMs: number,
): Promise<string> {
  let output = ''
  return new Promise((resolve, reject) => {
    const fail = (code: string, what: string) => {
      clearTimeout(timer)
      const said = toLastLines({ code: null, out: output, err: '' })
      const message = `There is no tunnel: ${what}.${said === '' ? '' : `\n${said}`}`
      reject(new WorkError(message, { code, next: NEXT }))
    }
    const timer = setTimeout(
      () => fail('tunnel_late', `no URL came in ${timeoutMs / 1_000} s`),
      timeoutMs,
    )
    const onData = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-MAX_OUTPUT_CHARS)
      const [url] = TUNNEL_URL.exec(output) ?? []
      if (url === undefined) return
      clearTimeout(timer)
      resolve(url)
    }
    child.stdout?.on('data', onData)
    child.stderr?.on('data', onData)
    child.once('error', (error) => fail('tunnel_failed', error.message))
    void closed.then(() => fail('tunnel_failed', 'wrangler ended'))
  })
}

/** `close` comes when the last of the group has let go of our pipes. */
async function end(child: ChildProcess, closed: Promise<void>): Promise<void> {
  signalGroup(child, 'SIGTERM')
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_MS)
  await closed
  clearTimeout(timer)
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It is gone.
  }
}
