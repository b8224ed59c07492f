/** TwiML against Twilio's grammar: what the official builder makes passes, each mistake is found. */
import twilio from 'twilio'
import { describe, expect, test } from 'vitest'
import { checkTwiml, type TwimlFamily } from '../../src/config/check-twiml.ts'
import { Report } from '../../src/config/problem.ts'

function check(text: string, family: TwimlFamily | null = null) {
  const report = new Report()
  checkTwiml(text, family, 'p', report)
  return report
}

const codesOf = (text: string, family?: TwimlFamily) =>
  check(text, family).problems.map(({ code }) => code)

const inside = (content: string) => `<Response>${content}</Response>`

describe('accepts what the official builder makes', () => {
  test('a voice menu, a conference, a stream, a payment, SSML', () => {
    const voice = new twilio.twiml.VoiceResponse()
    const gather = voice.gather({ input: ['dtmf', 'speech'], numDigits: 1, action: '/menu' })
    const say = gather.say({ voice: 'Polly.Joanna', language: 'en-US' }, 'Hi')
    say.emphasis({ level: 'strong' }, 'Hello')
    say.break({ strength: 'weak', time: '1s' })
    say.prosody({ rate: 'slow' }, 'there').break({})
    say.sayAs({ 'interpret-as': 'telephone' }, '+15005550006')
    voice
      .dial({ record: 'record-from-answer', answerOnBridge: true })
      .conference({ statusCallbackEvent: ['start', 'end'], beep: 'onEnter' }, 'room')
    const sip = voice.dial().sip({}, 'sip:a@b.example.com')
    sip.addChild('Headers', {})
    voice.refer().sip('sip:a@b.example.com')
    voice.connect().stream({ url: 'wss://x.example.com' }).parameter({ name: 'a', value: 'b' })
    voice.start().siprec({ name: 'a', track: 'both_tracks' })
    voice
      .pay({ validCardTypes: ['visa', 'amex'] })
      .prompt({ for: 'security-code' })
      .say('Code')
    voice.enqueue({ workflowSid: 'WW' }).task({ priority: 1 }, '{}')
    voice.redirect({ method: 'POST' }, '/next')
    expect(check(String(voice)).problems).toEqual([])
    expect(check(String(voice), 'voice').problems).toEqual([])
  })

  test('messages', () => {
    const messaging = new twilio.twiml.MessagingResponse()
    const message = messaging.message({ action: '/status', method: 'POST' }, '')
    message.body('Hello')
    message.media('https://example.com/a.jpg')
    messaging.redirect('/next')
    expect(check(String(messaging)).problems).toEqual([])
    expect(check(String(messaging), 'messaging').problems).toEqual([])
  })

  test('a fax', () => {
    const fax = new twilio.twiml.FaxResponse()
    fax.receive({ action: '/fax', pageSize: 'a4' })
    expect(check(String(fax)).problems).toEqual([])
  })
})

test.each([
  '<Response/>',
  inside('\n  <!-- a comment -->\n  <Say>{{From}}</Say>\n'),
  inside('<Redirect>/x</Redirect>'),
  inside('<Say language="{{Lang}}">x</Say>'),
  inside('<Dial record="{{Record}}" trim="trim-silence">{{To}}</Dial>'),
  inside('<Dial record="true">+15005550006</Dial>'),
  inside('<Gather input="speech dtmf"/>'),
  inside('<Say><![CDATA[a < b]]></Say>'),
  inside('<Message>x</Message>'.repeat(10)),
])('good: %s', (text) => {
  const { problems, warnings } = check(text)
  expect([...problems, ...warnings]).toEqual([])
})

test.each([
  ['<Response><Say></Response>', 'twiml_malformed'],
  [inside('<Play>https://x?a=1&b=2</Play>'), 'twiml_malformed'],
  ['<Respons/>', 'twiml_wrong_root'],
  [inside(`<Say>${'x'.repeat(70_000)}</Say>`), 'twiml_too_large'],
  [inside(`<Say>${'<emphasis>'.repeat(101)}${'</emphasis>'.repeat(101)}</Say>`), 'twiml_too_deep'],
  [inside('<Message>x</Message>'.repeat(11)), 'twiml_messages'],
  [inside('<Say>x</Say><Message>x</Message>'), 'twiml_mixed'],
  [inside('<say>x</say>'), 'twiml_unknown_element'],
  [inside('<message>x</message>'), 'twiml_unknown_element'],
  [inside('<Foo/>'), 'twiml_unknown_element'],
  [inside('<constructor/>'), 'twiml_unknown_element'],
  [inside('<Say><b>x</b></Say>'), 'twiml_unknown_element'],
  [inside('<Number>1</Number>'), 'twiml_nesting'],
  [inside('<Gather><Dial/></Gather>'), 'twiml_nesting'],
  [inside('<Record><Say>x</Say></Record>'), 'twiml_nesting'],
  [inside('<Refer><Sip><Headers/></Sip></Refer>'), 'twiml_nesting'],
  [inside('<Message><Message>x</Message></Message>'), 'twiml_nesting'],
  [inside('<Gather numdigits="1"/>'), 'twiml_attribute'],
  [inside('<Hangup reason="busy"/>'), 'twiml_attribute'],
  [inside('<Say constructor="x">x</Say>'), 'twiml_attribute'],
  ['<Response version="1"/>', 'twiml_attribute'],
  [inside('<Reject reason="Busy"/>'), 'twiml_value'],
  [inside('<Gather input="dtmf voice"/>'), 'twiml_value'],
  [
    inside('<Dial><Number statusCallbackEvent="initiated,ringing">1</Number></Dial>'),
    'twiml_value',
  ],
  [inside('hello'), 'twiml_text'],
  [inside('<Gather>hello</Gather>'), 'twiml_text'],
  [inside('<![CDATA[hello]]>'), 'twiml_text'],
])('bad: %.80s %s', (text, code) => {
  expect(codesOf(text)).toEqual([code])
})

describe('a pinned family', () => {
  test.each<[TwimlFamily, string, string[]]>([
    ['messaging', inside('<Say>x</Say>'), ['twiml_unknown_element']],
    ['voice', inside('<Message>x</Message>'), ['twiml_unknown_element']],
    ['voice', inside('<Say>x</Say><Message>x</Message>'), ['twiml_unknown_element']],
    ['messaging', inside('<Redirect>/x</Redirect>'), []],
  ])('%s: %s', (family, text, codes) => {
    expect(codesOf(text, family)).toEqual(codes)
  })
})

describe('placeholders', () => {
  test.each([
    inside('<!-- {{From}} -->'),
    inside('<Say><![CDATA[{{From}}]]></Say>'),
    inside('<?x {{From}}?>'),
    `<!-- {{From}} -->${inside('')}`,
    `<?x {{From}}?>${inside('')}`,
    `<!DOCTYPE Response SYSTEM "{{From}}">${inside('')}`,
    inside('<Say>{{From</Say>'),
    inside('<Say>{{From|html}}</Say>'),
  ])('not here: %s', (text) => {
    expect(codesOf(text)).toEqual(['bad_placeholder'])
  })

  test.each([
    inside('<{{Verb}}/>'),
    inside('<Say {{Name}}="x">x</Say>'),
    inside('<Say voice={{Voice}}>x</Say>'),
    inside('<Say>&{{Entity}};</Say>'),
    `<?xml version="{{V}}"?>${inside('')}`,
    `<?xml version="1.0" encoding="{{E}}"?>${inside('')}`,
    `{{From}}${inside('')}`,
  ])('nor here, where it is no XML: %s', (text) => {
    expect(codesOf(text)).toEqual(['twiml_malformed'])
  })

  test('a value with one is not compared, its neighbours are', () => {
    expect(codesOf(inside('<Dial record="{{R}}" trim="no"/>'))).toEqual(['twiml_value'])
  })

  test.each([
    [inside('<Redirect>https://x.example.com/?f={{From}}</Redirect>'), 1],
    [inside('<Gather action="/menu?f={{From}}"/>'), 1],
    [inside('<Gather action="/menu?f={{From|url}}"/>'), 0],
    [inside('<Redirect>{{Next}}</Redirect>'), 0],
    [inside('<Say>see https://x.example.com/{{Id}}</Say>'), 0],
  ])('in a URL it should be encoded: %s', (text, count) => {
    const { problems, warnings } = check(text)
    expect(problems).toEqual([])
    expect(warnings).toHaveLength(count)
  })
})

test('says the line, the element, the attribute and what was meant', () => {
  const [problem] = check(
    '<Response>\n  <Say>\u{1f600}</Say>\n  <Gather numdigits="1"/>\n</Response>',
  ).problems
  expect(problem).toMatchObject({ path: 'p', fix: 'did you mean "numDigits"?' })
  expect(problem?.message).toMatch(/^line 3: <Gather>.*"numdigits"/)
})
