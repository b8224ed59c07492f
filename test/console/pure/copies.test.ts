/**
 * What one copies out of the console, run by real shells and the real curl, and read by the command that
 * it is for.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toRealisticWebhook } from '../../../src/cli/trigger/realistic.ts'
import { defineTrigger } from '../../../src/cli/trigger/trigger.ts'
import { createVerb, runVerb } from '../../../src/cli/terminal/verb.ts'
import { toCurl } from '../../../src/console/copies/curl.ts'
import { canBeArgument, toShellWord } from '../../../src/console/copies/shell.ts'
import { toTriggerCommand } from '../../../src/console/copies/trigger-command.ts'
import type { SwitchboardEvent } from '../../../src/events/event.ts'
import type { OriginalRequest } from '../../../src/events/message.ts'
import { toBodyHash } from '../../../src/twilio/signature.ts'
import { KINDS } from '../../../src/twilio/kinds.ts'
import type { Param } from '../../../src/twilio/params.ts'
import { SAMPLES } from '../../events/samples.ts'

const ACCOUNT = 'AC00000000000000000000000000000000'
const FORM = 'application/x-www-form-urlencoded'
/** What `\u` and characters are depends on the locale. */
const env = { ...process.env, LC_ALL: 'C.UTF-8' }

/** The words of a command as the shell hands them over, each with a null byte behind it. */
function shellWords(shell: string, command: string): string[] {
  const script = `show() { printf '%s\\0' "$@"; }; show ${command}`
  const { stdout } = spawnSync(shell, ['-c', script], { env, maxBuffer: 10_000_000 })
  return stdout.toString().split('\0').slice(0, -1)
}

const toRequest = (given: Partial<OriginalRequest>): OriginalRequest => ({
  method: 'POST',
  contentType: FORM,
  query: '',
  body: '',
  encoding: 'utf-8',
  ...given,
})

describe('toShellWord', () => {
  const NASTY = [
    "it's",
    '$(touch /tmp/x) `id` $HOME',
    '!! !x',
    'a\nb',
    '\u001b[31mred\u0007\r',
    "\u0001'1\\",
    '=ls',
    '~',
    '-n',
    '*',
    '',
    '‮א👍',
    '\u0085\u2028',
  ]

  it('is one word in bash, whatever the text', () => {
    const given = fc.array(
      fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 20 })),
      { minLength: 1, maxLength: 60 },
    )
    fc.assert(
      fc.property(given, (texts) => {
        const sendable = texts.filter(canBeArgument).map((each) => each.toWellFormed())
        const words = sendable.map(toShellWord)
        expect(shellWords('bash', words.join(' '))).toEqual(sendable)
        expect(words.join(' ').replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
      }),
      { numRuns: 20, examples: [[NASTY]] },
    )
  })

  it('is one word in any POSIX shell without control characters', () => {
    const texts = NASTY.filter((each) => !/[\p{Cc}\u2028]/u.test(each.replaceAll('\n', '')))
    expect(shellWords('sh', texts.map(toShellWord).join(' '))).toEqual(texts)
  })
})

describe('toCurl', () => {
  interface Received {
    method: string | undefined
    url: string | undefined
    headers: IncomingMessage['headers']
    body: string
  }
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method, url, headers } = request
      received.push({ method, url, headers, body: Buffer.concat(chunks).toString('latin1') })
      response.end()
    })
  })
  let origin = ''
  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    // `listen` on a port gives no path of a pipe.
    const { port } = server.address() as AddressInfo
    origin = `http://127.0.0.1:${port}`
  })
  afterAll(() => server.close())

  async function send(request: OriginalRequest): Promise<Received> {
    received.length = 0
    const { command } = toCurl(request, `${origin}/a/../b?old=1#rc=2`)
    const child = spawn('sh', [], { env, stdio: ['pipe', 'ignore', 'pipe'] })
    child.stdin.end(command)
    const errors = await text(child.stderr)
    const [first] = received
    if (first === undefined) throw new Error(errors)
    return first
  }

  const latin1 = (body: string) => Buffer.from(body).toString('latin1')

  it.each([
    ['a form', "Body=it's+%24HOME&From=%2B15005550006"],
    ['a body that looks like a file', '@/etc/passwd'],
    ['several lines', 'a\nb\n\n'],
    ['null bytes', 'a\0b'],
    ['control characters', '\u001b[2J\r\n'],
    ['200 KB', `Body=${'é'.repeat(100_000)}`],
    ['nothing', ''],
  ])('sends %s to the byte, from a POSIX shell', async (_, body) => {
    const request = toRequest({ body, query: 'x=[1-3]&y={a,b}', idempotencyToken: 'tok' })
    expect(await send(request)).toMatchObject({
      method: 'POST',
      url: '/a/../b?x=[1-3]&y={a,b}',
      headers: { 'content-type': FORM, 'i-twilio-idempotency-token': 'tok' },
      body: latin1(body),
    })
  })

  it('sends bytes that are no text', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128])
    const body = bytes.toString('base64')
    const got = await send(toRequest({ body, encoding: 'base64' }))
    expect(got.body).toBe(bytes.toString('latin1'))
  })

  it('sends GET without a body, PUT as such, JSON under the URL that Twilio signed', async () => {
    const get = await send(toRequest({ method: 'GET', contentType: '', query: 'a=%20b' }))
    expect(get).toMatchObject({ method: 'GET', url: '/a/../b?a=%20b', body: '' })
    expect(get.headers).not.toHaveProperty('content-type')
    const json = await send(
      toRequest({ method: 'PUT', contentType: 'application/json', body: '{"a":1}' }),
    )
    const url = `/a/../b?bodySHA256=${toBodyHash(Buffer.from('{"a":1}'))}`
    expect(json).toMatchObject({ method: 'PUT', url, body: '{"a":1}' })
  })
})

describe('toTriggerCommand', () => {
  const toEvent = (kind: string): SwitchboardEvent => ({
    specversion: '1.0',
    id: 'evt_1',
    source: '/endpoints/main',
    type: 'x',
    time: '2026-11-20T10:00:00.000Z',
    datacontenttype: 'application/json',
    kind,
    account: ACCOUNT,
    traceparent: '',
    data: {},
  })
  const URL = 'https://hooks.example.com/sms'

  interface Parsed {
    kind: string | undefined
    options: { to?: string; method?: string; account?: string; set: Param[] }
  }

  /** As the real verb reads it, after a real shell. */
  async function parse(command: string): Promise<Parsed> {
    const [npm, run, name, dashes, verbName, ...args] = shellWords('bash', command)
    expect([npm, run, name, dashes, verbName]).toEqual([
      'npm',
      'run',
      'switchboard',
      '--',
      'trigger',
    ])
    const verb = createVerb('trigger', { summary: 'x', examples: [] })
    defineTrigger(verb)
    verb.action(() => {})
    await runVerb(verb, args)
    return { kind: verb.args[0], options: { set: [], ...verb.opts() } }
  }

  const toForm = (pairs: readonly Param[]) =>
    new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString()

  it('is read back as the same kind with the same parameters, for every kind and sample', async () => {
    const made = KINDS.filter(({ body }) => body === 'form').map(({ name }) => ({
      kind: name,
      pairs: toRealisticWebhook(name, { account: ACCOUNT, set: [] }).pairs,
    }))
    const samples = SAMPLES.map(({ kind, webhook }) => ({ kind, pairs: webhook.params.pairs }))
    for (const { kind, pairs } of [...made, ...samples]) {
      const copy = toTriggerCommand(toEvent(kind), toRequest({ body: toForm(pairs) }), URL)
      const parsed = await parse(copy?.command ?? '')
      expect(parsed).toMatchObject({ kind, options: { to: URL, account: ACCOUNT } })
      if (KINDS.find(({ name }) => name === kind)?.body !== 'form') continue
      expect(parsed.options.set).toEqual(pairs)
      const sent = toRealisticWebhook(kind, { account: ACCOUNT, set: parsed.options.set }).pairs
      const names = new Set(pairs.map(([name]) => name))
      const same = sent.filter(([name]) => names.has(name))
      const byName = (list: readonly Param[]) =>
        list.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      expect(byName(same)).toEqual(byName(pairs))
    }
  })

  it('says parameters of any text, GET and the query of a URL', async () => {
    const pairs: Param[] = [
      ['Body', "it's $HOME `id`\n\u001b[2J = x"],
      ['--to', 'http://evil.example'],
      ['Empty', ''],
    ]
    const request = toRequest({ method: 'GET', contentType: '', query: toForm(pairs) })
    const get = await parse(
      toTriggerCommand(toEvent('messaging.inbound'), request, URL)?.command ?? '',
    )
    expect(get.options).toMatchObject({ to: URL, method: 'GET', set: pairs })
    const post = toRequest({ body: toForm(pairs), query: 'tenant=1' })
    const { options } = await parse(
      toTriggerCommand(toEvent('messaging.inbound'), post, URL)?.command ?? '',
    )
    expect(options).toMatchObject({ to: `${URL}?tenant=1`, set: pairs })
  })

  it('leaves out what no command line can hold, and says so', async () => {
    const body = toForm([
      ['Body', 'a\0b'],
      ['a=b', 'x'],
      ['To', '1'],
    ])
    const copy = toTriggerCommand(toEvent('messaging.inbound'), toRequest({ body }), URL)
    expect((await parse(copy?.command ?? '')).options.set).toEqual([['To', '1']])
    expect(copy?.note).toContain('left out')
  })

  it('has none for a kind that trigger does not know', () => {
    expect(toTriggerCommand(toEvent('unknown'), toRequest({}), URL)).toBeNull()
    expect(toTriggerCommand(toEvent('switchboard.test'), toRequest({}), URL)).toBeNull()
  })
})
