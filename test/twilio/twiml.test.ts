/** What Twilio's parser accepts as a TwiML document: size, well-formedness, root; and hostile input. */
import { describe, expect, test } from 'vitest'
import twilio from 'twilio'
import { MAX_TWIML_BYTES, parseTwiml } from '../../src/twilio/twiml.ts'

const reasonOf = (text: string) => {
  const parsed = parseTwiml(text)
  return parsed.ok ? null : parsed.error.reason
}

const padded = (bytes: number, filling = 'x') => {
  const frame = '<Response><Say></Say></Response>'
  const size = new TextEncoder().encode(filling).byteLength
  const rest = bytes - frame.length
  const text = filling.repeat(Math.floor(rest / size)) + 'x'.repeat(rest % size)
  return `<Response><Say>${text}</Say></Response>`
}

describe('accepts', () => {
  const built = new twilio.twiml.VoiceResponse()
  built.gather({ numDigits: 1 }).say('Grüße & <more>')
  test.each([
    '<Response/>',
    '<Response></Response>',
    '\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n<Response><Say>a &amp; b</Say></Response>\n',
    '<!-- c --><Response><![CDATA[x]]></Response><?pi?>',
    '<!DOCTYPE Response><Response/>',
    String(built),
    padded(MAX_TWIML_BYTES),
    padded(MAX_TWIML_BYTES, 'é'),
  ])('%#', (text) => {
    expect(reasonOf(text)).toBeNull()
  })

  test('gives the root element', () => {
    const parsed = parseTwiml('<Response><Say/></Response>')
    expect(parsed.ok && parsed.value.root.children.length).toBe(1)
  })
})

describe('refuses', () => {
  test.each([
    ['too_large', padded(MAX_TWIML_BYTES + 1)],
    ['too_large', padded(MAX_TWIML_BYTES + 1, 'é')],
    ['malformed', ''],
    ['malformed', 'OK'],
    ['malformed', '{"ok":true}'],
    ['malformed', '<Response>'],
    ['malformed', '<Response><Say></Response>'],
    ['malformed', '<Response>a & b</Response>'],
    ['malformed', '<Response/><Response/>'],
    ['malformed', '<Response a="1" a="2"/>'],
    ['malformed', '<Response>\0</Response>'],
    ['malformed', '<!doctype html><html><br></html>'],
    ['wrong_root', '<html></html>'],
    ['wrong_root', '<response/>'],
    // A bomb of entities is not even read.
    ['malformed', '<!DOCTYPE R [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Response>&b;</Response>'],
    ['too_deep', `<Response>${'<a>'.repeat(200)}${'</a>'.repeat(200)}</Response>`],
    ['too_deep', `<Response>${'<a>'.repeat(9_000)}${'</a>'.repeat(9_000)}</Response>`],
    ['too_deep', '<a>'.repeat(20_000)],
  ])('%s %#', (reason, text) => {
    expect(reasonOf(text)).toBe(reason)
  })

  test('says where, and quotes no text', () => {
    const parsed = parseTwiml('<Response>\n<Say>+15005550006</Response>')
    expect(parsed).toMatchObject({ ok: false, error: { reason: 'malformed', line: 2 } })
    expect(JSON.stringify(parsed)).not.toContain('15005550006')
  })
})
