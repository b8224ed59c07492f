/**
 * What `dev` prints, on standard output: lines for people, or with `--json` one JSON object a line, the
 * Workers' own as they log them.
 */
import { styleText } from 'node:util'
import { toClock, toLogLine, type LineContext } from './log-line.ts'

export interface Output {
  /** A line of a Worker. */
  log: (text: string, at: Date) => void
  /** Something of dev's own: `data` with `--json`, else the text. */
  say: (data: { event: `dev.${string}`; [name: string]: unknown }, text: string) => void
  /** The same while things run, behind the time. */
  tell: Output['say']
  /** From now on the Workers' lines wait. */
  hold: () => void
  /** @param withHeld also prints what waited */
  release: (withHeld: boolean) => void
}

export interface OutputOptions {
  isJson: boolean
  pathOf: LineContext['pathOf']
  write?: (line: string) => void
  now?: () => Date
}

/** At a terminal only, and as NO_COLOR and FORCE_COLOR say. */
const paint: LineContext['paint'] = (style, text) =>
  styleText(style, text, { stream: process.stdout })

export function createOutput(options: OutputOptions): Output {
  const { isJson, pathOf, now = () => new Date() } = options
  const { write = (line) => void process.stdout.write(`${line}\n`) } = options
  let held: string[] | null = null

  function say(data: object, text: string): void {
    write(isJson ? JSON.stringify(data) : text)
  }

  return {
    log(text, at) {
      const line = isJson ? toJsonLine(text) : toLogLine(text, { at, pathOf, paint })
      if (held) held.push(line)
      else write(line)
    },
    say,
    tell: (data, text) => say(data, `${toClock({ at: now(), paint })}  ${text}`),
    hold: () => void (held ??= []),
    release(withHeld) {
      if (withHeld) for (const line of held ?? []) write(line)
      held = null
    },
  }
}

/** What the runtime itself prints is no JSON. */
function toJsonLine(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text
  } catch {
    // Not JSON.
  }
  return JSON.stringify({ event: 'runtime.output', text })
}
