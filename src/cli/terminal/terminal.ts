/**
 * What a command says, and to whom: results to standard output, everything else to standard error, so
 * that a result can be piped. With `--json` standard output is exactly one JSON document, and standard
 * error is silent.
 */
import { styleText } from 'node:util'
import { spinner } from '@clack/prompts'

export interface Terminal {
  /** `--json`. */
  isJson: boolean
  /** Somebody sits there who can be asked: no pipe, no CI, no `--json`. */
  isInteractive: boolean
  /** The result, once, at the end: `data` with `--json`, else the text. */
  result(data: unknown, text: string): void
  /** What happens meanwhile. */
  note(text: string): void
  warn(text: string): void
  /** Work that may take longer than a second, with its title shown; `update` says how far it is. */
  step<T>(title: string, work: (update: (detail: string) => void) => Promise<T>): Promise<T>
}

export function createTerminal({ json = false }: { json?: boolean | undefined } = {}): Terminal {
  const { stdin, stdout, stderr, env } = process
  const isPerson = isTerminal(stdin) && isTerminal(stderr) && !env['CI'] && !json
  const say = (text: string) => void (json || stderr.write(`${text}\n`))
  return {
    isJson: json,
    isInteractive: isPerson,
    result: (data, text) =>
      void stdout.write(json ? `${JSON.stringify(data, null, 2)}\n` : `${text}\n`),
    note: say,
    warn: (text) => say(`${paint('yellow', 'warning:')} ${text}`),
    step: (title, work) => (isPerson ? spin(title, work) : tell(title, work, say)),
  }
}

/** A stream that is none has no `isTTY` at all, whatever its type says. */
const isTerminal = ({ isTTY }: { isTTY?: boolean }): boolean => isTTY === true

type Work<T> = (update: (detail: string) => void) => Promise<T>

async function spin<T>(title: string, work: Work<T>): Promise<T> {
  const progress = spinner({ output: process.stderr, indicator: 'timer' })
  progress.start(title)
  try {
    const result = await work((detail) => progress.message(`${title}: ${detail}`))
    progress.stop(title)
    return result
  } catch (error) {
    progress.error(title)
    throw error
  }
}

const TELL_EVERY_MS = 5_000

/** A log file gets a line at the start, and one every five seconds. */
async function tell<T>(title: string, work: Work<T>, say: (text: string) => void): Promise<T> {
  let toldAt = performance.now()
  say(`${title} …`)
  return work((detail) => {
    if (performance.now() - toldAt < TELL_EVERY_MS) return
    toldAt = performance.now()
    say(`${title}: ${detail}`)
  })
}

/** Colours where the stream of errors is a terminal that wants them (NO_COLOR, FORCE_COLOR). */
export function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stderr })
}
