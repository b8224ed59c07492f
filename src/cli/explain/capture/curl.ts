/**
 * A curl command as the request that it would send. Nothing is run, and no file that it names is read.
 *
 * Understands bash's quoting and that of cmd.exe, which is how browsers and API tools write them.
 */
import { Buffer } from 'node:buffer'
import { UsageError } from '../../terminal/errors.ts'
import { toAbsoluteUrl, type CapturedRequest, type Header } from './captured-request.ts'
import { isCmdCommand, toCmdWords } from './cmd-words.ts'
import { joinData, toDataPart } from './curl-data.ts'
import { SHORT_OPTIONS, takesValue, UNSUPPORTED } from './curl-options.ts'
import { toShellWords } from './shell-words.ts'

/** `curl`, perhaps behind a prompt or variables for its environment. */
const CURL = /^\s*(?:\$\s+|>\s+)?(?:\w+=\S*\s+)*(?:\S*\/)?curl(?:\.exe)?(?:\s|$)/

export const isCurl = (text: string): boolean => CURL.test(text)

export function parseCurl(text: string): CapturedRequest {
  if (!isCurl(text)) throw broken('The command does not begin with curl.')
  const command = text.replace(CURL, '').replaceAll(/`\r?\n/g, ' ')
  const words = isCmdCommand(command) ? toCmdWords(command) : toShellWords(command)
  return toRequest(readOptions(words))
}

interface CurlOption {
  /** Long name without dashes; `url` also for a word without an option. */
  name: string
  value: Buffer
}

const NO_VALUE = Buffer.alloc(0)

function readOptions(words: readonly Buffer[]): CurlOption[] {
  const options: CurlOption[] = []
  const rest = [...words]
  const take = (name: string): Buffer => {
    const value = rest.shift()
    if (value) return value
    throw broken(`The option --${name} has no value.`)
  }
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const text = word.toString()
    if (text.startsWith('--') && text !== '--') {
      const name = text.slice(2)
      options.push({ name, value: takesValue(name) ? take(name) : NO_VALUE })
    } else if (/^-[^-]/.test(text)) options.push(...readShort(word.subarray(1), take))
    else if (text !== '--' && text !== '-') options.push({ name: 'url', value: word })
  }
  return options
}

/** `-sSXPOST`: letters without a value, then perhaps one with its value behind it or in the next word. */
function readShort(letters: Buffer, take: (name: string) => Buffer): CurlOption[] {
  const [first = 0] = letters
  const name = SHORT_OPTIONS[String.fromCharCode(first)] ?? 'other'
  const rest = letters.subarray(1)
  if (takesValue(name)) return [{ name, value: rest.length > 0 ? rest : take(name) }]
  return [{ name, value: NO_VALUE }, ...(rest.length > 0 ? readShort(rest, take) : [])]
}

function toRequest(options: readonly CurlOption[]): CapturedRequest {
  const unsupported = options.find(({ name }) => UNSUPPORTED.has(name))
  if (unsupported) {
    throw broken(`curl's --${unsupported.name} makes a body that is not in the command.`)
  }
  const all = (name: string) => options.filter((each) => each.name === name).map(toText)
  const last = (name: string) => all(name).at(-1)
  const parts = options.flatMap(({ name, value }) => toDataPart(name, value) ?? [])
  const data = joinData(parts)
  const isGet = options.some(({ name }) => name === 'get')
  const queries = [...all('url-query'), ...(isGet && data ? [data.toString()] : [])]
  const body = isGet ? null : data
  const isJson = options.some(({ name }) => name === 'json')
  const headers = toHeaders(all, last, { hasBody: body !== null, isJson })
  const target = last('url')
  if (target === undefined) throw broken('The command names no URL.')
  const isHead = options.some(({ name }) => name === 'head')
  return {
    method: last('request') ?? (body ? 'POST' : isHead ? 'HEAD' : 'GET'),
    ...toAbsoluteUrl(withQueries(target, queries), headers),
    headers,
    body: body ?? new Uint8Array(),
    oddities: [],
  }
}

const toText = ({ value }: CurlOption): string => value.toString()

/** Without a scheme curl takes http. */
function withQueries(target: string, queries: readonly string[]): string {
  const [base = ''] = target.split('#', 1)
  const url = /^[a-z]+:\/\//i.test(base) ? base : `http://${base}`
  return queries.reduce((before, query) => {
    return `${before}${before.includes('?') ? '&' : '?'}${query}`
  }, url)
}

function toHeaders(
  all: (name: string) => string[],
  last: (name: string) => string | undefined,
  { hasBody, isJson }: { hasBody: boolean; isJson: boolean },
): Header[] {
  const own = all('header').flatMap(toHeader)
  const isNamed = (name: string) => own.some(([each]) => each.toLowerCase() === name.toLowerCase())
  const user = last('user')
  const type = isJson ? 'application/json' : 'application/x-www-form-urlencoded'
  const made: [name: string, value: string | undefined][] = [
    ['content-type', hasBody ? type : undefined],
    ['user-agent', last('user-agent')],
    ['referer', last('referer')],
    ['cookie', last('cookie')],
    ['authorization', user && `Basic ${Buffer.from(user).toString('base64')}`],
  ]
  const added = made.flatMap(([name, value]): Header[] =>
    value === undefined || isNamed(name) ? [] : [[name, value]],
  )
  const kept = own.flatMap(([name, value]): Header[] => (value === null ? [] : [[name, value]]))
  return [...kept, ...added]
}

/** `Name:` takes a header away that curl would make (null here); `Name;` is one without a value. */
function toHeader(line: string): (readonly [name: string, value: string | null])[] {
  const [, name = '', mark = '', value = ''] = /^([^:;]+)([:;])(.*)$/s.exec(line) ?? []
  if (name === '') return []
  if (mark === ';') return [[name.trim(), '']]
  return [[name.trim(), value.trim() === '' ? null : value.trim()]]
}

function broken(message: string): UsageError {
  return new UsageError(message, {
    code: 'capture_curl',
    next: 'Copy the command again, or give the request as raw HTTP.',
  })
}
