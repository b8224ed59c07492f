/** How large the programs are, and how long each contestant takes from nothing to its first answer. */
import { gzipSync } from 'node:zlib'
import { bundle } from '../../bundle.ts'
import { describe } from '../../table.ts'
import { bundleProgram } from '../build.ts'
import { enter, type Player } from '../field.ts'
import type { Extent, Result } from '../result.ts'
import type { PeerTarget } from '../target.ts'

/** @param players have been started once already */
export async function runStart(
  target: PeerTarget,
  players: readonly Player[],
  { starts }: Extent,
): Promise<Result[]> {
  const measured = players.map(({ contestant, startUpMs }): [string, number[]] => [
    contestant.name,
    [startUpMs],
  ])
  for (let n = 1; n < starts; n++) {
    for (const [i, { contestant }] of players.entries()) {
      const player = await enter(target, contestant)
      measured[i]?.[1].push(player.startUpMs)
      await player.stop()
    }
  }
  return [toStartUp(measured), await toSize()]
}

function toStartUp(measured: readonly [string, number[]][]): Result {
  return {
    name: 'start-up',
    title: 'From the start of the first process to the first answer',
    header: ['', 'ms median', 'ms min', 'ms max'],
    rows: measured.map(([name, times]) => {
      const { median, min, max } = describe(times)
      return [name, ...[median, min, max].map((ms) => ms.toFixed(0))]
    }),
    picture: {
      title: 'Start-up to the first answer, ms (less is better)',
      description: 'From the start of the first process to the first answer.',
      series: ['start-up'],
      rows: measured.map(([label, times]) => {
        const { median } = describe(times)
        return { label, bars: [{ value: median, text: `${median.toFixed(0)} ms` }] }
      }),
    },
  }
}

const WORKER = (entry: string) =>
  bundle(entry, { minify: true, alias: { 'switchboard:config': './test/fixtures/config.json' } })

const PROGRAMS: readonly [string, () => Promise<string>][] = [
  ['Switchboard: gateway', () => WORKER('src/gateway/index.ts')],
  ['Switchboard: consumer', () => WORKER('src/consumer/index.ts')],
  ['express-sdk', () => bundleProgram('express-sdk')],
  ['express-queue: web', () => bundleProgram('express-queue-web')],
  ['express-queue: worker', () => bundleProgram('express-queue-worker')],
  ['worker-sdk', () => WORKER('bench/peers/apps/worker-sdk.ts')],
]

async function toSize(): Promise<Result> {
  const sizes: [string, number, number][] = []
  for (const [name, toCode] of PROGRAMS) {
    const code = await toCode()
    sizes.push([name, Buffer.byteLength(code), gzipSync(code).byteLength])
  }
  const toKb = (bytes: number) => (bytes / 1_000).toFixed(1)
  return {
    name: 'size',
    title: 'Size with all packages, minified',
    header: ['', 'KB', 'KB gzip'],
    rows: sizes.map(([name, bytes, packed]) => [name, toKb(bytes), toKb(packed)]),
    picture: {
      title: 'Size of the programs after gzip, KB (less is better)',
      description: 'Each program with all packages that it uses, minified, after gzip.',
      series: ['size'],
      rows: sizes.map(([label, , packed]) => ({
        label,
        bars: [{ value: packed, text: `${toKb(packed)} KB` }],
      })),
    },
  }
}
