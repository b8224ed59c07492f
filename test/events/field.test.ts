import { describe, expect, it } from 'vitest'
import { toCamelCase, toField } from '../../src/events/field.ts'

describe('toCamelCase', () => {
  it.each([
    ['CallSid', 'callSid'],
    ['AddOns', 'addOns'],
    ['msg', 'msg'],
    ['sessionServiceSid', 'sessionServiceSid'],
    ['transcript_sid', 'transcriptSid'],
    ['MessagingBinding.Address', 'messagingBindingAddress'],
    ['SipHeader_X-Foo', 'sipHeaderXFoo'],
    ['SipHeader_user-to-user', 'sipHeaderUserToUser'],
    ['SMSStatus', 'smsStatus'],
    ['SID', 'sid'],
    ['A', 'a'],
    ['MediaUrl0', 'mediaUrl0'],
    ['__proto__', 'proto'],
    ['Ünï code', 'ünïCode'],
    ['𝐀b', '𝐀b'],
    ['a\ud800b', 'aB'],
    ['__', ''],
    ['', ''],
  ])('%j is %j', (param, name) => {
    expect(toCamelCase(param)).toBe(name)
  })
})

describe('toField', () => {
  it('reads the number of a medium, and no other', () => {
    expect(toField('MediaUrl12').mediaIndex).toBe(12)
    expect(toField('MediaContentType0').mediaIndex).toBe(0)
    for (const param of ['MediaUrl', 'MediaUrl01', 'MediaUrl1234', 'MediaUrl1x', 'XMediaUrl1']) {
      expect(toField(param).mediaIndex).toBe(-1)
    }
  })

  it('gives the same field when its cache has been filled by others', () => {
    const before = toField('SequenceNumber')
    for (let i = 0; i < 3_000; i++) toField(`SipHeader_X-${i}`)
    expect(toField('SequenceNumber')).toEqual(before)
  })
})
