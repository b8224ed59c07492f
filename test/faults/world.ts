/** A Switchboard with its targets: each target's name is also its path. */
import { startSwitchboard, type Switchboard } from './switchboard.ts'
import { startTarget, type Script, type Target } from './target.ts'
import type { TargetSettings } from './workers.ts'

export interface World extends Switchboard {
  target: Target
}

export interface WorldOptions {
  targets: Record<string, Partial<TargetSettings> & { script: Script }>
  gatewayEntry?: string
  remember?: boolean
  recordProblemsOnly?: string[]
  leaseMs?: number
}

export async function startWorld({ targets, ...options }: WorldOptions): Promise<World> {
  const target = await startTarget()
  const settings = Object.entries(targets).map(([name, { script, ...given }]) => {
    target.script(`/${name}`, script)
    return [name, { url: `${target.url}/${name}`, timeout: '2s', retry: ['1s', '1s'], ...given }]
  })
  const board = await startSwitchboard({ ...options, targets: Object.fromEntries(settings) })
  return {
    ...board,
    target,
    async stop() {
      await board.stop()
      await target.stop()
    },
  }
}
