import { spawn } from 'node:child_process'
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js'
import { afterAll, describe, expect, it } from 'vitest'
import { AUTH_TOKEN, createWorkspace, finished, MAIN, run } from './switchboard.ts'

const workspace = createWorkspace()
afterAll(workspace.remove)

const URL = 'https://hooks.example.com/sms?tenant=%2B15005550001'
const PARAMS = { From: '+15005550006', Body: 'secret words', MessageSid: 'SM1' }
const SIGNATURE = getExpectedTwilioSignature(AUTH_TOKEN, URL, PARAMS)
const FORM = new URLSearchParams(PARAMS).toString()
const toCurl = (url: string) =>
  `curl -X POST '${url}' -H 'X-Twilio-Signature: ${SIGNATURE}' --data-raw '${FORM}'\n`

const env = { TWILIO_AUTH_TOKENS: AUTH_TOKEN }
/** No token of the tester's own comes in. */
const options = { env, cwd: workspace.path }

/** With standard input. */
function pipe(args: string[], input: string, secrets: Record<string, string> = env) {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: workspace.path,
    env: { PATH, ...secrets } as unknown as NodeJS.ProcessEnv,
  })
  child.stdin.end(input)
  return finished(child)
}

describe('switchboard explain', () => {
  it('accepts what is good, from a file', async () => {
    const file = workspace.write('good.txt', toCurl(URL))
    const { code, out, err } = await run(['explain', file, '--json'], options)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'accepted',
      codes: [],
      signed: { url: 'https://hooks.example.com/sms?tenant=…', form: 'as it is' },
      key: { account: null, name: 'default', isFirst: true },
      capture: { format: 'curl' },
    })
  })

  it('names the mistake, from standard input, and shows no value, token or other signature', async () => {
    const { code, out } = await pipe(['explain'], toCurl(URL.replace('/sms', '/sms/')))
    expect(code).toBe(1)
    expect(out).toContain('trailing_slash')
    expect(out).toContain('https://hooks.example.com/sms?tenant=…')
    for (const secret of [AUTH_TOKEN, SIGNATURE, 'secret words', '15005550006', '15005550001']) {
      expect(out).not.toContain(secret)
    }
    expect(out).not.toMatch(/[A-Za-z0-9+/]{27}=/)
    const shown = await pipe(['explain', '--show-values'], toCurl(URL.replace('/sms', '/sms/')))
    expect(shown.out).toContain(URL)
  })

  it('says when nothing explains it', async () => {
    const { code, out } = await pipe(['explain', '--json'], toCurl(URL), {
      TWILIO_AUTH_TOKENS: 'f'.repeat(32),
    })
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ verdict: 'unknown', codes: ['unknown'], signed: null })
  })

  it('takes a token from standard input, alone or beside the ring', async () => {
    const file = workspace.write('other.txt', toCurl(URL))
    const args = ['explain', file, '--token-stdin', '--json']
    const alone = await pipe(args, `${AUTH_TOKEN}\n`, {})
    expect(alone.code).toBe(0)
    const beside = await pipe(args, `${AUTH_TOKEN}\n`, { TWILIO_AUTH_TOKENS: 'f'.repeat(32) })
    expect(beside.code).toBe(1)
    expect(JSON.parse(beside.out)).toMatchObject({ codes: ['token_missing'] })
  })

  it('sees what the gateway with a config sees', async () => {
    const config = workspace.config(
      `{ publicUrl: 'https://hooks.example.com', endpoints: { sms: { path: '/sms' } } }`,
    )
    const inner = toCurl(URL.replace('https://hooks.example.com', 'http://127.0.0.1:8787'))
    const good = await pipe(['explain', '--config', config, '--json'], inner)
    expect(good.code).toBe(0)
    const slash = await pipe(
      ['explain', '--config', config, '--json'],
      inner.replace('/sms', '/s/sms'),
    )
    expect(JSON.parse(slash.out)).toMatchObject({ codes: ['unknown_path', 'path_prefix'] })
  })

  it.each([
    ['tokens_missing', ['explain'], toCurl(URL), {}],
    ['tokens_invalid', ['explain'], toCurl(URL), { TWILIO_AUTH_TOKENS: '{"AC1": "hush' }],
    ['capture_unreadable', ['explain'], 'hello', env],
    ['capture_curl', ['explain', '--format', 'curl'], 'curl', env],
    ['usage', ['explain', '--format', 'xml'], '', env],
    ['usage', ['explain', '--entry', '0'], '', env],
    ['usage', ['explain', '--url', '/sms'], '', env],
    ['usage', ['explain', '--token-stdin'], AUTH_TOKEN, env],
    ['file', ['explain', 'none.txt'], '', env],
  ])('refuses with %s: %j', async (code, args, input, secrets) => {
    const ended = await pipe([...args, '--json'], input, secrets)
    expect(ended).toMatchObject({ code: 2, err: '' })
    expect(JSON.parse(ended.out)).toMatchObject({ error: { code } })
    expect(ended.out).not.toContain('hush')
  })
})
