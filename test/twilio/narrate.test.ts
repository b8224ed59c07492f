import { describe, expect, it } from 'vitest'
import { maskReply } from '../../src/console/masking/mask.ts'
import { SPEECH } from '../../src/twilio/narrate-element.ts'
import { VERBS } from '../../src/twilio/narrate-verbs.ts'
import { MAX_STEPS, narrateReply, narrateTwiml } from '../../src/twilio/narrate.ts'
import { KINDS } from '../../src/twilio/kinds.ts'
import grammars from '../../src/twilio/twiml-grammar.json' with { type: 'json' }

const tell = (body: string): string[] =>
  narrateTwiml(`<Response>${body}</Response>`).map(
    ({ depth, text, isReached }) => '  '.repeat(depth) + (isReached ? text : `(${text})`),
  )

describe('the table of verbs', () => {
  it('has a row for each name in the grammar, and for no other', () => {
    const { voice, messaging, fax } = grammars
    const names = [voice, messaging, fax].flatMap((grammar) => Object.keys(grammar))
    const wanted = new Set(names.filter((name) => name !== 'Response'))
    expect(new Set([...Object.keys(VERBS), ...Object.keys(SPEECH)])).toEqual(wanted)
  })

  it('has a sentence of its own in each row, also for an element without anything', () => {
    const empty = Object.keys(VERBS).map((name) => {
      const parent = name.includes('/') ? name.split('/')[0] : null
      const element = name.split('/').at(-1)
      const body = parent === null ? `<${element}/>` : `<${parent}><${element}/></${parent}>`
      return tell(body).at(-1) ?? ''
    })
    expect(empty.filter((text) => text.trim() === '' || text.includes('no verb'))).toEqual([])
    expect(empty.join()).not.toMatch(/undefined|null|\[object/)
  })
})

describe('narrateTwiml', () => {
  it('tells a menu, and what follows it', () => {
    expect(
      tell(
        '<Gather input="dtmf speech" numDigits="1" timeout="8" action="/menu"><Say voice="alice" language="en-GB">Press <break time="1s"/>1 &amp; wait</Say><Pause length="2"/></Gather>' +
          '<Dial callerId="+15005550006" record="record-from-answer" action="/done" method="GET"><Number url="/whisper" sendDigits="ww1">+15005550010</Number><Client><Identity>alice</Identity></Client></Dial>' +
          '<Redirect method="GET">/again</Redirect><Say>never</Say>',
      ),
    ).toEqual([
      'waits for 1 key or speech, at most 8 s, then asks /menu, goes on below when nothing comes',
      '  hears “Press (1s pause) 1 & wait” (voice alice, language en-GB)',
      '  hears nothing for 2 s',
      'connects with, rings 30 s at most, as +15005550006, recorded, then asks GET /done',
      '  the number +15005550010, who first hears what /whisper says, where ww1 is pressed',
      '  the client',
      '    by the name alice',
      'goes on at GET /again',
      '(hears “never”)',
    ])
  })

  it('tells a message', () => {
    expect(
      tell(
        '<Message to="+15005550006"><Body>Hi 👋</Body><Media>https://x.example/a.png</Media></Message><Message>Bye</Message>',
      ),
    ).toEqual([
      'sends a message to +15005550006',
      '  the text “Hi 👋”',
      '  the file https://x.example/a.png',
      'sends “Bye” to the sender',
    ])
  })

  it('never says a password', () => {
    const told = tell(
      '<Dial><Sip username="u" password="hunter2"><Uri password="hunter2">sip:a@b</Uri></Sip></Dial>',
    )
    expect(told.join()).not.toContain('hunter2')
  })

  it.each([
    ['', '12100'],
    ['<Response><Say>1 < 2</Say></Response>', 'line 1'],
    ['<html/>', '12102'],
    [`<Response>${'x'.repeat(65_536)}</Response>`, '11750'],
    ['<Response/>', 'nothing'],
    ['<Response>hello</Response>', 'outside of any verb'],
    ['<Response><constructor/></Response>', 'no verb that Twilio knows'],
  ])('says what is wrong with %#', (document, said) => {
    const steps = narrateTwiml(document)
    expect(steps).toHaveLength(1)
    expect(steps[0]?.text).toContain(said)
  })

  it('is bounded for 64 KB of verbs and of text', () => {
    const steps = tell('<Hangup/>'.repeat(7_000))
    expect(steps).toHaveLength(MAX_STEPS + 1)
    expect(steps.at(-1)).toBe('… and 6800 more')
    expect(tell(`<Say>${'😀'.repeat(15_000)}</Say>`)[0]?.length).toBeLessThan(1_000)
  })

  it('reads what is masked for a viewer', () => {
    const body = '<Response><Say>Hi Zebra</Say><Dial>+15005550006</Dial></Response>'
    const masked = maskReply({ status: 200, contentType: 'text/xml', body, from: 'config' })
    expect(narrateReply(masked, 'voice.inbound').map(({ text }) => text)).toEqual([
      'hears “•••• (8 characters)”',
      'calls +1•••••••06, rings 30 s at most',
    ])
  })
})

describe('narrateReply', () => {
  const tellReply = (
    kind: string,
    status: number,
    contentType: string | null,
    body: string | null,
  ) => narrateReply({ status, contentType, body }, kind).map(({ text }) => text)

  it.each([
    ['voice.call.status', 204, null, '', 'asked for nothing'],
    ['voice.call.status', 200, 'text/xml', '<Response/>', 'does not read'],
    ['voice.inbound', 200, 'text/xml', '', '12100'],
    ['voice.inbound', 503, 'text/plain', 'down', 'a failure'],
    ['proxy.intercept', 403, null, '', 'decision'],
    ['proxy.intercept', 500, null, '', 'a failure'],
    ['voice.inbound', 200, 'text/xml', null, 'not kept'],
    ['messaging.inbound', 200, 'text/plain', 'Thanks!', '“Thanks!”'],
    ['messaging.inbound', 200, 'text/plain', '<Response/>', 'no answer'],
    ['voice.inbound', 200, 'audio/mpeg', 'x', 'the sound'],
    ['taskrouter.assignment', 200, 'application/json', '{"instruction":"dequeue"}', '“dequeue”'],
    ['conversations.pre', 200, 'application/json', '{}', 'as it is'],
    ['conversations.pre', 200, 'application/json', '{"body":"x"}', 'changed: body'],
    ['studio.http-request', 200, 'application/json', '{"a":1,"b":2}', 'a, b'],
    ['studio.http-request', 200, 'application/json', '[1]', '[1]'],
    ['studio.http-request', 200, 'application/json', '{', 'no JSON'],
  ])('%s %i %s %j', (kind, status, contentType, body, said) => {
    expect(tellReply(kind, status, contentType, body).join()).toContain(said)
  })

  it('says something of the default reply of every kind', () => {
    const silent = KINDS.filter((kind) => tellReply(kind.name, 204, null, '').join('') === '')
    expect(silent).toEqual([])
  })
})
