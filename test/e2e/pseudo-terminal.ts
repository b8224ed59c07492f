/** A person at a terminal: the command in a real pseudo-terminal, keys typed when a question is there. */
import { stripVTControlCharacters } from 'node:util'
import { spawn } from '@lydell/node-pty'
import { MAIN } from './switchboard.ts'

export const KEYS = { enter: '\r', space: ' ', up: '\x1b[A', down: '\x1b[B', ctrlC: '\x03' }

export interface Session {
  /** Resolves when this has been printed since the last call; rejects after 20 s. */
  waitFor: (text: string) => Promise<void>
  type: (...keys: string[]) => void
  /** Everything that was shown, as text. */
  shown: () => string
  exit: Promise<number>
}

const WAIT_MS = 20_000

export function openSession(
  args: string[],
  cwd: string,
  env: Record<string, string> = {},
): Session {
  const { PATH = '', HOME = '' } = process.env
  const terminal = spawn(process.execPath, [MAIN, ...args], {
    cols: 200,
    rows: 60,
    cwd,
    env: { PATH, HOME, TERM: 'xterm-256color', ...env },
  })
  let output = ''
  let seen = 0
  const listeners = new Set<() => void>()
  terminal.onData((data) => {
    output += data
    for (const listener of listeners) listener()
  })
  const exit = new Promise<number>((resolve) =>
    terminal.onExit(({ exitCode }) => resolve(exitCode)),
  )

  function waitFor(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer)
        listeners.delete(look)
        settle()
      }
      const look = () => {
        const shown = stripVTControlCharacters(output)
        const at = shown.indexOf(text, seen)
        if (at === -1) return
        seen = at + text.length
        end(resolve)
      }
      const fail = () => end(() => reject(new Error(`"${text}" did not come; shown:\n${output}`)))
      const timer = setTimeout(fail, WAIT_MS)
      listeners.add(look)
      look()
    })
  }

  return {
    waitFor,
    type: (...keys) => {
      for (const key of keys) terminal.write(key)
    },
    shown: () => stripVTControlCharacters(output),
    exit,
  }
}
