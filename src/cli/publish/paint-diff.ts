/** The lines of a difference in colour, where the stream is a terminal that wants it. */
import { styleText } from 'node:util'

const COLOURS: readonly (readonly [RegExp, 'green' | 'red' | 'yellow'])[] = [
  [/^ *\+ /, 'green'],
  [/^ *- /, 'red'],
  [/^~ /, 'yellow'],
]

export function paintDiff(lines: readonly string[], stream: NodeJS.WriteStream): string[] {
  return lines.map((line) => {
    const colour = COLOURS.find(([pattern]) => pattern.test(line))?.[1]
    return colour === undefined ? line : styleText(colour, line, { stream })
  })
}
