/** The real wrangler, with a stand-in for the cloudflared that it runs. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { openTunnel } from '../../../src/cli/dev/tunnel.ts'
import { TUNNEL_URL, writeCloudflared } from '../../standins/cloudflared.ts'

const folder = mkdtempSync(join(tmpdir(), 'switchboard-tunnel-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function open(behaviour: Parameters<typeof writeCloudflared>[1], timeoutMs = 20_000) {
  const cloudflared = writeCloudflared(folder, behaviour)
  const onEnd = vi.fn<() => void>()
  const env = { CLOUDFLARED_PATH: cloudflared.path }
  return { cloudflared, onEnd, tunnel: openTunnel({ port: 8787, onEnd, timeoutMs, env }) }
}

/** One that has ended and that nobody has asked about (`Z`) does not count. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return /^[^Z]/.test(stdout.trim())
}

describe.concurrent('openTunnel', () => {
  it('gives the URL, and ends all of it when stopped', async () => {
    const { cloudflared, onEnd, tunnel } = open('opens')
    expect(await tunnel.url).toBe(TUNNEL_URL)
    expect(cloudflared.args()).toContain('--url http://127.0.0.1:8787')
    expect(isAlive(cloudflared.pid())).toBe(true)
    await tunnel.stop()
    expect(isAlive(cloudflared.pid())).toBe(false)
    expect(onEnd).not.toHaveBeenCalled()
  })

  it('ends one that does not listen', async () => {
    const { cloudflared, tunnel } = open('stubborn')
    await tunnel.url
    await tunnel.stop()
    expect(isAlive(cloudflared.pid())).toBe(false)
  })

  // Wrangler listens for the end of cloudflared a moment after it has told the URL; what dies in that
  // moment it does not see.
  it('tells once that it ended by itself', { retry: 2 }, async () => {
    // Another name for the same behaviour, so that each has a process of its own.
    const own = writeCloudflared(mkdtempSync(join(folder, 'own-')), 'opens')
    const onEnd = vi.fn<() => void>()
    const env = { CLOUDFLARED_PATH: own.path }
    const tunnel = openTunnel({ port: 8787, onEnd, env })
    await tunnel.url
    process.kill(own.pid(), 'SIGKILL')
    await vi.waitFor(() => expect(onEnd).toHaveBeenCalledOnce(), { timeout: 15_000 })
    await tunnel.stop()
    expect(onEnd).toHaveBeenCalledOnce()
  })

  it('fails with what was said when the edge cannot be reached', async () => {
    await expect(open('fails').tunnel.url).rejects.toMatchObject({
      code: 'tunnel_failed',
      exitCode: 1,
      message: expect.stringContaining('no such host'),
      next: expect.stringContaining('CLOUDFLARED_PATH'),
    })
  })

  it('gives up when no URL comes, and leaves nothing running', async () => {
    const { cloudflared, tunnel } = open('silent', 8_000)
    await expect(tunnel.url).rejects.toMatchObject({ code: 'tunnel_late', exitCode: 1 })
    expect(isAlive(cloudflared.pid())).toBe(false)
  })

  it('can be stopped before it is open, and says nothing more', async () => {
    const settled = vi.fn<() => void>()
    const onEnd = vi.fn<() => void>()
    const own = writeCloudflared(mkdtempSync(join(folder, 'own-')), 'silent')
    const tunnel = openTunnel({ port: 8787, onEnd, env: { CLOUDFLARED_PATH: own.path } })
    void tunnel.url.then(settled, settled)
    await vi.waitFor(() => expect(isAlive(own.pid())).toBe(true), { timeout: 45_000 })
    await tunnel.stop()
    expect(isAlive(own.pid())).toBe(false)
    expect(settled).not.toHaveBeenCalled()
    expect(onEnd).not.toHaveBeenCalled()
  })

  it('fails when there is no such binary', async () => {
    const env = { CLOUDFLARED_PATH: join(folder, 'none') }
    const tunnel = openTunnel({ port: 8787, onEnd: () => {}, env })
    await expect(tunnel.url).rejects.toMatchObject({ code: 'tunnel_failed' })
  })
})
