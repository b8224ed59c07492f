/** What is checked about targets: addresses, kinds, secrets, headers, bounds. */
import { describe, expect, test } from 'vitest'
import { OWN_KIND_NAMES } from '../../src/events/own-kinds.ts'
import { compile, compiled, problemsOf, TARGET, warningsOf, withTarget } from './compile-case.ts'

describe('addresses', () => {
  test.each([
    'https://crm.example.com',
    'https://93.184.215.14/hooks',
    'https://[2606:4700::1111]/',
    'https://172.32.0.1/',
    'https://100.128.0.1/',
    'https://internal.example.com/',
    'https://localhost.example.com:8443/a?b=c',
  ])('%s', (url) => {
    expect(problemsOf(withTarget({ url }))).toEqual([])
  })

  const privateHosts = [
    '127.0.0.1 127.1 2130706433 0x7f000001 017700000001 0x7f.1 127.255.255.255 127.0.0.1.',
    '0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 192.0.0.192',
    '192.0.2.1 198.18.0.1 203.0.113.9 224.0.0.1 255.255.255.255 １２７.0.0.1 ①27.0.0.1',
    '[::] [::1] [::ffff:127.0.0.1] [::ffff:8.8.8.8] [::127.0.0.1] [fd00::1] [fe80::1] [fec0::1]',
    '[ff02::1] [64:ff9b::7f00:1] [2002:7f00:1::] [2001::1] [2001:db8::1] [fd00:ec2::254] [100::1]',
    '[3fff::1] localhost LOCALHOST localhost. a.localhost printer.local intranet nas.home.arpa',
    'metadata.google.internal metadata.google.internal. box.lan',
  ].flatMap((line) => line.split(' '))
  test.each(privateHosts)('%s is private', (host) => {
    const config = withTarget({ url: `https://${host}/` })
    expect(problemsOf(config)).toEqual(['targets.t.url private_address'])
    expect(problemsOf(config, { local: true })).toEqual([])
  })

  test.each([
    ['http://crm.example.com', 'not_https'],
    ['https://user@crm.example.com', 'url_part'],
    ['https://:pw@crm.example.com', 'url_part'],
    ['https://crm.example.com/#a', 'url_part'],
    ['file:///etc/passwd', 'bad_url'],
    ['crm.example.com', 'bad_url'],
    ['/hooks', 'bad_url'],
    [3, 'wrong_type'],
    [undefined, 'missing'],
  ])('%j: %s', (url, code) => {
    expect(problemsOf(withTarget({ url }))).toEqual([`targets.t.url ${code}`])
  })

  test('are kept in the form in which they are sent', () => {
    const url = 'HTTPS://CRM.example.com:443/a b'
    expect(compiled(withTarget({ url })).config.targets[0]?.url).toBe(
      'https://crm.example.com/a%20b',
    )
  })
})

describe('a URL that is a secret', () => {
  const urlSecret = 'SLACK_WEBHOOK_URL'

  test('stands in place of the URL', () => {
    const { config, warnings } = compiled(withTarget({ url: undefined, urlSecret }))
    expect(config.targets).toMatchObject([{ url: '', urlSecret }])
    expect(warnings).toEqual([])
    expect(compiled(withTarget({})).config.targets).toMatchObject([{ urlSecret: null }])
  })

  test.each([
    [{ urlSecret }, ['.urlSecret conflict']],
    [{ url: undefined }, ['.url missing']],
    [{ url: undefined, urlSecret: 'slack' }, ['.urlSecret bad_secret_name']],
    [{ url: undefined, urlSecret: 3 }, ['.urlSecret wrong_type']],
  ])('%j: %j', (change, problems) => {
    expect(problemsOf(withTarget(change))).toEqual(problems.map((problem) => `targets.t${problem}`))
  })

  test('is not repeated when it stands there itself', () => {
    const url = 'https://hooks.slack.com/services/T0000/B0000/0123456789abcdef'
    const result = compile(withTarget({ url: undefined, urlSecret: url }))
    expect(result).toMatchObject({ ok: false, error: [{ path: 'targets.t.urlSecret' }] })
    expect(JSON.stringify(result)).not.toContain('0123456789abcdef')
  })
})

describe('events', () => {
  test.each([
    ['*'],
    ['messaging.*'],
    ['unknown'],
    ['switchboard.*'],
    ['switchboard.*.opened'],
    ['switchboard.delivery.dead'],
    ['*.status'],
    ['event-streams'],
  ])('%s', (pattern) => {
    expect(problemsOf(withTarget({ events: [pattern] }))).toEqual([])
  })
  test.each([
    [['messging.*'], '[0] unknown_event'],
    [['*', 'voice'], '[1] unknown_event'],
    [['switchboard.delivery.ded'], '[0] unknown_event'],
    [['switchboard.messaging.*'], '[0] unknown_event'],
    // Would match nothing: an own kind must be named with the dot.
    [['switchboard*'], '[0] unknown_event'],
    [['*.dead'], '[0] unknown_event'],
    [[''], '[0] unknown_event'],
    [[1], '[0] wrong_type'],
    [[], ' out_of_range'],
    ['*', ' wrong_type'],
    [undefined, ' missing'],
  ])('%j:%s', (events, problem) => {
    expect(problemsOf(withTarget({ events }))).toEqual([`targets.t.events${problem}`])
  })

  const fixOf = (pattern: string) => {
    const result = compile(withTarget({ events: [pattern] }))
    return result.ok ? null : result.error[0]?.fix
  }

  test.each([
    ['switchboard.delivery.ded', 'switchboard.delivery.dead'],
    ['swichboard.breaker.opened', 'switchboard.breaker.opened'],
    ['voice.inbond', 'voice.inbound'],
    ['unknwon', 'unknown'],
  ])('%s: did you mean %s?', (pattern, meant) => {
    expect(fixOf(pattern)).toBe(`did you mean "${meant}"?`)
  })

  test.each(['switchboard.x', 'switchboard', 'switchboard*'])(
    '%s: names the own kinds',
    (pattern) => {
      for (const name of OWN_KIND_NAMES) expect(fixOf(pattern)).toContain(name)
    },
  )

  test('of Switchboard’s own there is no request of Twilio', () => {
    const events = ['*', 'switchboard.*', 'debugger', 'switchboard.target.paused']
    expect(problemsOf(withTarget({ events, format: 'twilio' }))).toEqual([
      'targets.t.events[1] event_mismatch',
      'targets.t.events[3] event_mismatch',
    ])
    expect(problemsOf(withTarget({ events, format: 'slack' }))).toEqual([])
    expect(problemsOf(withTarget({ events, format: 'cloudevents' }))).toEqual([])
  })
})

describe('secrets', () => {
  const hex = '0123456789abcdef'.repeat(2)
  const values = [
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    `AC${hex}`,
    hex,
    'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAA==',
    'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
  ]
  test.each(values)('a value is refused and not repeated: %s', (secret) => {
    for (const member of [
      { secret },
      { secret: undefined, secrets: [secret] },
      { bearer: secret },
      { url: undefined, urlSecret: secret },
    ]) {
      const result = compile(withTarget(member))
      expect(result).toMatchObject({ ok: false, error: [{ code: 'secret_value' }] })
      expect(JSON.stringify(result)).not.toContain(secret)
    }
  })

  test.each([
    [{ secret: 'crm' }, 'targets.t.secret bad_secret_name'],
    [{ secret: '1CRM' }, 'targets.t.secret bad_secret_name'],
    [{ secret: '' }, 'targets.t.secret bad_secret_name'],
    [{ secret: 'CRM-KEY' }, 'targets.t.secret bad_secret_name'],
    [{ bearer: 'a b' }, 'targets.t.bearer bad_secret_name'],
    [{ secrets: ['A', 'B'] }, 'targets.t.secrets bad_secret_name'],
    [{ secret: undefined, secrets: [] }, 'targets.t.secrets out_of_range'],
    [{ secret: undefined, secrets: ['A', 'B', 'C'] }, 'targets.t.secrets out_of_range'],
  ])('%j: %s', (change, problem) => {
    expect(problemsOf(withTarget(change))).toEqual([problem])
  })

  test.each(['CRM', 'CRM_SIGNING_SECRET_2026', 'TWILIO_WEBHOOK_SIGNING_SECRET_1'])(
    '%s',
    (secret) => {
      expect(problemsOf(withTarget({ secret }))).toEqual([])
    },
  )

  test('who signs', () => {
    expect(warningsOf(withTarget({}))).toEqual([])
    expect(warningsOf(withTarget({ secret: undefined }))).toEqual(['targets.t unsigned'])
    expect(warningsOf(withTarget({ format: 'twilio', secret: undefined }))).toEqual([])
    expect(warningsOf(withTarget({ format: 'twilio' }))).toEqual(['targets.t.secret secret_unused'])
    const slack = { format: 'slack', url: undefined, urlSecret: 'SLACK_WEBHOOK_URL' }
    expect(warningsOf(withTarget({ ...slack, secret: undefined }))).toEqual([])
    expect(warningsOf(withTarget(slack))).toEqual([])
  })

  test('whoever knows the URL of a chat can post', () => {
    const config = withTarget({ format: 'slack' })
    expect(warningsOf(config)).toEqual(['targets.t.url secret_in_url'])
    expect(warningsOf(config, { local: true })).toEqual([])
  })
})

describe('headers', () => {
  test.each([
    [{ 'x-team': 'billing' }, []],
    [{ 'User-Agent': 'a (b; c)' }, []],
    [{ 'x team': 'a' }, ['["x team"] bad_header']],
    [{ 'x-é': 'a' }, ['["x-é"] bad_header']],
    [{ 'x-a': 'b\r\nx-c: d' }, ['["x-a"] bad_header']],
    [{ 'x-a': 'b\n' }, ['["x-a"] bad_header']],
    [{ 'x-a': '' }, ['["x-a"] bad_header']],
    [{ 'x-a': 'é' }, ['["x-a"] bad_header']],
    [{ 'x-a': 'b'.repeat(2_000) }, ['["x-a"] bad_header']],
    [{ 'x-a': 1 }, ['["x-a"] wrong_type']],
    [{ 'X-A': 'b', 'x-a': 'c' }, ['["x-a"] bad_header']],
    [{ Authorization: 'Bearer x' }, ['.Authorization reserved_header']],
    [{ 'webhook-id': 'x' }, ['["webhook-id"] reserved_header']],
    [{ 'Webhook-Signature': 'x' }, ['["Webhook-Signature"] reserved_header']],
    [{ 'X-Twilio-Signature': 'x' }, ['["X-Twilio-Signature"] reserved_header']],
    [{ 'Content-Type': 'x' }, ['["Content-Type"] reserved_header']],
    [{ 'Switchboard-Replay': 'x' }, ['["Switchboard-Replay"] reserved_header']],
    [{ 'switchboard-x': 'x' }, ['["switchboard-x"] reserved_header']],
    [{ 'x-switchboard': 'x' }, []],
    [{ host: 'x' }, ['.host reserved_header']],
    ['x-a: b', [' wrong_type']],
    [Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`x-${i}`, 'a'])), [' out_of_range']],
  ])('%j: %j', (headers, problems) => {
    expect(problemsOf(withTarget({ headers }))).toEqual(
      problems.map((problem) => `targets.t.headers${problem}`),
    )
  })

  test('one that sounds secret gives a warning', () => {
    expect(warningsOf(withTarget({ headers: { 'x-api-key': 'a' } }))).toEqual([
      'targets.t.headers["x-api-key"] secret_in_header',
    ])
  })
})

describe('bounds', () => {
  test.each([
    [{ timeout: '100ms', retry: ['1s', '14d'] }, []],
    [{ retry: ['14d', '14d', '2d'] }, []],
    [{ retry: ['14d', '14d', '2d', '1s'] }, ['.retry out_of_range']],
    [{ retry: ['8d'] }, []],
    [{ timeout: '60s', retry: Array.from({ length: 50 }, () => '1m') }, []],
    [{ timeout: '61s' }, ['.timeout out_of_range']],
    [{ timeout: '99ms' }, ['.timeout out_of_range']],
    [{ timeout: 10 }, ['.timeout wrong_type']],
    [{ retry: '5s' }, ['.retry wrong_type']],
    [{ retry: ['15d'] }, ['.retry[0] out_of_range']],
    [{ retry: ['5s', '500ms'] }, ['.retry[1] out_of_range']],
    [{ retry: Array.from({ length: 51 }, () => '1m') }, ['.retry out_of_range']],
    [{ rate: { limit: 0, per: '1s' } }, ['.rate.limit out_of_range']],
    [{ rate: { limit: 1.5, per: '1s' } }, ['.rate.limit wrong_type']],
    [{ rate: { limit: 1 } }, ['.rate.per missing']],
    [{ rate: 5 }, ['.rate wrong_type']],
    [{ rate: { limit: 1, per: '1s' } }, []],
    [{ concurrency: 1 }, []],
    [{ concurrency: 2_000 }, []],
    [{ concurrency: 0 }, ['.concurrency out_of_range']],
    [{ concurrency: 2_001 }, ['.concurrency out_of_range']],
    [{ concurrency: 1.5 }, ['.concurrency wrong_type']],
    [{ concurrency: '5' }, ['.concurrency wrong_type']],
    [{ concurrency: 10, rate: { limit: 2, per: '1s' } }, []],
    [{ concurrency: 11, rate: { limit: 3, per: '1s' } }, []],
    [{ concurrency: 11, rate: { limit: 2, per: '1s' } }, ['.concurrency conflict']],
    [{ concurrency: 200, rate: { limit: 39, per: '1h' } }, ['.concurrency conflict']],
    [{ format: 'json' }, ['.format wrong_type']],
    [{ where: { 'data.a': { $like: 1 } } }, ['.where["data.a"].$like unknown_operator']],
    [{ where: { $time: { zone: 'UTC' } } }, ['.where.$time time_not_allowed']],
  ])('%j: %j', (change, problems) => {
    expect(problemsOf(withTarget(change))).toEqual(problems.map((problem) => `targets.t${problem}`))
  })

  test('defaults', () => {
    const { targets } = compiled({ endpoints: {}, targets: { t: TARGET } }).config
    expect(targets).toMatchObject([
      { timeoutMs: 10_000, format: 'cloudevents', rate: null, concurrency: 5 },
    ])
    expect(targets[0]?.retryMs).toHaveLength(9)
  })

  test('a rate that cannot be shared says which numbers would do, and they do', () => {
    const rate = { limit: 3, per: '1s' }
    const result = compile(withTarget({ concurrency: 50, rate }))
    const fix = result.ok ? '' : (result.error[0]?.fix ?? '')
    const [most = 0, least = 0] = [...fix.matchAll(/\d+/g)].map(Number)
    expect(problemsOf(withTarget({ concurrency: most, rate }))).toEqual([])
    expect(problemsOf(withTarget({ concurrency: most + 1, rate }))).toHaveLength(1)
    const perSecond = (limit: number) => ({ concurrency: 50, rate: { ...rate, limit } })
    expect(problemsOf(withTarget(perSecond(least)))).toEqual([])
    expect(problemsOf(withTarget(perSecond(least - 1)))).toHaveLength(1)
  })
})
