/**
 * Adds secrets to the text of a `.dev.vars`: lines that are there stay as they are, a name without a
 * value gets one, and a value is never replaced by another. Pure; no value appears in what it tells.
 */
import { parseEnv } from 'node:util'

export interface NewSecret {
  name: string
  /** Empty: a line to be filled in by hand. */
  value: string
  /** One line of explanation above it. */
  comment: string
}

export interface DevVars {
  text: string
  /** Names that got a line or a value. */
  added: string[]
  /** Names whose other value was kept. */
  kept: string[]
  /** Names that still have no value. */
  empty: string[]
}

export function addSecrets(before: string | null, secrets: readonly NewSecret[]): DevVars {
  const result: DevVars = { text: before ?? '', added: [], kept: [], empty: [] }
  for (const secret of secrets) {
    const known: string | undefined = parseEnv(result.text)[secret.name]
    if (known === undefined) {
      result.text = append(result.text, secret)
      result.added.push(secret.name)
    } else if (known === '' && secret.value !== '') {
      result.text = fillIn(result.text, secret)
      result.added.push(secret.name)
    } else if (known !== '' && secret.value !== '' && known !== secret.value) {
      result.kept.push(secret.name)
    }
    if ((known ?? '') === '' && secret.value === '') result.empty.push(secret.name)
  }
  return result
}

function append(text: string, { name, value, comment }: NewSecret): string {
  const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n'
  return `${text}${gap}# ${comment}\n${name}=${toQuoted(value)}\n`
}

/** The last line of a name is the one that counts. */
function fillIn(text: string, { name, value }: NewSecret): string {
  const lines = text.split('\n')
  const pattern = new RegExp(`^\\s*(?:export\\s+)?${RegExp.escape(name)}\\s*=`)
  const at = lines.findLastIndex((line) => pattern.test(line))
  return lines.with(at, `${name}=${toQuoted(value)}`).join('\n')
}

/** As both Node and wrangler read it: bare where nothing in it has a meaning, else in single quotes. */
function toQuoted(value: string): string {
  return /^[\w+/=.:@-]*$/.test(value) ? value : `'${value}'`
}
