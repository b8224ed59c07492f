/** CPU time of the workerd that this process has started. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

/** Of all threads, milliseconds; null where there is no /proc. */
export function readChildrenCpuMs(): number | null {
  try {
    const threads = readdirSync('/proc').filter(isOwnWorkerd).flatMap(listThreads)
    if (threads.length === 0) return null
    const sumNs = threads.reduce((sum, path) => {
      const [onCpuNs = ''] = readFileSync(path, 'utf8').split(' ', 1)
      return sum + Number(onCpuNs)
    }, 0)
    return sumNs / 1_000_000
  } catch {
    return null
  }
}

const listThreads = (pid: string): string[] =>
  readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}/schedstat`)

function isOwnWorkerd(pid: string): boolean {
  try {
    const [, name, parent] =
      /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return name === 'workerd' && Number(parent) === process.pid
  } catch {
    return false
  }
}
